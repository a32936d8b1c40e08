package dev.sinew.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sinew.base.Counter;
import dev.sinew.ip.IpAddress;
import dev.sinew.ip.Prefix;
import dev.sinew.sim.sweep.RandomNetwork;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** TCP between two hosts: plain blocking code over the JDK's socket classes. */
class TcpTest {
  private static final long MS = 1_000_000;
  private static final long S = 1_000_000_000;

  private final Simulation sim = Simulation.of(5);
  private final SimHost a = sim.host("a");
  private final SimHost b = sim.host("b");
  private final List<String> log = new ArrayList<>();

  static InetSocketAddress address(SimHost host, boolean v4, int port) throws IOException {
    return new InetSocketAddress(InetAddress.getByAddress(host.address(v4).bytes()), port);
  }

  static void write(OutputStream out, Payload payload, long bytes) throws IOException {
    byte[] buffer = new byte[8192];
    for (long at = 0; at < bytes; ) {
      int n = (int) Math.min(buffer.length, bytes - at);
      payload.fill(buffer, 0, n, at);
      out.write(buffer, 0, n);
      at += n;
    }
  }

  /** Reads to the end of the stream and checks every byte (I1). */
  static long read(InputStream in, Payload payload) throws IOException {
    byte[] buffer = new byte[8192];
    long at = 0;
    while (true) {
      int n = in.read(buffer);
      if (n < 0) {
        return at;
      }
      long wrong = payload.firstWrong(buffer, 0, n, at);
      if (wrong >= 0) {
        throw new AssertionError("I1: another byte at position " + wrong + " than was written");
      }
      at += n;
    }
  }

  @Test
  void bytesGoBothWaysAndBothEndsClose() {
    sim.link(a, b, "delay 10ms rate 100mbit");
    Payload up = new Payload(1);
    Payload down = new Payload(2);
    b.start(
        "server",
        () -> {
          try (ServerSocket server = b.sockets().serverSocketFactory().createServerSocket(80);
              Socket s = server.accept()) {
            log.add("server got " + read(s.getInputStream(), up));
            write(s.getOutputStream(), down, 300_000);
          }
        });
    a.start(
        "client",
        () -> {
          try (Socket s = a.sockets().socket()) {
            s.connect(address(b, true, 80));
            log.add("connected after " + sim.now());
            write(s.getOutputStream(), up, 1_000_000);
            s.shutdownOutput();
            log.add("client got " + read(s.getInputStream(), down));
          }
        });
    sim.run();
    sim.finish();
    assertThat(log).contains("server got 1000000", "client got 300000");
  }

  private void serveOnce(Payload payload, String what) {
    b.start(
        "server",
        () -> {
          try (ServerSocket server = b.sockets().serverSocketFactory().createServerSocket(80);
              Socket s = server.accept()) {
            log.add(what + " " + read(s.getInputStream(), payload));
          }
        });
  }

  @Test
  void aSegmentThatIsDroppedOnPurposeIsSentAgainAndTheFaultHasFired() {
    SimLink link = sim.link(a, b, "delay 10ms");
    Fault third = link.forward().dropDataSegments(3).getFirst();
    Fault never = link.forward().drop("a RST", 1, PacketView::isRst);
    Payload payload = new Payload(1);
    serveOnce(payload, "got");
    a.start(
        "client",
        () -> {
          try (Socket s = a.sockets().socket()) {
            s.connect(address(b, true, 80));
            write(s.getOutputStream(), payload, 50_000);
          }
        });
    sim.run();
    sim.finish();
    assertThat(log).containsExactly("got 50000");
    assertThat(third.firedCount()).isEqualTo(1);
    assertThat(sim.unfiredFaults()).containsExactly(never);
    assertThat(a.stack().counters().get(Counter.TcpRetransSegs)).isEqualTo(1);
  }

  @Test
  void aNarrowLinkInTheMiddleIsFoundByTheRoutersMessage() {
    for (boolean v4 : new boolean[] {true, false}) {
      Simulation net = Simulation.of(8);
      SimHost client = net.host("client");
      SimHost router = net.router("router");
      SimHost server = net.host("server");
      SimLink left = net.link(client, router, "delay 5ms mtu 1500");
      SimLink right = net.link(router, server, "delay 5ms mtu 1300");
      // The server must believe that 1500 are fine, or its MSS would tell the client.
      SimLink wide = net.link(router, server, "delay 5ms mtu 1500");
      net.defaultRoute(client, left, router);
      net.defaultRoute(server, wide, router);
      IpAddress target = wide.at(server).addresses().get(v4 ? 0 : 1).address();
      IpAddress narrowHop = right.at(server).addresses().get(v4 ? 0 : 1).address();
      router.stack().addRoute(new Prefix(target, v4 ? 32 : 128), right.at(router), narrowHop);
      Payload payload = new Payload(1);
      server.start(
          "server",
          () -> {
            try (ServerSocket listener =
                    server.sockets().serverSocketFactory().createServerSocket(80);
                Socket s = listener.accept()) {
              log.add("got " + read(s.getInputStream(), payload));
            }
          });
      client.start(
          "client",
          () -> {
            try (Socket s = client.sockets().socket()) {
              s.connect(new InetSocketAddress(InetAddress.getByAddress(target.bytes()), 80));
              write(s.getOutputStream(), payload, 200_000);
            }
          });
      net.run();
      net.finish();
      Counter told = v4 ? Counter.IcmpOutDestUnreachs : Counter.IcmpOutPktTooBigs;
      assertThat(router.stack().counters().get(told)).isPositive();
      assertThat(net.now()).isLessThan(70 * S);
    }
    assertThat(log).containsExactly("got 200000", "got 200000");
  }

  @Test
  void aClosedPortRefusesAtOnceAndABlackHoleTakesItsTime() {
    SimLink link = sim.link(a, b, "delay 10ms");
    a.start(
        "client",
        () -> {
          try (Socket s = a.sockets().socket()) {
            assertThatThrownBy(() -> s.connect(address(b, true, 81)))
                .isInstanceOf(ConnectException.class)
                .hasMessage("Connection refused");
          }
          assertThat(sim.now()).isEqualTo(20 * MS);
          link.forward().dropAll("SYN", PacketView::isSyn);
          try (Socket s = a.sockets().socket()) {
            assertThatThrownBy(() -> s.connect(address(b, true, 81)))
                .isInstanceOf(ConnectException.class)
                .hasMessageContaining("timed out");
          }
          // The standard profile's 180 s for a SYN (RFC 9293 section 3.8.3, MUST-23).
          assertThat(sim.now()).isEqualTo(20 * MS + 180 * S);
        });
    sim.run();
    sim.finish();
  }

  @Test
  void keepaliveFindsADeadPeerAfterTwoHoursAndTenProbesInNoTimeAtAll() {
    SimLink link = sim.link(a, b, "delay 10ms");
    b.start(
        "server",
        () -> {
          try (ServerSocket server = b.sockets().serverSocketFactory().createServerSocket(80);
              Socket s = server.accept()) {
            s.setSoTimeout(1);
            assertThatThrownBy(() -> s.getInputStream().read())
                .isInstanceOf(SocketTimeoutException.class);
            link.partition(Direction.InFlight.DROP);
            s.setSoLinger(true, 0);
          }
        });
    a.start(
        "client",
        () -> {
          try (Socket s = a.sockets().socket()) {
            s.setKeepAlive(true);
            s.connect(address(b, true, 80));
            long connected = sim.now();
            assertThatThrownBy(() -> s.getInputStream().read()).isInstanceOf(SocketException.class);
            assertThat(sim.now() - connected).isEqualTo((7200 + 10 * 75) * S);
          }
        });
    sim.run();
    sim.finish();
  }

  @Test
  void theNumbersOfBothEndsWrapInTheMiddleOfATransfer() {
    sim.link(a, b, "delay 5ms loss 1%");
    // The ISN is a clock plus a hash of both ends: known once, it is known when it comes near its
    // end.
    int[] isn = new int[2];
    long[] at = new long[2];
    List<Integer> first = new ArrayList<>();
    sim.observe(
        new SimObserver() {
          @Override
          public void packetSent(long now, Direction direction, long number, PacketView packet) {
            if (packet.isSyn() || packet.isSynAck()) {
              isn[direction.from() == a ? 0 : 1] = packet.tcp().seq;
              at[direction.from() == a ? 0 : 1] = now;
              first.add(packet.tcp().seq);
            }
          }
        });
    Payload up = new Payload(1);
    Payload down = new Payload(2);
    b.start(
        "server",
        () -> {
          try (ServerSocket server = b.sockets().serverSocketFactory().createServerSocket(80)) {
            for (int i = 0; i < 3; i++) {
              try (Socket s = server.accept()) {
                b.start(
                        "writer",
                        () -> {
                          write(s.getOutputStream(), down, 100_000);
                          s.shutdownOutput();
                        })
                    .getName();
                log.add("server got " + read(s.getInputStream(), up));
                b.runner().sleep(S);
              }
            }
          }
        });
    a.start(
        "client",
        () -> {
          for (int i = 0; i < 3; i++) {
            if (i > 0) {
              long tick = a.stack().profile().isnTickNanos();
              long left =
                  Math.floorMod(
                          0xffff_ffffL - Integer.toUnsignedLong(isn[i - 1]) - 30_000, 1L << 32)
                      * tick;
              long wait = at[i - 1] + left - sim.now();
              a.runner().sleep(wait < 0 ? wait + (tick << 32) : wait);
            }
            try (Socket s = a.sockets().socket()) {
              s.bind(new InetSocketAddress(4000));
              s.connect(address(b, true, 80));
              a.start(
                      "writer",
                      () -> {
                        write(s.getOutputStream(), up, 100_000);
                        s.shutdownOutput();
                      })
                  .getName();
              log.add("client got " + read(s.getInputStream(), down));
              a.runner().sleep(2 * S);
            }
          }
        });
    sim.run();
    sim.finish();
    assertThat(log).hasSize(6).allMatch(l -> l.endsWith("got 100000"));
    assertThat(first).anyMatch(n -> n < 0 && n > -70_000);
  }

  @Test
  void aConnectionThatNobodyClosesIsFoundInTheEnd() {
    sim.link(a, b);
    b.start("server", () -> b.sockets().serverSocketFactory().createServerSocket(80).accept());
    a.start(
        "client",
        () -> a.sockets().socketFactory().createSocket(address(b, true, 80).getAddress(), 80));
    sim.run();
    assertThatThrownBy(sim::finish)
        .isInstanceOf(SimulationException.class)
        .hasMessageContaining("I9: a still has")
        .hasMessageContaining("seed 5");
  }

  @Test
  void whatHappenedIsTheSameForTheSameSeedAndNotForAnother() {
    long hash = RandomNetwork.of(17).run().traceHash();
    assertThat(RandomNetwork.of(17).run().traceHash()).isEqualTo(hash);
    assertThat(RandomNetwork.of(18).run().traceHash()).isNotEqualTo(hash);
  }
}
