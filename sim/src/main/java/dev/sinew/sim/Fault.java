package dev.sinew.sim;

import java.util.function.Predicate;

/**
 * A declared fault: packets of one direction that are dropped on purpose. It counts how often it
 * fired; one that never fired did not test what it was meant to, and {@link
 * Simulation#unfiredFaults} reports it.
 */
public final class Fault {
  private final String name;
  private final Predicate<PacketView> matches;
  private long skip;
  private long remaining;
  private long firedCount;

  Fault(String name, Predicate<PacketView> matches, long skip, long times) {
    this.name = name;
    this.matches = matches;
    this.skip = skip;
    this.remaining = times;
  }

  /** What it is, as it was declared. */
  public String name() {
    return name;
  }

  /** How many packets it has dropped. */
  public long firedCount() {
    return firedCount;
  }

  /** True when this packet is to be dropped. Every packet of the direction is shown, once. */
  boolean fires(PacketView packet) {
    if (remaining == 0 || !matches.test(packet)) {
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
