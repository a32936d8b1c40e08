package dev.sinew.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sinew.base.Counter;
import dev.sinew.ip.IpAddress;
import dev.sinew.ip.Prefix;
import dev.sinew.tcp.TcpListener;
import java.io.IOException;
import java.io.InputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.PortUnreachableException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** What stands between hosts: switches, translators, firewalls, floods. */
class ElementsTest {
  private static final long S = 1_000_000_000;

  private final Simulation sim = Simulation.of(9);
  private final List<String> log = new ArrayList<>();

  private static void echo(SimHost host, int port) {
    host.start(
        "echo",
        () -> {
          try (ServerSocket listener =
              host.sockets().serverSocketFactory().createServerSocket(port)) {
            listener.setSoTimeout(20_000_000);
            while (true) {
              Socket s = listener.accept();
              host.start(
                  "serve",
                  () -> {
                    try (s) {
                      s.getInputStream().transferTo(s.getOutputStream());
                    } catch (SocketException e) {
                      // The peer has reset.
                    }
                  });
            }
          } catch (SocketTimeoutException e) {
            // Nobody comes any more.
          }
        });
  }

  private static void ask(Socket s, int value) throws IOException {
    s.getOutputStream().write(value);
    assertThat(s.getInputStream().read()).isEqualTo(value);
  }

  // ---- switches

  @Test
  void aSwitchCarriesPacketsToTheirHostAlone() {
    SimHost a = sim.host("a");
    SimHost b = sim.host("b");
    SimHost c = sim.host("c");
    SimSwitch lan = sim.lan("lan", "delay 1ms rate 100mbit", a, b, c);
    echo(b, 7);
    a.start(
        "asks",
        () -> {
          for (boolean v4 : new boolean[] {true, false}) {
            try (Socket s = a.sockets().socket()) {
              s.connect(TcpTest.address(b, v4, 7));
              ask(s, 5);
            }
          }
        });
    sim.run();
    sim.finish();
    assertThat(lan.port(b).backward().deliveredCount()).isGreaterThan(8);
    assertThat(lan.port(c).backward().sentCount()).isZero();
    assertThat(lan.ports()).extracting(SimLink::name).containsExactly("a-lan", "b-lan", "c-lan");
  }

  @Test
  void whatBelongsElsewhereGoesToTheGatewayOrNowhere() {
    SimHost a = sim.host("a");
    SimHost b = sim.host("b");
    SimHost gate = sim.router("gate");
    SimHost far = sim.host("far");
    SimSwitch lan = sim.lan("lan", "delay 1ms", a, b, gate).gateway(gate);
    SimLink wan = sim.link(gate, far, "delay 5ms");
    sim.defaultRoute(far, wan, gate);
    echo(far, 7);
    a.start(
        "asks",
        () -> {
          try (Socket s = a.sockets().socket()) {
            s.connect(TcpTest.address(far, true, 7));
            ask(s, 5);
          }
        });
    sim.run();
    sim.finish();
    assertThat(wan.forward().deliveredCount()).isPositive();
    assertThat(lan.port(b).backward().sentCount()).isZero();
  }

  @Test
  void aPacketKeepsItsNumberThroughASwitchSoALadderShowsItOnce() {
    SimHost a = sim.host("a");
    SimHost b = sim.host("b");
    sim.lan("lan", "delay 1ms", a, b);
    LadderRecorder ladder = new LadderRecorder(sim, a, b);
    sim.at(0, () -> a.stack().tcp().connect(b.address(), 80));
    sim.runUntilQuiet();
    assertThat(String.join("\n", ladder.lines(true))).contains("[S]").contains("2.000");
  }

  @Test
  void aNameIsUsedOnce() {
    SimHost a = sim.host("a");
    sim.lan("lan", "", a);
    assertThatThrownBy(() -> sim.host("lan")).hasMessage("there is a host lan already");
    assertThatThrownBy(() -> sim.lan("a", "")).hasMessage("there is a host a already");
  }

  // ---- translators

  private final SimHost client = sim.host("client");
  private final SimHost router = sim.router("router");
  private final SimHost server = sim.host("server");
  private final SimLink inner = sim.link(client, router, "delay 5ms");
  private final SimLink outer = sim.link(router, server, "delay 10ms");

  /** The server has no route back into the inner network: only translated packets are answered. */
  private Nat nat() {
    sim.defaultRoute(client, inner, router);
    return sim.nat(router, outer);
  }

  @Test
  void aTranslatorShowsItsOwnAddressAndAllInvariantsHoldThroughIt() {
    Nat nat = nat();
    server.start(
        "server",
        () -> {
          try (ServerSocket l = server.sockets().serverSocketFactory().createServerSocket(80);
              Socket s = l.accept()) {
            log.add(s.getInetAddress().getHostAddress());
            assertThat(TcpTest.read(s.getInputStream(), new Payload(1))).isEqualTo(300_000);
            TcpTest.write(s.getOutputStream(), new Payload(2), 100_000);
          }
        });
    client.start(
        "client",
        () -> {
          try (Socket s = client.sockets().socket()) {
            s.connect(TcpTest.address(server, true, 80));
            TcpTest.write(s.getOutputStream(), new Payload(1), 300_000);
            s.shutdownOutput();
            assertThat(TcpTest.read(s.getInputStream(), new Payload(2))).isEqualTo(100_000);
          }
        });
    inner.impair("delay 5ms 4ms loss 2% corrupt 1%");
    sim.run();
    sim.finish();
    assertThat(log).containsExactly("10.0.2.1");
    assertThat(nat.mappingCount()).isEqualTo(1);
    // What was damaged before the translator is still damaged behind it, and nobody took it.
    assertThat(server.stack().counters().get(Counter.TcpInCsumErrors)).isPositive();
  }

  @Test
  void datagramsAndTheErrorsTheyCauseAreTranslated() {
    nat();
    client.start(
        "client",
        () -> {
          try (DatagramSocket s = client.sockets().datagramSocket()) {
            s.connect(TcpTest.address(server, true, 9));
            s.setSoTimeout(5000);
            s.send(new DatagramPacket(new byte[10], 10));
            s.receive(new DatagramPacket(new byte[10], 10));
          } catch (PortUnreachableException e) {
            log.add("unreachable");
          }
        });
    sim.run();
    assertThat(log).containsExactly("unreachable");
  }

  @Test
  void aForgottenMappingMakesTheNextSegmentAStrangers() {
    Nat nat = nat().idle(60 * S, 60 * S);
    echo(server, 80);
    client.start(
        "client",
        () -> {
          try (Socket s = client.sockets().socket()) {
            s.connect(TcpTest.address(server, true, 80));
            ask(s, 1);
            client.runner().sleep(59 * S);
            ask(s, 2);
            client.runner().sleep(61 * S);
            ask(s, 3);
          } catch (SocketException e) {
            log.add("reset at " + sim.now() / S);
          }
        });
    sim.runFor(200 * S);
    // The segment came from another port, and the server has no such connection.
    assertThat(log).containsExactly("reset at 120");
    assertThat(nat.mappingCount()).isEqualTo(2 - 1);
    sim.close();
  }

  @Test
  void whatComesForAForgottenMappingIsDropped() {
    Nat nat = nat().idle(60 * S, 60 * S);
    server.start(
        "server",
        () -> {
          try (ServerSocket l = server.sockets().serverSocketFactory().createServerSocket(80);
              Socket s = l.accept()) {
            server.runner().sleep(100 * S);
            s.getOutputStream().write(1);
            s.setSoTimeout(5000);
            assertThatThrownBy(() -> s.getInputStream().read())
                .isInstanceOf(SocketTimeoutException.class);
          }
        });
    client.start(
        "client",
        () -> {
          Socket s = client.sockets().socket();
          s.connect(TcpTest.address(server, true, 80));
        });
    sim.run();
    assertThat(nat.droppedCount()).isPositive();
    assertThat(outer.backward().lostCount()).isZero();
    sim.close();
  }

  // ---- firewalls

  private StatefulFirewall firewall() {
    sim.defaultRoute(client, inner, router);
    sim.defaultRoute(server, outer, router);
    StatefulFirewall f = new StatefulFirewall();
    router.filter(outer, f);
    return f;
  }

  @Test
  void aFirewallLetsOutAndLetsTheAnswersIn() {
    StatefulFirewall f = firewall();
    echo(server, 80);
    client.start(
        "client",
        () -> {
          try (Socket s = client.sockets().socket()) {
            s.connect(TcpTest.address(server, false, 80));
            ask(s, 1);
          }
        });
    sim.run();
    sim.finish();
    assertThat(f.droppedCount()).isZero();
    assertThat(f.flowCount()).isEqualTo(1);
  }

  @Test
  void nobodyComesInButThroughAnAllowedPort() {
    StatefulFirewall f = firewall().allow(81);
    echo(client, 80);
    echo(client, 81);
    server.start(
        "outsider",
        () -> {
          try (Socket s = server.sockets().socket()) {
            s.connect(TcpTest.address(client, true, 80), 10_000);
          } catch (SocketTimeoutException e) {
            log.add("silence");
          }
          try (Socket s = server.sockets().socket()) {
            s.connect(TcpTest.address(client, true, 81), 10_000);
            ask(s, 1);
            log.add("in");
          }
        });
    sim.run();
    assertThat(log).containsExactly("silence", "in");
    assertThat(f.droppedCount()).isGreaterThan(2);
  }

  @Test
  void aFirewallThatForgotDropsTheRestInBothDirections() {
    StatefulFirewall f = firewall();
    echo(server, 80);
    client.start(
        "client",
        () -> {
          try (Socket s = client.sockets().socket()) {
            s.connect(TcpTest.address(server, true, 80));
            ask(s, 1);
            f.forget();
            s.setSoTimeout(10_000);
            s.getOutputStream().write(2);
            InputStream in = s.getInputStream();
            assertThatThrownBy(in::read).isInstanceOf(SocketTimeoutException.class);
            log.add("silence");
            s.setSoLinger(true, 0);
          }
        });
    sim.runFor(60 * S);
    assertThat(log).containsExactly("silence");
    assertThat(f.droppedCount()).isPositive();
    sim.close();
  }

  // ---- floods

  @Test
  void aFloodOfSynsComesFromTheGivenAddressesAtItsRate() {
    SimHost victim = server;
    victim.addRoute(Objects.requireNonNull(Prefix.parse("0.0.0.0/0")), outer, router.address());
    TcpListener l =
        Objects.requireNonNull(victim.stack().listen(IpAddress.ANY_V6, 80, 0, true, false));
    PacketGenerator flood =
        sim.synFlood(outer.forward(), victim.address(), 80, "198.51.100.0/24").send(1000, S, S);
    int[] answers = {0};
    sim.observe(
        new SimObserver() {
          @Override
          public void packetSent(long now, Direction d, long number, PacketView p) {
            if (d.from() == victim && p.isSynAck()) {
              answers[0]++;
              assertThat((int) p.ip().destinationLow >>> 8).isEqualTo(0xc63364);
            }
          }
        });
    sim.runUntil(2 * S);
    assertThat(flood.sentCount()).isEqualTo(1000);
    assertThat(answers[0]).isGreaterThanOrEqualTo(980);
    assertThat(l.synQueueLength()).isPositive();
    assertThat(sim.unfiredFaults()).isEmpty();
    // The records time out; the invariants held all along.
    l.close();
    sim.finish();
  }

  @Test
  void aFloodOfAnotherIpVersionIsAMistake() {
    assertThatThrownBy(() -> sim.synFlood(outer.forward(), server.address(), 80, "2001:db8::/32"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no prefix of the victim's IP version");
  }

  @Test
  void anInjectedSegmentWithoutAConnectionIsAnsweredWithAReset() {
    sim.defaultRoute(server, outer, router);
    int[] resets = {0};
    sim.observe(
        new SimObserver() {
          @Override
          public void packetSent(long now, Direction d, long number, PacketView p) {
            resets[0] += p.isRst() ? 1 : 0;
          }
        });
    IpAddress nobody = Objects.requireNonNull(IpAddress.parse("203.0.113.5"));
    sim.at(
        0,
        () ->
            outer
                .forward()
                .inject(
                    RawPackets.tcp(nobody, 1000, server.address(), 80, 1, 2, 16, 100, (byte) 1)));
    sim.runUntilQuiet();
    assertThat(resets[0]).isPositive();
  }
}
