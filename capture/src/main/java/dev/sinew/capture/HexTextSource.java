package dev.sinew.capture;

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The text that {@code tcpdump -x}, {@code -X} and {@code -XX} print, as people paste it: brackets
 * and braces within the bytes are skipped, whatever stands between the packets is ignored. The
 * bytes count, not the words: a line {@code 0x0000:} begins a packet, the line before it gives the
 * time of day.
 */
final class HexTextSource implements CaptureReader.PacketSource {
  private static final Pattern BYTES = Pattern.compile("^[^0-9A-Za-z]*0x([0-9a-fA-F]{4,8}):(.*)$");
  private static final Pattern TIME =
      Pattern.compile("(?:^|\\s)(\\d{1,2}):(\\d{2}):(\\d{2})[.,](\\d{1,9})\\b");
  private static final Pattern FLAGS = Pattern.compile("Flags \\[([A-Za-z.]*)\\]");
  private static final Pattern BRACKETS = Pattern.compile("[\\[\\]{}()<>*|【】「」『』“”\"'`]");
  private static final Pattern GROUP = Pattern.compile("(?:[0-9a-fA-F]{2})+");
  private static final int LINE_BYTES = 16;
  private static final int MAX_LINE = 4096;
  private static final int MAX_PACKET = 1 << 18;

  private final BufferedReader in;
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private long time;
  private String flags = "";
  private long nextTime;
  private String nextFlags = "";
  private boolean ended;
  private boolean any;

  HexTextSource(BufferedReader in) {
    this.in = in;
  }

  @Override
  public @Nullable CapturedPacket next() throws IOException {
    while (!ended) {
      String line = line();
      if (line == null) {
        ended = true;
        if (bytes.size() > 0) {
          return packet();
        }
        if (!any) {
          throw new CaptureFormatException(
              "not a capture file: neither pcap nor pcapng, nor text with lines of bytes as"
                  + " tcpdump -X prints them (0x0000:  4500 ...)");
        }
        return null;
      }
      Matcher m = BYTES.matcher(line);
      if (!m.matches()) {
        header(line);
        continue;
      }
      boolean begins = Long.parseLong(m.group(1), 16) == 0;
      CapturedPacket done = begins && bytes.size() > 0 ? packet() : null;
      if (begins) {
        time = nextTime;
        flags = nextFlags;
        nextFlags = "";
      }
      take(m.group(2));
      if (done != null) {
        return done;
      }
    }
    return null;
  }

  /** False for bytes that no text begins with. */
  static boolean mayBegin(byte[] first) {
    for (byte b : first) {
      if (b >= 0 && b < ' ' && b != '\t' && b != '\n' && b != '\r') {
        return false;
      }
    }
    return true;
  }

  /** A line, cut where it is longer than any that could matter. */
  private @Nullable String line() throws IOException {
    StringBuilder line = new StringBuilder();
    int c = in.read();
    if (c < 0) {
      return null;
    }
    for (; c >= 0 && c != '\n'; c = in.read()) {
      if (line.length() < MAX_LINE) {
        line.append((char) c);
      }
    }
    return line.toString().stripTrailing();
  }

  private void header(String line) {
    Matcher t = TIME.matcher(line);
    if (t.find()) {
      long seconds =
          Integer.parseInt(t.group(1)) * 3600L
              + Integer.parseInt(t.group(2)) * 60L
              + Integer.parseInt(t.group(3));
      String fraction = (t.group(4) + "00000000").substring(0, 9);
      nextTime = seconds * 1_000_000_000L + Long.parseLong(fraction);
    }
    Matcher f = FLAGS.matcher(line);
    if (f.find()) {
      nextFlags = f.group(1);
    }
  }

  /** Groups of digits up to the second column, which shows the same bytes as characters. */
  private void take(String rest) {
    any = true;
    String text = BRACKETS.matcher(rest).replaceAll("").strip();
    String digits = text.split("\\s{2,}", 2)[0];
    int count = 0;
    for (String group : digits.split("\\s+")) {
      if (!GROUP.matcher(group).matches()) {
        return;
      }
      for (int i = 0; i < group.length() && count < LINE_BYTES; i += 2, count++) {
        if (bytes.size() < MAX_PACKET) {
          bytes.write(Integer.parseInt(group.substring(i, i + 2), 16));
        }
      }
    }
  }

  private CapturedPacket packet() {
    byte[] b = bytes.toByteArray();
    bytes.reset();
    int version = (b[0] & 0xf0) >>> 4;
    boolean frame = version != 4 && version != 6 || b.length >= 14 && isIp(b, 12) && !fits(b, 0);
    int type = frame ? LinkType.ETHERNET : LinkType.RAW;
    int at = frame ? 14 : 0;
    int length = declared(b, at);
    return new CapturedPacket(
        "", type, time, b, Math.max(b.length, length < 0 ? 0 : at + length), remarks(b, at));
  }

  /** Where the words above the bytes say something else than the bytes do. */
  private List<String> remarks(byte[] b, int at) {
    if (flags.isEmpty() || at >= b.length || (b[at] & 0xf0) != 0x40) {
      return List.of();
    }
    int tcp = at + (b[at] & 15) * 4;
    if (tcp + 14 > b.length || b[at + 9] != 6) {
      return List.of();
    }
    String inBytes = dev.sinew.wire.TcpText.flags(b[tcp + 13] & 0xff);
    return inBytes.equals(flags)
        ? List.of()
        : List.of("the line says Flags [" + flags + "], the bytes say [" + inBytes + "]");
  }

  private static boolean isIp(byte[] b, int at) {
    int type = (b[at] & 0xff) << 8 | b[at + 1] & 0xff;
    return type == 0x0800 || type == 0x86dd;
  }

  private static boolean fits(byte[] b, int at) {
    int length = declared(b, at);
    return length >= 20 && length <= b.length + 64;
  }

  private static int declared(byte[] b, int at) {
    if (at + 6 > b.length) {
      return -1;
    }
    return switch ((b[at] & 0xf0) >>> 4) {
      case 4 -> (b[at + 2] & 0xff) << 8 | b[at + 3] & 0xff;
      case 6 -> 40 + ((b[at + 4] & 0xff) << 8 | b[at + 5] & 0xff);
      default -> -1;
    };
  }
}
