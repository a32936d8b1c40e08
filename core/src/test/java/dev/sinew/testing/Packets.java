package dev.sinew.testing;

import dev.sinew.ip.IpAddress;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Packets built and taken apart byte by byte, with none of the stack's code but addresses: what it
 * sends is judged by this.
 */
public final class Packets {
  /** Addresses by their text: tests name a few of them a million times. */
  private static final Map<String, IpAddress> KNOWN = new ConcurrentHashMap<>();

  private Packets() {}

  /** An address from its text. */
  public static IpAddress address(String text) {
    return KNOWN.computeIfAbsent(
        text,
        t -> {
          IpAddress a = IpAddress.parse(t);
          if (a == null) {
            throw new AssertionError("not an address: " + t);
          }
          return a;
        });
  }

  /** The bytes one after the other. */
  public static byte[] concat(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] p : parts) {
      out.writeBytes(p);
    }
    return out.toByteArray();
  }

  /** {@code length} bytes that differ from each other and from run to run of the pattern. */
  public static byte[] pattern(int length) {
    byte[] b = new byte[length];
    for (int i = 0; i < length; i++) {
      b[i] = (byte) (i * 31 + (i >> 8) * 7 + 1);
    }
    return b;
  }

  // ---- IP

  /** An IP packet of the addresses' version, TTL 64, not a fragment, IPv4 with DF off. */
  public static byte[] ip(String source, String destination, int protocol, byte[] payload) {
    return address(source).isV4()
        ? ipv4(source, destination, protocol, 64, 7, 0, new byte[0], payload)
        : ipv6(source, destination, protocol, 64, payload);
  }

  /**
   * An IPv4 packet.
   *
   * @param flagsAndOffset the 16 bits with DF 0x4000, MF 0x2000 and the offset in units of 8
   * @param options a multiple of 4 bytes
   */
  public static byte[] ipv4(
      String source,
      String destination,
      int protocol,
      int ttl,
      int id,
      int flagsAndOffset,
      byte[] options,
      byte[] payload) {
    int header = 20 + options.length;
    ByteBuffer b = ByteBuffer.allocate(header + payload.length);
    b.put((byte) (0x40 | header / 4)).put((byte) 0).putShort((short) (header + payload.length));
    b.putShort((short) id)
        .putShort((short) flagsAndOffset)
        .put((byte) ttl)
        .put((byte) protocol)
        .putShort((short) 0);
    b.put(address(source).bytes()).put(address(destination).bytes()).put(options).put(payload);
    fixIpv4Checksum(b.array());
    return b.array();
  }

  /** Computes an IPv4 header's checksum anew, after a test has changed the header. */
  public static void fixIpv4Checksum(byte[] packet) {
    put16(packet, 10, 0);
    put16(packet, 10, ~sum(packet, 0, (packet[0] & 0xf) * 4, 0) & 0xffff);
  }

  public static byte[] ipv6(
      String source, String destination, int nextHeader, int hopLimit, byte[] payload) {
    ByteBuffer b = ByteBuffer.allocate(40 + payload.length);
    b.putInt(6 << 28).putShort((short) payload.length).put((byte) nextHeader).put((byte) hopLimit);
    b.put(v6(source)).put(v6(destination)).put(payload);
    return b.array();
  }

  private static byte[] v6(String text) {
    IpAddress a = address(text);
    return ByteBuffer.allocate(16).putLong(a.high()).putLong(a.low()).array();
  }

  /** An IPv6 Fragment header with what follows. */
  public static byte[] fragmentHeader(
      int nextHeader, int offset, boolean more, int id, byte[] payload) {
    ByteBuffer b = ByteBuffer.allocate(8 + payload.length);
    b.put((byte) nextHeader)
        .put((byte) 0)
        .putShort((short) (offset | (more ? 1 : 0)))
        .putInt(id)
        .put(payload);
    return b.array();
  }

  // ---- transports, checksums complete

  public static byte[] udp(
      String source, int sourcePort, String destination, int destinationPort, byte[] data) {
    ByteBuffer b = ByteBuffer.allocate(8 + data.length);
    b.putShort((short) sourcePort)
        .putShort((short) destinationPort)
        .putShort((short) (8 + data.length));
    b.putShort((short) 0).put(data);
    int c = transportChecksum(source, destination, 17, b.array());
    put16(b.array(), 6, c == 0 ? 0xffff : c);
    return b.array();
  }

  /**
   * A TCP segment.
   *
   * @param flags FIN 1, SYN 2, RST 4, PSH 8, ACK 16, URG 32
   * @param options a multiple of 4 bytes
   */
  public static byte[] tcp(
      String source,
      int sourcePort,
      String destination,
      int destinationPort,
      int seq,
      int ack,
      int flags,
      int window,
      byte[] options,
      byte[] data) {
    ByteBuffer b = ByteBuffer.allocate(20 + options.length + data.length);
    b.putShort((short) sourcePort).putShort((short) destinationPort).putInt(seq).putInt(ack);
    b.put((byte) ((5 + options.length / 4) << 4 | flags >> 8))
        .put((byte) flags)
        .putShort((short) window);
    b.putShort((short) 0).putShort((short) 0).put(options).put(data);
    put16(b.array(), 16, transportChecksum(source, destination, 6, b.array()));
    return b.array();
  }

  /** An ICMP message of the version of the addresses. */
  public static byte[] icmp(
      String source, String destination, int type, int code, int rest, byte[] body) {
    ByteBuffer b = ByteBuffer.allocate(8 + body.length);
    b.put((byte) type).put((byte) code).putShort((short) 0).putInt(rest).put(body);
    put16(
        b.array(),
        2,
        address(source).isV4()
            ? ~sum(b.array(), 0, b.capacity(), 0) & 0xffff
            : transportChecksum(source, destination, 58, b.array()));
    return b.array();
  }

  /** A whole ICMP packet. */
  public static byte[] icmpPacket(
      String source, String destination, int type, int code, int rest, byte[] body) {
    return ip(
        source,
        destination,
        address(source).isV4() ? 1 : 58,
        icmp(source, destination, type, code, rest, body));
  }

  /** The transport checksum of bytes whose checksum field is 0, as the field's value. */
  public static int transportChecksum(
      String source, String destination, int protocol, byte[] transport) {
    byte[] pseudo =
        address(source).isV4()
            ? ByteBuffer.allocate(12)
                .put(address(source).bytes())
                .put(address(destination).bytes())
                .put((byte) 0)
                .put((byte) protocol)
                .putShort((short) transport.length)
                .array()
            : ByteBuffer.allocate(40)
                .put(v6(source))
                .put(v6(destination))
                .putInt(transport.length)
                .putInt(protocol)
                .array();
    return ~sum(transport, 0, transport.length, sum(pseudo, 0, pseudo.length, 0)) & 0xffff;
  }

  /** The 16-bit one's-complement sum (RFC 1071), added to {@code start}. */
  public static int sum(byte[] b, int from, int length, int start) {
    long sum = start;
    for (int i = 0; i < length; i++) {
      sum += (long) (b[from + i] & 0xff) << ((i & 1) == 0 ? 8 : 0);
    }
    while (sum >>> 16 != 0) {
      sum = (sum & 0xffff) + (sum >>> 16);
    }
    return (int) sum;
  }

  // ---- reading

  public static int u8(byte[] b, int at) {
    return b[at] & 0xff;
  }

  public static int u16(byte[] b, int at) {
    return (b[at] & 0xff) << 8 | (b[at + 1] & 0xff);
  }

  public static int i32(byte[] b, int at) {
    return ByteBuffer.wrap(b).getInt(at);
  }

  public static void put16(byte[] b, int at, int v) {
    b[at] = (byte) (v >> 8);
    b[at + 1] = (byte) v;
  }

  public static boolean isV4(byte[] packet) {
    return u8(packet, 0) >> 4 == 4;
  }

  public static IpAddress source(byte[] packet) {
    return isV4(packet)
        ? IpAddress.of(Arrays.copyOfRange(packet, 12, 16))
        : IpAddress.of(Arrays.copyOfRange(packet, 8, 24));
  }

  public static IpAddress destination(byte[] packet) {
    return isV4(packet)
        ? IpAddress.of(Arrays.copyOfRange(packet, 16, 20))
        : IpAddress.of(Arrays.copyOfRange(packet, 24, 40));
  }

  /** Protocol or (first) Next Header. */
  public static int protocol(byte[] packet) {
    return u8(packet, isV4(packet) ? 9 : 6);
  }

  public static int ttl(byte[] packet) {
    return u8(packet, isV4(packet) ? 8 : 7);
  }

  /** What follows the IPv4 header or the fixed IPv6 header. */
  public static byte[] payload(byte[] packet) {
    return Arrays.copyOfRange(packet, isV4(packet) ? (packet[0] & 0xf) * 4 : 40, packet.length);
  }

  /**
   * True when lengths and all checksums of a packet are right: IP, and TCP, UDP or ICMP unless it
   * is a fragment.
   */
  public static boolean isSound(byte[] packet) {
    boolean v4 = isV4(packet);
    if (v4) {
      int header = (packet[0] & 0xf) * 4;
      if (u16(packet, 2) != packet.length || sum(packet, 0, header, 0) != 0xffff) {
        return false;
      }
      if ((u16(packet, 6) & 0x3fff) != 0) {
        return true;
      }
    } else if (40 + u16(packet, 4) != packet.length) {
      return false;
    }
    byte[] transport = payload(packet);
    int protocol = protocol(packet);
    return switch (protocol) {
      case 1 -> sum(transport, 0, transport.length, 0) == 0xffff;
      case 6, 17, 58 ->
          transportChecksum(
                  source(packet).toString(), destination(packet).toString(), protocol, transport)
              == 0;
      default -> true;
    };
  }
}
