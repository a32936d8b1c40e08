package dev.sinew.cli.serve;

/** Starts the threads of the services; a runner's own method in use. */
@FunctionalInterface
public interface Threads {
  /** Starts a program on a thread of its own. */
  void start(String name, Runnable program);
}
