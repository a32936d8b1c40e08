package dev.sinew.sim;

import dev.sinew.ip.NetworkInterface;
import org.jspecify.annotations.Nullable;

/** A link between two hosts: two directions, each with its own impairments. */
public final class SimLink {
  private final String name;
  private final Direction forward;
  private final Direction backward;
  private final LinkEnd firstEnd;

  /** Null at a switch. */
  private final @Nullable LinkEnd secondEnd;

  SimLink(
      String name,
      Direction forward,
      Direction backward,
      LinkEnd firstEnd,
      @Nullable LinkEnd secondEnd) {
    this.name = name;
    this.forward = forward;
    this.backward = backward;
    this.firstEnd = firstEnd;
    this.secondEnd = secondEnd;
  }

  /**
   * The names of both hosts, and a number where there are several links between them: {@code a-b}.
   */
  public String name() {
    return name;
  }

  /** From the host named first when the link was made. */
  public Direction forward() {
    return forward;
  }

  /** Towards the host named first. */
  public Direction backward() {
    return backward;
  }

  /** The direction in which {@code host} sends. */
  public Direction from(SimHost host) {
    if (host == forward.from()) {
      return forward;
    }
    if (host == backward.from()) {
      return backward;
    }
    throw new IllegalArgumentException(host + " is not at the link " + name);
  }

  /** The place of the link in a host's stack, for routes. */
  public NetworkInterface at(SimHost host) {
    NetworkInterface itf = end(host).itf();
    if (itf == null) {
      throw new IllegalStateException("the link " + name + " was closed at " + host);
    }
    return itf;
  }

  boolean touches(SimHost host) {
    return forward.from() == host || backward.from() == host;
  }

  LinkEnd end(SimHost host) {
    LinkEnd end = from(host) == forward ? firstEnd : secondEnd;
    if (end == null) {
      throw new IllegalArgumentException(host + " is a switch; it has no stack");
    }
    return end;
  }

  /** Both directions from now on; the words are those of {@link Impairments#parse}. */
  public SimLink impair(String words) {
    forward.impair(words);
    backward.impair(words);
    return this;
  }

  /** Cuts both directions. */
  public void partition(Direction.InFlight inFlight) {
    forward.cut(inFlight);
    backward.cut(inFlight);
  }

  /** Undoes {@link #partition}. */
  public void heal() {
    forward.heal();
    backward.heal();
  }

  @Override
  public String toString() {
    return name;
  }
}
