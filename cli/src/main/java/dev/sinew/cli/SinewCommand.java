package dev.sinew.cli;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What all commands have in common. */
abstract class SinewCommand implements Callable<Integer> {
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help.")
  @SuppressWarnings("UnusedVariable") // picocli looks at it
  private boolean help;

  @Option(
      names = "--color",
      paramLabel = "WHEN",
      description = "Colours: auto (on a terminal), always, never.")
  private Console.When color = Console.When.auto;

  @Option(names = "--debug", description = "Show the stack trace of an error.")
  boolean debug;

  private @Nullable Console console;

  /** Set before the command runs. */
  final void console(Console console) {
    this.console = console;
  }

  @Override
  public final Integer call() throws Exception {
    Console given = console == null ? Console.system() : console;
    return run(given.withColor(color));
  }

  /**
   * Does the work.
   *
   * @return one of {@link ExitCode}
   */
  abstract int run(Console console) throws Exception;
}
