package dev.sinew.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The command {@code sinew}. Exit codes: 0 done, 2 wrong usage. */
@Command(
    name = "sinew",
    description = "A TCP/IP stack in Java, on a TUN device or in virtual time.",
    version = "sinew 0.1.0-SNAPSHOT",
    mixinStandardHelpOptions = true)
public final class Main implements Runnable {
  private final CommandLine commandLine = new CommandLine(this);

  private Main() {}

  /** Runs the command and ends the process with its exit code. */
  public static void main(String[] args) {
    System.exit(new Main().commandLine.execute(args));
  }

  @Override
  public void run() {
    commandLine.usage(commandLine.getOut());
  }
}
