package dev.sinew.tests.requirements;

import java.util.List;

/**
 * One normative sentence.
 *
 * @param rfc the number of the RFC, which the name of the file gives
 * @param classes those that obey it, as {@code tcp.SegmentArrives} below {@code dev.sinew}; none
 *     where nothing is built
 */
record Requirement(
    int rfc, String id, String section, Level level, String text, List<String> classes) {

  /** A MAY that nothing was built for: a freedom that the stack does not use. */
  boolean unused() {
    return level == Level.MAY && classes.isEmpty();
  }
}
