package dev.sinew.bench.run;

import dev.sinew.linux.NetworkNamespace;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Debian's lwIP on a TAP device: {@code bench/lwip.c}, compiled here when the package is there.
 *
 * <p>The package (2.1.3) writes behind its buffers when a frame has more than 592 bytes: valgrind
 * shows that a packet of its pool has 616 bytes, whatever comes. So its device has an MTU of 576,
 * and only loads whose packets are small say anything.
 */
final class Lwip {
  private static final Path SOURCE = Path.of("bench", "lwip.c");
  private static final Path HEADERS = Path.of("/usr/include/lwip");
  private static final String DEVICE = "tap0";

  private Lwip() {}

  /** Why it can't be measured; empty when it can. */
  static String missing() {
    if (!Files.isDirectory(HEADERS)) {
      return "lwIP is not installed (Debian: apt install liblwip-dev)";
    }
    return Commands.has("gcc") ? "" : "lwIP needs gcc to compile " + SOURCE;
  }

  static ServerProcess start() throws IOException, InterruptedException {
    Path program = compile();
    NetworkNamespace n = NetworkNamespace.create("bench-lwip");
    try {
      Commands.run(
          n,
          List.of(
              "ip tuntap add dev " + DEVICE + " mode tap",
              "ip link set " + DEVICE + " mtu 576 txqueuelen 4000",
              "ip addr add " + StackServices.HOST4 + "/24 dev " + DEVICE,
              "ip link set " + DEVICE + " up"));
      Place place =
          new Place(
              n,
              n,
              Place.literal(StackServices.HOST4),
              Place.literal(StackServices.STACK4),
              Place.literal(StackServices.STACK6));
      return ServerProcess.program(
          place, List.of("env", "PRECONFIGURED_TAPIF=" + DEVICE, program.toString()));
    } catch (IOException e) {
      n.close();
      throw e;
    }
  }

  private static Path compile() throws IOException, InterruptedException {
    Path target = Path.of("bench", "target", "lwip").toAbsolutePath();
    Files.createDirectories(target.getParent());
    Process gcc =
        new ProcessBuilder(
                "gcc", "-O2", "-I" + HEADERS, SOURCE.toString(), "-o", target.toString(), "-llwip")
            .redirectErrorStream(true)
            .start();
    String out = new String(gcc.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (gcc.waitFor() != 0) {
      throw new IOException(
          "gcc does not compile " + SOURCE + ": " + out.lines().findFirst().orElse(""));
    }
    return target;
  }
}
