package dev.sinew.tcp.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.Counters;
import dev.sinew.base.Profile;
import dev.sinew.base.ProfileValues;
import dev.sinew.base.TimerHeap;
import dev.sinew.tcp.congestion.AckSample;
import dev.sinew.tcp.congestion.CongestionControl;
import dev.sinew.tcp.congestion.CongestionControls;
import dev.sinew.testing.TestEntropy;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where systems choose differently in loss recovery: one profile value each. */
class RecoveryChoicesTest {
  private static final int MSS = Driver.MSS;
  private static final long MS = Driver.MS;

  private static Driver driver(Consumer<ProfileValues> change, boolean sack) {
    Driver d = new Driver(Profile.STANDARD.with(change), sack);
    d.at(0).send(1).at(100).ack(MSS);
    return d;
  }

  // ---- lostRetransmissionReduces

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aLostRetransmissionReducesOnceMoreOrNot(boolean again) {
    Driver d = driver(v -> v.lostRetransmissionReduces = again, true);
    d.at(200).send(10);
    d.at(300).ack(MSS, 3 * MSS, 6 * MSS);
    assertThat(d.resend()).contains(MSS);
    long threshold = d.recovery.control().threshold();
    d.at(301).send(1);
    d.at(410).ack(MSS, 3 * MSS, 6 * MSS, 11 * MSS, 12 * MSS);
    assertThat(d.resend()).contains(MSS);
    assertThat(d.recovery.control().threshold() < threshold).isEqualTo(again);
  }

  // ---- rackRttOfHighest

  /** The retransmission was sent last; what else is acknowledged is older, but higher. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void racksTimeIsOfTheLastSentOrTheHighest(boolean highest) {
    Driver d = driver(v -> v.rackRttOfHighest = highest, true);
    d.at(200).send(5).at(205).send(1);
    d.at(300).ack(MSS, 2 * MSS, 5 * MSS);
    assertThat(d.resend()).containsExactly(MSS);
    d.at(420).ack(6 * MSS);
    // The last was sent 215 ms ago; a round trip took 120 ms by the one, 220 by the other.
    assertThat(d.recovery.records().lostBytes()).isEqualTo(highest ? 0 : MSS);
  }

  // ---- reorderTickNanos

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 4, 10})
  void theReorderingTimerCountsTicks(long tickMillis) {
    Driver d = driver(v -> v.reorderTickNanos = tickMillis * MS, true);
    d.at(200).send(1).at(210).send(1);
    d.at(310.5).ack(MSS, 2 * MSS, 3 * MSS);
    // Exact, it would be due 14.875 ms from now: 200 + 100.5 + 25 - 310.5, and a little more.
    long exact = d.now + 15 * MS;
    long deadline = d.recovery.reorderDeadline();
    assertThat(deadline)
        .isEqualTo(
            tickMillis == 0 ? exact : d.now + (Math.ceilDiv(15, tickMillis) + 2) * tickMillis * MS);
    d.now = deadline;
    assertThat(d.recovery.reorderTimeout(d.nxt, 1, d.profile, d.now)).isTrue();
    assertThat(d.recovery.reorderDeadline()).isEqualTo(TimerHeap.NEVER);
  }

  // ---- the degree of reordering

  @Test
  void theDegreeIsHowFarSegmentsWereOvertaken() {
    Driver d = driver(v -> {}, true);
    assertThat(d.recovery.reorderingSegments()).isEqualTo(3);
    d.at(200).send(500);
    d.at(300).ack(MSS, 4 * MSS, 5 * MSS);
    assertThat(d.recovery.reorderingCount()).isZero();
    d.ack(MSS, 2 * MSS, 3 * MSS, 4 * MSS, 5 * MSS);
    assertThat(d.recovery.reorderingCount()).isEqualTo(1);
    assertThat(d.recovery.reorderingSegments()).isEqualTo(3);
    d.ack(5 * MSS);
    assertThat(d.recovery.reorderingCount()).isEqualTo(2);
    assertThat(d.recovery.reorderingSegments()).isEqualTo(4);
    d.ack(5 * MSS, 490 * MSS, 491 * MSS);
    d.ack(5 * MSS, 6 * MSS, 7 * MSS, 490 * MSS, 491 * MSS);
    assertThat(d.recovery.reorderingSegments()).isEqualTo(300);
  }

  // ---- rateReductionAfterMark

  private static Driver marked(boolean evenly, boolean sack) {
    Driver d = driver(v -> v.rateReductionAfterMark = evenly, sack);
    d.at(200).send(10);
    d.at(300);
    d.recovery.marks().echoed(d.recovery, MSS, d.nxt, d.now);
    return d;
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void afterAMarkTheFlightShrinksEvenly(boolean sack) {
    Driver d = marked(true, sack);
    long threshold = d.recovery.control().threshold();
    assertThat(threshold).isEqualTo(5 * MSS);
    assertThat(d.recovery.shrinking()).isTrue();
    d.ack(3 * MSS);
    // Eight in flight, two delivered: one may go.
    assertThat(d.recovery.window()).isEqualTo(9 * MSS);
    d.send(1);
    d.ack(7 * MSS);
    assertThat(d.recovery.window()).isBetween(threshold, 7L * MSS);
    // All of the marked flight, and nothing behind it.
    d.ack(11 * MSS);
    assertThat(d.recovery.shrinking()).isTrue();
    d.ack(12 * MSS);
    assertThat(d.recovery.shrinking()).isFalse();
    assertThat(d.recovery.window()).isEqualTo(threshold);
  }

  @Test
  void elseItIsTheThresholdAtOnce() {
    Driver d = marked(false, true);
    assertThat(d.recovery.shrinking()).isFalse();
    assertThat(d.recovery.window()).isEqualTo(5 * MSS);
  }

  /**
   * Acknowledgements that deliver nothing leave what may be sent; a loss or a timeout takes over.
   */
  @Test
  void otherEventsWhileItShrinks() {
    Driver d = marked(true, true);
    d.ack(3 * MSS);
    long window = d.recovery.window();
    d.ack(3 * MSS);
    d.ack(3 * MSS);
    assertThat(d.recovery.window()).isEqualTo(window);
    d.ack(3 * MSS, 5 * MSS, 9 * MSS);
    assertThat(d.recovery.inFastRecovery()).isTrue();
    assertThat(d.recovery.shrinking()).isFalse();
    assertThat(d.recovery.control().threshold()).isEqualTo(5 * MSS);
    d = marked(true, true);
    d.timeout();
    assertThat(d.recovery.shrinking()).isFalse();
    assertThat(d.recovery.window()).isEqualTo(MSS);
  }

  // ---- growsByDelivery

  /** With a controller that takes all that it is given in slow start. */
  private static Driver sending(boolean byDelivery, boolean sack) {
    Profile p = Profile.LINUX.with(v -> v.growsByDelivery = byDelivery);
    CongestionControl cubic =
        CongestionControls.STANDARD.create("cubic", p, new TestEntropy(1), new Counters());
    Driver d = new Driver(p, sack, cubic, -1);
    d.at(0).send(1).at(100).ack(MSS);
    return d.at(200).send(8);
  }

  private static long grown(boolean byDelivery, boolean sack) {
    Driver d = sending(byDelivery, sack);
    d.recovery.noteLimit(true);
    d.at(300);
    if (sack) {
      d.ack(MSS, 8 * MSS, 9 * MSS);
    } else {
      d.ack(MSS);
      d.ack(MSS);
    }
    long before = d.recovery.control().window();
    d.ack(9 * MSS);
    return (d.recovery.control().window() - before) / MSS;
  }

  @Test
  void theWindowGrowsByWhatIsNews() {
    assertThat(grown(false, true)).isEqualTo(8);
    assertThat(grown(true, true)).isEqualTo(7);
    assertThat(grown(true, false)).isEqualTo(6);
    assertThat(grown(false, false)).isEqualTo(8);
  }

  /** Where the path reorders, what SACK tells counts at once, and not again. */
  @Test
  void sackAloneCountsWhereThePathReorders() {
    Driver d = sending(true, true);
    d.recovery.noteLimit(true);
    long before = d.recovery.control().window();
    d.at(300).ack(MSS, 8 * MSS, 9 * MSS);
    assertThat(d.recovery.control().window()).isEqualTo(before);
    d.ack(MSS, 3 * MSS, 4 * MSS, 8 * MSS, 9 * MSS);
    assertThat(d.recovery.control().window()).isEqualTo(before + MSS);
    d.ack(9 * MSS);
    assertThat(d.recovery.control().window()).isEqualTo(before + 7 * MSS);
  }

  // ---- forwardRto

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void afterATimeoutNewDataGoesFirstOrNot(boolean forward) {
    Driver d = driver(v -> v.forwardRto = forward, true);
    d.at(200).send(5);
    d.at(500).timeout();
    d.resend();
    d.at(600).ack(2 * MSS);
    assertThat(d.recovery.nextRetransmission() < 0).isEqualTo(forward);
  }

  // ---- acknowledgements below SND.UNA

  /** A block that lies below SND.UNA, but above what this segment acknowledges, is no duplicate. */
  @Test
  void anOldAckReportsNoDuplicateByItsAge() {
    Driver d = driver(v -> {}, true);
    d.at(200).send(8);
    d.at(300).ack(5 * MSS);
    d.ack(2 * MSS, 3 * MSS, 4 * MSS, 7 * MSS, 8 * MSS);
    assertThat(d.event.duplicateReported()).isFalse();
    assertThat(d.recovery.records().sackedBytes()).isEqualTo(MSS);
    d.ack(2 * MSS, MSS, 2 * MSS);
    assertThat(d.event.duplicateReported()).isTrue();
  }

  // ---- a controller without rate reduction

  @Test
  void aControllerThatDeclinesItIsLeftAlone() {
    CongestionControl own =
        new Plain() {
          @Override
          public boolean usesRateReduction() {
            return false;
          }
        };
    Driver d =
        new Driver(Profile.STANDARD.with(v -> v.rateReductionAfterMark = true), true, own, -1);
    d.at(0).send(10);
    d.recovery.marks().echoed(d.recovery, 0, d.nxt, d.now);
    assertThat(d.recovery.shrinking()).isFalse();
  }

  /** Halves at everything. */
  private static class Plain implements CongestionControl {
    private long window = 10 * MSS;

    @Override
    public String name() {
      return "plain";
    }

    @Override
    public void start(int mss, long initialWindow) {
      window = initialWindow;
    }

    @Override
    public long window() {
      return window;
    }

    @Override
    public long threshold() {
      return window;
    }

    @Override
    public void onAck(AckSample ack) {}

    @Override
    public void onCongestion(Cause cause, long inFlight, long now) {
      window /= 2;
    }

    @Override
    public void onRepeatedTimeout() {}

    @Override
    public void onRecovered(long inFlight) {}

    @Override
    public void onUndo(long inFlight) {}

    @Override
    public void onIdleRestart() {}

    @Override
    public void mss(int bytes) {}
  }
}
