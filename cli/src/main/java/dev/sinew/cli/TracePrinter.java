package dev.sinew.cli;

import dev.sinew.base.TcpState;
import dev.sinew.capture.CapturedPacket;
import dev.sinew.capture.LinkType;
import dev.sinew.capture.PacketFilter;
import dev.sinew.capture.analysis.Connection;
import dev.sinew.capture.analysis.End;
import dev.sinew.capture.analysis.Note;
import dev.sinew.capture.analysis.Reading;
import dev.sinew.capture.analysis.StateStep;
import dev.sinew.capture.analysis.TcpAnalyzer;
import dev.sinew.wire.PacketText;
import dev.sinew.wire.RelativeSequences;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Prints the packets of a capture and what they mean. */
final class TracePrinter {
  private static final long DAY_NANOS = 86_400_000_000_000L;
  private static final long SECOND = 1_000_000_000L;
  private static final int BYTES_A_LINE = 16;

  private final Console console;
  private final PacketFilter filter;
  private final boolean hexDump;
  private final boolean json;
  private final TcpAnalyzer analyzer;
  private final @Nullable RelativeSequences relative;
  private final Set<Connection> connections = new LinkedHashSet<>();
  private long number;
  private long shown;

  TracePrinter(
      Console console, PacketFilter filter, boolean absolute, boolean hexDump, boolean json) {
    this.console = console;
    this.filter = filter;
    this.hexDump = hexDump;
    this.json = json;
    this.analyzer = new TcpAnalyzer(absolute);
    this.relative = absolute ? null : new RelativeSequences();
  }

  /** How many packets have been printed. */
  long shown() {
    return shown;
  }

  void packet(CapturedPacket p) {
    number++;
    int at = p.ipOffset();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment m = p.copyTo(arena);
      int captured = p.bytes().length - Math.max(at, 0);
      int length = p.length() - Math.max(at, 0);
      Reading reading = at < 0 ? null : analyzer.read(p.timeNanos(), m, at, captured);
      String text = text(p, m, at, captured, length, reading);
      boolean taken = filter.takesAll() || at >= 0 && filter.matches(m, at, captured, length);
      if (!taken) {
        return;
      }
      shown++;
      if (reading != null) {
        connections.add(reading.connection());
      }
      if (json) {
        console.out().println(Json.write(object(p, text, reading)));
      } else {
        lines(p, at, text, reading);
      }
    }
  }

  private String text(
      CapturedPacket p,
      MemorySegment m,
      int at,
      int captured,
      int length,
      @Nullable Reading reading) {
    if (at >= 0) {
      // Of a TCP checksum the analysis says more than the line would.
      return reading != null
          ? PacketText.ipUnchecked(m, at, captured, length, relative)
          : PacketText.ip(m, at, captured, length, relative);
    }
    return p.linkType() == LinkType.ETHERNET
        ? PacketText.ethernet(m, 0, captured, length, relative)
        : "no IP packet, link type " + p.linkType() + ", length " + length;
  }

  // ---- text

  private void lines(CapturedPacket p, int at, String text, @Nullable Reading reading) {
    console.out().println(console.bold(time(p.timeNanos()) + " " + text));
    for (String comment : p.comments()) {
      below("note: " + comment);
    }
    if (reading != null) {
      for (StateStep s : reading.steps()) {
        below(who(s.end()) + ": " + s.from().rfcName() + " > " + s.to().rfcName());
      }
      for (Note n : reading.notes()) {
        below(n.text());
      }
    }
    if (hexDump) {
      dump(p.bytes(), Math.max(at, 0));
    }
  }

  private static String who(int end) {
    return end == 0 ? "client" : "server";
  }

  private void below(String line) {
    console.out().println("    " + line);
  }

  private void dump(byte[] bytes, int from) {
    for (int at = from; at < bytes.length; at += BYTES_A_LINE) {
      StringBuilder hex = new StringBuilder();
      StringBuilder text = new StringBuilder();
      for (int i = 0; i < BYTES_A_LINE; i++) {
        boolean there = at + i < bytes.length;
        hex.append(i % 2 == 0 ? " " : "");
        hex.append(there ? String.format(Locale.ROOT, "%02x", bytes[at + i]) : "  ");
        if (there) {
          text.append(bytes[at + i] >= ' ' && bytes[at + i] < 0x7f ? (char) bytes[at + i] : '.');
        }
      }
      console
          .out()
          .println(String.format(Locale.ROOT, "\t0x%04x: ", at - from) + hex + "  " + text);
    }
  }

  /** Local time of day; for a simulation or a pasted text, whose day is not known, as it stands. */
  private static String time(long nanos) {
    Instant t = Instant.ofEpochSecond(Math.floorDiv(nanos, SECOND), Math.floorMod(nanos, SECOND));
    boolean day = nanos >= DAY_NANOS;
    LocalTime local = LocalTime.ofInstant(t, day ? ZoneId.systemDefault() : ZoneOffset.UTC);
    return String.format(
        Locale.ROOT,
        "%02d:%02d:%02d.%06d",
        local.getHour(),
        local.getMinute(),
        local.getSecond(),
        local.getNano() / 1000);
  }

  /** What is known of the connections in the end. */
  void end() {
    for (Connection c : connections) {
      if (json) {
        console
            .out()
            .println(
                Json.write(
                    Json.object(
                        "type", "connection",
                        "connection", c.number(),
                        "client", c.client().toString(),
                        "server", c.server().toString(),
                        "clientState", state(c.client()),
                        "serverState", state(c.server()),
                        "summary", c.summary())));
      } else {
        console.out().println();
        console.out().println(console.bold("connection " + c));
        c.summary().forEach(this::below);
      }
    }
    connections.clear();
  }

  // ---- JSON

  private static @Nullable String state(End end) {
    TcpState state = end.state();
    return state == null ? null : state.rfcName();
  }

  private Map<String, @Nullable Object> object(
      CapturedPacket p, String text, @Nullable Reading reading) {
    Map<String, @Nullable Object> o =
        Json.object("type", "packet", "number", number, "timeNanos", p.timeNanos());
    if (!p.interfaceName().isEmpty()) {
      o.put("interface", p.interfaceName());
    }
    o.put("capturedBytes", p.bytes().length);
    o.put("lengthBytes", p.length());
    o.put("text", text);
    if (!p.comments().isEmpty()) {
      o.put("comments", p.comments());
    }
    if (reading != null) {
      o.put("connection", reading.connection().number());
      o.put("from", who(reading.sender()));
      o.put("sequence", reading.sequence());
      o.put("dataBytes", reading.dataBytes());
      List<@Nullable Object> steps = new ArrayList<>();
      for (StateStep s : reading.steps()) {
        steps.add(
            Json.object("end", who(s.end()), "from", s.from().rfcName(), "to", s.to().rfcName()));
      }
      o.put("states", steps);
      List<@Nullable Object> notes = new ArrayList<>();
      for (Note n : reading.notes()) {
        notes.add(
            Json.object("finding", n.finding().name().toLowerCase(Locale.ROOT), "text", n.text()));
      }
      o.put("notes", notes);
    }
    return o;
  }
}
