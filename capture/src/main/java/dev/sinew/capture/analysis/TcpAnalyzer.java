package dev.sinew.capture.analysis;

import dev.sinew.wire.IpPacket;
import dev.sinew.wire.IpProtocol;
import dev.sinew.wire.Segment;
import dev.sinew.wire.TcpHeader;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads packets in their order and says what each TCP segment means for the two ends of its
 * connection. It knows nothing but the packets, so states are inferred and what was not captured is
 * a gap. Remembers the 65,536 connections seen last. Not thread-safe.
 */
public final class TcpAnalyzer {
  private static final int CAPACITY = 65_536;

  private record Key(long aHigh, long aLow, int aPort, long bHigh, long bLow, int bPort) {
    Key swapped() {
      return new Key(bHigh, bLow, bPort, aHigh, aLow, aPort);
    }
  }

  /** A connection and which of its ends comes first in the key. */
  private record Slot(Connection connection, int firstEnd) {}

  private final boolean absolute;
  private final Map<Key, Slot> connections =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, Slot> eldest) {
          return size() > CAPACITY;
        }
      };
  private final List<Connection> all = new ArrayList<>();
  private final IpPacket ip = new IpPacket();
  private final Segment segment = new Segment();
  private int count;

  /**
   * @param absolute notes give sequence numbers as they stand in the packets; otherwise counted
   *     from the connection's beginning
   */
  public TcpAnalyzer(boolean absolute) {
    this.absolute = absolute;
  }

  /**
   * Reads an IP packet.
   *
   * @param captured bytes of it that are at {@code offset}
   * @return null when it is no TCP segment, or not enough of one
   */
  public @Nullable Reading read(long timeNanos, MemorySegment m, long offset, int captured) {
    if (ip.parseCut(m, offset, captured) != IpPacket.OK
        || ip.protocol != IpProtocol.TCP
        || ip.fragmentOffset != 0
        || segment.parse(m, ip.payloadOffset, ip.payloadLength) == Segment.BAD_HEADER) {
      return null;
    }
    boolean swapped = isSecond();
    Key key = swapped ? key().swapped() : key();
    Slot entry = connections.get(key);
    int sender = entry == null ? 0 : swapped ? 1 - entry.firstEnd : entry.firstEnd;
    if (entry == null || entry.connection.isOver(segment, sender)) {
      entry = begin(key, swapped);
      sender = swapped ? 1 - entry.firstEnd : entry.firstEnd;
    }
    int data = ip.totalLength - ip.headerLength - segment.headerLength;
    boolean whole = !ip.fragment && ip.payloadLength == ip.totalLength - ip.headerLength;
    Note checksum = whole ? ChecksumCheck.judge(ip) : null;
    return entry.connection.read(timeNanos, ip, segment, sender, data, checksum);
  }

  private Slot begin(Key key, boolean swapped) {
    End source = new End(ip.v4, ip.sourceHigh, ip.sourceLow, segment.sourcePort);
    End destination =
        new End(ip.v4, ip.destinationHigh, ip.destinationLow, segment.destinationPort);
    boolean syn = segment.has(TcpHeader.SYN);
    boolean sourceIsClient =
        syn ? !segment.has(TcpHeader.ACK) : segment.sourcePort >= segment.destinationPort;
    Connection c = new Connection(++count, source, destination, syn, sourceIsClient, absolute);
    if (all.size() < CAPACITY) {
      all.add(c);
    }
    Slot entry = new Slot(c, swapped == sourceIsClient ? 1 : 0);
    connections.put(key, entry);
    return entry;
  }

  /** The connections in the order in which they were seen first, at most 65,536 of them. */
  public List<Connection> connections() {
    return List.copyOf(all);
  }

  private Key key() {
    return new Key(
        ip.sourceHigh,
        ip.sourceLow,
        segment.sourcePort,
        ip.destinationHigh,
        ip.destinationLow,
        segment.destinationPort);
  }

  private boolean isSecond() {
    int c = Long.compareUnsigned(ip.sourceHigh, ip.destinationHigh);
    c = c != 0 ? c : Long.compareUnsigned(ip.sourceLow, ip.destinationLow);
    return (c != 0 ? c : Integer.compare(segment.sourcePort, segment.destinationPort)) > 0;
  }
}
