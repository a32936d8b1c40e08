package dev.sinew.cli;

import dev.sinew.base.TcpState;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sinew ss}: the sockets of running processes. */
@Command(
    sortOptions = false,
    description = "Shows the sockets of your running sinew commands, in the format of Linux's ss.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  sinew ss -ta                            every TCP socket, listeners too",
      "  sinew ss -tio state established         with window, round trip and timers",
      "  sinew ss -t sport = :80                 connections of the HTTP server",
      "  sinew ss -tH state time-wait | wc -l    how many wait out TIME-WAIT",
      "",
      "States: established syn-sent syn-recv fin-wait-1 fin-wait-2 time-wait closed",
      "close-wait last-ack listening closing; all connected synchronized bucket big.",
      "Filters: sport, dport with = != < > <= >= and :PORT; src, dst with",
      "ADDRESS[/LENGTH][:PORT]; and, or, not, parentheses.",
      "Exit code 1: no sinew command is running."
    })
final class SsCommand extends SinewCommand {
  @Option(
      names = {"-t", "--tcp"},
      description = "TCP sockets.")
  private boolean tcp;

  @Option(
      names = {"-u", "--udp"},
      description = "UDP sockets.")
  private boolean udp;

  @Option(
      names = {"-l", "--listening"},
      description = "Listeners and unconnected sockets only.")
  private boolean listening;

  @Option(
      names = {"-a", "--all"},
      description = "Sockets in all states.")
  private boolean all;

  @Option(
      names = {"-n", "--numeric"},
      description = "Numbers instead of names; they always are.")
  @SuppressWarnings("UnusedVariable") // as it always is
  private boolean numeric;

  @Option(
      names = {"-i", "--info"},
      description = "A second line with the connection's variables.")
  private boolean info;

  @Option(
      names = {"-o", "--options"},
      description = "Timers.")
  private boolean timers;

  @Option(
      names = {"-p", "--processes"},
      description = "The process of each socket; it always is shown.")
  @SuppressWarnings("UnusedVariable") // as it always is
  private boolean processes;

  @Option(
      names = {"-H", "--no-header"},
      description = "No header line.")
  private boolean noHeader;

  @Option(names = "--json", description = "One JSON object per socket.")
  private boolean json;

  @Parameters(
      paramLabel = "FILTER",
      arity = "0..*",
      description = "[state STATE…] [EXPRESSION]; see below.")
  private List<String> filterWords = new ArrayList<>();

  @Override
  int run(Console console) throws Exception {
    SsFilter filter = SsFilter.parse(filterWords);
    boolean both = tcp == udp;
    EnumSet<TcpState> byDefault =
        all
            ? SsFilter.all()
            : listening ? EnumSet.of(TcpState.LISTEN, TcpState.CLOSED) : SsFilter.usual();
    EnumSet<TcpState> states = filter.states(byDefault);
    boolean[] any = {false};
    List<SsRow> rows = new ArrayList<>();
    Processes.forEachLine(
        "ss",
        console,
        (target, line) -> {
          any[0] = true;
          if (line != null) {
            rows.add(new SsRow(line, target.name(), target.pid()));
          }
        });
    if (!any[0]) {
      throw Processes.nothingRuns();
    }
    rows.removeIf(row ->
        !both && row.transport().equals("tcp") != tcp
            || !states.contains(row.state())
            || !filter.matches(row));
    if (json) {
      for (SsRow row : rows) {
        Map<String, @Nullable Object> object =
            Json.object("process", row.process(), "pid", row.pid());
        object.putAll(row.json());
        console.out().println(Json.write(object));
      }
      return ExitCode.OK;
    }
    SsTable.Columns columns = new SsTable.Columns(both, states.size() > 1, !noHeader, timers, info);
    List<String> lines = SsTable.lines(rows, columns);
    for (int i = 0; i < lines.size(); i++) {
      console.out().println(i == 0 && !noHeader ? console.bold(lines.get(i)) : lines.get(i));
    }
    return ExitCode.OK;
  }
}
