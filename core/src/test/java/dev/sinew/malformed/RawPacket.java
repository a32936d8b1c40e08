package dev.sinew.malformed;

import java.util.BitSet;

/**
 * IP packets as bytes: built, taken apart, judged and repaired without any of the stack's code, so
 * that the two may disagree. One object holds what {@link #read} found in a packet and is used
 * again.
 */
final class RawPacket {
  static final int TCP = 6;
  static final int UDP = 17;
  static final int ICMP = 1;
  static final int ICMPV6 = 58;
  static final int FIN = 1;
  static final int SYN = 2;
  static final int RST = 4;
  static final int PSH = 8;
  static final int ACK = 16;
  static final int URG = 32;

  /** 10.0.0.1 and 10.0.0.2, fd00::1 and fd00::2. */
  private static final int V4_LOCAL = 0x0a00_0001;

  private static final int V4_PEER = 0x0a00_0002;

  // ---- what read() found

  byte[] bytes = {};
  int length;
  boolean v4;

  /** The transport protocol after extension headers, -1 when they can't be followed. */
  int protocol;

  int transport;
  int transportLength;
  boolean fragment;

  /**
   * Lengths fit, the IPv4 header's checksum is good, and so is the transport's, if there is one
   * that covers all of it.
   */
  boolean sound;

  boolean fromPeerToStack;

  // ---- building

  /**
   * An IP packet between the stack (local) and its peer; flow label, identification and TTL are
   * fixed.
   */
  static byte[] ip(boolean v4, boolean fromPeer, int protocol, byte[] payload) {
    return v4
        ? ipv4(fromPeer, protocol, 0x4000, new byte[0], payload)
        : ipv6(fromPeer, protocol, payload);
  }

  static byte[] ipv4(
      boolean fromPeer, int protocol, int flagsAndOffset, byte[] options, byte[] payload) {
    int header = 20 + options.length;
    byte[] p = new byte[header + payload.length];
    p[0] = (byte) (0x40 | header / 4);
    put16(p, 2, p.length);
    put16(p, 4, 0x4321);
    put16(p, 6, flagsAndOffset);
    p[8] = 64;
    p[9] = (byte) protocol;
    put32(p, 12, fromPeer ? V4_PEER : V4_LOCAL);
    put32(p, 16, fromPeer ? V4_LOCAL : V4_PEER);
    System.arraycopy(options, 0, p, 20, options.length);
    System.arraycopy(payload, 0, p, header, payload.length);
    put16(p, 10, checksum(0, p, 0, header));
    return p;
  }

  static byte[] ipv6(boolean fromPeer, int nextHeader, byte[] payload) {
    byte[] p = new byte[40 + payload.length];
    put32(p, 0, 0x6001_2345);
    put16(p, 4, payload.length);
    p[6] = (byte) nextHeader;
    p[7] = 64;
    p[8] = (byte) 0xfd;
    p[23] = (byte) (fromPeer ? 2 : 1);
    p[24] = (byte) 0xfd;
    p[39] = (byte) (fromPeer ? 1 : 2);
    System.arraycopy(payload, 0, p, 40, payload.length);
    return p;
  }

  /**
   * A TCP segment without an IP header and without a checksum. Options are a multiple of 4 bytes.
   */
  static byte[] tcp(
      int sourcePort,
      int destinationPort,
      int seq,
      int ack,
      int flags,
      int window,
      int urgent,
      byte[] options,
      byte[] data) {
    byte[] t = new byte[20 + options.length + data.length];
    put16(t, 0, sourcePort);
    put16(t, 2, destinationPort);
    put32(t, 4, seq);
    put32(t, 8, ack);
    put16(t, 12, (20 + options.length) << 10 | flags);
    put16(t, 14, window);
    put16(t, 18, urgent);
    System.arraycopy(options, 0, t, 20, options.length);
    System.arraycopy(data, 0, t, 20 + options.length, data.length);
    return t;
  }

  /** A UDP datagram without a checksum. */
  static byte[] udp(int sourcePort, int destinationPort, byte[] data) {
    byte[] t = new byte[8 + data.length];
    put16(t, 0, sourcePort);
    put16(t, 2, destinationPort);
    put16(t, 4, t.length);
    System.arraycopy(data, 0, t, 8, data.length);
    return t;
  }

  /** An ICMP message without a checksum. */
  static byte[] icmp(int type, int code, int rest, byte[] body) {
    byte[] t = new byte[8 + body.length];
    t[0] = (byte) type;
    t[1] = (byte) code;
    put32(t, 4, rest);
    System.arraycopy(body, 0, t, 8, body.length);
    return t;
  }

  static byte[] join(byte[]... parts) {
    int n = 0;
    for (byte[] p : parts) {
      n += p.length;
    }
    byte[] all = new byte[n];
    n = 0;
    for (byte[] p : parts) {
      System.arraycopy(p, 0, all, n, p.length);
      n += p.length;
    }
    return all;
  }

  static byte[] repaired(byte[] packet) {
    new RawPacket().repair(packet, packet.length);
    return packet;
  }

  // ---- reading

  /**
   * Takes a packet apart as far as it goes. True when a transport header lies there, whatever the
   * checksums say.
   */
  boolean read(byte[] b, int n) {
    bytes = b;
    length = n;
    protocol = -1;
    transport = 0;
    transportLength = 0;
    fragment = false;
    sound = false;
    fromPeerToStack = false;
    int version = n == 0 ? 0 : u8(b, 0) >> 4;
    v4 = version == 4;
    if (version == 4 ? !readV4() : version != 6 || !readV6()) {
      return false;
    }
    sound = (!v4 || sum(0, b, 0, transport) == 0xffff) && (fragment || transportSound());
    return true;
  }

  private boolean readV4() {
    byte[] b = bytes;
    if (length < 20) {
      return false;
    }
    int header = (b[0] & 0xf) * 4;
    int total = u16(b, 2);
    if (header < 20 || total < header || total > length) {
      return false;
    }
    protocol = u8(b, 9);
    fragment = (u16(b, 6) & 0x3fff) != 0;
    transport = header;
    transportLength = total - header;
    fromPeerToStack = i32(b, 12) == V4_PEER && i32(b, 16) == V4_LOCAL;
    return true;
  }

  private boolean readV6() {
    byte[] b = bytes;
    if (length < 40 || 40 + u16(b, 4) > length) {
      return false;
    }
    int at = 40;
    int end = 40 + u16(b, 4);
    int next = u8(b, 6);
    while (next == 0 || next == 43 || next == 44 || next == 60) {
      if (end - at < 8) {
        return false;
      }
      int size = next == 44 ? 8 : (u8(b, at + 1) + 1) * 8;
      if (next == 44) {
        fragment = (u16(b, at + 2) & 0xfff9) != 0;
      }
      next = u8(b, at);
      at += size;
      if (at > end) {
        return false;
      }
      if (fragment) {
        break;
      }
    }
    protocol = next;
    transport = at;
    transportLength = end - at;
    fromPeerToStack =
        u8(b, 8) == 0xfd
            && isZero(b, 9, 14)
            && b[23] == 2
            && u8(b, 24) == 0xfd
            && isZero(b, 25, 14)
            && b[39] == 1;
    return true;
  }

  /** True when the packet goes to 10.0.0.number or fd00::number. */
  boolean isTo(int number) {
    return v4
        ? i32(bytes, 16) == (0x0a00_0000 | number)
        : u8(bytes, 24) == 0xfd && isZero(bytes, 25, 14) && bytes[39] == number;
  }

  private static boolean isZero(byte[] b, int from, int count) {
    for (int i = 0; i < count; i++) {
      if (b[from + i] != 0) {
        return false;
      }
    }
    return true;
  }

  private boolean transportSound() {
    int covered = coveredLength();
    if (covered < 0) {
      return false;
    }
    if (covered == 0) {
      return true;
    }
    return sum(pseudo(covered), bytes, transport, covered) == 0xffff;
  }

  /**
   * How many bytes of the transport its checksum covers: 0 when it has none, -1 when it is too
   * short for one.
   */
  private int coveredLength() {
    switch (protocol) {
      case TCP:
        return transportLength < 20 ? -1 : transportLength;
      case UDP:
        {
          int declared = transportLength < 8 ? 0 : u16(bytes, transport + 4);
          if (declared < 8 || declared > transportLength) {
            return -1;
          }
          return u16(bytes, transport + 6) != 0 ? declared : v4 ? 0 : -1;
        }
      case ICMP:
        return !v4 ? 0 : transportLength < 8 ? -1 : transportLength;
      case ICMPV6:
        return v4 ? 0 : transportLength < 8 ? -1 : transportLength;
      default:
        return 0;
    }
  }

  private long pseudo(int covered) {
    if (protocol == ICMP) {
      return 0;
    }
    return sum((long) covered + protocol, bytes, v4 ? 12 : 8, v4 ? 8 : 32);
  }

  /**
   * True when this is TCP between the peer's and the stack's ports, not a fragment, with a header
   * that fits.
   */
  boolean isSegmentOf(int peerPort, int localPort) {
    return protocol == TCP
        && !fragment
        && fromPeerToStack
        && transportLength >= 20
        && u16(bytes, transport) == peerPort
        && u16(bytes, transport + 2) == localPort
        && dataOffset() >= 20
        && dataOffset() <= transportLength;
  }

  int seq() {
    return i32(bytes, transport + 4);
  }

  int ack() {
    return i32(bytes, transport + 8);
  }

  int flags() {
    return u8(bytes, transport + 13);
  }

  boolean has(int flag) {
    return (flags() & flag) != 0;
  }

  int dataOffset() {
    return (u8(bytes, transport + 12) >> 4) * 4;
  }

  int dataLength() {
    return transportLength - dataOffset();
  }

  /**
   * True when an option of the segment has a length that it can't have (RFC 9293 section 3.1,
   * MUST-7).
   */
  boolean hasBadOption() {
    int end = transport + dataOffset();
    for (int at = transport + 20; at < end; ) {
      int kind = u8(bytes, at);
      if (kind == 0) {
        return false;
      }
      if (kind == 1) {
        at++;
        continue;
      }
      int size = at + 1 < end ? u8(bytes, at + 1) : 0;
      boolean good =
          switch (kind) {
            case 2, 28 -> size == 4;
            case 3 -> size == 3;
            case 4 -> size == 2;
            case 5 -> size >= 10 && size % 8 == 2;
            case 8 -> size == 10;
            case 19 -> size == 18;
            case 29 -> size >= 4;
            default -> size >= 2;
          };
      if (!good || at + size > end) {
        return true;
      }
      at += size;
    }
    return false;
  }

  // ---- repairing

  /** Makes the checksums good, as far as headers can be read. */
  void repair(byte[] b, int n) {
    boolean readable = read(b, n);
    if (n >= 20 && u8(b, 0) >> 4 == 4) {
      int header = (b[0] & 0xf) * 4;
      if (header >= 20 && header <= n) {
        put16(b, 10, 0);
        put16(b, 10, checksum(0, b, 0, header));
      }
    }
    if (!readable || fragment) {
      return;
    }
    int field =
        switch (protocol) {
          case TCP -> 16;
          case UDP -> 6;
          case ICMP, ICMPV6 -> 2;
          default -> -1;
        };
    if (field < 0 || transportLength < field + 2 || protocol == (v4 ? ICMPV6 : ICMP)) {
      return;
    }
    int covered = transportLength;
    if (protocol == UDP) {
      int declared = u16(b, transport + 4);
      covered = declared >= 8 && declared <= transportLength ? declared : transportLength;
    }
    put16(b, transport + field, 0);
    int c = checksum(pseudo(covered), b, transport, covered);
    put16(b, transport + field, c == 0 && protocol == UDP ? 0xffff : c);
  }

  /**
   * Makes the length fields say how many bytes there are: IP's, and UDP's if asked. False when
   * there is no header to say it in.
   */
  static boolean repairLengths(byte[] b, int n, boolean udpToo) {
    int version = n == 0 ? 0 : u8(b, 0) >> 4;
    if (version == 4 && n >= 20) {
      put16(b, 2, n);
    } else if (version == 6 && n >= 40) {
      put16(b, 4, n - 40);
    } else {
      return false;
    }
    if (!udpToo) {
      return true;
    }
    RawPacket p = new RawPacket();
    if (!p.read(b, n) || p.fragment || p.protocol != UDP || p.transportLength < 8) {
      return false;
    }
    put16(b, p.transport + 4, p.transportLength);
    return true;
  }

  // ---- what checksums do not cover

  /**
   * The bits of a sound packet that no checksum covers. For IPv6: traffic class, flow label, hop
   * limit, extension headers, and the length of a packet that holds more than its UDP datagram; for
   * both: bytes behind the packet's length, a UDP datagram whose checksum is 0, a fragment's piece
   * (the whole datagram's checksum judges it), a protocol without checksum.
   */
  static BitSet uncovered(byte[] packet) {
    RawPacket p = new RawPacket();
    if (!p.read(packet, packet.length) || !p.sound) {
      throw new AssertionError("the corpus holds an unsound packet");
    }
    BitSet open = new BitSet();
    int n = packet.length;
    int covered = p.fragment ? 0 : p.coveredLength();
    if (p.v4) {
      open.set((p.transport + covered) * 8, n * 8);
      return open;
    }
    if (covered == 0) {
      // Nothing at all is protected; a length that is too long or a version that is none is found
      // out, but that is no checksum.
      open.set(0, n * 8);
      return open;
    }
    open.set(4, 32);
    open.set(7 * 8, 8 * 8);
    if (covered < p.transportLength) {
      // UDP says itself how long it is, so that the packet's length only says how much follows
      // behind it.
      open.set(4 * 8, 6 * 8);
    }
    if (p.transport > 40) {
      // The Next Header field leads into the extension headers, which may lead elsewhere then.
      open.set(6 * 8, 7 * 8);
      open.set(40 * 8, p.transport * 8);
    }
    open.set((p.transport + covered) * 8, n * 8);
    return open;
  }

  // ---- bytes

  static int u8(byte[] b, int at) {
    return b[at] & 0xff;
  }

  static int u16(byte[] b, int at) {
    return (b[at] & 0xff) << 8 | b[at + 1] & 0xff;
  }

  static int i32(byte[] b, int at) {
    return u16(b, at) << 16 | u16(b, at + 2);
  }

  static void put16(byte[] b, int at, int v) {
    b[at] = (byte) (v >> 8);
    b[at + 1] = (byte) v;
  }

  static void put32(byte[] b, int at, int v) {
    put16(b, at, v >>> 16);
    put16(b, at + 2, v);
  }

  /** The folded one's-complement sum (RFC 1071) of bytes, added to {@code start}. */
  static int sum(long start, byte[] b, int from, int count) {
    long s = start;
    int i = 0;
    for (; i + 1 < count; i += 2) {
      s += u16(b, from + i);
    }
    if (i < count) {
      s += u8(b, from + i) << 8;
    }
    while (s >>> 16 != 0) {
      s = (s & 0xffff) + (s >>> 16);
    }
    return (int) s;
  }

  private static int checksum(long start, byte[] b, int from, int count) {
    return ~sum(start, b, from, count) & 0xffff;
  }
}
