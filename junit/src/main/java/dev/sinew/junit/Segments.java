package dev.sinew.junit;

import java.util.List;

/** Packets that {@link Wire} has chosen, in the order in which they were sent. */
public final class Segments {
  private static final int SHOWN = 10;

  private final String what;
  private final List<WirePacket> packets;

  Segments(String what, List<WirePacket> packets) {
    this.what = what;
    this.packets = List.copyOf(packets);
  }

  public List<WirePacket> list() {
    return packets;
  }

  public int count() {
    return packets.size();
  }

  /** There are so many. */
  public Segments hasCount(int n) {
    check(packets.size() == n, n + " packets");
    return this;
  }

  /** There are so many or more. */
  public Segments hasAtLeast(int n) {
    check(packets.size() >= n, n + " packets or more");
    return this;
  }

  /** There is none. */
  public Segments isEmpty() {
    check(packets.isEmpty(), "no packet");
    return this;
  }

  private void check(boolean holds, String expected) {
    if (!holds) {
      throw new AssertionError(
          "expected " + expected + " of " + what + ", but there " + text(packets));
    }
  }

  /** {@code "were 2:"} and the first lines. */
  static String text(List<WirePacket> packets) {
    if (packets.isEmpty()) {
      return "was none";
    }
    StringBuilder text =
        new StringBuilder(packets.size() == 1 ? "was 1:" : "were " + packets.size() + ":");
    for (WirePacket p : packets.subList(0, Math.min(SHOWN, packets.size()))) {
      text.append("\n    ").append(p);
    }
    return text.append(packets.size() > SHOWN ? "\n    …" : "").toString();
  }
}
