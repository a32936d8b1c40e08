package dev.sinew.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sinew.base.TcpState;
import dev.sinew.capture.analysis.Connection;
import dev.sinew.capture.analysis.Finding;
import dev.sinew.sim.Direction;
import dev.sinew.sim.SimHost;
import dev.sinew.sim.SimLink;
import dev.sinew.sim.Simulation;
import java.net.ServerSocket;
import java.net.Socket;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** Each assertion of {@link Wire}, where it holds and where it does not. */
@Link("client-server: delay 20ms")
class WireTest {
  private static void fails(ThrowingCallable assertion, String message) {
    assertThatThrownBy(assertion).isInstanceOf(AssertionError.class).hasMessageContaining(message);
  }

  @SimTest
  void aCleanExchange(SimHost client, SimHost server, Wire wire) throws Exception {
    Talk.echo(server);
    Talk.ask(client, server, 10);
    wire.noRetransmissions().retransmissions(0).saw(Finding.SYN, Finding.FIN, Finding.ACKNOWLEDGES);
    wire.neverSaw(Finding.RST, Finding.ZERO_WINDOW, Finding.BAD_CHECKSUM, Finding.GAP);
    fails(() -> wire.retransmissions(1), "expected 1 retransmission, but there was none");
    fails(() -> wire.saw(Finding.RST), "expected rst, but none of ");
    fails(
        () -> wire.neverSaw(Finding.SYN),
        "expected no syn, but there were 2:\n    0.000000 client > server  IP 10.0.1.1.");
    wire.segments("tcp and src port 7 and greater 100").isEmpty();
    wire.segments(Finding.SYN).hasCount(2).hasAtLeast(2);
    wire.lost().isEmpty();
    fails(
        () -> wire.segments("udp").hasAtLeast(1),
        "expected 1 packets or more of 'udp', but there was none");
    fails(
        () -> wire.sentBy("client").isEmpty(),
        "expected no packet of what client sent, but there were ");
    assertThatThrownBy(() -> wire.segments("port http"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("at position 6");
    assertThat(wire.segments().count()).isEqualTo(wire.packets().size());
  }

  @SimTest
  void states(SimHost client, SimHost server, Wire wire) throws Exception {
    Talk.echo(server);
    Talk.ask(client, server, 10);
    wire.stateOf("client")
        .was(TcpState.SYN_SENT, TcpState.FIN_WAIT_1)
        .wasExactly(
            TcpState.CLOSED,
            TcpState.SYN_SENT,
            TcpState.ESTABLISHED,
            TcpState.FIN_WAIT_1,
            TcpState.FIN_WAIT_2,
            TcpState.TIME_WAIT)
        .wasNever(TcpState.CLOSE_WAIT)
        .isNow(TcpState.TIME_WAIT);
    // What the segments alone tell is what happened.
    Connection read = wire.segments().list().getLast().reading().connection();
    assertThat(read.client().state()).isEqualTo(TcpState.TIME_WAIT);
    assertThat(read.server().state()).isEqualTo(TcpState.CLOSED);
    fails(
        () -> wire.stateOf("client").was(TcpState.FIN_WAIT_1, TcpState.ESTABLISHED),
        "expected a connection of client to have been in FIN-WAIT-1 > ESTABLISHED, but client had"
            + " CLOSED > SYN-SENT > ESTABLISHED > FIN-WAIT-1 > FIN-WAIT-2 > TIME-WAIT");
    fails(
        () -> wire.stateOf("server").wasNever(TcpState.CLOSE_WAIT),
        "never to have been in CLOSE-WAIT");
    fails(() -> wire.stateOf("server").isNow(TcpState.LISTEN), "to be in LISTEN");
    fails(() -> wire.stateOf("nobody").isNow(TcpState.LISTEN), "nobody had no connection");
  }

  @SimTest
  void aLostSegmentIsSentAgain(SimHost client, SimHost server, SimLink link, Wire wire)
      throws Exception {
    Talk.echo(server);
    link.forward().dropDataSegments(3);
    assertThat(Talk.ask(client, server, 50_000)).hasSize(50_000);
    wire.saw(Finding.SACK, Finding.FAST_RETRANSMISSION);
    wire.lost().hasCount(1);
    WirePacket lost = wire.lost().list().getFirst();
    assertThat(lost.lost()).isEqualTo("client-server client>server: drop data segment 3");
    assertThat(lost.arrivedCount()).isZero();
    assertThat(wire.retransmissionCount()).isPositive();
    fails(wire::noRetransmissions, "sent again after a SACK");
  }

  @SimTest
  void aSlowReaderShutsTheWindow(SimHost client, SimHost server, Wire wire) throws Exception {
    server.start(
        "slow",
        () -> {
          try (ServerSocket l = server.sockets().serverSocket()) {
            l.setReceiveBufferSize(10_000);
            l.bind(server.socketAddress(9));
            try (Socket s = l.accept()) {
              server.runner().sleep(5_000_000_000L);
              s.getInputStream().readAllBytes();
            }
          }
        });
    try (Socket s = client.sockets().socket()) {
      s.connect(server.socketAddress(9));
      s.getOutputStream().write(new byte[100_000]);
    }
    client.runner().sleep(10_000_000_000L);
    wire.saw(Finding.ZERO_WINDOW, Finding.ZERO_WINDOW_PROBE, Finding.WINDOW_UPDATE);
    wire.stateOf("server").isNow(TcpState.CLOSED);
  }

  @SimTest
  void aSilentPeerIsAsked(SimHost client, SimHost server, SimLink link, Wire wire, Simulation sim)
      throws Exception {
    Talk.echo(server);
    try (Socket s = client.sockets().socket()) {
      s.setKeepAlive(true);
      s.connect(server.socketAddress(7));
      client.runner().sleep(7_205_000_000_000L);
      wire.segments(Finding.KEEPALIVE).hasCount(1);
      link.partition(Direction.InFlight.DROP);
      assertThatThrownBy(() -> s.getInputStream().read()).hasMessageContaining("timed out");
    }
    wire.segments(Finding.KEEPALIVE).hasAtLeast(8);
    assertThat(sim.now()).isBetween(14_400_000_000_000L, 15_400_000_000_000L);
  }

  @SimTest
  void nobodyListens(SimHost client, SimHost server, Wire wire) throws Exception {
    try (Socket s = client.sockets().socket()) {
      assertThatThrownBy(() -> s.connect(server.socketAddress(99)))
          .isInstanceOf(java.net.ConnectException.class);
    }
    wire.saw(Finding.RST).stateOf("client").was(TcpState.SYN_SENT, TcpState.CLOSED);
    assertThat(wire.segments(Finding.RST).list().getFirst().toString())
        .contains("refuses the connection");
  }

  @SimTest(finish = true)
  void theSamePortsAreUsedAgainInTimeWait(SimHost client, SimHost server, Wire wire)
      throws Exception {
    server.start(
        "hasty",
        () -> {
          try (ServerSocket l = server.sockets().serverSocketFactory().createServerSocket(7)) {
            for (int i = 0; i < 2; i++) {
              l.accept().close(); // first, so that it waits in TIME-WAIT
            }
          }
        });
    for (int i = 0; i < 2; i++) {
      try (Socket s = client.sockets().socket()) {
        s.bind(new java.net.InetSocketAddress(4000));
        s.connect(server.socketAddress(7));
        assertThat(s.getInputStream().read()).isEqualTo(-1);
      }
      client.runner().sleep(1_000_000_000L);
    }
    assertThat(wire.stateOf("server").connections())
        .hasSize(2)
        .first()
        .satisfies(c -> assertThat(c).endsWith(TcpState.TIME_WAIT, TcpState.CLOSED));
  }
}
