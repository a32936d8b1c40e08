package dev.sinew.packetdrill;

/** How a script ended. */
public enum Verdict {
  PASSED,
  /** The stack did something else than the script expects. */
  FAILED,
  /** The script asks for what no simulated host has; the reason says what. */
  SKIPPED,
  /** The script can't be understood, or can't be read. */
  ERROR
}
