package dev.sinew.cli;

import dev.sinew.linux.LinkException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;

/** How a failure is told: one line on stderr and an exit code. */
final class Failures {
  private Failures() {}

  /**
   * Says what went wrong.
   *
   * @param prefix the command, with a colon
   * @return the exit code
   */
  static int report(String prefix, Exception e, Console console) {
    switch (e) {
      case CliException c -> {
        console.say(prefix + oneLine(c));
        return c.exitCode();
      }
      case LinkException l -> {
        console.say(prefix + oneLine(l));
        return l.reason() == LinkException.Reason.BAD_OPTION
            ? ExitCode.USAGE
            : ExitCode.ENVIRONMENT;
      }
      case IOException io -> {
        console.say(prefix + oneLine(io));
        return ExitCode.NEGATIVE;
      }
      case InterruptedException i -> {
        return ExitCode.INTERRUPTED;
      }
      default -> {
        console.say(
            prefix
                + "a defect in sinew: "
                + e.getClass().getSimpleName()
                + ": "
                + oneLine(e)
                + " (--debug shows where)");
        return ExitCode.DEFECT;
      }
    }
  }

  /** An exception's message on one line, or its kind when it has none. */
  static String oneLine(Throwable e) {
    String text =
        switch (e) {
          // The messages of these are file names alone.
          case NoSuchFileException n -> "no such file or folder: " + n.getFile();
          case AccessDeniedException a -> "access is denied: " + a.getFile();
          case NotDirectoryException d -> "not a folder: " + d.getFile();
          default -> e.getMessage();
        };
    return text == null || text.isBlank()
        ? e.getClass().getSimpleName()
        : text.strip().replaceAll("\\s*\\R\\s*", "; ");
  }
}
