package dev.sinew.demos;

import java.util.List;

/**
 * An experiment in virtual time: it shows one thing and checks that it really happened. What is
 * said about it is in the resources: {@code index.txt} and a text of its own.
 */
interface Demo {
  /** What {@code --set} changes, besides what every experiment has. */
  default List<Param> parameters() {
    return List.of();
  }

  /** Runs it to its end. */
  void run(Run r) throws Exception;
}
