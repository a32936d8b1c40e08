package dev.sinew.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sinew.base.TcpState;
import java.io.IOException;
import java.io.InputStream;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Hosts that lose everything, stand still, or have a coarse clock. */
class HostFaultsTest {
  private static final long MS = 1_000_000;
  private static final long S = 1_000_000_000;

  private final Simulation sim = Simulation.of(6);
  private final SimHost a = sim.host("a");
  private final SimHost b = sim.host("b");
  private final SimLink link = sim.link(a, b, "delay 10ms");
  private final List<String> log = new ArrayList<>();

  private void note(String what) {
    log.add(what + "@" + sim.now() / MS);
  }

  private void server() throws IOException {
    try (ServerSocket listener = b.sockets().serverSocketFactory().createServerSocket(80)) {
      note("listens");
      while (true) {
        Socket s = listener.accept();
        b.start(
            "serve",
            () -> {
              try (s) {
                s.getInputStream().transferTo(s.getOutputStream());
              } catch (SocketException e) {
                note("server hears " + e.getMessage());
              } finally {
                note("served");
              }
            });
      }
    } finally {
      note("gone");
    }
  }

  @Test
  void aCrashIsSilentAndARebootedHostAnswersOldSegmentsWithAReset() {
    b.onBoot("server", this::server);
    sim.apply(FaultPlan.parse("at 1s crash b for 2s"));
    a.start(
        "client",
        () -> {
          Socket s = a.sockets().socket();
          s.connect(TcpTest.address(b, true, 80));
          a.runner().sleep(1500 * MS);
          s.getOutputStream().write(1);
          InputStream in = s.getInputStream();
          assertThatThrownBy(in::read).isInstanceOf(SocketException.class);
          note("reset");
          s.close();
          try (Socket again = a.sockets().socket()) {
            again.connect(TcpTest.address(b, true, 80));
            again.getOutputStream().write(2);
            assertThat(again.getInputStream().read()).isEqualTo(2);
            note("again");
          }
        });
    sim.runUntil(20 * S);
    // Sent at 1.52 s into the silence, repeated by TCP until the host is there again.
    assertThat(log.subList(0, 4))
        .containsExactly("listens@0", "gone@1000", "served@1000", "listens@3000");
    assertThat(log.get(4)).matches("reset@[3-6]\\d{3}");
    assertThat(log.get(5)).matches("again@[3-6]\\d{3}");
    assertThat(sim.unfiredFaults()).isEmpty();
    sim.close();
  }

  @Test
  void aCrashLeavesNothingBehind() {
    b.onBoot("server", this::server);
    a.start(
        "client",
        () -> {
          try (Socket s = a.sockets().socket()) {
            s.connect(TcpTest.address(b, true, 80));
            TcpTest.write(s.getOutputStream(), new Payload(1), 2_000_000);
          } catch (SocketException e) {
            note("client hears");
          }
        });
    sim.at(100 * MS, b::crash);
    sim.runUntil(S);
    assertThat(b.isUp()).isFalse();
    assertThatThrownBy(b::stack).hasMessage("b has crashed and was not started again");
    assertThatThrownBy(() -> b.start("x", () -> {})).hasMessageContaining("after a reboot");
    sim.run();
    sim.finish();
    assertThat(sim.pool().usedBytes()).isZero();
  }

  @Test
  void aHostMayCrashItself() {
    List<TcpState> states = new ArrayList<>();
    b.start(
        "suicidal",
        () -> {
          b.crash();
          b.runner().sleep(S);
          note("not reached");
        });
    sim.runFor(2 * S);
    assertThat(log).isEmpty();
    assertThat(states).isEmpty();
    assertThat(b.isUp()).isFalse();
  }

  @Test
  void routesOutliveAReboot() {
    SimHost router = sim.router("r");
    SimHost far = sim.host("far");
    SimLink left = sim.link(a, router, "delay 1ms");
    SimLink right = sim.link(router, far, "delay 1ms");
    sim.defaultRoute(a, left, router);
    sim.defaultRoute(far, right, router);
    router.crash();
    router.reboot();
    a.crash();
    a.reboot();
    far.start(
        "server",
        () -> {
          try (ServerSocket l = far.sockets().serverSocketFactory().createServerSocket(80);
              Socket s = l.accept()) {
            s.getInputStream().transferTo(s.getOutputStream());
          }
        });
    a.start(
        "client",
        () -> {
          try (Socket s = a.sockets().socket()) {
            s.connect(TcpTest.address(far, false, 80));
            s.getOutputStream().write(3);
            assertThat(s.getInputStream().read()).isEqualTo(3);
            note("through");
          }
        });
    sim.run();
    assertThat(log).hasSize(1);
  }

  @Test
  void aPausedHostTakesItsPacketsFirstWhenItGoesOn() {
    int[] retransmissions = {0};
    sim.observe(
        new SimObserver() {
          private int seen;

          @Override
          public void packetSent(long now, Direction d, long number, PacketView p) {
            if (d.from() == a && p.isData()) {
              retransmissions[0] += now > 5 * S && ++seen > 1 ? 1 : 0;
            }
          }
        });
    b.start(
        "server",
        () -> {
          try (ServerSocket l = b.sockets().serverSocketFactory().createServerSocket(80);
              Socket s = l.accept()) {
            s.getInputStream().transferTo(s.getOutputStream());
          }
        });
    a.start(
        "client",
        () -> {
          try (Socket s = a.sockets().socket()) {
            s.connect(TcpTest.address(b, true, 80));
            a.runner().sleep(S - a.now());
            s.getOutputStream().write(1);
            a.runner().sleep(5 * MS);
            note("after the pause");
            assertThat(s.getInputStream().read()).isEqualTo(1);
            note("read");
          }
        });
    // The answer is in the device when the host goes on; its retransmission timer is long over.
    sim.apply(FaultPlan.parse("at 1001ms pause a for 9s"));
    sim.run();
    sim.finish();
    assertThat(log).containsExactly("after the pause@10001", "read@10001");
    assertThat(retransmissions[0]).isZero();
  }

  @Test
  void aPausedHostsDeviceIsBounded() {
    a.pause();
    sim.at(
        0,
        () -> {
          var e = b.stack().udp();
          for (int i = 0; i < 1500; i++) {
            e.send(new byte[10], 0, 10, a.address(), 9);
          }
          e.close();
        });
    sim.runFor(S);
    assertThat(link.backward().sentCount() - link.backward().deliveredCount()).isGreaterThan(400);
    a.resume();
    sim.runUntilQuiet();
    assertThat(link.backward().deliveredCount()).isEqualTo(1024);
  }

  @Test
  void aCoarseClockGoesInSteps() throws Exception {
    a.clock(15 * MS);
    a.start(
        "ticks",
        () -> {
          a.runner().sleep(1);
          note("one tick, clock " + a.runner().now() / MS);
          a.runner().sleep(16 * MS);
          note("two more, clock " + a.now() / MS);
        });
    sim.run();
    assertThat(log).containsExactly("one tick, clock 15@15", "two more, clock 45@45");
  }

  @Test
  void transfersWorkWithEveryClock() {
    for (long step : new long[] {MS, 4 * MS, 15 * MS}) {
      Simulation s = Simulation.of(step);
      SimHost x = s.host("x", h -> h.clockResolution(step));
      SimHost y = s.host("y");
      s.link(x, y, "delay 7ms 3ms loss 5% rate 20mbit");
      y.start(
          "server",
          () -> {
            try (ServerSocket l = y.sockets().serverSocketFactory().createServerSocket(80);
                Socket c = l.accept()) {
              assertThat(TcpTest.read(c.getInputStream(), new Payload(1))).isEqualTo(500_000);
            }
          });
      x.start(
          "client",
          () -> {
            try (Socket c = x.sockets().socket()) {
              c.connect(TcpTest.address(y, true, 80));
              TcpTest.write(c.getOutputStream(), new Payload(1), 500_000);
            }
          });
      s.run();
      s.finish();
      assertThat(x.now() % step).isZero();
    }
  }

  @Test
  void whatDoesNotEndInTimeIsAViolationOfI5() {
    sim.mustEndWithin(60 * S);
    sim.replayWith("sinew sweep --first 6 --seeds 1");
    sim.apply(FaultPlan.parse("at 1s partition a-b for 100s"));
    a.start(
        "waits",
        () -> {
          try (Socket s = a.sockets().socket()) {
            s.connect(TcpTest.address(b, true, 80));
          } catch (IOException e) {
            note("refused");
          }
          a.runner().sleep(1000 * S);
        });
    assertThatThrownBy(sim::run)
        .isInstanceOf(SimulationException.class)
        .hasMessageContaining("I5: not at an end 60.000000 s after the network was whole at 101.0")
        .hasMessageContaining("a/waits at dev.sinew.sim.HostFaultsTest")
        .hasMessageContaining("replay: sinew sweep --first 6 --seeds 1")
        .hasMessageContaining("[S] seq 0");
    sim.close();
  }

  @Test
  void timeoutsAreInVirtualTimeToo() {
    b.start(
        "server",
        () -> {
          try (ServerSocket l = b.sockets().serverSocketFactory().createServerSocket(80);
              Socket s = l.accept()) {
            s.setSoTimeout(7_200_000);
            InputStream in = s.getInputStream();
            assertThatThrownBy(in::read).isInstanceOf(SocketTimeoutException.class);
            note("timeout");
          }
        });
    a.start(
        "client",
        () -> {
          try (Socket s = a.sockets().socket()) {
            s.connect(TcpTest.address(b, true, 80));
            a.runner().sleep(8000 * S);
          }
        });
    sim.run();
    assertThat(log).containsExactly("timeout@7200030");
  }
}
