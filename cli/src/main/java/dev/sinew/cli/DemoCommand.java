package dev.sinew.cli;

import picocli.CommandLine.Command;

/** {@code sinew demo}. */
@Command(sortOptions = false, description = "Runs an experiment in virtual time.")
final class DemoCommand extends SinewCommand {
  @Override
  int run(Console console) throws Exception {
    throw new CliException(ExitCode.ENVIRONMENT, "not yet");
  }
}
