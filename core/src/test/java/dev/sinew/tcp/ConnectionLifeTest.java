package dev.sinew.tcp;

import static dev.sinew.tcp.TcpPair.MS;
import static dev.sinew.tcp.TcpPair.S;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.TcpError;
import dev.sinew.base.TcpState;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A connection's life from SYN to the end of TIME-WAIT (RFC 9293 sections 3.5, 3.6). */
class ConnectionLifeTest {
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void threeSegmentsOpenFourCloseAndTimeWaitIsOnTheActiveSide(boolean v4) {
    TcpPair pair = new TcpPair(v4, 10 * MS);
    TcpEndpoint[] e = pair.established();
    assertThat(pair.linkA.sent()).hasSize(2);
    assertThat(pair.linkB.sent()).hasSize(1);
    pair.transfer(e[0], e[1], 100, S);
    pair.transfer(e[1], e[0], 100, S);
    e[0].close();
    pair.network.runFor(30 * MS);
    assertThat(e[0].state()).isEqualTo(TcpState.FIN_WAIT_2);
    assertThat(e[1].state()).isEqualTo(TcpState.CLOSE_WAIT);
    assertThat(TcpError.of(e[1].read(new byte[1], 0, 1))).isEqualTo(TcpError.END_OF_STREAM);
    e[1].close();
    pair.network.runFor(100 * MS);
    assertThat(e[0].state()).isEqualTo(TcpState.TIME_WAIT);
    assertThat(e[1].state()).isEqualTo(TcpState.CLOSED);
    pair.network.runFor(59 * S);
    assertThat(e[0].state()).isEqualTo(TcpState.TIME_WAIT);
    pair.network.runFor(2 * S);
    assertThat(e[0].state()).isEqualTo(TcpState.CLOSED);
    assertThat(pair.poolA.usedBytes()).isZero();
    assertThat(pair.poolB.usedBytes()).isZero();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void tenMegabytesBothWaysArriveUnchanged(boolean v4) {
    TcpPair pair = new TcpPair(v4, 5 * MS);
    TcpEndpoint[] e = pair.established();
    pair.transfer(e[0], e[1], 10_000_000, 60 * S);
    pair.transfer(e[1], e[0], 10_000_000, 60 * S);
  }

  @Test
  void connectingToAClosedPortIsRefused() {
    TcpPair pair = new TcpPair(true, MS);
    TcpEndpoint e = pair.connect(81);
    pair.network.runFor(10 * MS);
    assertThat(e.takeError()).isEqualTo(TcpError.REFUSED);
    assertThat(e.state()).isEqualTo(TcpState.CLOSED);
  }

  @Test
  void oneOfTenPacketsLostStillArrives() {
    TcpPair pair = new TcpPair(true, 5 * MS);
    TcpEndpoint[] e = pair.established();
    int[] n = {0};
    pair.linkA.setLost(p -> ++n[0] % 10 == 0);
    pair.linkB.setLost(p -> ++n[0] % 13 == 0);
    pair.transfer(e[0], e[1], 1_000_000, 600 * S);
  }
}
