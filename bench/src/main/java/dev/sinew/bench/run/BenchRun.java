package dev.sinew.bench.run;

import dev.sinew.linux.LinkException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** {@code bench/run}: measures what was asked for, says what came out. */
public final class BenchRun {
  private static final int NEGATIVE = 1;
  private static final int USAGE = 2;
  private static final int ENVIRONMENT = 4;

  private BenchRun() {}

  public static void main(String[] args) throws Exception {
    System.exit(run(args));
  }

  private static int run(String... args) throws Exception {
    Options options;
    try {
      options = Options.parse(args);
    } catch (Options.Wrong e) {
      System.err.println("bench/run: " + e.getMessage());
      return USAGE;
    }
    if (options.help()) {
      System.out.print(Options.HELP);
      return 0;
    }
    List<Group> groups =
        Plan.groups(options.quick()).stream()
            .filter(g -> !Rounds.chosen(g, options.only()).loads().isEmpty())
            .toList();
    if (groups.isEmpty() && programs(options).isEmpty()) {
      System.err.println("bench/run: no row is called so; --list shows them all");
      return USAGE;
    }
    if (options.list()) {
      list(groups, options);
      return 0;
    }
    String missing = missing();
    if (!missing.isEmpty()) {
      System.err.println("bench/run: " + missing);
      return ENVIRONMENT;
    }
    Runtime.getRuntime().addShutdownHook(new Thread(BenchRun::endChildren));
    Machine machine = new Machine();
    Results results = new Results();
    try (Lab lab = new Lab()) {
      if (options.verify()) {
        return Verify.run(lab, options.quick()) ? 0 : NEGATIVE;
      }
      measure(options, groups, results, lab);
    } catch (LinkException e) {
      System.err.println("bench/run: " + e.getMessage());
      return ENVIRONMENT;
    }
    return report(options, results, machine.describe(), "bench/run " + String.join(" ", args));
  }

  private static List<Programs> programs(Options options) {
    return Stream.of(Programs.values())
        .filter(p -> Group.matches(options.only(), p.group, ""))
        .toList();
  }

  private static void list(List<Group> groups, Options options) {
    for (Group g : groups) {
      for (Config c : g.configs()) {
        for (Load l : g.loads()) {
          String cell = g.cell(l, c);
          if (Group.matches(options.only(), g.name(), cell)) {
            System.out.println(g.name() + "/" + cell.replace(' ', '-'));
          }
        }
      }
    }
    programs(options).forEach(p -> System.out.println(p.group));
  }

  /** What this machine or user lacks; empty when nothing. */
  private static String missing() {
    if (!Files.exists(Path.of("/dev/net/tun"))) {
      return "there is no /dev/net/tun: modprobe tun, or in a container --device /dev/net/tun";
    }
    for (String program : new String[] {"ip", "tc", "ethtool", "chrt", "taskset", "timeout"}) {
      if (!Commands.has(program)) {
        return "the program "
            + program
            + " is missing (Debian: apt install iproute2 ethtool util-linux coreutils)";
      }
    }
    return "";
  }

  /** However this ends: nothing that it started stays. */
  private static void endChildren() {
    ProcessHandle.current().descendants().forEach(ProcessHandle::destroyForcibly);
  }

  private static void measure(Options options, List<Group> groups, Results results, Lab lab)
      throws IOException, InterruptedException {
    double seconds = groups.stream().mapToDouble(g -> Rounds.estimateSeconds(g, options)).sum();
    Progress.say(
        "measuring takes about %s and the programs without a device", Rounds.minutes(seconds));
    Rounds rounds = new Rounds(options, results, lab);
    for (Group g : groups) {
      String missing =
          switch (g.name()) {
            case "lwip" -> Lwip.missing();
            case "iperf3" -> IperfLoad.missing();
            default -> "";
          };
      if (missing.isEmpty()) {
        rounds.run(g);
      } else {
        results.failed(g.name(), new IOException(missing));
      }
    }
    for (Programs p : programs(options)) {
      try {
        p.run(options, results);
      } catch (IOException e) {
        results.failed(p.group, e);
      }
    }
  }

  private static int report(
      Options options, Results results, Map<String, String> machine, String command)
      throws IOException {
    String text = TextReport.of(results, machine, command);
    System.out.print(options.json() ? JsonReport.of(results, machine, command) + "\n" : text);
    try {
      write(options.out(), "# What `bench/run` measured\n\n```\n" + text + "```\n");
      Path svg = options.svg();
      if (svg != null) {
        Plots.write(svg, results);
      }
    } catch (IOException e) {
      System.err.println("bench/run: can't be written: " + e.getMessage());
      return 3;
    }
    return results.failures().isEmpty() ? 0 : NEGATIVE;
  }

  private static void write(@Nullable Path file, String text) throws IOException {
    if (file != null) {
      Files.writeString(file, text, StandardCharsets.UTF_8);
    }
  }
}
