package dev.sinew.cli;

import dev.sinew.demos.DemoException;
import dev.sinew.demos.DemoOptions;
import dev.sinew.demos.Demos;
import dev.sinew.demos.Lang;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sinew demo}: experiments in virtual time. */
@Command(
    sortOptions = false,
    description =
        "Runs an experiment: several hosts in one process, in virtual time. Needs no right.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  sinew demo                             what there is",
      "  sinew demo handshake                   a connection from its first segment on",
      "  sinew demo lost-syn --set times=5      the same experiment with another value",
      "  sinew demo lost-syn --params           what --set takes",
      "  sinew demo handshake --lang zh         in Chinese",
      "  sinew demo handshake --pcap hs.pcapng  what the first host sees, for Wireshark",
      "  sinew demo handshake --json            every event as JSON",
      "",
      "Exit code 1: what the experiment shows did not happen."
    })
final class DemoCommand extends SinewCommand {
  @Option(
      names = "--set",
      paramLabel = "NAME=VALUE",
      description = "Change a parameter of the experiment; may be repeated.")
  private Map<String, String> settings = new LinkedHashMap<>();

  @Option(names = "--params", description = "List what --set takes, and run nothing.")
  private boolean params;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Everything random follows from it. Default: 1.")
  private long seed = DemoOptions.DEFAULT.seed();

  @Option(
      names = "--lang",
      paramLabel = "en|zh",
      description = "Explain in English or in Chinese. Default: en.")
  private Lang lang = Lang.EN;

  @Option(
      names = "--pcap",
      paramLabel = "FILE",
      description = "Write what the first host sends and receives as pcapng.")
  private @Nullable Path pcap;

  @Option(
      names = "--ascii",
      description = "Draw with ASCII characters alone, as it is done where others can't be shown.")
  private boolean ascii;

  @Option(names = "--json", description = "One JSON object; of the list, one in each line.")
  private boolean json;

  @Parameters(
      paramLabel = "NAME",
      arity = "0..1",
      description = "The experiment; without a name they are listed.")
  private @Nullable String name;

  @Override
  int run(Console console) throws CliException {
    if (name == null) {
      list(console);
      return ExitCode.OK;
    }
    if (params) {
      listParameters(name, console);
      return ExitCode.OK;
    }
    return show(
        name,
        new DemoOptions(seed, lang, Map.copyOf(settings), json, pcap, ascii || !canDraw(console)),
        console);
  }

  /** The same without options. */
  static int show(String name, Console console) throws CliException {
    return show(name, DemoOptions.DEFAULT.withAscii(!canDraw(console)), console);
  }

  private static int show(String name, DemoOptions options, Console console) throws CliException {
    // Printed at once: a terminal line by line would take longer than the run.
    StringWriter text = new StringWriter();
    try {
      int result = Demos.run(name, options, new PrintWriter(text));
      console.out().print(text);
      return result;
    } catch (DemoException e) {
      throw CliException.usage(Failures.oneLine(e));
    } catch (IOException e) {
      throw new CliException(
          ExitCode.INPUT, "the capture can't be written: " + Failures.oneLine(e));
    }
  }

  private void list(Console console) {
    String group = "";
    for (Demos.Row row : Demos.list(lang)) {
      if (json) {
        console
            .out()
            .println(
                Json.write(
                    Json.object("name", row.name(), "group", row.group(), "title", row.title())));
        continue;
      }
      if (!row.group().equals(group)) {
        console.out().println((group.isEmpty() ? "" : "\n") + console.bold(row.group()));
        group = row.group();
      }
      console.out().printf("  %-20s %s%n", row.name(), row.title());
    }
  }

  private void listParameters(String demo, Console console) throws CliException {
    try {
      for (Demos.Parameter p : Demos.parameters(demo, lang)) {
        String given = p.name() + "=" + p.fallback();
        console.out().printf("  %-22s %-24s %s%n", given, p.range(), p.meaning());
      }
    } catch (DemoException e) {
      throw CliException.usage(Failures.oneLine(e));
    }
  }

  private static boolean canDraw(Console console) {
    return console.out().charset().newEncoder().canEncode('\u2502');
  }
}
