package dev.sinew.capture.analysis;

import dev.sinew.base.Seq;
import dev.sinew.base.SeqNum;
import dev.sinew.base.TcpState;
import dev.sinew.wire.AddressText;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * One end of a connection: what it has been seen to send. Positions are its sequence numbers,
 * counted from its SYN or else from the first one seen, in a {@code long} that never wraps.
 */
public final class End {
  static final int ABSENT = -1;

  /** As many unacknowledged segments are remembered for the time that they take. */
  private static final int REMEMBERED = 256;

  /** A segment that is under way. */
  record Outstanding(long end, long timeNanos) {}

  private final String name;
  private final int port;

  /** Sequence number of position 0. */
  @Seq private int base;

  private boolean known;
  boolean synSeen;
  int scale = ABSENT;

  /** The position after everything seen. */
  long next;

  /** Where the FIN is, or {@link #ABSENT}. */
  long fin = ABSENT;

  /** What the peer has acknowledged of it, or {@link #ABSENT}. */
  long acked = ABSENT;

  /** The window that it offered last, scaled, and how it was written. */
  long window = ABSENT;

  int rawWindow = ABSENT;

  /** What it has acknowledged of the peer, or {@link #ABSENT}. */
  long ackSent = ABSENT;

  int duplicateAcks;
  boolean sacked;
  final Ranges gaps = new Ranges();
  final ArrayDeque<Outstanding> outstanding = new ArrayDeque<>();
  int lastIpId = ABSENT;
  long lastSequence = ABSENT;
  int ttl = ABSENT;
  boolean offload;
  boolean keepaliveSeen;

  @Nullable TcpState state;
  long dataBytes;
  long segmentCount;
  long retransmissionCount;

  End(boolean v4, long high, long low, int port) {
    StringBuilder text = new StringBuilder();
    if (v4) {
      AddressText.appendV4(text, (int) low);
    } else {
      AddressText.appendV6(text, high, low);
    }
    this.name = text.toString();
    this.port = port;
  }

  /** Its address. */
  public String address() {
    return name;
  }

  public int port() {
    return port;
  }

  /** The state in which it must be now, or null when the segments do not tell. */
  public @Nullable TcpState state() {
    return state;
  }

  /** New payload bytes that it sent. */
  public long dataBytes() {
    return dataBytes;
  }

  /** Segments that it sent. */
  public long segmentCount() {
    return segmentCount;
  }

  /** Segments of those that carried what had been sent before. */
  public long retransmissionCount() {
    return retransmissionCount;
  }

  boolean known() {
    return known;
  }

  /** Position 0 is at this number. */
  void begin(@Seq int seq) {
    base = seq;
    known = true;
    next = 0;
    acked = ABSENT;
  }

  @Seq
  int base() {
    return base;
  }

  /** The position of a sequence number, taken to be the one that is nearest to the end. */
  long position(@Seq int seq) {
    return next + SeqNum.diff(seq, base + (int) next);
  }

  void sent(long end, long timeNanos) {
    if (outstanding.size() < REMEMBERED) {
      outstanding.add(new Outstanding(end, timeNanos));
    }
  }

  /** When the segment that ends there was sent, of those that an acknowledgment retires; or -1. */
  long acknowledged(long ack) {
    long when = -1;
    while (!outstanding.isEmpty() && outstanding.peek().end <= ack) {
      when = outstanding.remove().timeNanos;
    }
    return when;
  }

  @Override
  public String toString() {
    return name + (name.indexOf(':') < 0 ? ":" : ".") + port;
  }
}
