package dev.sinew.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Where a command writes: data to {@code out}, what is said about it to {@code err}.
 *
 * @param color escape sequences are wanted on {@code out}
 */
record Console(PrintStream out, PrintStream err, boolean color) {
  /** The values of {@code --color}. */
  enum When {
    auto,
    always,
    never
  }

  /** The process's own streams; colours on a terminal only, and not where NO_COLOR is set. */
  static Console system() {
    String noColor = System.getenv("NO_COLOR");
    boolean wanted =
        (noColor == null || noColor.isEmpty()) && !"dumb".equals(System.getenv("TERM"));
    return new Console(System.out, System.err, wanted && isTerminal(1));
  }

  Console withColor(When when) {
    return switch (when) {
      case auto -> this;
      case always -> new Console(out, err, true);
      case never -> new Console(out, err, false);
    };
  }

  /** The same, with all text on stderr, because stdout carries data. */
  Console textToErr() {
    return new Console(err, err, false);
  }

  /** Says something about what goes on; not data. */
  void say(String line) {
    err.println(line);
  }

  String bold(String text) {
    return color ? "\033[1m" + text + "\033[0m" : text;
  }

  String dim(String text) {
    return color ? "\033[2m" + text + "\033[0m" : text;
  }

  /**
   * Whether a descriptor of this process is a terminal: {@code System.console()} wants stdin to be
   * one, too, and is slow to ask.
   */
  static boolean isTerminal(int descriptor) {
    try {
      String target = Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor)).toString();
      return target.startsWith("/dev/pts/")
          || target.startsWith("/dev/tty")
          || target.equals("/dev/console");
    } catch (IOException | UnsupportedOperationException e) {
      return System.console() != null && System.console().isTerminal(); // without /proc
    }
  }
}
