package dev.sinew.packetdrill;

import dev.sinew.packetdrill.script.Place;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The commands that scripts give to a shell, as far as they mean something to a simulated host:
 * kernel variables, files of them, probes of socket states. There is no shell.
 */
final class Shell {
  private static final int DEEPEST = 4;
  private static final Pattern WORD =
      Pattern.compile("\"[^\"]*\"|'[^']*'|[^\\s\"']+(?:\"[^\"]*\"|'[^']*')?");
  private static final Pattern PROBE =
      Pattern.compile("grep\\s+(-c\\s+)?(-\\w+\\s+)*[\"']?([\\w-]+)[\"']?");

  private final Sysctls sysctls;
  private final @Nullable Path folder;
  private final FileCalls files;

  /**
   * @param folder of the script, for the files it names
   * @param files that the script writes
   */
  Shell(Sysctls sysctls, @Nullable Path folder, FileCalls files) {
    this.sysctls = sysctls;
    this.files = files;
    this.folder = folder;
  }

  /** All lines of a command. */
  void run(Place place, String text, @Nullable Calls calls) throws StopException {
    run(place, text, calls, 0);
  }

  private void run(Place place, String text, @Nullable Calls calls, int depth)
      throws StopException {
    for (String raw : text.replace("\\\n", " ").split("\n|;|&&")) {
      String line = raw.replaceAll("(^|\\s)#.*$", "").strip();
      if (!line.isEmpty()) {
        command(place, line, calls, depth);
      }
    }
  }

  private void command(Place place, String line, @Nullable Calls calls, int depth)
      throws StopException {
    List<String> words = new ArrayList<>();
    Matcher m = WORD.matcher(line);
    while (m.find()) {
      words.add(m.group());
    }
    String name = words.getFirst();
    String base = name.substring(name.lastIndexOf('/') + 1);
    switch (base) {
      case "sysctl", "set_sysctls.py" -> {
        List<String> rest = sysctl(place, words.subList(1, words.size()));
        rest.removeIf(w ->
            w.startsWith("-")
                || w.startsWith(">")
                || w.startsWith("2>")
                || w.equals("|")
                || w.equals("/dev/null")
                || w.equals("tee"));
        if (!rest.isEmpty() && !line.contains("grep")) {
          throw StopException.error(
              place, "can't set " + rest.getFirst() + ": expected name=value");
        }
      }
      case "sockstat", "netstat", "ss" -> probe(place, line, calls);
      case "dd" -> files.write(place, words);
      case "rm" -> files.remove(words);
      case "tcpdrop" -> {
        // The simulated host has no other connections.
      }
      case "sleep",
          "ip",
          "tc",
          "ethtool",
          "ifconfig",
          "echo",
          "set",
          "true",
          "nstat",
          "grep",
          "mkdir",
          "cat",
          "kldload",
          "source",
          ".",
          "export",
          "unset",
          "if",
          "then",
          "fi",
          "else",
          "modprobe",
          "exit",
          "return",
          "iptables",
          "ip6tables",
          "for",
          "do",
          "done",
          "test",
          "[",
          "sync",
          "arp" -> {
        if (base.equals("tc")) {
          sysctls.queue(words);
        }
        if (base.equals("source") || base.equals(".")) {
          file(place, words.get(1), calls, depth);
        }
        if (base.equals("tc") && line.contains("limit 0")) {
          throw StopException.skipped("no queue that drops on a simulated host");
        }
        if (calls != null && line.contains("tcp_metrics flush")) {
          calls.machine().stack.forgetServers();
        }
        if (base.equals("ip") && (line.contains("advmss") || line.contains("mtu lock"))) {
          throw StopException.skipped("no routes with an MTU or MSS of their own here");
        }
        if (base.equals("iptables") || base.equals("ip6tables")) {
          throw StopException.skipped("no packet filter on a simulated host");
        }
        // Of the real host around a real stack; none of it exists here.
      }
      default -> {
        if (name.contains("=") && !name.startsWith("/")) {
          return; // A variable of the shell.
        }
        if (name.startsWith("./") && !base.contains(".")
            || base.equals("cc")
            || base.equals("kldstat")
            || base.equals("setkey")) {
          throw StopException.skipped("runs " + base + " on the real host");
        }
        if (name.endsWith(".sh") || name.startsWith("./") || name.startsWith("../")) {
          file(place, name, calls, depth);
          return;
        }
        throw StopException.error(
            place, "unknown command " + name + ": there is no shell on a simulated host");
      }
    }
  }

  private List<String> sysctl(Place place, List<String> words) throws StopException {
    try {
      List<String> plain = words.stream().map(w -> w.replace("\"", "").replace("'", "")).toList();
      return new ArrayList<>(sysctls.setAll(plain));
    } catch (Sysctls.UnknownException e) {
      throw StopException.error(place, String.valueOf(e.getMessage()));
    }
  }

  private void file(Place place, String name, @Nullable Calls calls, int depth)
      throws StopException {
    if (folder == null || depth == DEEPEST) {
      throw StopException.error(place, "can't read " + name);
    }
    Path path = folder.resolve(name).normalize();
    if (!Files.exists(path)) {
      // Suites are run from one of the folders above.
      Path up = folder.getParent();
      while (up != null && !Files.exists(up.resolve(name).normalize())) {
        up = up.getParent();
      }
      path = up == null ? path : up.resolve(name).normalize();
    }
    try {
      run(place, Files.readString(path), calls, depth + 1);
    } catch (IOException e) {
      throw StopException.error(place, "can't read " + name);
    }
  }

  /** {@code sockstat … | grep -c STATE | grep n}: how many sockets are in that state. */
  private static void probe(Place place, String line, @Nullable Calls calls) throws StopException {
    Matcher m = PROBE.matcher(line);
    if (calls == null || !m.find()) {
      return;
    }
    String state = m.group(3);
    // The column with the program's name, cut after ten letters: its sockets alone.
    boolean own = state.startsWith("packetdril");
    if (own) {
      if (!m.find()) {
        return;
      }
      state = m.group(3);
    }
    String wanted = state.toUpperCase(Locale.ROOT).replace('-', '_');
    List<String> states = calls.states(own);
    long count = states.stream().filter(s -> same(s, wanted)).count();
    String number = m.find() ? m.group(3) : null;
    boolean ok = number == null ? count > 0 : Long.toString(count).contains(number);
    if (!ok) {
      throw StopException.failed(
          place,
          count
              + " sockets in state "
              + state
              + (number == null ? "" : ", expected " + number)
              + " (states: "
              + String.join(", ", states)
              + ")");
    }
  }

  private static boolean same(String ours, String theirs) {
    String t =
        switch (theirs) {
          case "SYN_RCVD", "SYN_RECV" -> "SYN_RECEIVED";
          case "ESTAB" -> "ESTABLISHED";
          default -> theirs.replace("FIN_WAIT1", "FIN_WAIT_1").replace("FIN_WAIT2", "FIN_WAIT_2");
        };
    return ours.equals(t);
  }
}
