package dev.sinew.linux;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.ip.NetworkInterface;
import dev.sinew.stack.Stack;
import java.security.SecureRandom;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The real stack behind the real device, driven by the plainest loop, asked by the kernel's ping.
 */
@Timeout(60)
class StackOnTunTest {
  private static NetworkNamespace ns;
  private static TunLink link;
  private static Stack stack;
  private static Thread driver;
  private static volatile boolean stop;

  @BeforeAll
  static void start() throws Exception {
    ns = Lab.namespaceOrSkip("stack");
    link = Lab.open(ns, "t0");
    stack = Stack.builder().entropy(new SecureRandom()::nextLong).build();
    NetworkInterface itf =
        stack.addInterface(link, Lab.prefix(Lab.STACK_V4, 24), Lab.prefix(Lab.STACK_V6, 64));
    driver = Thread.ofPlatform().daemon().start(() -> drive(itf));
  }

  private static void drive(NetworkInterface itf) {
    long start = System.nanoTime();
    while (!stop) {
      long now = System.nanoTime() - start;
      link.receive((m, at, length, flags) -> stack.receive(itf, m, at, length, flags, now), 64);
      stack.advance(now);
      itf.txQueue().drainTo(link);
      long deadline = stack.nextDeadline();
      link.await(
          deadline == Long.MAX_VALUE ? -1 : Math.max(0, deadline - (System.nanoTime() - start)));
    }
  }

  @AfterAll
  static void stop() throws InterruptedException {
    if (driver != null) {
      stop = true;
      link.wakeup();
      driver.join();
      link.close();
    }
    if (ns != null) {
      ns.close();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 56, 1472, 1473, 8000, 65507})
  void answersIpv4EchoesOfEverySizeFragmentsIncluded(int size) throws Exception {
    String out =
        Lab.run(
            ns,
            "ping",
            "-n",
            "-c",
            "3",
            "-i",
            "0.01",
            "-w",
            "20",
            "-s",
            Integer.toString(size),
            Lab.STACK_V4);
    assertThat(out).contains("3 received").endsWith("exit 0");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 56, 1452, 1453, 8000, 65507})
  void answersIpv6EchoesOfEverySizeFragmentsIncluded(int size) throws Exception {
    String out =
        Lab.run(
            ns,
            "ping",
            "-6",
            "-n",
            "-c",
            "3",
            "-i",
            "0.01",
            "-w",
            "20",
            "-s",
            Integer.toString(size),
            Lab.STACK_V6);
    assertThat(out).contains("3 received").endsWith("exit 0");
  }

  @Test
  void answersAFloodOfEchoes() throws Exception {
    String out = Lab.run(ns, "ping", "-n", "-q", "-f", "-c", "5000", "-w", "20", Lab.STACK_V4);
    assertThat(out).contains("5000 received").endsWith("exit 0");
  }

  @Test
  void anAddressThatIsNotTheStacksStaysSilent() throws Exception {
    String out = Lab.run(ns, "ping", "-n", "-c", "1", "-W", "1", "10.77.0.3");
    assertThat(out).contains("0 received").endsWith("exit 1");
  }
}
