package dev.sinew.sim;

import java.util.function.Predicate;

/**
 * A declared fault: packets of one direction that something is done to on purpose, or something
 * that happens to a link or a host at a time. It counts how often it fired; one that never fired
 * did not test what it was meant to, and {@link Simulation#unfiredFaults} reports it.
 */
public final class Fault {
  /** What happens to a packet that matches. */
  enum Action {
    DROP,
    DELAY,
    DUPLICATE,
    CORRUPT
  }

  private final String name;
  private final Predicate<PacketView> matches;
  private final Action action;
  private final long byNanos;
  private final long from;
  private final long until;
  private long skip;
  private long remaining;
  private long firedCount;

  /** A fault of packets. */
  Fault(
      String name,
      Predicate<PacketView> matches,
      Action action,
      long byNanos,
      long skip,
      long times,
      long from,
      long until) {
    this.name = name;
    this.matches = matches;
    this.action = action;
    this.byNanos = byNanos;
    this.skip = skip;
    this.remaining = times;
    this.from = from;
    this.until = until;
  }

  /** A fault that is not one of packets: {@link #fired} is called when it happens. */
  Fault(String name) {
    this(name, p -> false, Action.DROP, 0, 0, 0, 0, 0);
  }

  /** What it is, as it was declared. */
  public String name() {
    return name;
  }

  /** How often it happened: how many packets it has dropped, delayed, doubled or damaged. */
  public long firedCount() {
    return firedCount;
  }

  Action action() {
    return action;
  }

  /** For how long it holds a packet back. */
  long byNanos() {
    return byNanos;
  }

  void fired() {
    firedCount++;
  }

  /** True when it is this packet's turn. Every packet of the direction is shown, once. */
  boolean fires(PacketView packet, long now) {
    if (remaining == 0 || now < from || now >= until || !matches.test(packet)) {
      return false;
    }
    if (skip > 0) {
      skip--;
      return false;
    }
    remaining--;
    firedCount++;
    return true;
  }

  @Override
  public String toString() {
    return name + " (fired " + firedCount + " times)";
  }
}
