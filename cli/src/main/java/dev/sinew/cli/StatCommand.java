package dev.sinew.cli;

import dev.sinew.sockets.control.ControlClient;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sinew stat}: the counters of running processes. */
@Command(
    sortOptions = false,
    description =
        "Shows what the stacks of your running sinew commands have counted, under nstat's names.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  sinew stat                      every counter that is not zero",
      "  sinew stat -a 'Tcp*'            the counters of TCP, zeros too",
      "  sinew stat --json               as JSON, one object per process",
      "  sinew stat '*Drop*' '*Err*'     what went wrong",
      "",
      "Exit code 1: no sinew command is running, or no counter has such a name."
    })
final class StatCommand extends SinewCommand {
  @Option(
      names = {"-a", "-z", "--zeros"},
      description = "Counters that are zero, too.")
  private boolean zeros;

  @Option(names = "--json", description = "One JSON object per process.")
  private boolean json;

  @Parameters(
      paramLabel = "PATTERN",
      arity = "0..*",
      description = "Names to show; * and ? stand for any characters, any one.")
  private List<String> patterns = new ArrayList<>();

  @Override
  int run(Console console) throws Exception {
    List<Pattern> wanted = new ArrayList<>();
    for (String pattern : patterns) {
      wanted.add(glob(pattern));
    }
    Map<ControlClient.Target, Map<String, Long>> all = new LinkedHashMap<>();
    boolean[] known = {wanted.isEmpty()};
    Processes.forEachLine(
        "stat",
        console,
        (target, line) -> {
          Map<String, Long> counters = all.computeIfAbsent(target, t -> new LinkedHashMap<>());
          if (line != null
              && line.get("name") instanceof String name
              && line.get("value") instanceof Long value
              && (wanted.isEmpty() || wanted.stream().anyMatch(p -> p.matcher(name).matches()))) {
            known[0] = true;
            if (zeros || value != 0) {
              counters.put(name, value);
            }
          }
        });
    if (all.isEmpty()) {
      throw Processes.nothingRuns();
    }
    if (!known[0]) {
      throw new CliException(
          ExitCode.NEGATIVE, "no counter is called " + String.join(" or ", patterns));
    }
    all.forEach((target, counters) -> print(console, target, counters, all.size() > 1));
    return ExitCode.OK;
  }

  private void print(
      Console console, ControlClient.Target target, Map<String, Long> counters, boolean several) {
    if (json) {
      console
          .out()
          .println(
              Json.write(
                  Json.object(
                      "process", target.name(), "pid", target.pid(), "counters", counters)));
      return;
    }
    console
        .out()
        .println(console.bold("#" + target.name() + (several ? " pid " + target.pid() : "")));
    counters.forEach((name, value) -> console.out().printf("%-32s%d%n", name, value));
  }

  /** Upper and lower case count as equal, as in nstat. */
  static Pattern glob(String pattern) {
    StringBuilder regex = new StringBuilder();
    for (char c : pattern.toCharArray()) {
      regex.append(c == '*' ? ".*" : c == '?' ? "." : Pattern.quote(String.valueOf(c)));
    }
    return Pattern.compile(regex.toString(), Pattern.CASE_INSENSITIVE);
  }
}
