package dev.sinew.junit;

import dev.sinew.sim.Simulation;

/** Builds the network of a {@link SimTest}. Has a constructor without parameters. */
@FunctionalInterface
public interface SimNetwork {
  /**
   * Makes hosts, links, routes and faults, and may start programs. Called for each seed, for
   * several at once in a sweep.
   */
  void build(Simulation simulation) throws Exception;
}
