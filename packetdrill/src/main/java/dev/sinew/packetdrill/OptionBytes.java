package dev.sinew.packetdrill;

import dev.sinew.packetdrill.script.Place;
import dev.sinew.packetdrill.script.TcpOption;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** TCP options as bytes, and bytes as the language writes them. */
final class OptionBytes {
  private static final int LONGEST = 40;

  /** Why {@code md5 valid} can't be had. */
  static final String MD5 = "MD5 signatures: their key is the host's, no script says it";

  private OptionBytes() {}

  /** The options of a packet for the stack, padded to a multiple of four. */
  static byte[] of(List<TcpOption> options, Numbering numbers, Place place) throws StopException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (TcpOption o : options) {
      byte[] b = bytes(o, numbers, place);
      out.write(b, 0, b.length);
    }
    while (out.size() % 4 != 0) {
      out.write(0);
    }
    if (out.size() > LONGEST) {
      throw StopException.error(place, "options of " + out.size() + " bytes: 40 is the most");
    }
    return out.toByteArray();
  }

  private static byte[] bytes(TcpOption option, Numbering numbers, Place place)
      throws StopException {
    return switch (option) {
      case TcpOption.Nop n -> new byte[] {1};
      case TcpOption.Eol e -> new byte[] {0};
      case TcpOption.Mss m -> head(2, 4).putShort((short) m.bytes()).array();
      case TcpOption.WindowScale w -> {
        if (w.shift() < 0) {
          throw StopException.error(place, "wscale * is for expected packets only");
        }
        yield head(3, 3).put((byte) w.shift()).array();
      }
      case TcpOption.SackPermitted s -> head(4, 2).array();
      case TcpOption.Sack s -> {
        ByteBuffer b = head(5, 2 + 4 * s.edges().size());
        for (long edge : s.edges()) {
          b.putInt(numbers.toLocal(edge, false));
        }
        yield b.array();
      }
      case TcpOption.Timestamps t -> {
        if (t.val() == TcpOption.Timestamps.ANY || t.ecr() == TcpOption.Timestamps.ANY) {
          throw StopException.error(place, "TS val ... is for expected packets only");
        }
        yield head(8, 10)
            .putInt(numbers.remoteTimestamp(t.val()))
            .putInt(numbers.echoNear(t.ecr()))
            .array();
      }
      case TcpOption.FastOpen f -> {
        byte[] cookie = hex(f.cookie(), place);
        yield f.experimental()
            ? head(254, 4 + cookie.length).putShort((short) 0xf989).put(cookie).array()
            : head(34, 2 + cookie.length).put(cookie).array();
      }
      case TcpOption.Md5 m -> {
        if (m.digest().equals("valid")) {
          throw StopException.skipped(MD5);
        }
        yield head(19, 18).put(hex(m.digest(), place)).array();
      }
      case TcpOption.AccEcn a -> {
        ByteBuffer b =
            head(
                a.names().isEmpty() || a.names().getFirst().equals("e1b") ? 174 : 172,
                2 + 3 * a.names().size());
        for (long v : a.values()) {
          b.put((byte) (v >> 16)).putShort((short) v);
        }
        yield b.array();
      }
      case TcpOption.Raw r -> hex(r.bytes(), place);
      case TcpOption.Generic g -> {
        byte[] content = hex(g.content(), place);
        yield head(g.kind(), 2 + content.length).put(content).array();
      }
    };
  }

  private static ByteBuffer head(int kind, int length) {
    return ByteBuffer.allocate(length).put((byte) kind).put((byte) length);
  }

  private static byte[] hex(String s, Place place) throws StopException {
    if (s.length() % 2 != 0) {
      throw StopException.error(place, "an odd number of hexadecimal digits: " + s);
    }
    return HexFormat.of().parseHex(s);
  }

  /** Splits options into single ones; what cannot be split is one piece. */
  static List<byte[]> split(byte[] options) {
    List<byte[]> list = new ArrayList<>();
    for (int at = 0; at < options.length; ) {
      int kind = options[at];
      int length = kind == 0 || kind == 1 || at + 1 == options.length ? 1 : options[at + 1] & 0xff;
      if (length < 1 || at + length > options.length) {
        length = options.length - at;
      }
      byte[] one = new byte[length];
      System.arraycopy(options, at, one, 0, length);
      list.add(one);
      at += length;
    }
    return list;
  }

  /** One option in the language's words. */
  static String text(byte[] o, boolean outbound, Numbering numbers) {
    ByteBuffer b = ByteBuffer.wrap(o);
    switch (o[0] & 0xff) {
      case 0 -> {
        return "eol";
      }
      case 1 -> {
        return "nop";
      }
      case 2 -> {
        if (o.length == 4) {
          return "mss " + (b.getShort(2) & 0xffff);
        }
      }
      case 3 -> {
        if (o.length == 3) {
          return "wscale " + o[2];
        }
      }
      case 4 -> {
        return "sackOK";
      }
      case 5 -> {
        StringBuilder s = new StringBuilder("sack");
        for (int i = 2; i + 8 <= o.length; i += 8) {
          // The edges are numbers of the side that did not send the report.
          s.append(' ').append(edge(b.getInt(i), outbound, numbers));
          s.append(':').append(edge(b.getInt(i + 4), outbound, numbers));
        }
        return s.toString();
      }
      case 8 -> {
        if (o.length == 10) {
          return "TS val "
              + Integer.toUnsignedLong(b.getInt(2))
              + " ecr "
              + numbers.fromRemoteTimestamp(b.getInt(6));
        }
      }
      case 19 -> {
        return "md5 " + HexFormat.of().formatHex(o, 2, o.length);
      }
      case 34 -> {
        return "FO " + HexFormat.of().formatHex(o, 2, o.length);
      }
      case 172, 174 -> {
        boolean zero = (o[0] & 0xff) == 172;
        String[] names =
            zero ? new String[] {"e0b", "ceb", "e1b"} : new String[] {"e1b", "ceb", "e0b"};
        StringBuilder s = new StringBuilder("ECN");
        for (int i = 0; i < 3 && 2 + 3 * i + 3 <= o.length; i++) {
          int v = (o[2 + 3 * i] & 0xff) << 16 | b.getShort(3 + 3 * i) & 0xffff;
          s.append(' ').append(names[i]).append(' ').append(v);
        }
        return s.toString();
      }
      default -> {
        // Below, by number.
      }
    }
    return "gen-"
        + (o[0] & 0xff)
        + " "
        + (o.length > 2 ? HexFormat.of().formatHex(o, 2, o.length) : "");
  }

  private static long edge(int live, boolean outbound, Numbering numbers) {
    return outbound ? numbers.fromRemote(live, false) : numbers.fromLocal(live, false);
  }
}
