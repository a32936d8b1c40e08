package dev.sinew.packetdrill;

import java.nio.file.*;
import java.util.*;
import org.junit.jupiter.api.Test;

class ScratchTest {
  @Test
  void go() throws Exception {
    for (String line : Files.readAllLines(Path.of("/tmp/pd-list"))) {
      String[] w = line.split(" ");
      if (w.length < 2) continue;
      long t = System.nanoTime();
      Settings s = new Settings(Settings.Dialect.AUTO, w[0].equals("-") ? null : w[0], Map.of(), 0, 0, null, w.length > 2, true);
      Outcome o = new PacketdrillRunner(s).run(Path.of(w[1]));
      System.err.println("@@ " + o.verdict() + " " + w[1] + " " + (System.nanoTime() - t) / 1000000 + " ms " + o.reason());
    }
  }
}
