package dev.sinew.bench.run;

import dev.sinew.linux.NetworkNamespace;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Programs of the system that set up devices. */
final class Commands {
  private Commands() {}

  /** Whether a program of that name is on the path. */
  static boolean has(String program) {
    String path = System.getenv().getOrDefault("PATH", "") + ":/usr/sbin:/sbin";
    for (String folder : path.split(":")) {
      if (!folder.isEmpty() && Files.isExecutable(Path.of(folder, program))) {
        return true;
      }
    }
    return false;
  }

  /** Runs a line inside a namespace; its words are separated by one space. */
  static String run(NetworkNamespace in, String line) throws IOException, InterruptedException {
    Process p = in.start(new ProcessBuilder(line.split(" ")).redirectErrorStream(true));
    p.getOutputStream().close();
    String out = new String(p.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (p.waitFor() != 0) {
      throw new IOException(line + ": " + out.strip());
    }
    return out;
  }

  static void run(NetworkNamespace in, List<String> lines)
      throws IOException, InterruptedException {
    for (String line : lines) {
      String unused = run(in, line);
    }
  }
}
