package dev.sinew.capture;

import dev.sinew.wire.IpPacket;
import dev.sinew.wire.IpProtocol;
import dev.sinew.wire.PacketText;
import dev.sinew.wire.RelativeSequences;
import dev.sinew.wire.Segment;
import dev.sinew.wire.TcpHeader;
import dev.sinew.wire.TcpText;
import java.lang.foreign.MemorySegment;

/**
 * Packets in few words, for the arrow of a {@link Ladder}: {@code [S.] seq 0 ack 1 win 65535 <mss
 * 1460,sackOK,ws 7>}. Sequence numbers count from the first SYN that this object saw of a
 * connection, so each packet must be shown to it once, in the order of sending. Not thread-safe.
 */
public final class LadderText {
  private final RelativeSequences relative = RelativeSequences.fromZero();
  private final IpPacket ip = new IpPacket();
  private final Segment segment = new Segment();

  /**
   * The words for an IP packet.
   *
   * @param captured bytes of it that are at {@code offset}
   * @param length bytes of the whole packet
   */
  public String describe(MemorySegment m, long offset, int captured, int length) {
    boolean tcp =
        ip.parseCut(m, offset, captured) == IpPacket.OK
            && ip.protocol == IpProtocol.TCP
            && !ip.fragment
            && segment.parse(m, ip.payloadOffset, ip.payloadLength) != Segment.BAD_HEADER;
    if (!tcp) {
      String line = PacketText.ipUnchecked(m, offset, captured, length, null);
      int colon = line.indexOf(": ");
      return colon < 0 ? line : line.substring(colon + 2);
    }
    relative.see(ip, segment);
    int data = ip.totalLength - ip.headerLength - segment.headerLength;
    StringBuilder out = new StringBuilder(60);
    out.append('[').append(TcpText.flags(segment.flags)).append(']');
    if (data > 0 || (segment.flags & (TcpHeader.SYN | TcpHeader.FIN | TcpHeader.RST)) != 0) {
      int seq = segment.seq - relative.seqBase();
      out.append(" seq ").append(Integer.toUnsignedString(seq));
      if (data > 0) {
        out.append(':').append(Integer.toUnsignedString(seq + data));
      }
    }
    if (segment.has(TcpHeader.ACK)) {
      int ack = segment.ack - relative.ackBase();
      out.append(" ack ").append(Integer.toUnsignedString(ack));
    }
    if (data > 0) {
      out.append(" len ").append(data);
    }
    out.append(" win ").append(segment.window);
    if (segment.has(TcpHeader.URG)) {
      out.append(" urg ").append(segment.urgentPointer);
    }
    options(out);
    return out.toString();
  }

  /** The options that a reader of a ladder looks for; timestamps would fill every arrow. */
  private void options(StringBuilder out) {
    StringBuilder o = new StringBuilder();
    if (segment.mss != Segment.ABSENT) {
      o.append(",mss ").append(segment.mss);
    }
    if (segment.sackPermitted) {
      o.append(",sackOK");
    }
    if (segment.windowScale != Segment.ABSENT) {
      o.append(",ws ").append(segment.windowScale);
    }
    if (segment.fastOpenLength != Segment.ABSENT) {
      o.append(segment.fastOpenLength == 0 ? ",tfo request" : ",tfo cookie");
    }
    for (int i = 0; i < segment.sackCount; i++) {
      int left = segment.sackEdges[2 * i] - relative.ackBase();
      int right = segment.sackEdges[2 * i + 1] - relative.ackBase();
      o.append(i == 0 ? ",sack " : " ");
      o.append(Integer.toUnsignedString(left)).append(':').append(Integer.toUnsignedString(right));
    }
    if (!o.isEmpty()) {
      out.append(" <").append(o, 1, o.length()).append('>');
    }
  }
}
