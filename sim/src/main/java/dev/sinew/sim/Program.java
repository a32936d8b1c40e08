package dev.sinew.sim;

/**
 * Plain blocking code that a simulation runs. An exception that it lets out fails the simulation.
 */
@FunctionalInterface
public interface Program {
  /** Runs to its end. */
  void run() throws Exception;
}
