package dev.sinew.junit;

import dev.sinew.capture.analysis.Finding;
import dev.sinew.capture.analysis.Note;
import dev.sinew.capture.analysis.Reading;
import dev.sinew.wire.PacketText;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A packet that a host put on a link, and what became of it. */
public final class WirePacket {
  private final long number;
  private final long timeNanos;
  private final String from;
  private final String to;
  private final byte[] bytes;
  private final int lengthBytes;
  private final boolean original;
  private final @Nullable Reading reading;
  private int arrivedCount;
  private long arrivedNanos = -1;
  private String lost = "";
  private @Nullable WirePacket origin;

  WirePacket(
      long number,
      long timeNanos,
      String from,
      String to,
      byte[] bytes,
      int lengthBytes,
      boolean original,
      @Nullable Reading reading) {
    this.number = number;
    this.timeNanos = timeNanos;
    this.from = from;
    this.to = to;
    this.bytes = bytes;
    this.lengthBytes = lengthBytes;
    this.original = original;
    this.reading = reading;
    this.origin = original ? this : null;
  }

  void origin(@Nullable WirePacket first) {
    origin = first;
  }

  /** The packet as its first sender sent it; null for a piece that a router made. */
  @Nullable WirePacket origin() {
    return origin;
  }

  void arrived(long now) {
    arrivedCount++;
    arrivedNanos = arrivedNanos < 0 ? now : arrivedNanos;
  }

  void lost(String why) {
    lost = why;
  }

  /** Names it within the simulation. */
  public long number() {
    return number;
  }

  /** When it was sent, in virtual time. */
  public long timeNanos() {
    return timeNanos;
  }

  /** The name of the host that put it on the link. */
  public String from() {
    return from;
  }

  /** The name of the host at the link's other end. */
  public String to() {
    return to;
  }

  /** Bytes of the whole IP packet. */
  public int lengthBytes() {
    return lengthBytes;
  }

  /** What is kept of its bytes: all, or the first 128 once much has been kept. */
  public byte[] bytes() {
    return bytes.clone();
  }

  /** False when its sender only passes it on. */
  public boolean isOriginal() {
    return original;
  }

  /** How often it came out at the other end: 0, 1, or 2 when the link doubled it. */
  public int arrivedCount() {
    return arrivedCount;
  }

  /** When it came out first, or -1. */
  public long arrivedNanos() {
    return arrivedNanos;
  }

  /** Why the link lost it, or empty. */
  public String lost() {
    return lost;
  }

  /** What a TCP segment means; null for everything else and for packets that are passed on. */
  public @Nullable Reading reading() {
    return reading;
  }

  /** True when that is found in it. */
  public boolean has(Finding finding) {
    return reading != null && reading.has(finding);
  }

  boolean isRetransmission() {
    return has(Finding.RETRANSMISSION)
        || has(Finding.FAST_RETRANSMISSION)
        || has(Finding.NEEDLESS_RETRANSMISSION);
  }

  byte[] kept() {
    return bytes;
  }

  /** One line: time, hosts, the packet as tcpdump prints it, and what it means. */
  @Override
  public String toString() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment m = arena.allocate(bytes.length);
      MemorySegment.copy(bytes, 0, m, ValueLayout.JAVA_BYTE, 0, bytes.length);
      StringBuilder line = new StringBuilder();
      line.append(String.format(Locale.ROOT, "%.6f ", timeNanos / 1e9));
      line.append(from).append(" > ").append(to).append("  ");
      line.append(PacketText.ip(m, 0, bytes.length, lengthBytes, null));
      if (reading != null) {
        for (Note n : reading.notes()) {
          line.append("; ").append(n.text());
        }
      }
      return lost.isEmpty() ? line.toString() : line.append("  x ").append(lost).toString();
    }
  }
}
