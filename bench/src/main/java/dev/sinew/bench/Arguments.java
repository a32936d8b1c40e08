package dev.sinew.bench;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** A count and flags of a program's command line. */
public record Arguments(int count, Set<String> flags) {
  /** Prints the usage and ends the process where the line has anything else. */
  public static Arguments parse(String[] args, int count, String usage, String... known) {
    int n = count;
    Set<String> flags = new HashSet<>();
    for (String arg : args) {
      if (arg.equals("--help")) {
        System.out.println(usage);
        System.exit(0);
      } else if (List.of(known).contains(arg)) {
        flags.add(arg);
      } else if (arg.matches("[1-9]\\d{0,8}")) {
        n = Integer.parseInt(arg);
      } else {
        System.err.println("what is \"" + arg + "\"?\n" + usage);
        System.exit(2);
      }
    }
    return new Arguments(n, flags);
  }

  public boolean has(String flag) {
    return flags.contains(flag);
  }
}
