package dev.sinew.wire;

import dev.sinew.base.Seq;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** TCP segments as text, in the words of tcpdump. */
public final class TcpText {
  private static final int[] FLAG_BITS = {
    TcpHeader.FIN,
    TcpHeader.SYN,
    TcpHeader.RST,
    TcpHeader.PSH,
    TcpHeader.ACK,
    TcpHeader.URG,
    TcpHeader.ECE,
    TcpHeader.CWR,
    TcpHeader.AE
  };
  private static final String FLAG_LETTERS = "FSRP.UEWe";
  private static final String[] ORDER_0 = {"e0b", "ceb", "e1b"};
  private static final String[] ORDER_1 = {"e1b", "ceb", "e0b"};

  private TcpText() {}

  /** Flags as tcpdump writes them: {@code S.}; {@code none} when there is none. */
  public static String flags(int flags) {
    StringBuilder out = new StringBuilder(9);
    for (int i = 0; i < FLAG_BITS.length; i++) {
      if ((flags & FLAG_BITS[i]) != 0) {
        out.append(FLAG_LETTERS.charAt(i));
      }
    }
    return out.isEmpty() ? "none" : out.toString();
  }

  /**
   * Appends a segment without its ports: {@code Flags [S.], seq 0, ack 1, win 65535, options [mss
   * 1460], length 0}.
   *
   * @param ip the parsed packet, perhaps cut
   * @param declared bytes of header and data according to the IP header
   * @param checkable all bytes are there, so the checksum can be judged
   */
  static void append(
      StringBuilder out,
      IpPacket ip,
      int declared,
      boolean checkable,
      @Nullable RelativeSequences relative) {
    Segment s = new Segment();
    MemorySegment m = ip.memory;
    int result = s.parse(m, ip.payloadOffset, ip.payloadLength);
    if (ip.payloadLength < TcpHeader.MIN_LENGTH) {
      out.append("[|tcp]");
      return;
    }
    int header = (Bytes.u8(m, ip.payloadOffset + TcpHeader.DATA_OFFSET) >>> 4) * 4;
    out.append("Flags [").append(flags(s.flags)).append(']');
    if (header < TcpHeader.MIN_LENGTH) {
      out.append(" [bad hdr length ").append(header).append(" - too short, < 20]");
      return;
    }
    if (header > declared) {
      out.append(" [bad hdr length ").append(header).append(" - too long, > ").append(declared);
      out.append(']');
      return;
    }
    if (checkable) {
      appendChecksum(out, ip);
    }
    int seqBase = 0;
    int ackBase = 0;
    if (relative != null) {
      relative.see(ip, s);
      seqBase = relative.seqBase();
      ackBase = relative.ackBase();
    }
    int data = declared - header;
    if (data > 0 || (s.flags & (TcpHeader.SYN | TcpHeader.FIN | TcpHeader.RST)) != 0) {
      out.append(", seq ").append(Integer.toUnsignedString(s.seq - seqBase));
      if (data > 0) {
        out.append(':').append(Integer.toUnsignedString(s.seq - seqBase + data));
      }
    }
    if (s.has(TcpHeader.ACK)) {
      out.append(", ack ").append(Integer.toUnsignedString(s.ack - ackBase));
    }
    out.append(", win ").append(s.window);
    if (s.has(TcpHeader.URG)) {
      out.append(", urg ").append(s.urgentPointer);
    }
    if (result == Segment.BAD_HEADER) {
      out.append(" [|tcp]");
    } else if (header > TcpHeader.MIN_LENGTH) {
      out.append(", options [");
      options(out, m, ip.payloadOffset + TcpHeader.MIN_LENGTH, s.dataOffset, ackBase);
      out.append(']');
    }
    out.append(", length ").append(data);
  }

  private static void appendChecksum(StringBuilder out, IpPacket ip) {
    long sum = TransportText.sum(ip, IpProtocol.TCP);
    if (!Checksum.isGood(sum)) {
      int found = Bytes.u16(ip.memory, ip.payloadOffset + TcpHeader.CHECKSUM);
      out.append(", cksum 0x");
      TransportText.hex(out, found, 4);
      out.append(" (incorrect -> 0x");
      TransportText.hex(out, TransportText.wanted(sum, found), 4);
      out.append(')');
    }
  }

  /**
   * Appends the options between {@code at} and {@code end}: {@code mss 1460,sackOK,TS val 1 ecr
   * 0,nop,wscale 7}.
   *
   * @param ackBase subtracted from SACK edges
   */
  public static void options(
      StringBuilder out, MemorySegment m, long at, long end, @Seq int ackBase) {
    boolean first = true;
    while (at < end) {
      int kind = Bytes.u8(m, at);
      if (!first) {
        out.append(',');
      }
      first = false;
      if (kind == TcpHeader.OPT_EOL) {
        out.append("eol");
        return;
      }
      if (kind == TcpHeader.OPT_NOP) {
        out.append("nop");
        at++;
        continue;
      }
      int size = end - at < 2 ? 0 : Bytes.u8(m, at + 1);
      if (size < 2 || size > end - at) {
        out.append(name(kind)).append(" [bad opt]");
        return;
      }
      option(out, m, at, kind, size, ackBase);
      at += size;
    }
  }

  private static String name(int kind) {
    return switch (kind) {
      case TcpHeader.OPT_MSS -> "mss";
      case TcpHeader.OPT_WINDOW_SCALE -> "wscale";
      case TcpHeader.OPT_SACK_PERMITTED -> "sackOK";
      case TcpHeader.OPT_SACK -> "sack";
      case TcpHeader.OPT_TIMESTAMPS -> "TS";
      case TcpHeader.OPT_MD5 -> "md5";
      case TcpHeader.OPT_USER_TIMEOUT -> "uto";
      case TcpHeader.OPT_AO -> "tcp-ao";
      case TcpHeader.OPT_FAST_OPEN -> "tfo";
      case TcpHeader.OPT_ACC_ECN_0 -> "accecn0";
      case TcpHeader.OPT_ACC_ECN_1 -> "accecn1";
      default -> "unknown-" + kind;
    };
  }

  private static int fixedLength(int kind) {
    return switch (kind) {
      case TcpHeader.OPT_MSS -> TcpHeader.OPT_MSS_LENGTH;
      case TcpHeader.OPT_WINDOW_SCALE -> TcpHeader.OPT_WINDOW_SCALE_LENGTH;
      case TcpHeader.OPT_SACK_PERMITTED -> TcpHeader.OPT_SACK_PERMITTED_LENGTH;
      case TcpHeader.OPT_TIMESTAMPS -> TcpHeader.OPT_TIMESTAMPS_LENGTH;
      case TcpHeader.OPT_MD5 -> TcpHeader.OPT_MD5_LENGTH;
      case TcpHeader.OPT_USER_TIMEOUT -> TcpHeader.OPT_USER_TIMEOUT_LENGTH;
      default -> 0;
    };
  }

  private static void option(
      StringBuilder out, MemorySegment m, long at, int kind, int size, @Seq int ackBase) {
    out.append(name(kind));
    int fixed = fixedLength(kind);
    if (fixed != 0 && size != fixed
        || kind == TcpHeader.OPT_SACK && (size < 10 || (size - 2) % 8 != 0)
        || kind == TcpHeader.OPT_AO && size < TcpHeader.OPT_AO_MIN_LENGTH) {
      out.append(" [len ").append(size).append(']');
      return;
    }
    switch (kind) {
      case TcpHeader.OPT_MSS -> out.append(' ').append(Bytes.u16(m, at + 2));
      case TcpHeader.OPT_WINDOW_SCALE -> out.append(' ').append(Bytes.u8(m, at + 2));
      case TcpHeader.OPT_SACK_PERMITTED -> {}
      case TcpHeader.OPT_SACK -> {
        out.append(' ').append((size - 2) / 8).append(' ');
        for (int i = 2; i < size; i += 8) {
          out.append('{')
              .append(Integer.toUnsignedString(Bytes.i32(m, at + i) - ackBase))
              .append(':')
              .append(Integer.toUnsignedString(Bytes.i32(m, at + i + 4) - ackBase))
              .append('}');
        }
      }
      case TcpHeader.OPT_TIMESTAMPS ->
          out.append(" val ")
              .append(Bytes.u32(m, at + 2))
              .append(" ecr ")
              .append(Bytes.u32(m, at + 6));
      case TcpHeader.OPT_USER_TIMEOUT -> {
        // The top bit says whether the rest counts minutes or seconds.
        int bits = Bytes.u16(m, at + 2);
        out.append(' ').append((bits & 0x7fff) * ((bits & 0x8000) != 0 ? 60 : 1));
      }
      case TcpHeader.OPT_AO -> {
        out.append(" keyid ").append(Bytes.u8(m, at + 2));
        out.append(" rnextkeyid ").append(Bytes.u8(m, at + 3)).append(" mac 0x");
        hexBytes(out, m, at + 4, size - 4);
      }
      case TcpHeader.OPT_FAST_OPEN -> {
        out.append(size == 2 ? " cookiereq" : " cookie ");
        hexBytes(out, m, at + 2, size - 2);
      }
      case TcpHeader.OPT_ACC_ECN_0, TcpHeader.OPT_ACC_ECN_1 -> {
        String[] names = kind == TcpHeader.OPT_ACC_ECN_0 ? ORDER_0 : ORDER_1;
        for (int i = 0; i < 3 && 5 + 3 * i <= size; i++) {
          int counter = Bytes.u16(m, at + 2 + 3L * i) << 8 | Bytes.u8(m, at + 4 + 3L * i);
          out.append(' ').append(names[i]).append(' ').append(counter);
        }
      }
      default -> {
        out.append(kind == TcpHeader.OPT_MD5 ? " " : size == 2 ? "" : " 0x");
        hexBytes(out, m, at + 2, size - 2);
      }
    }
  }

  private static void hexBytes(StringBuilder out, MemorySegment m, long at, int count) {
    for (int i = 0; i < count; i++) {
      TransportText.hex(out, Bytes.u8(m, at + i), 2);
    }
  }
}
