package dev.sinew.tests.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * iperf3's client reaches iperf3's server through a relay on the stack: each byte crosses the
 * stack's TCP twice.
 */
@ExtendWith(KernelCases.class)
class IperfTest {
  private static final Pattern RECEIVED =
      Pattern.compile("\"sum_received\":\\s*\\{[^}]*\"bytes\":\\s*(\\d+)");

  @ParameterizedTest
  @CsvSource({"V4,''", "V4,-R", "V6,''", "V6,-R"})
  void iperf3_through_a_relay(Version v, String direction) throws Exception {
    try (Lab lab = Lab.open()) {
      Program server = lab.start("iperf3", "-s", "-1", "-B", v.kernel, "--forceflush");
      NetcatTest.awaitListener(lab, 5201);
      lab.serve(5201, (socket, traffic) -> relay(lab, socket, v.kernel(5201)));
      Program.Result r =
          direction.isEmpty()
              ? lab.run("iperf3", "-c", v.stack, "-t", "2", "-P", "4", "-J")
              : lab.run("iperf3", "-c", v.stack, "-t", "2", "-P", "4", "-J", direction);
      assertThat(r.exitCode()).as(r.text()).isZero();
      Matcher m = RECEIVED.matcher(r.out());
      assertThat(m.find()).as(r.text()).isTrue();
      long bytes = Long.parseLong(m.group(1));
      System.out.println(
          "iperf3 "
              + v
              + " "
              + direction
              + ": "
              + bytes * 4 / 1_000_000
              + " Mbit/s through the relay");
      assertThat(bytes).isGreaterThan(1_000_000);
      assertThat(server.result(10).exitCode()).isZero();
    }
  }

  private static void relay(Lab lab, Socket client, InetSocketAddress to) throws IOException {
    try (Socket server = lab.sockets.socket()) {
      server.connect(to, 10_000);
      Thread back = lab.runner.start("relay", () -> copy(server, client));
      copy(client, server);
      back.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** One direction to its end, which is passed on. */
  private static void copy(Socket from, Socket to) {
    byte[] buffer = new byte[64 * 1024];
    try {
      InputStream in = from.getInputStream();
      for (int n; (n = in.read(buffer)) > 0; ) {
        to.getOutputStream().write(buffer, 0, n);
      }
      to.shutdownOutput();
    } catch (IOException e) {
      // One of the two went away; the other direction hears of it, too.
    }
  }
}
