package dev.sinew.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sinew.ip.IpAddress;
import dev.sinew.udp.UdpEndpoint;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Faults as words, and what they do to packets and links. */
class FaultsTest {
  private static final long MS = 1_000_000;

  private final Simulation sim = Simulation.of(4);
  private final SimHost a = sim.host("a");
  private final SimHost b = sim.host("b");
  private final SimLink link = sim.link(a, b, "delay 10ms");
  private final List<String> arrivals = new ArrayList<>();

  /** Datagrams of 100, 101, 102 … bytes, one every 10 ms from 0 on. */
  private void send(int count) {
    sim.observe(
        new SimObserver() {
          @Override
          public void packetDelivered(long now, Direction d, long number, PacketView packet) {
            arrivals.add(packet.length() - 128 + "@" + now / MS);
          }
        });
    UdpEndpoint sink = b.stack().udp();
    assertThat(sink.bind(IpAddress.ANY_V6, 9)).isZero();
    UdpEndpoint e = a.stack().udp();
    for (int i = 0; i < count; i++) {
      int bytes = 100 + i;
      a.at(i * 10L * MS, () -> e.send(new byte[bytes], 0, bytes, b.address(), 9));
    }
    sim.runUntilQuiet();
  }

  private Fault apply(String text) {
    return sim.apply(FaultPlan.parse(text)).getFirst();
  }

  @Test
  void aPlanPrintsWhatItReads() {
    String text =
        """
        at 3s partition a-b for 2s drop
        at 3s partition a>b deliver
        at 1s flap a-b every 500ms up 50% for 10s drop
        at 3s crash b for 2s
        at 3s crash b
        at 3s pause b for 10s
        clock b 15ms
        at 2s impair a>b for 1s to delay 20ms loss gemodel 1% 10%
        drop a>b data 3
        drop a>b every larger 1400
        drop a>b syn 2-4
        drop a>b ack 7-
        delay a>b syn 1 by 300ms
        duplicate b>a every port 80
        at 1s corrupt a>b every data for 500ms
        """;
    assertThat(FaultPlan.parse(text)).hasToString(text);
    assertThat(FaultPlan.parse("drop a>b data 3; ; clock b 4ms # a comment").faults()).hasSize(2);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "at 3 partition a-b | column 4: expected a time such as 20ms",
        "partitoin a-b | column 1: expected partition, flap, crash",
        "crash | column 6: expected a host, but the text ends",
        "pause b | column 8: expected \"for\", but the text ends",
        "drop a>b dtaa 3 | column 10: expected a kind of packet: packet, data, syn",
        "drop a>b data 0 | column 15: expected which: a number such as 3",
        "drop a>b data 5-3 | column 15: expected which",
        "delay a>b data 3 | column 17: expected \"by\", but the text ends",
        "impair a-b to delay 3 | from column 15 on, column 7: expected a time",
        "clock b 4ms now | column 13: expected the end of the fault, not \"now\"",
        "partition a-b for 1s perhaps | column 22: expected drop or deliver"
      })
  void aMistakeIsNamedWithItsPlace(String text, String message) {
    assertThatThrownBy(() -> FaultPlan.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("fault \"" + text.strip() + "\": " + message.strip());
  }

  @Test
  void namesMustBeThoseOfTheNetwork() {
    assertThatThrownBy(() -> apply("crash c"))
        .hasMessage("there is no host \"c\"; there are [a, b]");
    assertThatThrownBy(() -> apply("partition a-c"))
        .hasMessage("there is no link or direction \"a-c\"; there are [a-b]");
    assertThatThrownBy(() -> apply("drop a-b data 3"))
        .hasMessageContaining("packets are counted in one direction");
    assertThat(sim.faults()).isEmpty();
  }

  @Test
  void theSecondAndThirdPacketOfAKindAreDropped() {
    Fault f = apply("drop a>b udp 2-3");
    send(5);
    assertThat(arrivals).containsExactly("0@10", "3@40", "4@50");
    assertThat(f.firedCount()).isEqualTo(2);
  }

  @Test
  void aFaultWithATimeCountsFromThenUntilItsEnd() {
    Fault f = apply("at 15ms drop a>b every packet for 20ms");
    send(5);
    assertThat(arrivals).containsExactly("0@10", "1@20", "4@50");
    assertThat(f.firedCount()).isEqualTo(2);
  }

  @Test
  void packetsAreDelayedDoubledAndDamaged() {
    sim.apply(FaultPlan.parse("delay a>b udp 1 by 25ms; duplicate a>b udp 3; corrupt a>b udp 4"));
    send(4);
    assertThat(arrivals).containsExactly("1@20", "2@30", "2@30", "0@35", "3@40");
    assertThat(link.forward().corruptedCount()).isEqualTo(1);
    assertThat(sim.unfiredFaults()).isEmpty();
  }

  @Test
  void aBlackHoleSwallowsWhatIsTooLarge() {
    Fault f = apply("drop a>b every larger 130");
    send(5);
    assertThat(arrivals).containsExactly("0@10", "1@20", "2@30");
    assertThat(f.firedCount()).isEqualTo(2);
  }

  @Test
  void aPartitionDropsWhatIsUnderWayOrDeliversIt() {
    apply("at 25ms partition a-b for 10ms drop");
    apply("at 45ms partition a>b for 10ms deliver");
    send(7);
    // 2 was under way at 25 ms, 3 came while cut; 4 was under way at 45 ms, 5 came while cut.
    assertThat(arrivals).containsExactly("0@10", "1@20", "4@50", "6@70");
    assertThat(sim.faults()).allMatch(f -> f.firedCount() == 1);
  }

  @Test
  void aFlappingLinkIsUpAndDown() {
    Fault f = apply("at 2ms flap a-b every 30ms up 50% for 70ms deliver");
    send(9);
    // Down from 17 to 32 and from 47 to 62 ms, then whole again.
    assertThat(arrivals).containsExactly("0@10", "1@20", "4@50", "7@80", "8@90");
    assertThat(f.firedCount()).isEqualTo(2);
  }

  @Test
  void impairmentsChangeAndComeBack() {
    apply("at 15ms impair a>b for 20ms to delay 1ms");
    send(5);
    assertThat(arrivals).containsExactly("0@10", "1@20", "2@21", "3@31", "4@50");
    assertThat(link.backward().impairments().delayNanos()).isEqualTo(10 * MS);
  }

  @Test
  void aFaultThatNeverHappensIsReported() {
    apply("drop a>b rst 1");
    sim.apply(FaultPlan.parse("at 500s crash b"));
    send(2);
    assertThat(sim.unfiredFaults()).extracting(Fault::name).containsExactly("drop a>b rst 1");
    assertThat(b.isUp()).isFalse();
  }

  @Test
  void shrinkingLeavesWhatIsNeededToFail() {
    List<Integer> all = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      all.add(i);
    }
    Shrinker<Integer> s = new Shrinker<>(l -> l.contains(7) && l.contains(31), 1000);
    assertThat(s.shrink(all)).containsExactly(7, 31);
    assertThat(s.runCount()).isLessThan(80);
    assertThat(new Shrinker<Integer>(l -> true, 10).shrink(all)).isEmpty();
    assertThat(new Shrinker<Integer>(l -> l.size() == 40, 1000).shrink(all)).hasSize(40);
    Shrinker<Integer> one = new Shrinker<>(l -> l.contains(39), 5);
    assertThat(one.shrink(all)).contains(39).hasSizeLessThan(40);
    assertThat(one.runCount()).isEqualTo(5);
  }
}
