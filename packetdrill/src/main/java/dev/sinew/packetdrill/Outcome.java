package dev.sinew.packetdrill;

/**
 * The end of one script.
 *
 * @param reason one line or several for people; empty when it passed
 */
public record Outcome(Verdict verdict, String reason) {
  static final Outcome PASSED = new Outcome(Verdict.PASSED, "");
}
