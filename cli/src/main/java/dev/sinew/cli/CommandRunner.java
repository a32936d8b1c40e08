package dev.sinew.cli;

import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * Parses one command's arguments and runs it; every failure becomes one line on stderr and an exit
 * code.
 */
final class CommandRunner {
  private CommandRunner() {}

  static int run(String name, SinewCommand command, String[] args, Console console) {
    command.console(console);
    CommandLine line = new CommandLine(command);
    line.setCommandName("sinew " + name);
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.setOut(writer(console.out()));
    line.setErr(writer(console.err()));
    line.setColorScheme(Help.defaultColorScheme(console.color() ? Help.Ansi.ON : Help.Ansi.OFF));
    line.setParameterExceptionHandler((e, a) -> {
      console.say("sinew " + name + ": " + message(e) + " (sinew " + name + " --help)");
      return ExitCode.USAGE;
    });
    line.setExecutionExceptionHandler((e, l, r) -> {
      if (command.debug) {
        e.printStackTrace(console.err());
      }
      return Failures.report("sinew " + name + ": ", e, console);
    });
    return line.execute(args);
  }

  private static PrintWriter writer(PrintStream out) {
    return new PrintWriter(new OutputStreamWriter(out, out.charset()), true);
  }

  private static String message(ParameterException e) {
    if (e instanceof UnmatchedArgumentException u && !u.getUnmatched().isEmpty()) {
      String first = u.getUnmatched().getFirst();
      boolean option = u.isUnknownOption();
      List<String> near = option ? u.getSuggestions() : List.of();
      return (option ? "unknown option '" : "unexpected argument '")
          + first
          + "'"
          + (near.isEmpty() ? "" : "; did you mean " + near.getFirst() + "?");
    }
    if (e instanceof MissingParameterException m
        && !m.getMissing().isEmpty()
        && m.getMissing().getFirst().isPositional()) {
      return "missing " + m.getMissing().getFirst().paramLabel();
    }
    // What a converter of ours says is a sentence already; picocli's own begin with a capital.
    String text = Failures.oneLine(e);
    int converters = text.indexOf(Values.MARK);
    if (converters >= 0) {
      return text.substring(converters + Values.MARK.length());
    }
    return text.isEmpty()
        ? "wrong arguments"
        : text.substring(0, 1).toLowerCase(Locale.ROOT) + text.substring(1);
  }
}
