package dev.sinew.cli;

import dev.sinew.sockets.control.ControlClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Asks the running sinew processes of this user. */
final class Processes {
  /** Hears a line of an answer, or null once for each process, first. */
  @FunctionalInterface
  interface Lines {
    void line(ControlClient.Target target, @Nullable Map<String, @Nullable Object> line);
  }

  private Processes() {}

  /** Asks all for one thing. A process that can't answer is left out with a remark. */
  static void forEachLine(String command, Console console, Lines lines) throws CliException {
    List<ControlClient.Target> targets;
    try {
      targets = ControlClient.list();
    } catch (IOException e) {
      throw new CliException(ExitCode.ENVIRONMENT, Failures.oneLine(e));
    }
    for (ControlClient.Target target : targets) {
      try {
        lines.line(target, null);
        for (String text : ControlClient.query(target.socket(), command)) {
          Map<String, @Nullable Object> line = Json.parseObject(text);
          if (line.get("error") instanceof String error) {
            console.say("sinew " + command + ": process " + target.pid() + ": " + error);
          } else {
            lines.line(target, line);
          }
        }
      } catch (IOException | UncheckedIOException | IllegalArgumentException e) {
        if (ProcessHandle.of(target.pid()).isPresent()) { // else it has ended meanwhile
          console.say(
              "sinew " + command + ": process " + target.pid() + ": " + Failures.oneLine(e));
        }
      }
    }
  }

  static CliException nothingRuns() {
    return new CliException(
        ExitCode.NEGATIVE,
        "no sinew command of this user is running; start one in another terminal, such as: sudo sinew serve");
  }
}
