package dev.sinew.cli;

/** Ends a command with one line on stderr and an exit code. */
@SuppressWarnings("serial")
final class CliException extends Exception {
  private final int exitCode;

  /**
   * @param exitCode one of {@link ExitCode}
   * @param message one line for a person, without the command's name
   */
  CliException(int exitCode, String message) {
    super(message);
    this.exitCode = exitCode;
  }

  int exitCode() {
    return exitCode;
  }

  static CliException usage(String message) {
    return new CliException(ExitCode.USAGE, message);
  }
}
