package dev.sinew.tests.kernel;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A TCP socket as {@code ss} shows it: the kernel's, or ours.
 *
 * @param state in the words of {@code ss}: ESTAB, TIME-WAIT
 * @param timer {@code on}, {@code persist}, {@code keepalive}, {@code timewait}, or empty
 */
record SocketRow(
    String state, int localPort, int remotePort, long receiveQueue, long sendQueue, String timer) {
  private static final Pattern TIMER = Pattern.compile("timer:\\((\\w+)");

  /** From the lines of {@code ss -tanoH}. */
  static List<SocketRow> ofKernel(String output) {
    List<SocketRow> rows = new ArrayList<>();
    for (String line : output.lines().toList()) {
      String[] word = line.trim().split("\\s+");
      Matcher timer = TIMER.matcher(line);
      rows.add(
          new SocketRow(
              word[0],
              port(word[3]),
              port(word[4]),
              Long.parseLong(word[1]),
              Long.parseLong(word[2]),
              timer.find() ? timer.group(1) : ""));
    }
    return rows;
  }

  /** From the JSON lines of a control server. */
  static List<SocketRow> ofStack(List<String> lines) {
    List<SocketRow> rows = new ArrayList<>();
    for (String line : lines) {
      if (text(line, "transport").equals("tcp")) {
        rows.add(
            new SocketRow(
                dev.sinew.base.TcpState.valueOf(text(line, "state")).ssName(),
                (int) number(line, "localPort"),
                (int) number(line, "remotePort"),
                number(line, "receiveQueue"),
                number(line, "sendQueue"),
                text(line, "timer")));
      }
    }
    return rows;
  }

  private static int port(String endpoint) {
    String port = endpoint.substring(endpoint.lastIndexOf(':') + 1);
    return port.equals("*") ? 0 : Integer.parseInt(port);
  }

  private static String text(String json, String name) {
    Matcher m = Pattern.compile("\"" + name + "\":\"([^\"]*)\"").matcher(json);
    if (!m.find()) {
      throw new AssertionError("no " + name + " in " + json);
    }
    return m.group(1);
  }

  private static long number(String json, String name) {
    Matcher m = Pattern.compile("\"" + name + "\":(-?\\d+)").matcher(json);
    if (!m.find()) {
      throw new AssertionError("no " + name + " in " + json);
    }
    return Long.parseLong(m.group(1));
  }
}
