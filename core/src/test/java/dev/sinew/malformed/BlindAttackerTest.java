package dev.sinew.malformed;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.TcpState;
import dev.sinew.tcp.TcpEndpoint;
import dev.sinew.tcp.TcpProbe;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Somebody who knows both ends of a connection, but sees nothing of it, sends whatever he likes
 * with good checksums (RFC 5961, CVE-2004-0230, CVE-2019-12258).
 */
class BlindAttackerTest {
  private static final int SEGMENTS = 50_000;

  @ParameterizedTest(name = "{0}, IPv4 {1}")
  @CsvSource({
    "ESTABLISHED,true",
    "ESTABLISHED,false",
    "DATA_OUT_OF_ORDER,true",
    "FIN_WAIT_2,false",
    "CLOSE_WAIT,true",
    "SYN_RECEIVED,true",
    "LAST_ACK,false"
  })
  void randomSegmentsBetweenTheRightEndsChangeNothing(Situation situation, boolean v4) {
    Host h = situation.build(new Host.Ground(), v4);
    SplittableRandom random = new SplittableRandom(situation.ordinal());
    // The first answer also offers the window that the handshake had no room for; that is no harm.
    h.feed(
        h.segment(
            RawPacket.ACK, h.peerNxt + 1_000_000, h.stackNxt, 0, 0, h.options(), new byte[1]));
    h.now += Host.S;
    h.runTo(h.now, 10);
    long before = TcpProbe.essence(h.tcp);
    for (int i = 0; i < SEGMENTS; i++) {
      byte[] options = new byte[random.nextInt(4) == 0 ? 4 * random.nextInt(11) : 0];
      random.nextBytes(options);
      byte[] data = new byte[random.nextInt(3) == 0 ? random.nextInt(40) : 0];
      int flags = random.nextInt(64);
      h.referee.reset();
      h.feed(
          h.segment(
              flags,
              random.nextInt(),
              random.nextInt(),
              random.nextInt(65_536),
              random.nextInt(65_536),
              options,
              data));
      assertThat(h.referee.replies).as("replies to one segment").isLessThanOrEqualTo(1);
      if (TcpProbe.essence(h.tcp) != before) {
        throw new AssertionError(
            "segment "
                + i
                + " with flags "
                + flags
                + " changed something: "
                + h.watch.changes
                + " "
                + h.objection());
      }
    }
    assertThat(h.objection()).isNull();
    assertThat(h.watch.changes).isEmpty();
    assertThat(h.end(true)).isNull();
  }

  @ParameterizedTest
  @CsvSource({"true", "false"})
  void afterTheStormTheConnectionWorks(boolean v4) {
    Host h = Situation.ESTABLISHED.build(new Host.Ground(), v4);
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < 5000; i++) {
      h.feed(
          h.segment(
              random.nextInt(64),
              random.nextInt(),
              random.nextInt(),
              100,
              0,
              h.options(),
              new byte[random.nextInt(9)]));
    }
    h.sendData(0, 100);
    TcpEndpoint e = Objects.requireNonNull(h.endpoint);
    assertThat(e.state()).isEqualTo(TcpState.ESTABLISHED);
    byte[] got = new byte[200];
    assertThat(e.read(got, 0, 200)).isEqualTo(100);
    assertThat(java.util.Arrays.copyOf(got, 100)).isEqualTo(Host.patternBytes(0, 100));
    assertThat(h.end(false)).isNull();
  }
}
