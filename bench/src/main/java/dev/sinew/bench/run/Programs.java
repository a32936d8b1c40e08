package dev.sinew.bench.run;

import dev.sinew.bench.HalfOpenRecords;
import dev.sinew.bench.ManyConnections;
import dev.sinew.bench.SimBulk;
import dev.sinew.bench.TimeWaitRecords;
import dev.sinew.bench.edge.CallCost;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Programs of this module that need no device: each runs in a JVM of its own, and its lines are
 * read as a person would.
 */
enum Programs {
  MEMORY("memory", "Memory; bytes each, less is better") {
    private static final List<String> WEIGH =
        List.of(SERIAL, "-Xmx8g", "-Xmn512m", "-XX:NativeMemoryTracking=summary");

    @Override
    void run(Options options, Results results) throws IOException, InterruptedException {
      KernelMemory.measure(options, results, this);
      boolean quick = options.quick();
      weigh(
          results,
          ManyConnections.class,
          quick ? "20000" : "500000",
          Map.of(
              "idleBytesPerEndpoint",
              ESTABLISHED,
              "exchangedBytesPerEndpoint",
              "established, 100 B exchanged"));
      weigh(
          results,
          TimeWaitRecords.class,
          quick ? "50000" : "1000000",
          Map.of("bytesPerRecord", "TIME-WAIT"));
      weigh(
          results,
          HalfOpenRecords.class,
          quick ? "50000" : "1000000",
          Map.of("bytesPerRecord", "half-open"));
    }

    /** The figures of those names, from the JSON object that the program prints. */
    private void weigh(Results results, Class<?> main, String count, Map<String, String> cells)
        throws IOException, InterruptedException {
      String json = String.join("", java(main, WEIGH, count, "--json"));
      for (Map.Entry<String, String> cell : new TreeMap<>(cells).descendingMap().entrySet()) {
        Matcher m = Pattern.compile("\"" + cell.getKey() + "\":(\\d+)").matcher(json);
        if (!m.find()) {
          throw new IOException(main.getSimpleName() + " says nothing of " + cell.getKey());
        }
        add(results, cell.getValue(), BYTES, number(m.group(1)));
      }
    }
  },
  CALLS(
      "calls",
      "A byte and its echo in one process, client-server: time, garbage per call and segment") {
    @Override
    void run(Options options, Results results) throws IOException, InterruptedException {
      String[] modes = options.quick() ? new String[] {"adaptive"} : new String[0];
      for (String line : java(CallCost.class, List.of(SERIAL), modes)) {
        String[] words = line.trim().split(" +");
        if (words.length != 7 || words[0].equals("poll")) {
          continue;
        }
        String cell = words[0] + " " + words[1] + "-" + words[2];
        add(results, cell, new Metric("p50", "us", false), number(words[3]));
        add(results, cell, new Metric("call", "B", false), number(words[5]));
        add(results, cell, new Metric("seg.", "B", false), number(words[6]));
      }
    }
  },
  SIMULATION("simulation", "Simulation: segments per second of processor time; more is better") {
    private static final Pattern SPEED = Pattern.compile("^(\\d+) data segments a second");

    @Override
    void run(Options options, Results results) throws IOException, InterruptedException {
      for (String checks : new String[] {"false", "true"}) {
        String cell = "bulk, invariant checks " + (checks.equals("true") ? "on" : "off");
        List<Double> values = new ArrayList<>();
        String seconds = options.quick() ? "3" : "15";
        for (String line : java(SimBulk.class, List.of(SERIAL), checks, seconds)) {
          Matcher m = SPEED.matcher(line);
          if (m.find()) {
            values.add(number(m.group(1)));
          }
        }
        // The first third is the compilers'.
        for (double v : values.subList(values.size() / 3, values.size())) {
          add(results, cell, new Metric("", "per s", true), v);
        }
      }
    }
  };

  private static final String SERIAL = "-XX:+UseSerialGC";
  static final String ESTABLISHED = "established, idle";
  static final Metric BYTES = new Metric("", "B", false);

  final String group;
  private final String title;

  Programs(String group, String title) {
    this.group = group;
    this.title = title;
  }

  abstract void run(Options options, Results results) throws IOException, InterruptedException;

  final void add(Results results, String cell, Metric metric, double value) {
    add(results, cell, metric, Peer.SINEW.label, value);
  }

  final void add(Results results, String cell, Metric metric, String peer, double value) {
    Progress.say("    %-40s %s %s", cell, Numbers.text(value), metric.unit());
    results.add(group, title, cell, metric, peer, value);
  }

  private static double number(String text) {
    return Double.parseDouble(text.replace(",", ""));
  }

  /** Runs a program to its end and answers its lines. */
  final List<String> java(Class<?> main, List<String> options, String... arguments)
      throws IOException, InterruptedException {
    Progress.say("%s: %s %s", group, main.getSimpleName(), String.join(" ", arguments));
    List<String> command = new ArrayList<>(ServerProcess.javaCommand(options));
    command.add(main.getName());
    command.addAll(List.of(arguments));
    Process p = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    p.getOutputStream().close();
    List<String> lines = new ArrayList<>();
    try (BufferedReader in =
        new BufferedReader(new InputStreamReader(p.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line; (line = in.readLine()) != null; ) {
        lines.add(line);
      }
    }
    if (p.waitFor() != 0) {
      throw new IOException(main.getSimpleName() + " ended with code " + p.exitValue());
    }
    return lines;
  }
}
