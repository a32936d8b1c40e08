package dev.sinew.capture.analysis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.TcpState;
import dev.sinew.capture.CaptureReader;
import dev.sinew.capture.CapturedPacket;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Seven packets of a Redis session, pasted from {@code tcpdump -X} with brackets among the bytes:
 * the opening as its client's machine saw it, and the close of another connection of the day as the
 * server's machine saw it. As published, two FIN flags are missing in the bytes.
 */
class RedisSessionTest {
  private final List<Reading> readings = new ArrayList<>();
  private final List<CapturedPacket> packets = new ArrayList<>();
  private TcpAnalyzer analyzer = new TcpAnalyzer(true);

  private void read(String name) throws IOException {
    try (InputStream in = RedisSessionTest.class.getResourceAsStream("/captures/" + name);
        CaptureReader reader = new CaptureReader(in)) {
      for (CapturedPacket p = reader.next(); p != null; p = reader.next()) {
        assertThat(p.ipOffset()).isZero();
        packets.add(p);
        readings.add(analyzer.read(p.timeNanos(), p.copyTo(Arena.ofAuto()), 0, p.bytes().length));
      }
      assertThat(reader.isTruncated()).isFalse();
    }
    assertThat(readings).hasSize(7).doesNotContainNull();
  }

  private String notes(int number) {
    return String.join("\n", readings.get(number - 1).notes().stream().map(Note::text).toList());
  }

  private List<String> steps(int number) {
    Reading r = readings.get(number - 1);
    return r.steps().stream()
        .map(s ->
            (s.end() == 0 ? "client " : "server ") + s.from().rfcName() + " > " + s.to().rfcName())
        .toList();
  }

  @Test
  void timesAndLengthsAreThoseOfTheText() throws IOException {
    read("redis-as-published.txt");
    assertThat(packets)
        .extracting(p -> p.bytes().length)
        .containsExactly(60, 60, 52, 52, 52, 52, 52);
    assertThat(packets.getFirst().timeNanos())
        .isEqualTo(((14 * 60 + 58) * 60 + 4) * 1_000_000_000L + 199_325_000);
    assertThat(packets.get(1).timeNanos() - packets.get(0).timeNanos()).isEqualTo(383_000);
    assertThat(packets.get(3).comments())
        .containsExactly("the line says Flags [F.], the bytes say [.]");
    assertThat(packets.get(4).comments()).isEmpty();
  }

  @Test
  void theHandshakeTakesThreeSegments() throws IOException {
    read("redis-repaired.txt");
    assertThat(steps(1)).containsExactly("client CLOSED > SYN-SENT");
    assertThat(steps(2))
        .containsExactly("server LISTEN > SYN-RECEIVED", "client SYN-SENT > ESTABLISHED");
    assertThat(steps(3)).containsExactly("server SYN-RECEIVED > ESTABLISHED");
    assertThat(notes(2)).contains("acknowledges the SYN, 0.383 ms after it was sent");
    assertThat(notes(1))
        .contains("takes segments of 1460 bytes")
        .contains("later windows count in 128s");
    assertThat(readings.get(0).connection()).isSameAs(readings.get(2).connection());
    assertThat(readings.get(0).connection().summary())
        .contains(
            "opened by 10.249.172.42:32896 in three segments: SYN-ACK 0.383 ms after the SYN, ACK 0.061 ms later");
  }

  @Test
  void anUnfinishedChecksumIsOffloadNotCorruption() throws IOException {
    read("redis-repaired.txt");
    for (int n : new int[] {1, 3, 4, 7}) {
      assertThat(readings.get(n - 1).has(Finding.CHECKSUM_OFFLOAD)).as("F%d", n).isTrue();
    }
    assertThat(notes(1)).contains("offload, not corruption");
    assertThat(readings).noneMatch(r -> r.has(Finding.BAD_CHECKSUM));
    for (int n : new int[] {2, 5, 6}) {
      assertThat(readings.get(n - 1).has(Finding.CHECKSUM_OFFLOAD)).as("F%d", n).isFalse();
    }
  }

  @Test
  void whereItWasCapturedFollowsFromChecksumsAndTtl() throws IOException {
    read("redis-repaired.txt");
    assertThat(readings.get(0).connection().summary())
        .contains(
            "captured on 10.249.172.42's own machine: what it sends has unfinished checksums",
            "10.249.172.203 is 1 hop away from where it was captured (TTL 63, begun as 64)");
    assertThat(readings.get(3).connection().summary())
        .contains(
            "captured on 10.249.172.203's own machine: what it sends has unfinished checksums,"
                + " but TTL 63: forwarded inside of it, as from a container or bridge");
  }

  @Test
  void theServerClosesFirstAndInThreeSegments() throws IOException {
    read("redis-repaired.txt");
    assertThat(readings.get(3).notes().getLast().text()).isEqualTo("has nothing more to say");
    assertThat(steps(4))
        .containsExactly("server ESTABLISHED > FIN-WAIT-1", "client ESTABLISHED > CLOSE-WAIT");
    assertThat(notes(5)).contains("does not acknowledge the FIN, which takes ack 2221282037");
    assertThat(steps(5)).isEmpty();
    assertThat(notes(6))
        .contains("acknowledges the FIN")
        .contains("has nothing more to say either");
    assertThat(steps(6))
        .containsExactly("client CLOSE-WAIT > LAST-ACK", "server FIN-WAIT-1 > TIME-WAIT");
    assertThat(steps(7)).containsExactly("client LAST-ACK > CLOSED");
    Connection c = readings.get(6).connection();
    assertThat(c.server().port()).isEqualTo(6378);
    assertThat(c.server().state()).isEqualTo(TcpState.TIME_WAIT);
    assertThat(c.summary())
        .contains(
            "the server, 10.249.172.203:6378, closed first, in three segments: FIN, FIN with ACK, ACK;"
                + " it is the one that waits in TIME-WAIT");
  }

  @Test
  void asPublishedTheChecksumTellsThatAFlagWasAltered() throws IOException {
    read("redis-as-published.txt");
    assertThat(notes(6))
        .contains(
            "bad checksum f4e0 (f4e1 would be right); it becomes valid if FIN is set: the flags were altered");
    assertThat(readings.get(3).has(Finding.CHECKSUM_OFFLOAD)).isTrue();
  }

  @Test
  void relativeNumbersCountFromTheConnectionsBeginning() throws IOException {
    analyzer = new TcpAnalyzer(false);
    read("redis-repaired.txt");
    assertThat(readings).extracting(Reading::sequence).containsExactly(0L, 0L, 1L, 0L, 1L, 1L, 1L);
    assertThat(notes(5)).contains("which takes ack 1");
  }
}
