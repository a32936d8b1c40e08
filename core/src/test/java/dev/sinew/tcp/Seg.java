package dev.sinew.tcp;

import dev.sinew.testing.Packets;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One TCP segment as a test sees it, in numbers relative to both initial sequence numbers, written
 * as packetdrill writes it:
 *
 * <pre>
 *   S 0:0(0) win 65535 &lt;mss 1460,sackOK,TS val 7 ecr 0,nop,wscale 7&gt;
 *   P. 1:101(100) ack 1 win 257
 * </pre>
 *
 * <p>Flags are S F R P U, a dot for ACK, E W A for ECE, CWR and AE, and {@code -} for none. A text
 * may begin with the IP header's ECN field: {@code [noecn] [ect1] [ect0] [ce]}. What a text does
 * not name is left to its default when sent, and is not looked at when expected. Encodes and
 * decodes with none of the stack's code.
 */
final class Seg {
  static final int FIN = 1;
  static final int SYN = 2;
  static final int RST = 4;
  static final int PSH = 8;
  static final int ACK = 16;
  static final int URG = 32;
  static final int ECE = 64;
  static final int CWR = 128;
  static final int AE = 256;

  private static final String LETTERS = "FSRP.UEWA";
  private static final List<String> ECN = List.of("noecn", "ect1", "ect0", "ce");

  int flags;
  int seq;
  int length;
  int ack;
  boolean hasAck;
  int window = -1;
  int urgent = -1;

  /** The ECN field of the IP header; -1 where the text says nothing. */
  int ecn = -1;

  @Nullable String options;
  byte[] data = {};

  /** When it was sent; decoded segments only. */
  long time;

  static Seg parse(String text) {
    Seg s = new Seg();
    String t = text.strip();
    if (t.startsWith("[")) {
      s.ecn = ECN.indexOf(t.substring(1, t.indexOf(']')));
      if (s.ecn < 0) {
        throw new AssertionError("ECN field in " + text);
      }
      t = t.substring(t.indexOf(']') + 1).strip();
    }
    int open = t.indexOf('<');
    if (open >= 0) {
      s.options = t.substring(open + 1, t.lastIndexOf('>')).strip();
      t = t.substring(0, open).strip();
    }
    String[] w = t.split("\\s+");
    s.flags = flags(w[0]);
    for (int i = 1; i < w.length; i++) {
      switch (w[i]) {
        case "ack" -> {
          s.ack = number(w[++i]);
          s.hasAck = true;
        }
        case "win" -> s.window = number(w[++i]);
        case "urg" -> s.urgent = number(w[++i]);
        default -> {
          int colon = w[i].indexOf(':');
          s.seq = number(w[i].substring(0, colon));
          s.length = number(w[i].substring(w[i].indexOf('(') + 1, w[i].indexOf(')')));
          int end = number(w[i].substring(colon + 1, w[i].indexOf('(')));
          if (end - s.seq != s.length) {
            throw new AssertionError("range and length differ: " + text);
          }
        }
      }
    }
    return s;
  }

  private static int number(String s) {
    return (int) Long.parseLong(s);
  }

  private static int flags(String s) {
    int bits = 0;
    for (char ch : s.toCharArray()) {
      if (ch == '-') {
        continue;
      }
      int i = LETTERS.indexOf(ch);
      if (i < 0) {
        throw new AssertionError("flag " + ch);
      }
      bits |= 1 << i;
    }
    return bits;
  }

  static String flagText(int bits) {
    StringBuilder b = new StringBuilder();
    for (int i : new int[] {1, 0, 2, 3, 5, 6, 7, 8, 4}) {
      if ((bits & 1 << i) != 0) {
        b.append(LETTERS.charAt(i));
      }
    }
    return b.isEmpty() ? "-" : b.toString();
  }

  /** The segment in the notation that {@link #parse} reads. */
  @Override
  public String toString() {
    return (ecn > 0 ? "[" + ECN.get(ecn) + "] " : "")
        + flagText(flags)
        + " "
        + Integer.toUnsignedString(seq)
        + ":"
        + Integer.toUnsignedString(seq + length)
        + "("
        + length
        + ")"
        + ((flags & ACK) != 0 ? " ack " + Integer.toUnsignedString(ack) : "")
        + " win "
        + window
        + ((flags & URG) != 0 ? " urg " + urgent : "")
        + (options == null || options.isEmpty() ? "" : " <" + options + ">");
  }

  boolean has(int bits) {
    return (flags & bits) == bits;
  }

  /**
   * The value after a word of the options, e.g. {@code value("TS val")}; -1 when it is not there.
   */
  long value(String word) {
    String o = options;
    if (o == null) {
      return -1;
    }
    int at = o.indexOf(word + " ");
    if (at < 0) {
      return -1;
    }
    String rest = o.substring(at + word.length() + 1);
    int end = 0;
    while (end < rest.length() && Character.isDigit(rest.charAt(end))) {
      end++;
    }
    return Long.parseLong(rest.substring(0, end));
  }

  // ---- options

  /**
   * The bytes of the options, padded with EOL to a multiple of four.
   *
   * @param sackBase added to the edges of SACK blocks
   */
  static byte[] encodeOptions(String text, int sackBase) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (String o : text.split(",")) {
      String[] w = o.strip().split("\\s+");
      switch (w[0]) {
        case "" -> {}
        case "nop" -> out.write(1);
        case "eol" -> out.write(0);
        case "mss" ->
            out.writeBytes(new byte[] {2, 4, (byte) (number(w[1]) >> 8), (byte) number(w[1])});
        case "wscale" -> out.writeBytes(new byte[] {3, 3, (byte) number(w[1])});
        case "sackOK" -> out.writeBytes(new byte[] {4, 2});
        case "TS" ->
            out.writeBytes(
                ByteBuffer.allocate(10)
                    .put((byte) 8)
                    .put((byte) 10)
                    .putInt(number(w[2]))
                    .putInt(number(w[4]))
                    .array());
        case "sack" -> {
          out.write(5);
          out.write(2 + 8 * (w.length - 1));
          for (int i = 1; i < w.length; i++) {
            String[] edges = w[i].split(":");
            out.writeBytes(
                ByteBuffer.allocate(8)
                    .putInt(number(edges[0]) + sackBase)
                    .putInt(number(edges[1]) + sackBase)
                    .array());
          }
        }
        case "ECN" -> {
          // Accurate ECN: three counters in either order, the last ones left out.
          out.write(w.length > 1 && w[1].equals("e1b") ? 174 : 172);
          out.write(2 + 3 * (w.length / 2));
          for (int i = 2; i < w.length; i += 2) {
            int n = number(w[i]);
            out.writeBytes(new byte[] {(byte) (n >> 16), (byte) (n >> 8), (byte) n});
          }
        }
        case "FO" -> {
          byte[] cookie = w.length > 1 ? java.util.HexFormat.of().parseHex(w[1]) : new byte[0];
          out.write(34);
          out.write(2 + cookie.length);
          out.writeBytes(cookie);
        }
        case "hex" -> out.writeBytes(java.util.HexFormat.of().parseHex(w[1]));
        default -> throw new AssertionError("option " + o);
      }
    }
    while (out.size() % 4 != 0) {
      out.write(0);
    }
    return out.toByteArray();
  }

  private static String decodeOptions(byte[] b, int sackBase) {
    List<String> out = new ArrayList<>();
    int i = 0;
    while (i < b.length) {
      int kind = b[i] & 0xff;
      if (kind == 0) {
        for (int k = i; k < b.length; k++) {
          if (b[k] != 0) {
            throw new AssertionError("padding after EOL is not zero (MUST-69)");
          }
        }
        out.add("eol");
        break;
      }
      if (kind == 1) {
        out.add("nop");
        i++;
        continue;
      }
      int size = b[i + 1] & 0xff;
      ByteBuffer v = ByteBuffer.wrap(b, i + 2, size - 2);
      switch (kind) {
        case 2 -> out.add("mss " + (v.getShort() & 0xffff));
        case 3 -> out.add("wscale " + (v.get() & 0xff));
        case 4 -> out.add("sackOK");
        case 5 -> {
          StringBuilder s = new StringBuilder("sack");
          while (v.remaining() >= 8) {
            int start = v.getInt() - sackBase;
            s.append(' ')
                .append(Integer.toUnsignedString(start))
                .append(':')
                .append(Integer.toUnsignedString(v.getInt() - sackBase));
          }
          out.add(s.toString());
        }
        case 8 ->
            out.add(
                "TS val " + (v.getInt() & 0xffff_ffffL) + " ecr " + (v.getInt() & 0xffff_ffffL));
        case 172, 174 -> {
          StringBuilder e = new StringBuilder("ECN");
          String[] names =
              kind == 172 ? new String[] {"e0b", "ceb", "e1b"} : new String[] {"e1b", "ceb", "e0b"};
          for (int k = 0; v.remaining() >= 3; k++) {
            int n = (v.get() & 0xff) << 16 | (v.get() & 0xff) << 8 | v.get() & 0xff;
            e.append(' ').append(names[k]).append(' ').append(n);
          }
          out.add(e.toString());
        }
        case 34 ->
            out.add(("FO " + java.util.HexFormat.of().formatHex(b, i + 2, i + size)).strip());
        default -> out.add("option" + kind);
      }
      i += size;
    }
    return String.join(",", out);
  }

  /** True when lengths and checksums of a TCP packet are right. */
  static boolean isSound(byte[] packet) {
    boolean v4 = Packets.isV4(packet);
    int header = v4 ? 20 : 40;
    if (v4
        && (packet[0] != 0x45
            || Packets.u16(packet, 2) != packet.length
            || Packets.sum(packet, 0, 20, 0) != 0xffff)) {
      return false;
    }
    if (!v4 && 40 + Packets.u16(packet, 4) != packet.length || Packets.protocol(packet) != 6) {
      return false;
    }
    int addresses = v4 ? 8 : 32;
    int pseudo = Packets.sum(packet, header - addresses, addresses, 6 + packet.length - header);
    return Packets.sum(packet, header, packet.length - header, pseudo) == 0xffff;
  }

  private static boolean v4(byte[] packet) {
    return Packets.isV4(packet);
  }

  /** Puts an ECN field into a packet. */
  static byte[] mark(byte[] packet, int ecn) {
    if (v4(packet)) {
      packet[1] = (byte) (packet[1] & 0xfc | ecn);
      Packets.fixIpv4Checksum(packet);
    } else {
      packet[1] = (byte) (packet[1] & 0xcf | ecn << 4);
    }
    return packet;
  }

  /**
   * Decodes a packet that a stack has sent, checking all its checksums and lengths.
   *
   * @param seqBase what the sender's sequence numbers are relative to
   * @param ackBase what its acknowledgements and SACK edges are relative to
   */
  static Seg decode(byte[] packet, int seqBase, int ackBase) {
    if (!isSound(packet)) {
      throw new AssertionError(
          "a packet with wrong checksums or lengths was sent: "
              + java.util.HexFormat.of().formatHex(packet));
    }
    byte[] t = Packets.payload(packet);
    Seg s = new Seg();
    s.flags = Packets.u16(t, 12) & 0x1ff;
    s.ecn = (v4(packet) ? packet[1] : packet[1] >> 4) & 3;
    s.seq = Packets.i32(t, 4) - seqBase;
    s.hasAck = s.has(ACK);
    s.ack = s.hasAck ? Packets.i32(t, 8) - ackBase : 0;
    s.window = Packets.u16(t, 14);
    s.urgent = Packets.u16(t, 18);
    int header = (t[12] >> 4 & 0xf) * 4;
    s.options = decodeOptions(Arrays.copyOfRange(t, 20, header), ackBase);
    s.data = Arrays.copyOfRange(t, header, t.length);
    s.length = s.data.length;
    return s;
  }
}
