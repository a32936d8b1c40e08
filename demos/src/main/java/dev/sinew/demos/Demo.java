package dev.sinew.demos;

/**
 * An experiment in virtual time: it shows one thing, explains it, and checks that it really
 * happened.
 */
interface Demo {
  /** What it is called by: lower case, words joined by hyphens. */
  String name();

  /** What it shows, in one line. */
  String title();

  /** What to know before and after, in paragraphs. */
  String explanation();

  /** Runs it to its end. */
  void run(DemoRun run) throws Exception;
}
