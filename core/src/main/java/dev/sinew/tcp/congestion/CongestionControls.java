package dev.sinew.tcp.congestion;

import dev.sinew.base.Counters;
import dev.sinew.base.EntropySource;
import dev.sinew.base.Profile;
import java.util.Map;
import java.util.TreeMap;

/**
 * The congestion controllers of a stack by name. Built in are {@code reno} (RFC 5681), {@code
 * cubic} (RFC 9438) and {@code bbr} (version 3, draft-ietf-ccwg-bbr); others are added by {@link
 * #with} and given to the stack's builder. Never changes.
 */
public final class CongestionControls {
  /** Makes the controller of one connection. */
  @FunctionalInterface
  public interface Factory {
    /**
     * @param profile the stack's, at that moment
     * @param entropy the stack's randomness
     */
    CongestionControl create(Profile profile, EntropySource entropy);
  }

  /** The built-in ones. */
  public static final CongestionControls STANDARD =
      new CongestionControls(
          Map.of(
              "reno",
                  (profile, entropy) ->
                      new Reno(
                          profile.pacing(), profile.hyStart(), profile.slowStartLimitSegments()),
              "cubic",
                  (profile, entropy) ->
                      profile.segmentCubic()
                          ? new SegmentCubic(profile.pacing(), profile.hyStart())
                          : new Cubic(
                              profile.pacing(),
                              profile.hyStart(),
                              profile.slowStartLimitSegments()),
              "bbr", (profile, entropy) -> new Bbr(entropy)),
          Map.of());

  private final Map<String, Factory> builtIn;
  private final Map<String, Factory> foreign;

  private CongestionControls(Map<String, Factory> builtIn, Map<String, Factory> foreign) {
    this.builtIn = builtIn;
    this.foreign = foreign;
  }

  /**
   * These and one more. A controller that throws is replaced by Reno for the rest of its
   * connection, and counted ({@code SinewControllerFailures}).
   *
   * @throws IllegalArgumentException when there is one of that name already
   */
  public CongestionControls with(String name, Factory factory) {
    if (knows(name)) {
      throw new IllegalArgumentException(
          "there is a congestion control named " + name + " already; choose another name");
    }
    Map<String, Factory> more = new TreeMap<>(foreign);
    more.put(name, factory);
    return new CongestionControls(builtIn, more);
  }

  public boolean knows(String name) {
    return builtIn.containsKey(name) || foreign.containsKey(name);
  }

  /**
   * Checks a name.
   *
   * @throws IllegalArgumentException that lists the known ones
   */
  public void check(String name) {
    if (!knows(name)) {
      Map<String, Factory> all = new TreeMap<>(builtIn);
      all.putAll(foreign);
      throw new IllegalArgumentException(
          "no congestion control named \""
              + name
              + "\"; there are "
              + String.join(", ", all.keySet()));
    }
  }

  /**
   * A new controller for one connection.
   *
   * @param name one that {@link #knows}
   */
  public CongestionControl create(
      String name, Profile profile, EntropySource entropy, Counters counters) {
    Factory known = builtIn.get(name);
    if (known != null) {
      return known.create(profile, entropy);
    }
    Factory factory = foreign.get(name);
    if (factory == null) {
      throw new IllegalArgumentException("no congestion control named " + name);
    }
    return new GuardedControl(factory, profile, entropy, counters);
  }
}
