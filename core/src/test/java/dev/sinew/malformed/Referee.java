package dev.sinew.malformed;

import org.jspecify.annotations.Nullable;

/** I7: looks at every packet that the stack sends, with none of the stack's code. */
final class Referee {
  private final RawPacket packet = new RawPacket();
  private final RawPacket quoted = new RawPacket();

  /** What the stack's application wrote, by position: see {@link Host#pattern}. */
  int iss;

  boolean issKnown;
  int mss = 1460;

  /** The last byte of the stack's own addresses. */
  int self = 1;

  /** The application sends UDP of any size. */
  boolean datagrams;

  /** The first thing that was wrong. */
  @Nullable String objection;

  /** Replies since {@link #reset}: packets without new data. */
  int replies;

  /** Pure acknowledgements among them. */
  int acks;

  int dataSegments;
  int packets;

  void reset() {
    replies = 0;
    acks = 0;
    dataSegments = 0;
    packets = 0;
  }

  /**
   * Judges one packet.
   *
   * @param cause the packet that came in last, which an ICMP error has to quote; null when a timer
   *     was the reason
   */
  void sent(byte[] b, int n, byte @Nullable [] cause, int causeLength) {
    packets++;
    String wrong = judge(b, n, cause, causeLength);
    if (wrong != null && objection == null) {
      objection = wrong + ": " + java.util.HexFormat.of().formatHex(b, 0, n);
    }
  }

  private @Nullable String judge(byte[] b, int n, byte @Nullable [] cause, int causeLength) {
    RawPacket p = packet;
    if (!p.read(b, n)) {
      return "sent something unreadable";
    }
    int declared = p.v4 ? RawPacket.u16(b, 2) : 40 + RawPacket.u16(b, 4);
    if (declared != n) {
      return "sent " + n + " bytes that say to be " + declared;
    }
    if (!p.sound || p.fragment && !datagrams) {
      return "sent a bad checksum or a fragment";
    }
    if (RawPacket.u8(b, p.v4 ? 8 : 7) == 0) {
      return "sent with TTL 0";
    }
    if (p.transport != (p.v4 ? 20 : 40) + (p.fragment && !p.v4 ? 8 : 0)) {
      return "sent IP options";
    }
    if (!fromStack(p) || !toOneHost(p)) {
      return "sent from or to an impossible address";
    }
    if (p.fragment || p.protocol == RawPacket.UDP) {
      return datagrams && p.protocol != RawPacket.TCP ? null : "sent UDP";
    }
    return switch (p.protocol) {
      case RawPacket.TCP -> tcp(p);
      case RawPacket.ICMP, RawPacket.ICMPV6 -> icmp(p, cause, causeLength);
      default -> "sent protocol " + p.protocol;
    };
  }

  private boolean fromStack(RawPacket p) {
    return p.v4
        ? RawPacket.i32(p.bytes, 12) == (0x0a00_0000 | self)
        : RawPacket.u8(p.bytes, 8) == 0xfd && p.bytes[23] == self;
  }

  private static boolean toOneHost(RawPacket p) {
    if (!p.v4) {
      return RawPacket.u8(p.bytes, 24) != 0xff;
    }
    int first = RawPacket.u8(p.bytes, 16);
    return first != 0 && first != 127 && first < 224 && RawPacket.i32(p.bytes, 16) != 0x0a00_00ff;
  }

  private @Nullable String tcp(RawPacket p) {
    boolean syn = p.has(RawPacket.SYN);
    boolean rst = p.has(RawPacket.RST);
    boolean fin = p.has(RawPacket.FIN);
    if ((RawPacket.u8(p.bytes, p.transport + 12) & 0xe) != 0) {
      return "sent reserved bits";
    }
    if ((syn ? 1 : 0) + (rst ? 1 : 0) + (fin ? 1 : 0) > 1) {
      return "sent impossible flags";
    }
    if (!syn && !rst && !p.has(RawPacket.ACK)) {
      return "sent a segment without ACK";
    }
    if (!p.has(RawPacket.ACK) && p.ack() != 0) {
      return "sent an acknowledgment number without ACK";
    }
    if (p.has(RawPacket.URG) != (RawPacket.u16(p.bytes, p.transport + 18) != 0)) {
      return "sent an urgent pointer without URG or the other way round";
    }
    int header = p.dataOffset();
    if (header < 20 || header > p.transportLength) {
      return "sent a bad data offset";
    }
    String wrong = options(p, header, syn);
    if (wrong != null) {
      return wrong;
    }
    int data = p.dataLength();
    if (data > 0 && (syn || rst)) {
      return "sent data with SYN or RST";
    }
    if (data + header - 20 > mss) {
      return "sent more than the MSS";
    }
    if (data == 0) {
      replies++;
      acks += syn || rst || fin ? 0 : 1;
      return null;
    }
    dataSegments++;
    boolean watched =
        p.isTo(3 - self)
            && RawPacket.u16(p.bytes, p.transport) == Host.LOCAL_PORT
            && RawPacket.u16(p.bytes, p.transport + 2) == Host.PEER_PORT;
    if (issKnown && watched) {
      int at = p.seq() - iss - 1;
      for (int i = 0; i < data; i++) {
        if (p.bytes[p.transport + header + i] != Host.pattern(at + i)) {
          return "sent other bytes than were written at " + (at + i);
        }
      }
    }
    return null;
  }

  private static @Nullable String options(RawPacket p, int header, boolean syn) {
    int at = p.transport + 20;
    int end = p.transport + header;
    boolean mss = false;
    while (at < end) {
      int kind = RawPacket.u8(p.bytes, at);
      if (kind == 0) {
        for (; at < end; at++) {
          if (p.bytes[at] != 0) {
            return "sent something behind the end of options";
          }
        }
        break;
      }
      if (kind == 1) {
        at++;
        continue;
      }
      int size = end - at < 2 ? 0 : RawPacket.u8(p.bytes, at + 1);
      boolean good =
          switch (kind) {
            case 2 -> syn && size == 4;
            case 3 -> syn && size == 3 && p.bytes[at + 2] <= 14;
            case 4 -> syn && size == 2;
            case 5 -> !syn && size >= 10 && size <= 34 && (size - 2) % 8 == 0;
            case 8 -> size == 10;
            case 172, 174 -> (!syn || p.has(RawPacket.ACK)) && size <= 11 && size % 3 == 2;
            default -> false;
          };
      if (!good || at + size > end) {
        return "sent a bad option " + kind;
      }
      mss |= kind == 2;
      at += size;
    }
    return syn && !mss ? "sent a SYN without MSS" : null;
  }

  private @Nullable String icmp(RawPacket p, byte @Nullable [] cause, int causeLength) {
    replies++;
    int type = RawPacket.u8(p.bytes, p.transport);
    boolean echo = type == (p.v4 ? 0 : 129);
    if (echo) {
      return null;
    }
    boolean error = p.v4 ? type == 3 || type == 11 || type == 12 : type >= 1 && type <= 4;
    if (!error) {
      return "sent ICMP type " + type;
    }
    if (n(p) > (p.v4 ? 576 : 1280)) {
      return "sent an ICMP error that is too long";
    }
    if (cause == null) {
      return null;
    }
    int body = p.transport + 8;
    int length = p.transportLength - 8;
    boolean piece = quoted.read(cause, causeLength) && quoted.fragment;
    if (length > causeLength && !piece) {
      return "quoted more than there was";
    }
    for (int i = 0; i < Math.min(length, causeLength); i++) {
      if (p.bytes[body + i] != cause[i]) {
        return null; // Fragments are quoted as they were put together, or the first of them.
      }
    }
    if (quoted.read(cause, causeLength)
        && quoted.protocol == (quoted.v4 ? RawPacket.ICMP : RawPacket.ICMPV6)
        && quoted.transportLength > 0) {
      int about = RawPacket.u8(cause, quoted.transport);
      boolean aboutError =
          quoted.v4
              ? about == 3 || about == 4 || about == 5 || about == 11 || about == 12
              : about < 128 || about == 137;
      if (aboutError) {
        return "answered an ICMP error with an ICMP error";
      }
    }
    return null;
  }

  private static int n(RawPacket p) {
    return p.length;
  }
}
