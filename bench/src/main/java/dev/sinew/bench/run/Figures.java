package dev.sinew.bench.run;

/**
 * What a serving process knows of itself, on one line of its output.
 *
 * @param gcCount collections so far
 * @param allocatedBytes of all threads so far
 * @param segments TCP segments received and sent so far, a super-segment counting as those that it
 *     holds; 0 where nobody knows
 * @param retransmissions segments sent again; 0 where nobody knows
 * @param datagrams received on the UDP discard port
 */
record Figures(
    long gcCount, long allocatedBytes, long segments, long retransmissions, long datagrams) {
  static final Figures NONE = new Figures(0, 0, 0, 0, 0);

  static Figures parse(String line) {
    String[] words = line.split(" ");
    if (words.length != 5) {
      throw new IllegalArgumentException("not five figures: " + line);
    }
    return new Figures(
        Long.parseLong(words[0]),
        Long.parseLong(words[1]),
        Long.parseLong(words[2]),
        Long.parseLong(words[3]),
        Long.parseLong(words[4]));
  }

  String line() {
    return gcCount
        + " "
        + allocatedBytes
        + " "
        + segments
        + " "
        + retransmissions
        + " "
        + datagrams;
  }

  Figures minus(Figures before) {
    return new Figures(
        gcCount - before.gcCount,
        allocatedBytes - before.allocatedBytes,
        segments - before.segments,
        retransmissions - before.retransmissions,
        datagrams - before.datagrams);
  }
}
