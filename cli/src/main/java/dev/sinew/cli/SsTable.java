package dev.sinew.cli;

import dev.sinew.ip.IpAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Rows of sockets in the layout and the words of Linux's {@code ss}. */
final class SsTable {
  /**
   * What is shown.
   *
   * @param netid the transport's column: when both are asked for
   * @param state the state's column: when several are asked for
   * @param timer {@code -o}
   * @param info {@code -i}
   */
  record Columns(boolean netid, boolean state, boolean header, boolean timer, boolean info) {}

  private static final int GAP = 1;

  private SsTable() {}

  static List<String> lines(List<SsRow> rows, Columns columns) {
    List<String[]> cells = new ArrayList<>();
    cells.add(
        new String[] {
          "Netid",
          "State",
          "Recv-Q",
          "Send-Q",
          "Local Address",
          ":Port",
          "Peer Address",
          ":Port",
          "Process"
        });
    for (SsRow row : rows) {
      cells.add(
          new String[] {
            row.transport(),
            row.state().ssName(),
            Long.toString(row.number("receiveQueue")),
            Long.toString(row.number("sendQueue")),
            address(row.localAddress()),
            ":" + port(row.localPort()),
            address(row.remoteAddress()),
            ":" + port(row.remotePort()),
            "users:((\""
                + row.process()
                + "\",pid="
                + row.pid()
                + "))"
                + (columns.timer() ? timer(row) : "")
          });
    }
    int[] width = new int[9];
    for (String[] line : cells) {
      for (int i = 0; i < line.length; i++) {
        width[i] = Math.max(width[i], line[i].length());
      }
    }
    List<String> lines = new ArrayList<>();
    for (int i = columns.header() ? 0 : 1; i < cells.size(); i++) {
      lines.add(line(cells.get(i), width, columns));
      if (i > 0 && columns.info()) {
        String info = SsInfo.of(rows.get(i - 1));
        if (!info.isEmpty()) {
          lines.add("\t " + info);
        }
      }
    }
    return lines;
  }

  private static String line(String[] cell, int[] width, Columns columns) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < cell.length; i++) {
      if (i == 0 && !columns.netid() || i == 1 && !columns.state()) {
        continue;
      }
      boolean address = i == 4 || i == 6; // right-aligned, so that the colons stand in a column
      String pad = " ".repeat(width[i] - cell[i].length());
      out.append(address ? pad + cell[i] : cell[i] + (i == cell.length - 1 ? "" : pad));
      if (!address) {
        out.append(" ".repeat(GAP));
      }
    }
    return out.toString().stripTrailing();
  }

  private static String address(IpAddress address) {
    if (address.equals(IpAddress.ANY_V6)) {
      return "*"; // takes IPv4, too
    }
    return Values.host(address);
  }

  private static String port(int port) {
    return port == 0 ? "*" : Integer.toString(port);
  }

  private static String timer(SsRow row) {
    String name = row.text("timer");
    if (name.isEmpty()) {
      return "";
    }
    return " timer:("
        + name
        + ","
        + duration(row.number("timerNanos") / 1_000_000)
        + ","
        + row.number("retransmits")
        + ")";
  }

  /**
   * Milliseconds as ss writes them: {@code 119min}, {@code 1min30sec}, {@code 59sec}, {@code
   * 5.200ms}, {@code 040ms}.
   */
  static String duration(long millis) {
    StringBuilder out = new StringBuilder();
    long ms = Math.max(0, millis);
    long seconds = ms / 1000;
    long minutes = seconds / 60;
    seconds %= 60;
    ms %= 1000;
    if (minutes > 0) {
      out.append(minutes).append("min");
      ms = 0;
      if (minutes > 9) {
        seconds = 0;
      }
    }
    if (seconds > 0) {
      if (seconds > 9) {
        ms = 0;
      }
      out.append(seconds).append(ms > 0 ? "." : "sec");
    }
    if (ms > 0 || out.isEmpty()) {
      out.append(String.format(Locale.ROOT, "%03dms", ms));
    }
    return out.toString();
  }

  /** Nanoseconds as milliseconds with up to three decimals. */
  static String millis(long nanos) {
    String text = String.format(Locale.ROOT, "%.3f", nanos / 1e6);
    return text.replaceAll("\\.?0+$", "");
  }
}
