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
  private boolean parsed;
  private boolean ipGood;
  private boolean tcpGood;

  PacketView() {}

  PacketView of(MemorySegment memory, long offset, int length) {
    this.memory = memory;
    this.offset = offset;
    this.length = length;
    parsed = false;
    return this;
  }

  /** The bytes are others than before. */
  void changed() {
    parsed = false;
  }

  /** Decodes when somebody asks; most packets of a large run are never looked at. */
  private void parse() {
    if (parsed) {
      return;
    }
    parsed = true;
    ipGood = ip.parse(memory, offset, length) == IpPacket.OK;
    tcpGood =
        ipGood
            && ip.protocol == IpProtocol.TCP
            && !ip.fragment
            && tcp.parse(memory, ip.payloadOffset, ip.payloadLength) == Segment.OK;
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
    parse();
    return ip;
  }

  public boolean isIp() {
    parse();
    return ipGood;
  }

  /** A whole, well-formed TCP segment. */
  public boolean isTcp() {
    parse();
    return tcpGood;
  }

  /** The TCP header; meaningful when {@link #isTcp}. */
  public Segment tcp() {
    parse();
    return tcp;
  }

  /** A TCP segment with payload. */
  public boolean isData() {
    return isTcp() && tcp.dataLength > 0;
  }

  /** A TCP segment with SYN and without ACK. */
  public boolean isSyn() {
    return isTcp() && (tcp.flags & (TcpHeader.SYN | TcpHeader.ACK)) == TcpHeader.SYN;
  }

  /** A TCP segment with SYN and ACK. */
  public boolean isSynAck() {
    return isTcp() && tcp.has(TcpHeader.SYN | TcpHeader.ACK);
  }

  public boolean isFin() {
    return isTcp() && tcp.has(TcpHeader.FIN);
  }

  public boolean isRst() {
    return isTcp() && tcp.has(TcpHeader.RST);
  }

  /** A TCP segment that carries nothing but an acknowledgement. */
  public boolean isPureAck() {
    return isTcp()
        && tcp.dataLength == 0
        && (tcp.flags & (TcpHeader.SYN | TcpHeader.FIN | TcpHeader.RST | TcpHeader.ACK))
            == TcpHeader.ACK;
  }

  /** An ICMP message of either version. */
  public boolean isIcmp() {
    return isIp() && (ip.protocol == IpProtocol.ICMP || ip.protocol == IpProtocol.ICMPV6);
  }

  public boolean isUdp() {
    return isIp() && ip.protocol == IpProtocol.UDP;
  }

  /** A fragment of a datagram. */
  public boolean isFragment() {
    return isIp() && ip.fragment;
  }

  /** One line in the manner of tcpdump. */
  @Override
  public String toString() {
    return PacketText.ip(memory, offset, length);
  }
}
