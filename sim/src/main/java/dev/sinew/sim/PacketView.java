package dev.sinew.sim;

import dev.sinew.wire.IpPacket;
import dev.sinew.wire.IpProtocol;
import dev.sinew.wire.PacketText;
import dev.sinew.wire.Segment;
import dev.sinew.wire.TcpHeader;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A packet on a link, decoded for whoever looks at it. Used again for the next packet: valid during
 * the call that shows it.
 */
public final class PacketView {
  private final IpPacket ip = new IpPacket();
  private final Segment tcp = new Segment();
  private MemorySegment memory = MemorySegment.NULL;
  private long offset;
  private int length;
  private boolean ipGood;
  private boolean tcpGood;

  PacketView() {}

  PacketView of(MemorySegment memory, long offset, int length) {
    this.memory = memory;
    this.offset = offset;
    this.length = length;
    ipGood = ip.parse(memory, offset, length) == IpPacket.OK;
    tcpGood =
        ipGood
            && ip.protocol == IpProtocol.TCP
            && !ip.fragment
            && tcp.parse(memory, ip.payloadOffset, ip.payloadLength) == Segment.OK;
    return this;
  }

  public MemorySegment memory() {
    return memory;
  }

  public long offset() {
    return offset;
  }

  /** Bytes of the IP packet. */
  public int length() {
    return length;
  }

  /** A copy of its bytes. */
  public byte[] bytes() {
    return memory.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE);
  }

  /** The IP header; meaningful when {@link #isIp}. */
  public IpPacket ip() {
    return ip;
  }

  public boolean isIp() {
    return ipGood;
  }

  /** A whole, well-formed TCP segment. */
  public boolean isTcp() {
    return tcpGood;
  }

  /** The TCP header; meaningful when {@link #isTcp}. */
  public Segment tcp() {
    return tcp;
  }

  /** A TCP segment with payload. */
  public boolean isData() {
    return tcpGood && tcp.dataLength > 0;
  }

  /** A TCP segment with SYN and without ACK. */
  public boolean isSyn() {
    return tcpGood && (tcp.flags & (TcpHeader.SYN | TcpHeader.ACK)) == TcpHeader.SYN;
  }

  /** A TCP segment with SYN and ACK. */
  public boolean isSynAck() {
    return tcpGood && tcp.has(TcpHeader.SYN | TcpHeader.ACK);
  }

  public boolean isFin() {
    return tcpGood && tcp.has(TcpHeader.FIN);
  }

  public boolean isRst() {
    return tcpGood && tcp.has(TcpHeader.RST);
  }

  /** A TCP segment that carries nothing but an acknowledgement. */
  public boolean isPureAck() {
    return tcpGood
        && tcp.dataLength == 0
        && (tcp.flags & (TcpHeader.SYN | TcpHeader.FIN | TcpHeader.RST | TcpHeader.ACK))
            == TcpHeader.ACK;
  }

  /** One line in the manner of tcpdump. */
  @Override
  public String toString() {
    return PacketText.ip(memory, offset, length);
  }
}
