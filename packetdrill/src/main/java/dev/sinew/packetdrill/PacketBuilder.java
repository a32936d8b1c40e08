package dev.sinew.packetdrill;

import dev.sinew.packetdrill.script.PacketSpec;
import java.nio.ByteBuffer;

/** Puts an IP packet together: header, what IP carries, and checksums. */
final class PacketBuilder {
  private static final int DEFAULT_TTL = 255;

  private PacketBuilder() {}

  /**
   * @param checksumAt where in {@code transport} its checksum goes
   */
  static byte[] ip(
      boolean v4,
      byte[] source,
      byte[] destination,
      int protocol,
      PacketSpec.Ip ip,
      byte[] transport,
      int checksumAt) {
    int header = v4 ? 20 : 40;
    ByteBuffer b = ByteBuffer.allocate(header + transport.length);
    int trafficClass = (ip.dscp() >= 0 ? ip.dscp() << 2 : Math.max(ip.tos(), 0) & ~3) | ecn(ip);
    if (ip.tos() >= 0 && ip.ecn() == PacketSpec.Ecn.ANY) {
      trafficClass = ip.tos();
    }
    int ttl = ip.ttl() >= 0 ? ip.ttl() : DEFAULT_TTL;
    if (v4) {
      b.put(0, (byte) 0x45).put(1, (byte) trafficClass).putShort(2, (short) b.capacity());
      b.put(8, (byte) ttl).put(9, (byte) protocol);
      b.put(12, source).put(16, destination);
      b.putShort(10, (short) ~LivePacket.fold(sum(b.array(), 0, 20)));
    } else {
      b.putInt(0, 6 << 28 | trafficClass << 20 | Math.max(ip.flowLabel(), 0));
      b.putShort(4, (short) transport.length).put(6, (byte) protocol).put(7, (byte) ttl);
      b.put(8, source).put(24, destination);
    }
    b.put(header, transport);
    int at = header + checksumAt;
    b.putShort(at, (short) 0);
    long sum = sum(b.array(), header, b.capacity());
    if (protocol != LivePacket.ICMP_V4) {
      sum += sum(b.array(), v4 ? 12 : 8, v4 ? 20 : 40) + protocol + transport.length;
    }
    int checksum = ~LivePacket.fold(sum) & 0xffff;
    b.putShort(at, (short) (checksum == 0 && protocol == LivePacket.UDP ? 0xffff : checksum));
    return b.array();
  }

  private static int ecn(PacketSpec.Ip ip) {
    return switch (ip.ecn()) {
      case ANY, NOT_ECT -> 0;
      case ECT1 -> 1;
      case ECT0, ECT01 -> 2;
      case CE -> 3;
    };
  }

  private static long sum(byte[] bytes, int from, int to) {
    long sum = 0;
    for (int i = from; i < to; i += 2) {
      sum += (bytes[i] & 0xff) << 8 | (i + 1 < to ? bytes[i + 1] & 0xff : 0);
    }
    return sum;
  }
}
