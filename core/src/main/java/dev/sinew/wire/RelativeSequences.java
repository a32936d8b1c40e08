package dev.sinew.wire;

import dev.sinew.base.Seq;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Remembers where the sequence numbers of each connection begin, so that text can show small ones,
 * the way tcpdump does: SYNs, and the first segment that is seen of a connection, show absolute
 * numbers; those with an ACK set the beginnings. For those who watch, not for the packet path.
 * Bounded; the connection seen longest ago is forgotten. Not thread-safe.
 */
public final class RelativeSequences {
  private static final int CAPACITY = 4096;

  private record Key(long aHigh, long aLow, long bHigh, long bLow, int aPort, int bPort) {}

  /** Subtracted from sequence numbers that end a or end b sends. */
  private record Bases(@Seq int a, @Seq int b) {}

  private final Map<Key, Bases> flows = new LinkedHashMap<>(16, 0.75f, true);
  private final boolean fromZero;
  @Seq private int seqBase;
  @Seq private int ackBase;

  /** Shows numbers as tcpdump does. */
  public RelativeSequences() {
    this(false);
  }

  private RelativeSequences(boolean fromZero) {
    this.fromZero = fromZero;
  }

  /** Shows the first SYN's own number as 0 too. */
  public static RelativeSequences fromZero() {
    return new RelativeSequences(true);
  }

  /** Takes note of a segment; afterwards the bases below are those for its text. */
  public void see(IpPacket ip, Segment segment) {
    boolean swapped = isSecond(ip, segment);
    Key key =
        swapped
            ? new Key(
                ip.destinationHigh,
                ip.destinationLow,
                ip.sourceHigh,
                ip.sourceLow,
                segment.destinationPort,
                segment.sourcePort)
            : new Key(
                ip.sourceHigh,
                ip.sourceLow,
                ip.destinationHigh,
                ip.destinationLow,
                segment.sourcePort,
                segment.destinationPort);
    @Nullable Bases known = flows.get(key);
    if (known == null || segment.has(TcpHeader.SYN)) {
      int own = segment.seq;
      int peer = segment.ack - 1;
      if (!segment.has(TcpHeader.ACK)) {
        // A simultaneous open: the other SYN has been seen.
        peer = known == null ? 0 : swapped ? known.a : known.b;
      } else if (fromZero && known != null) {
        // What the other SYN carried is acknowledged with it (RFC 7413): its own number counts.
        int seen = swapped ? known.a : known.b;
        peer = peer - seen >>> 16 == 0 ? seen : peer;
      }
      if (fromZero || segment.has(TcpHeader.ACK)) {
        flows.put(key, swapped ? new Bases(peer, own) : new Bases(own, peer));
        evict();
      }
      seqBase = fromZero ? own : 0;
      ackBase = fromZero ? peer : 0;
    } else {
      seqBase = swapped ? known.b : known.a;
      ackBase = swapped ? known.a : known.b;
    }
  }

  /** To subtract from the sequence number of the segment seen last. */
  public @Seq int seqBase() {
    return seqBase;
  }

  /** To subtract from the acknowledgement number and SACK edges of the segment seen last. */
  public @Seq int ackBase() {
    return ackBase;
  }

  private void evict() {
    if (flows.size() > CAPACITY) {
      Iterator<Key> oldest = flows.keySet().iterator();
      oldest.next();
      oldest.remove();
    }
  }

  /** True when the sender is the end that comes second in the key. */
  private static boolean isSecond(IpPacket ip, Segment segment) {
    int c = Long.compareUnsigned(ip.sourceHigh, ip.destinationHigh);
    if (c == 0) {
      c = Long.compareUnsigned(ip.sourceLow, ip.destinationLow);
    }
    if (c == 0) {
      c = Integer.compare(segment.sourcePort, segment.destinationPort);
    }
    return c > 0;
  }
}
