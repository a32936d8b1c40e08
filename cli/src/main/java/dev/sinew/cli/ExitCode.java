package dev.sinew.cli;

/** How every command of {@code sinew} ends. */
final class ExitCode {
  static final int OK = 0;

  /** The answer is no: nothing answered, a port is closed, an expectation was not met. */
  static final int NEGATIVE = 1;

  /** The command line is wrong. */
  static final int USAGE = 2;

  /** An input (a file, a folder) can't be read. */
  static final int INPUT = 3;

  /** This machine or user lacks something: a right, a device, a driver, space for the output. */
  static final int ENVIRONMENT = 4;

  /** A defect of Sinew itself. */
  static final int DEFECT = 70;

  /** Ended by ^C. */
  static final int INTERRUPTED = 130;

  private ExitCode() {}
}
