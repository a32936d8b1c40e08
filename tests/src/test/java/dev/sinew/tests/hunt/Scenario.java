package dev.sinew.tests.hunt;

import dev.sinew.base.Limits;
import dev.sinew.base.Profile;
import dev.sinew.sim.NamedRandom;
import dev.sinew.sim.SimHost;
import dev.sinew.sim.SimLink;
import dev.sinew.sim.Simulation;
import dev.sinew.sim.SimulationException;
import dev.sinew.sim.sweep.RandomNetwork;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;

/** A random network of two hosts with something that they do; everything follows from the seed. */
abstract class Scenario {
  static final long MS = 1_000_000;
  static final long S = 1_000 * MS;
  static final long MINUTE = 60 * S;
  static final long HOUR = 60 * MINUTE;

  /** What follows from a seed. */
  interface Play {
    /**
     * Runs it and returns how many packets there were; an {@link AssertionError} tells what is
     * wrong.
     */
    long run(long seed) throws Exception;
  }

  /** The sweeps that there are. */
  static final Map<String, Play> ALL =
      new TreeMap<>(
          Map.of(
              "networks", seed -> RandomNetwork.of(seed).run().packetCount(),
              "crossing", seed -> new Crossing(seed).run(),
              "opening", seed -> new Opening(seed).run(),
              "window", seed -> new Window(seed).run(),
              "vanishing", seed -> new Vanishing(seed).run(),
              "attack", seed -> new Attack(seed).run(),
              "late", seed -> new Late(seed).run()));

  final Simulation sim;
  final NamedRandom random;
  final List<Exchange> exchanges = new ArrayList<>();
  private final BackoffCheck backoff;
  String what = "";

  Scenario(long seed) {
    sim = Simulation.of(seed);
    random = sim.random("scenario");
    backoff = new BackoffCheck(sim);
  }

  /** Does it. */
  abstract void play() throws Exception;

  /** Runs it; what went wrong is an {@link AssertionError} that begins with what was played. */
  final long run() throws Exception {
    try {
      play();
      return sim.packetCount();
    } catch (SimulationException | Wrong e) {
      throw new AssertionError("seed " + sim.seed() + ", " + what + "\n" + e.getMessage(), e);
    } finally {
      sim.close();
    }
  }

  /** Something that must not be. */
  static final class Wrong extends AssertionError {
    private static final long serialVersionUID = 1L;

    Wrong(String what) {
      super(what);
    }
  }

  static void require(boolean holds, String what) {
    if (!holds) {
      throw new Wrong(what);
    }
  }

  // ---- choosing

  final int between(int low, int high) {
    return low + (int) Math.floorMod(random.nextLong(), (long) high - low + 1);
  }

  /** Mostly small numbers, sometimes large ones. */
  final int size(int max) {
    return (int) (max * Math.pow(random.nextDouble(), 3));
  }

  final String percent(double most) {
    return String.format(java.util.Locale.ROOT, "%.2f%%", most * random.nextDouble());
  }

  final SimHost host(String name, int receiveBytes) {
    Profile profile = random.chance(0.5) ? Profile.STANDARD : Profile.FREEBSD;
    Limits limits = Limits.DEFAULT.with(v -> v.receiveBufferBytes = receiveBytes);
    // The shift is one for megabytes: what it rounds away is too much of a small buffer.
    Profile chosen = receiveBytes < 65_536 ? profile.with(v -> v.windowScale = false) : profile;
    return sim.host(name, b -> b.profile(chosen).limits(limits));
  }

  final SimHost host(String name) {
    return host(name, 1 << 20);
  }

  final SimLink link(SimHost a, SimHost b, String words) {
    what += (what.isEmpty() ? "" : "; ") + words;
    return sim.link(a, b, words);
  }

  /** Some of the first packets of both directions are lost. */
  final void loseSomeOfTheFirst(SimLink link, int most, int first) {
    for (int i = between(0, most); i > 0; i--) {
      (random.chance(0.5) ? link.forward() : link.backward()).dropPackets(between(1, first));
    }
  }

  // ---- running

  /** Runs until that holds, which has to be by {@code latest}. */
  final void runUntil(long latest, String expected, BooleanSupplier condition) {
    boolean done = sim.runUntil(latest, () -> condition.getAsBoolean() || backoff.wrong() != null);
    require(backoff.wrong() == null, String.valueOf(backoff.wrong()));
    require(done, "I5: " + expected + " by " + latest / S + " s of virtual time, but it has not");
  }

  /** Runs until all exchanges are over, and nothing may be left. */
  final void finish(long latest) {
    runUntil(
        latest, "everything should be over", () -> exchanges.stream().allMatch(Exchange::isOver));
    for (Exchange e : exchanges) {
      require(!e.mustSucceed() || e.failure().isEmpty(), "a transfer failed: " + e.failure());
    }
    sim.finish();
    require(backoff.wrong() == null, String.valueOf(backoff.wrong()));
  }
}
