package dev.sinew.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.Readiness;
import dev.sinew.base.TcpError;
import dev.sinew.base.TcpState;
import dev.sinew.ip.IpAddress;
import dev.sinew.testing.Packets;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The corners of the calls (RFC 9293 section 3.9.1), and readiness. */
class EndpointTest {
  @Test
  @Tag("RFC9293-3.10.2-a")
  void nothingWorksBeforeConnecting() {
    Peer p = new Peer();
    TcpEndpoint e = p.stack.tcp();
    p.endpoint = e;
    p.readGives(TcpError.NOT_CONNECTED).writeGives(TcpError.NOT_CONNECTED);
    assertThat(TcpError.of(e.shutdownOutput())).isEqualTo(TcpError.NOT_CONNECTED);
    assertThat(TcpError.of(e.shutdownInput())).isEqualTo(TcpError.NOT_CONNECTED);
    assertThat(e.readiness()).isZero();
    assertThat(e.localAddress()).isNull();
    assertThat(e.info()).isNull();
    assertThat(e.state()).isEqualTo(TcpState.CLOSED);
    e.close();
    p.readGives(TcpError.CLOSED).writeGives(TcpError.CLOSED);
    assertThat(TcpError.of(e.connect(Packets.address(p.peerAddress), 1)))
        .isEqualTo(TcpError.CLOSED);
    assertThat(TcpError.of(e.bind(IpAddress.ANY_V4, 1))).isEqualTo(TcpError.CLOSED);
    e.close();
  }

  @Test
  void nothingOfNothingIsNothing() {
    Peer p = new Peer();
    p.acceptPlain();
    assertThat(p.app().write(new byte[0], 0, 0)).isZero();
    p.quiet();
    p.in("P. 1:11(10) ack 1");
    assertThat(p.app().read(new byte[0], 0, 0)).isZero();
    assertThat(p.app().peek(new byte[0], 0, 0)).isZero();
    assertThat(p.app().skip(0)).isZero();
    assertThat(p.app().peek(new byte[20], 0, 20)).isEqualTo(10);
    assertThat(p.app().skip(4)).isEqualTo(4);
    assertThat(p.app().available()).isEqualTo(6);
    assertThat(p.app().skip(100)).isEqualTo(6);
    p.readGives(TcpError.WOULD_BLOCK);
  }

  @Test
  void aFullSendBufferIsWritableAgainWhenAQuarterIsFree() {
    Peer p = new Peer();
    p.acceptPlain();
    p.app().setSendBuffer(8000);
    p.write(8000);
    p.writeGives(TcpError.WOULD_BLOCK);
    assertThat(p.app().readiness() & Readiness.WRITABLE).isZero();
    p.in(". 1:1(0) ack 1461");
    assertThat(p.app().readiness() & Readiness.WRITABLE).isZero();
    p.in(". 1:1(0) ack 2921");
    assertThat(p.app().readiness() & Readiness.WRITABLE).isNotZero();
    assertThat(p.app().unacknowledged()).isEqualTo(8000 - 2920);
  }

  @Test
  void readableMeansThatAReadReturns() {
    Peer p = new Peer();
    p.acceptPlain();
    assertThat(p.app().readiness() & Readiness.READABLE).isZero();
    p.in("P. 1:11(10) ack 1");
    assertThat(p.app().readiness() & Readiness.READABLE).isNotZero();
    p.read(10);
    assertThat(p.app().readiness() & Readiness.READABLE).isZero();
    p.in("F. 11:11(0) ack 1");
    assertThat(p.app().readiness() & Readiness.READABLE).isNotZero();
    p.readGives(TcpError.END_OF_STREAM).readGives(TcpError.END_OF_STREAM);
  }

  @Test
  @Tag("MUST-12")
  void theErrorIsTakenOnceAndKeptForGood() {
    Peer p = new Peer();
    p.acceptPlain();
    p.in("R 1:1(0)");
    assertThat(p.app().readiness() & (Readiness.ERROR | Readiness.HANGUP))
        .isEqualTo(Readiness.ERROR | Readiness.HANGUP);
    assertThat(p.app().takeError()).isEqualTo(TcpError.RESET);
    assertThat(p.app().takeError()).isNull();
    assertThat(p.app().error()).isEqualTo(TcpError.RESET);
    p.writeGives(TcpError.PIPE);
  }

  @Test
  @Tag("MUST-43")
  void theLocalAddressIsTheOneThatWasBound() {
    Peer p = new Peer();
    p.network.addInterface(p.stack, new dev.sinew.testing.TestLink("second", 1500), "10.1.0.1/24");
    TcpEndpoint e = p.stack.tcp();
    assertThat(TcpError.of(e.bind(Packets.address("10.9.9.9"), 0)))
        .isEqualTo(TcpError.ADDRESS_NOT_AVAILABLE);
    assertThat(e.bind(Packets.address("10.1.0.1"), 0)).isZero();
    assertThat(e.localPort()).isBetween(32_768, 60_999);
    assertThat(TcpError.of(e.bind(IpAddress.ANY_V4, 7))).isEqualTo(TcpError.INVALID);
    e.connect(Packets.address(p.peerAddress), 9);
    assertThat(String.valueOf(e.localAddress())).isEqualTo("10.1.0.1");
    TcpEndpoint other = p.stack.tcp();
    other.connect(Packets.address(p.peerAddress), 9);
    assertThat(String.valueOf(other.localAddress())).isEqualTo("10.0.0.1");
  }

  /** MUST-48, MUST-49, SHLD-21, SHLD-22. */
  @Test
  @Tag("MUST-48")
  @Tag("MUST-49")
  @Tag("SHLD-21")
  @Tag("SHLD-22")
  void ttlAndTrafficClassGoIntoEachPacket() {
    Peer p = new Peer();
    p.acceptPlain();
    byte[][] seen = {null};
    p.link.setLost(packet -> {
      seen[0] = packet;
      p.link.sent().clear();
      return true;
    });
    p.app().setTtl(7);
    p.app().setTrafficClass(0xb9);
    p.write(10);
    assertThat(Packets.ttl(seen[0])).isEqualTo(7);
    assertThat(Packets.u8(seen[0], 1)).isEqualTo(0xb8);
    p.app().setTtl(0);
    p.app().setTrafficClass(0);
    p.app().abort();
    p.pump();
    assertThat(Packets.ttl(seen[0])).isEqualTo(1);
    assertThat(Packets.u8(seen[0], 1)).isZero();
  }

  /**
   * An orphan whose peer shuts the window on data in flight, and answers for ever, ends like any
   * other orphan (sockstress).
   */
  @Test
  void anOrphanBehindAWindowShrunkToZeroEnds() {
    Peer p = new Peer();
    p.acceptPlain();
    p.write(1000);
    p.close();
    p.discard();
    p.in(". 1:1(0) ack 1 win 0");
    for (int i = 0; i < 60 && p.app().state() != TcpState.CLOSED; i++) {
      p.run(61_000);
      if (p.app().state() != TcpState.CLOSED) {
        p.discard();
        p.in(". 1:1(0) ack 1 win 0");
      }
    }
    p.discard();
    p.state(TcpState.CLOSED).nothingLeft();
  }

  @Test
  void closingTheStackEndsEverything() {
    Peer p = new Peer();
    p.acceptPlain();
    p.write(100_000);
    p.discard();
    p.stack.close();
    p.pump();
    p.out("R. 14601:14601(0) ack 1");
    p.nothingLeft();
    p.readGives(TcpError.ABORTED);
  }
}
