package dev.sinew.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sinew.sockets.Waiter;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.PortUnreachableException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** Plain blocking code in virtual time. */
class ProgramTest {
  private static final long MS = 1_000_000;
  private static final long S = 1_000_000_000;

  private final Simulation sim = Simulation.of(11);
  private final SimHost a = sim.host("a");
  private final SimHost b = sim.host("b");
  private final List<String> log = new ArrayList<>();

  private void note(String what) {
    log.add(what + "@" + sim.now() / MS);
  }

  private static InetAddress address(SimHost host, boolean v4) throws Exception {
    return InetAddress.getByAddress(host.address(v4).bytes());
  }

  private static DatagramPacket packet(String text, InetAddress to, int port) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return new DatagramPacket(bytes, bytes.length, to, port);
  }

  private static String text(DatagramPacket p) {
    return new String(p.getData(), p.getOffset(), p.getLength(), StandardCharsets.UTF_8);
  }

  @Test
  void twoHoursOfSleepTakeNoTimeAndProgramsTakeTurnsInTheOrderOfTheirTimes() {
    a.start(
        "one",
        () -> {
          note("one");
          a.runner().sleep(7200 * S);
          note("one");
        });
    a.start(
        "two",
        () -> {
          note("two");
          a.runner().sleep(3600 * S);
          note("two");
          a.runner().sleep(3600 * S);
          note("two");
        });
    sim.run();
    assertThat(log).containsExactly("one@0", "two@0", "two@3600000", "one@7200000", "two@7200000");
  }

  @Test
  void aRequestAndItsAnswerOverJdkDatagramSockets() {
    sim.link(a, b, "delay 20ms");
    b.start(
        "server",
        () -> {
          try (DatagramSocket socket = b.sockets().datagramSocket(53)) {
            for (int i = 0; i < 2; i++) {
              DatagramPacket p = new DatagramPacket(new byte[100], 100);
              socket.receive(p);
              note("got " + text(p));
              socket.send(packet("re: " + text(p), p.getAddress(), p.getPort()));
            }
          }
        });
    a.start(
        "client",
        () -> {
          for (boolean v4 : new boolean[] {true, false}) {
            try (DatagramSocket socket = a.sockets().datagramSocket()) {
              socket.send(packet("hello", address(b, v4), 53));
              DatagramPacket p = new DatagramPacket(new byte[100], 100);
              socket.receive(p);
              note(text(p));
            }
          }
        });
    sim.run();
    assertThat(log).containsExactly("got hello@20", "re: hello@40", "got hello@60", "re: hello@80");
    sim.finish();
  }

  @Test
  void aReadTimesOutAtItsTimeAndNotBefore() {
    sim.link(a, b, "delay 20ms");
    a.start(
        "client",
        () -> {
          try (DatagramSocket socket = a.sockets().datagramSocket(1000)) {
            socket.setSoTimeout(1500);
            assertThatThrownBy(() -> socket.receive(new DatagramPacket(new byte[10], 10)))
                .isInstanceOf(SocketTimeoutException.class);
            note("timeout");
            // Data that arrives at the very time of the deadline is in time: packets come before
            // timers.
            socket.setSoTimeout(20);
            a.runner().sleep(0);
            socket.receive(new DatagramPacket(new byte[10], 10));
            note("data");
          }
        });
    b.start(
        "peer",
        () -> {
          b.runner().sleep(1500 * MS);
          try (DatagramSocket socket = b.sockets().datagramSocket()) {
            socket.send(packet("x", address(a, true), 1000));
          }
        });
    sim.run();
    assertThat(log).containsExactly("timeout@1500", "data@1520");
  }

  @Test
  void nobodyListeningIsTheExceptionThatTheJdkGives() {
    sim.link(a, b, "delay 20ms");
    a.start(
        "client",
        () -> {
          try (DatagramSocket socket = a.sockets().datagramSocket()) {
            socket.connect(address(b, true), 9);
            socket.send(new DatagramPacket(new byte[1], 1));
            assertThatThrownBy(() -> socket.receive(new DatagramPacket(new byte[1], 1)))
                .isInstanceOf(PortUnreachableException.class);
            note("unreachable");
          }
        });
    sim.run();
    assertThat(log).containsExactly("unreachable@40");
    sim.finish();
  }

  @Test
  void anInterruptEndsAWaitInTheInterruptersTurn() {
    Thread sleeper =
        a.start(
            "sleeper",
            () -> {
              try {
                a.runner().sleep(100 * S);
              } catch (InterruptedException e) {
                note("interrupted");
              }
            });
    a.start(
        "other",
        () -> {
          a.runner().sleep(S);
          sleeper.interrupt();
          note("did it");
        });
    sim.run();
    assertThat(log).containsExactly("did it@1000", "interrupted@1000");
    assertThat(sim.now()).isEqualTo(S);
  }

  @Test
  void closingASocketEndsTheReadOfAnotherProgram() {
    sim.link(a, b);
    a.start(
        "both",
        () -> {
          DatagramSocket socket = a.sockets().datagramSocket(1000);
          a.start(
              "reader",
              () -> {
                assertThatThrownBy(() -> socket.receive(new DatagramPacket(new byte[1], 1)))
                    .isInstanceOf(java.net.SocketException.class);
                note("closed");
              });
          a.runner().sleep(S);
          socket.close();
        });
    sim.run();
    assertThat(log).containsExactly("closed@1000");
    sim.finish();
  }

  @Test
  void aProgramThatFailsFailsTheSimulationWithSeedAndTime() {
    a.start(
        "bad",
        () -> {
          a.runner().sleep(S);
          throw new IllegalArgumentException("on purpose");
        });
    assertThatThrownBy(sim::run)
        .isInstanceOf(SimulationException.class)
        .hasMessageContaining(
            "the program a/bad failed: java.lang.IllegalArgumentException: on purpose")
        .hasMessageContaining("seed 11, virtual time 1.000000 s")
        .hasRootCauseMessage("on purpose");
  }

  @Test
  void aProgramThatWaitsForNothingIsNamedWithItsLine() {
    sim.link(a, b);
    a.start(
        "client",
        () -> a.sockets().datagramSocket(1000).receive(new DatagramPacket(new byte[1], 1)));
    assertThatThrownBy(sim::run)
        .isInstanceOf(SimulationException.class)
        .hasMessageContaining("programs still wait")
        .hasMessageContaining("a/client at")
        .hasMessageContaining("ProgramTest.java");
    sim.close();
  }

  @Test
  void aProgramThatBlocksOutsideOfTheSimulationIsNamedWithItsLine() {
    a.start("blocks", () -> new CountDownLatch(1).await());
    assertThatThrownBy(sim::run)
        .isInstanceOf(SimulationException.class)
        .hasMessageContaining("the program a/blocks blocks outside of the simulation")
        .hasMessageContaining("ProgramTest.java");
  }

  @Test
  void aThreadThatIsNoProgramMayNotTouchTheStack() throws Exception {
    List<Throwable> seen = new ArrayList<>();
    a.start(
        "opens",
        () -> {
          Thread foreign =
              Thread.ofPlatform()
                  .start(() -> {
                    try {
                      a.runner().enter();
                    } catch (IllegalStateException e) {
                      seen.add(e);
                    }
                  });
          foreign.join();
        });
    sim.run();
    assertThat(seen).singleElement().asString().contains("is no program of this simulation");
  }

  @Test
  void waitingOutsideOfAProgramIsAnError() {
    a.runner().enter();
    assertThatThrownBy(() -> a.runner().await(new Waiter(), Long.MAX_VALUE))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("outside of a program");
    a.runner().exit();
  }

  @Test
  void endingTheSimulationUnwindsProgramsThatStillWait() throws Exception {
    Thread t =
        a.start(
            "endless",
            () -> {
              try {
                a.runner().sleep(Long.MAX_VALUE);
              } finally {
                note("unwound");
              }
            });
    sim.runFor(S);
    sim.close();
    t.join();
    assertThat(log).containsExactly("unwound@1000");
  }

  @Test
  void theSameSeedGivesTheSameRunAndAnotherGivesAnother() {
    long first = chat(1);
    assertThat(chat(1)).isEqualTo(first);
    assertThat(chat(2)).isNotEqualTo(first);
  }

  /** Ten hosts around a router talk at once over bad links. */
  private static long chat(long seed) {
    Simulation s = Simulation.of(seed);
    SimHost router = s.router("router");
    List<SimHost> hosts = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      SimHost h = s.host("h" + i);
      SimLink link =
          s.link(h, router, "delay 5ms 4ms loss 5% duplicate 5% corrupt 2% rate 1mbit limit 20");
      s.defaultRoute(h, link, router);
      hosts.add(h);
    }
    for (int i = 0; i < 10; i++) {
      SimHost me = hosts.get(i);
      SimHost next = hosts.get((i + 1) % 10);
      me.start(
          "echo",
          () -> {
            try (DatagramSocket socket = me.sockets().datagramSocket(7)) {
              socket.setSoTimeout(5000);
              while (true) {
                DatagramPacket p = new DatagramPacket(new byte[2000], 2000);
                socket.receive(p);
                socket.send(p);
              }
            } catch (SocketTimeoutException e) {
              // Nobody talks any more.
            }
          });
      me.start(
          "talk",
          () -> {
            try (DatagramSocket socket = me.sockets().datagramSocket()) {
              socket.setSoTimeout(50);
              for (int n = 0; n < 30; n++) {
                socket.send(
                    packet("message " + n + "x".repeat(n * 40), address(next, n % 2 == 0), 7));
                try {
                  socket.receive(new DatagramPacket(new byte[2000], 2000));
                } catch (SocketTimeoutException e) {
                  me.runner().sleep(MS);
                }
              }
            }
          });
    }
    s.run();
    s.finish();
    return s.traceHash();
  }
}
