package dev.sinew.cli;

import dev.sinew.demos.DemoOptions;
import dev.sinew.demos.Demos;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
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
      "  sinew demo                            what there is",
      "  sinew demo handshake                  a connection from its first segment on",
      "  sinew demo handshake --pcap hs.pcapng the same, to open with Wireshark",
      "  sinew demo handshake --json           every event as JSON",
      "",
      "Exit code 1: what the experiment shows did not happen."
    })
final class DemoCommand extends SinewCommand {
  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Everything random follows from it. Default: 1.")
  private long seed = DemoOptions.DEFAULT.seed();

  @Option(
      names = "--pcap",
      paramLabel = "FILE",
      description = "Write what the first host sends and receives as pcapng.")
  private @Nullable Path pcap;

  @Option(
      names = "--ascii",
      description = "Draw with ASCII characters alone, as it is done where others can't be shown.")
  private boolean ascii;

  @Option(names = "--json", description = "One JSON object.")
  private boolean json;

  @Parameters(
      paramLabel = "NAME",
      arity = "0..1",
      description = "The experiment; without a name they are listed.")
  private @Nullable String name;

  @Override
  int run(Console console) throws CliException {
    if (name == null) {
      list(console, json);
      return ExitCode.OK;
    }
    return show(name, new DemoOptions(seed, json, pcap, ascii || !canDraw(console)), console);
  }

  /** The same without options. */
  static int show(String name, Console console) throws CliException {
    return show(
        name, new DemoOptions(DemoOptions.DEFAULT.seed(), false, null, !canDraw(console)), console);
  }

  private static int show(String name, DemoOptions options, Console console) throws CliException {
    if (!Demos.names().contains(name)) {
      throw CliException.usage(
          "there is no demo '" + name + "'; there are: " + String.join(", ", Demos.names()));
    }
    StringWriter text =
        new StringWriter(); // printed at once: a terminal line by line would take longer than the
    // run
    try {
      int result = Demos.run(name, options, new PrintWriter(text));
      console.out().print(text);
      return result;
    } catch (IOException e) {
      throw new CliException(
          ExitCode.INPUT, "the capture can't be written: " + Failures.oneLine(e));
    }
  }

  private static void list(Console console, boolean json) {
    for (String demo : Demos.names()) {
      if (json) {
        console.out().println(Json.write(Json.object("name", demo, "title", Demos.title(demo))));
      } else {
        console.out().printf("%-16s %s%n", console.bold(demo), Demos.title(demo));
      }
    }
  }

  private static boolean canDraw(Console console) {
    return console.out().charset().newEncoder().canEncode('\u2502');
  }
}
