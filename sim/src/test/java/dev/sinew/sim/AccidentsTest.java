package dev.sinew.sim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.ip.IpAddress;
import dev.sinew.udp.UdpEndpoint;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What links do to packets by chance: the shapes that netem's words promise. */
class AccidentsTest {
  private static final int PACKETS = 6_000;

  private final Simulation sim = Simulation.of(3);
  private final SimHost a = sim.host("a");
  private final SimHost b = sim.host("b");
  private final List<Long> delays = new ArrayList<>();
  private final List<Integer> order = new ArrayList<>();
  private final List<Boolean> lost = new ArrayList<>();
  private final List<Integer> trafficClasses = new ArrayList<>();

  /** Sends datagrams one a millisecond. */
  private SimLink run(String words, int packets, int trafficClass) {
    sim.withoutChecks();
    SimLink link = sim.link(a, b, words);
    long[] sent = new long[packets + 1];
    sim.observe(
        new SimObserver() {
          @Override
          public void packetSent(long now, Direction d, long number, PacketView packet) {
            sent[(int) number] = now;
            lost.add(false);
          }

          @Override
          public void packetDelivered(long now, Direction d, long number, PacketView packet) {
            delays.add(now - sent[(int) number]);
            order.add((int) number);
            trafficClasses.add(packet.ip().trafficClass);
          }

          @Override
          public void packetLost(long now, Direction d, long number, PacketView p, String why) {
            lost.set(lost.size() - 1, true);
          }
        });
    UdpEndpoint sink = b.stack().udp();
    assertThat(sink.bind(IpAddress.ANY_V6, 9)).isZero();
    UdpEndpoint e = a.stack().udp();
    e.setTrafficClass(trafficClass);
    for (int i = 0; i < packets; i++) {
      a.at(i * 1_000_000L, () -> e.send(new byte[100], 0, 100, b.address(), 9));
    }
    sim.runUntilQuiet();
    return link;
  }

  private double mean() {
    return delays.stream().mapToLong(x -> x).average().orElseThrow();
  }

  private double deviation() {
    double mean = mean();
    return Math.sqrt(
        delays.stream().mapToDouble(x -> (x - mean) * (x - mean)).average().orElseThrow());
  }

  @Test
  void normalJitterHasItsMeanAndDeviation() {
    run("delay 50ms 5ms distribution normal", PACKETS, 0);
    assertThat(mean() / 1e6).isBetween(49.8, 50.2);
    assertThat(deviation() / 1e6).isBetween(4.7, 5.3);
    long within = delays.stream().filter(d -> Math.abs(d - 50_000_000) < 5_000_000).count();
    assertThat(within / (double) PACKETS).isBetween(0.65, 0.71);
  }

  @Test
  void uniformJitterKeepsItsBounds() {
    run("delay 50ms 5ms", PACKETS, 0);
    assertThat(delays).allMatch(d -> d >= 45_000_000 && d <= 55_000_000);
    assertThat(deviation() / 1e6).isBetween(2.8, 3.0);
  }

  @Test
  void paretoJitterHasALongTailOnTheLateSide() {
    run("delay 50ms 5ms distribution pareto", PACKETS, 0);
    assertThat(mean() / 1e6).isBetween(48.5, 50.5);
    long early = delays.stream().filter(d -> d < 42_000_000).count();
    long late = delays.stream().filter(d -> d > 60_000_000).count();
    assertThat(early).isZero();
    assertThat(late).isBetween(PACKETS / 100L, PACKETS / 15L);
    assertThat(delays).allMatch(d -> d <= 70_000_000);
  }

  @Test
  void paretonormalLiesBetween() {
    run("delay 50ms 5ms distribution paretonormal", PACKETS, 0);
    assertThat(mean() / 1e6).isBetween(48.8, 50.5);
    // Below what Pareto's alone can be: 50 - 0.577 * 5 ms.
    assertThat(delays.stream().filter(d -> d < 46_900_000).count()).isPositive();
  }

  @Test
  void correlatedDelaysAreNearTheirPredecessors() {
    run("delay 50ms 20ms 90%", PACKETS, 0);
    List<Long> inOrder = new ArrayList<>(delays);
    double steps = 0;
    for (int i = 1; i < inOrder.size(); i++) {
      steps += Math.abs(inOrder.get(i) - inOrder.get(i - 1));
    }
    // Independent ones would differ by 13.3 ms on the average.
    assertThat(steps / inOrder.size() / 1e6).isLessThan(5);
  }

  private double meanBurst() {
    int bursts = 0;
    int all = 0;
    for (int i = 0; i < lost.size(); i++) {
      if (lost.get(i)) {
        all++;
        bursts += i == 0 || !lost.get(i - 1) ? 1 : 0;
      }
    }
    return all / (double) bursts;
  }

  private double lossShare() {
    return lost.stream().filter(x -> x).count() / (double) lost.size();
  }

  @Test
  void gilbertElliottLosesInBurstsOfTheirLength() {
    // Bad for a packet in 11 (1/(1+10)); a stay there lasts 10 packets.
    run("delay 1ms loss gemodel 1% 10%", PACKETS, 0);
    assertThat(lossShare()).isBetween(0.06, 0.13);
    assertThat(meanBurst()).isBetween(7.0, 14.0);
  }

  @Test
  void theGoodAndTheBadStateHaveTheirOwnLoss() {
    run("delay 1ms loss gemodel 5% 20% 50% 1%", PACKETS, 0);
    // A fifth of the time is bad: 0.2 * 50 % + 0.8 * 1 %.
    assertThat(lossShare()).isBetween(0.08, 0.14);
  }

  @Test
  void theMarkovModelsBurstsHaveTheirLength() {
    // From a gap into a burst with 2 %, out of it with 25 %: bursts of 4.
    run("delay 1ms loss state 2% 25%", PACKETS, 0);
    assertThat(meanBurst()).isBetween(3.3, 4.8);
    assertThat(lossShare()).isBetween(0.055, 0.095);
  }

  @Test
  void independentLossComesInShortBursts() {
    run("delay 1ms loss 10%", PACKETS, 0);
    assertThat(meanBurst()).isBetween(1.05, 1.2);
  }

  @Test
  void onlyEveryGapThPacketIsReordered() {
    run("delay 10ms reorder 100% gap 5", 50, 0);
    // The fifth, tenth … leave at once and overtake the nine before them.
    assertThat(order.subList(0, 3)).containsExactly(5, 10, 1);
    assertThat(delays.stream().filter(d -> d == 0).count()).isEqualTo(10);
  }

  @Test
  void ecnMarksInsteadOfDroppingWhereTheSenderUnderstands() {
    SimLink link = run("delay 1ms loss 10% ecn", 2000, 2);
    assertThat(lost).doesNotContain(true);
    assertThat(link.forward().markedCount()).isBetween(150L, 250L);
    assertThat(trafficClasses.stream().filter(t -> (t & 3) == 3).count())
        .isEqualTo(link.forward().markedCount());
  }

  @Test
  void ecnDropsWhatDoesNotUnderstand() {
    SimLink link = run("delay 1ms loss 10% ecn", 2000, 0);
    assertThat(link.forward().markedCount()).isZero();
    assertThat(link.forward().lostCount()).isBetween(150L, 250L);
  }

  @Test
  void aQueueAboveTheThresholdIsMarked() {
    // 128 bytes at 512 kbit/s take 2 ms, one comes each ms: the queue grows by half a packet a ms.
    SimLink link = run("rate 512kbit limit 1000 ce_threshold 20", 100, 1);
    int first = trafficClasses.indexOf(3);
    assertThat(first).isBetween(38, 46);
    assertThat(trafficClasses.subList(0, first)).containsOnly(1);
    assertThat(trafficClasses.subList(first, 100)).containsOnly(3);
    assertThat(link.forward().markedCount()).isEqualTo(100 - first);
    assertThat(link.forward().lostCount()).isZero();
  }

  @Test
  void aThresholdInTimeLooksAtTheWait() {
    run("rate 512kbit ce_threshold 10ms", 60, 2);
    assertThat(trafficClasses.indexOf(3)).isBetween(8, 14);
  }

  @Test
  void slotsCollectPacketsAndLetThemGoTogether() {
    run("slot 10ms packets 4", 16, 0);
    // One a millisecond comes, four leave every ten.
    assertThat(delays.subList(0, 9))
        .containsExactly(
            0L,
            9_000_000L,
            8_000_000L,
            7_000_000L,
            6_000_000L,
            15_000_000L,
            14_000_000L,
            13_000_000L,
            12_000_000L);
  }
}
