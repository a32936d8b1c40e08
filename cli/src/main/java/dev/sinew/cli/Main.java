package dev.sinew.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The command {@code sinew}: finds the subcommand and runs it. Only the class of the one that is
 * asked for is loaded, because most of a short command's time is its start.
 */
public final class Main {
  static final String VERSION = "sinew 0.1.0";

  /** Name and one line for each. */
  private static final String[][] COMMANDS = {
    {"serve", "Offer HTTP, echo, discard, daytime and chargen on a TUN device."},
    {"nc", "Connect or listen through the stack; standard input and output are the ends."},
    {"ping", "Send ICMP echo requests through the stack."},
    {"ss", "Show the sockets of running sinew commands, as Linux's ss does."},
    {"stat", "Show the counters of running sinew commands, as nstat does."},
    {"trace", "Read a capture: each packet, and what it means for both ends."},
    {"sweep", "Run an experiment with many seeds on all cores."},
    {"demo", "Run an experiment in virtual time: two hosts in one process, no privilege."},
    {"packetdrill", "Run packetdrill scripts against a stack, in virtual time."},
  };

  private static final List<String> EXAMPLES =
      List.of(
          "sinew demo handshake                    see a connection open and close; needs no right",
          "sudo sinew serve --root .               then: curl http://10.77.0.2/",
          "sudo sinew ping 10.77.1.1               ping the kernel from the stack",
          "sinew ss -ti                            the sockets of the running commands");

  private Main() {}

  /** Runs the command and ends the process with its exit code. */
  public static void main(String[] args) {
    Console console = Console.system();
    int code;
    try {
      code = run(args, console);
    } catch (Throwable e) { // an Error: without memory, or on a system that is not supported
      console.say(
          "sinew: a defect in sinew: " + e.getClass().getSimpleName() + ": " + Failures.oneLine(e));
      code = ExitCode.DEFECT;
    }
    boolean lost = System.out.checkError();
    if (lost && code == ExitCode.OK) {
      code = lost(new FileOutputStream(FileDescriptor.out), console);
    }
    System.err.flush();
    System.exit(code);
  }

  /**
   * Something that a command has written went nowhere; why, only another attempt tells. A reader
   * who has enough is no failure, but a full disk is.
   */
  static int lost(OutputStream out, Console console) {
    try {
      out.write('\n');
      out.flush();
      return ExitCode.OK;
    } catch (IOException e) {
      String why = Failures.oneLine(e);
      if (why.contains("Broken pipe")) {
        return ExitCode.OK;
      }
      console.say("sinew: the output can't be written: " + why);
      return ExitCode.ENVIRONMENT;
    }
  }

  static int run(String[] args, Console console) {
    if (args.length == 0) {
      usage(console.err());
      return ExitCode.USAGE;
    }
    String[] rest = Arrays.copyOfRange(args, 1, args.length);
    return switch (args[0]) {
      case "-h", "--help" -> {
        usage(console.out());
        yield ExitCode.OK;
      }
      case "-V", "--version", "version" -> {
        console.out().println(VERSION);
        yield ExitCode.OK;
      }
      case "help" -> {
        if (rest.length == 0) {
          usage(console.out());
          yield ExitCode.OK;
        }
        yield dispatch(rest[0], new String[] {"--help"}, console);
      }
      default -> dispatch(args[0], rest, console);
    };
  }

  private static int dispatch(String name, String[] args, Console console) {
    SinewCommand command = command(name);
    if (command == null) {
      String kind = name.startsWith("-") ? "unknown option '" : "unknown command '";
      console.say("sinew: " + kind + name + "'" + suggestion(name) + " (sinew --help)");
      return ExitCode.USAGE;
    }
    if (name.equals("demo") && args.length == 1 && !args[0].startsWith("-")) {
      // The commonest demo has nothing to parse, and the parser would take longer than the run: its
      // class files are of a version that the
      // JDK's AOT cache does not take.
      try {
        return DemoCommand.show(args[0], console);
      } catch (Exception e) {
        return Failures.report("sinew demo: ", e, console);
      }
    }
    return CommandRunner.run(name, command, args, console);
  }

  private static @Nullable SinewCommand command(String name) {
    return switch (name) {
      case "serve" -> new ServeCommand();
      case "nc" -> new NcCommand();
      case "ping" -> new PingCommand();
      case "ss" -> new SsCommand();
      case "stat" -> new StatCommand();
      case "trace" -> new TraceCommand();
      case "demo" -> new DemoCommand();
      case "sweep" -> new SweepCommand();
      case "packetdrill" -> new PacketdrillCommand();
      default -> null;
    };
  }

  private static void usage(PrintStream out) {
    out.println("Usage: sinew COMMAND [OPTIONS]");
    out.println("A complete TCP/IP stack in Java: on a TUN device, or in virtual time.");
    out.println();
    out.println("Commands:");
    for (String[] c : COMMANDS) {
      out.println("  " + c[0] + " ".repeat(13 - c[0].length()) + c[1]);
    }
    out.println();
    out.println("  sinew COMMAND --help    options and examples of a command");
    out.println("  sinew --version         the version");
    out.println();
    out.println("Exit codes: 0 done, 1 the answer is no, 2 wrong usage, 3 input can't be read,");
    out.println("4 a right, a device or space is missing, 130 interrupted.");
    out.println();
    out.println("Examples:");
    EXAMPLES.forEach(e -> out.println("  " + e));
  }

  private static String suggestion(String name) {
    List<String> near = new ArrayList<>();
    for (String[] c : COMMANDS) {
      if (distance(name, c[0]) <= 2 && name.length() > 1) {
        near.add("'" + c[0] + "'");
      }
    }
    return near.isEmpty() ? "" : "; did you mean " + String.join(" or ", near) + "?";
  }

  /** Levenshtein's distance. */
  static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int above = row[j];
        row[j] =
            Math.min(
                Math.min(row[j] + 1, row[j - 1] + 1),
                diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1));
        diagonal = above;
      }
    }
    return row[b.length()];
  }
}
