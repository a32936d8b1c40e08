package dev.sinew.packetdrill;

/**
 * The end of one script.
 *
 * @param reason one line or several for people; when it passed, what was left over, or empty
 */
public record Outcome(Verdict verdict, String reason) {
  static final Outcome PASSED = new Outcome(Verdict.PASSED, "");
}
