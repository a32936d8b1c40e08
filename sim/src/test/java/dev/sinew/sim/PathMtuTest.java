package dev.sinew.sim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.Counter;
import dev.sinew.base.Limits;
import dev.sinew.base.Profile;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A client, a router, a server: paths that are narrower than the ends think (RFC 1191, 8201, 4821).
 */
class PathMtuTest {
  private static final long S = 1_000_000_000;

  private final Simulation sim = Simulation.of(11);
  private final List<String> log = new ArrayList<>();
  private final SimHost client;
  private final SimHost server;
  private final SimLink near;
  private final SimLink far;

  PathMtuTest() {
    client = sim.host("client");
    server = sim.host("server");
    SimHost router = sim.router("router");
    near = sim.link(client, router, "delay 5ms rate 50mbit");
    far = sim.link(router, server, "delay 5ms rate 50mbit");
    sim.defaultRoute(client, near, router);
    sim.defaultRoute(server, far, router);
  }

  /** The server sends, the client checks every byte; then the other way. */
  private void bothWays(boolean v4, int bytes) {
    Payload down = new Payload(1);
    Payload up = new Payload(2);
    server.start(
        "server",
        () -> {
          try (ServerSocket l = server.sockets().serverSocketFactory().createServerSocket(80);
              Socket s = l.accept()) {
            TcpTest.write(s.getOutputStream(), down, bytes);
            log.add("server got " + TcpTest.read(s.getInputStream(), up));
          }
        });
    client.start(
        "client",
        () -> {
          try (Socket s = client.sockets().socket()) {
            s.connect(TcpTest.address(server, v4, 80));
            long got = 0;
            byte[] b = new byte[8192];
            while (got < bytes) {
              int n = s.getInputStream().read(b);
              long wrong = n < 0 ? got : down.firstWrong(b, 0, n, got);
              if (wrong >= 0) {
                throw new IOException("wrong at " + wrong);
              }
              got += n;
            }
            log.add("client got " + got + " by " + sim.now() / S + " s");
            TcpTest.write(s.getOutputStream(), up, bytes);
          }
        });
  }

  private static long count(SimHost host, Counter c) {
    return host.stack().counters().get(c);
  }

  /** ICMP never comes: the link swallows what is too large (the handshake is small). */
  @ParameterizedTest
  @CsvSource({"true, 1400", "true, 1000", "true, 600", "false, 1400", "false, 1280"})
  void aBlackHoleFromTheBeginning(boolean v4, int mtu) {
    far.impair("delay 5ms rate 50mbit mtu " + mtu);
    bothWays(v4, 1_000_000);
    sim.run();
    sim.finish();
    assertThat(log).hasSize(2);
    assertThat(count(server, Counter.SinewTcpBlackHoles)).isPositive();
    assertThat(count(client, Counter.SinewTcpBlackHoles)).isPositive();
    assertThat(sim.now()).isLessThan(100 * S);
  }

  @Test
  void aBlackHoleThatOpensInTheMiddleAndCloses() {
    bothWays(true, 3_000_000);
    sim.at(S / 5, () -> far.impair("delay 5ms rate 50mbit mtu 1300"));
    sim.at(3 * S, () -> far.impair("delay 5ms rate 50mbit mtu 1500"));
    sim.run();
    sim.finish();
    assertThat(log).hasSize(2);
    assertThat(count(server, Counter.SinewTcpBlackHoles)).isBetween(1L, 2L);
  }

  /** Only the way back is narrow. */
  @Test
  void aBlackHoleInOneDirection() {
    far.backward().impair("delay 5ms rate 50mbit mtu 1300");
    bothWays(true, 1_000_000);
    sim.run();
    sim.finish();
    assertThat(log).hasSize(2);
    assertThat(count(server, Counter.SinewTcpBlackHoles)).isPositive();
    assertThat(count(client, Counter.SinewTcpBlackHoles)).isZero();
  }

  @Test
  void withoutProbingABlackHoleEndsTheTransfer() {
    Profile off = Profile.STANDARD.with(v -> v.mtuProbing = Profile.MtuProbing.OFF);
    Simulation other = Simulation.of(12);
    SimHost a = other.host("a", s -> s.profile(off));
    SimHost b = other.host("b", s -> s.profile(off));
    other.link(a, b, "delay 5ms").impair("delay 5ms mtu 1400");
    boolean[] timedOut = {false};
    b.start(
        "server",
        () -> {
          try (ServerSocket l = b.sockets().serverSocketFactory().createServerSocket(80);
              Socket s = l.accept()) {
            s.setSoTimeout(60_000);
            s.getInputStream().read();
          } catch (SocketTimeoutException e) {
            timedOut[0] = true;
          }
        });
    a.start(
        "client",
        () -> {
          try (Socket s = a.sockets().socket()) {
            s.connect(TcpTest.address(b, true, 80));
            TcpTest.write(s.getOutputStream(), new Payload(1), 100_000);
            s.setSoLinger(true, 0);
            a.runner().sleep(70 * S);
          }
        });
    other.run();
    assertThat(timedOut[0]).isTrue();
    other.close();
  }

  /** The router's link is narrow and it says so. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aRouterThatSaysSo(boolean v4) {
    Simulation other = Simulation.of(13);
    SimHost a = other.host("a");
    SimHost b = other.host("b");
    SimHost r1 = other.router("r1");
    SimHost r2 = other.router("r2");
    SimLink left = other.link(a, r1, "delay 5ms rate 50mbit");
    SimLink middle = other.link(r1, r2, "delay 5ms rate 50mbit mtu 1400");
    SimLink right = other.link(r2, b, "delay 5ms rate 50mbit");
    other.defaultRoute(a, left, r1);
    other.defaultRoute(r1, middle, r2);
    other.defaultRoute(r2, middle, r1);
    other.defaultRoute(b, right, r2);
    long[] got = {0};
    b.start(
        "server",
        () -> {
          try (ServerSocket l = b.sockets().serverSocketFactory().createServerSocket(80);
              Socket s = l.accept()) {
            got[0] = TcpTest.read(s.getInputStream(), new Payload(1));
          }
        });
    a.start(
        "client",
        () -> {
          try (Socket s = a.sockets().socket()) {
            s.connect(TcpTest.address(b, v4, 80));
            TcpTest.write(s.getOutputStream(), new Payload(1), 1_000_000);
          }
        });
    other.run();
    other.finish();
    assertThat(got[0]).isEqualTo(1_000_000);
    assertThat(count(r1, v4 ? Counter.IcmpOutDestUnreachs : Counter.IcmpOutPktTooBigs))
        .isPositive();
    assertThat(count(a, Counter.TcpExtTCPTimeouts)).isZero();
    assertThat(count(a, Counter.SinewTcpBlackHoles)).isZero();
  }

  @Test
  void alwaysProbingHarmsNothing() {
    Profile always = Profile.STANDARD.with(v -> v.mtuProbing = Profile.MtuProbing.ALWAYS);
    Limits limits = Limits.DEFAULT;
    Simulation other = Simulation.of(14);
    SimHost a = other.host("a", s -> s.profile(always).limits(limits));
    SimHost b = other.host("b", s -> s.profile(always).limits(limits));
    other
        .link(a, b, "delay 10ms 2ms loss 1% rate 20mbit")
        .impair("delay 10ms 2ms loss 1% rate 20mbit mtu 1450");
    long[] got = {0};
    b.start(
        "server",
        () -> {
          try (ServerSocket l = b.sockets().serverSocketFactory().createServerSocket(80);
              Socket s = l.accept()) {
            got[0] = TcpTest.read(s.getInputStream(), new Payload(1));
          }
        });
    a.start(
        "client",
        () -> {
          try (Socket s = a.sockets().socket()) {
            s.connect(TcpTest.address(b, true, 80));
            TcpTest.write(s.getOutputStream(), new Payload(1), 3_000_000);
          }
        });
    other.run();
    other.finish();
    assertThat(got[0]).isEqualTo(3_000_000);
    assertThat(count(a, Counter.TcpExtTCPMTUPSuccess)).isPositive();
    assertThat(count(a, Counter.TcpExtTCPMTUPFail)).isPositive();
  }
}
