package dev.sinew.tcp.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.Profile;
import dev.sinew.base.TimerHeap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** RACK alone (RFC 8985 section 6), to the nanosecond; a first round trip took 100 ms. */
class RackTest {
  private static final int MSS = Driver.MSS;
  private static final long MS = Driver.MS;

  private static Driver measured() {
    return measured(1, 100);
  }

  private static Driver measured(long granularity, double rttMillis) {
    Driver d = new Driver(Profile.STANDARD, true);
    d.granularity = granularity;
    d.at(0).send(1).at(rttMillis).ack(MSS);
    return d;
  }

  private static boolean reorderFires(Driver d) {
    return d.recovery.reorderTimeout(d.nxt, d.granularity, d.profile, d.now);
  }

  /** Section 6.2 step 5: xmit_ts + RACK.rtt + reo_wnd, and not a nanosecond before. */
  @Tag("RFC8985-3.3.2-b")
  @Tag("RFC8985-4-b")
  @Tag("RFC8985-6.2-g")
  @Test
  void theReorderingTimerIsExact() {
    Driver d = measured();
    d.at(200).send(1).at(210).send(1);
    d.at(310).ack(MSS, 2 * MSS, 3 * MSS);
    assertThat(d.recovery.reorderDeadline()).isEqualTo((200 + 100 + 25) * MS);
    d.now = 325 * MS - 1;
    assertThat(reorderFires(d)).isFalse();
    d.now = 325 * MS;
    assertThat(reorderFires(d)).isTrue();
    assertThat(d.resend()).containsExactly(MSS);
    assertThat(d.recovery.reorderDeadline()).isEqualTo(TimerHeap.NEVER);
  }

  /** One timer for all that wait: for the last of them. */
  @Tag("RFC8985-6.2-h")
  @Test
  void theTimerIsForTheLastThatWaits() {
    Driver d = measured();
    d.at(200).send(1).at(204).send(1).at(210).send(1);
    d.at(310).ack(MSS, 3 * MSS, 4 * MSS);
    assertThat(d.recovery.reorderDeadline()).isEqualTo((204 + 100 + 25) * MS);
  }

  /** What was sent after the delivered segment is not in question. */
  @Tag("RFC8985-6.2-g")
  @Test
  void whatWasSentLaterIsNotLost() {
    Driver d = measured();
    d.at(200).send(4);
    d.at(1000).send(4);
    d.at(1100).ack(MSS, 2 * MSS, 5 * MSS);
    assertThat(d.recovery.records().lostBytes()).isEqualTo(MSS);
    assertThat(d.recovery.reorderDeadline()).isEqualTo(TimerHeap.NEVER);
  }

  /** Step 2: an answer sooner than the least round trip is to the first transmission. */
  @Tag("RFC8985-6.2-b")
  @Test
  void aDeliveryTooSoonAfterARetransmissionTellsNothing() {
    for (boolean soon : new boolean[] {true, false}) {
      Driver d = measured();
      d.at(200).send(5);
      d.at(300).ack(MSS, 3 * MSS, 6 * MSS);
      assertThat(d.resend()).containsExactly(MSS, 2 * MSS);
      // The second of both retransmissions is SACKed.
      d.at(soon ? 399 : 400).ack(MSS, 2 * MSS, 6 * MSS);
      assertThat(d.recovery.records().lostBytes()).isEqualTo(soon ? 0 : MSS);
    }
  }

  /** Step 2: so tells the echo of a timestamp that is older than the retransmission. */
  @Tag("RFC8985-6.2-b")
  @Test
  void anEchoOlderThanTheRetransmissionTellsNothing() {
    for (boolean old : new boolean[] {true, false}) {
      Driver d = measured();
      d.at(200).send(6);
      d.at(300).ack(MSS, 2 * MSS, 5 * MSS);
      d.resend();
      d.at(310).send(1);
      d.acknowledge(MSS, -1, 2 * MSS, 5 * MSS);
      long before = d.recovery.records().lostBytes();
      d.at(405).acknowledge(5 * MSS, (old ? 200 : 300) * MS);
      assertThat(before).isZero();
      // Was the retransmission of 300 ms delivered, what was sent at 200 ms is lost.
      boolean lost = d.recovery.records().lostBytes() > 0;
      assertThat(lost).isEqualTo(!old);
    }
  }

  /** Step 4: each round with a reported duplicate widens the window by min_RTT / 4, up to SRTT. */
  @Tag("RFC8985-3.3.2-c")
  @Tag("RFC8985-3.3.2-d")
  @Tag("RFC8985-3.3.2-e")
  @Tag("RFC8985-4-c")
  @Tag("RFC8985-6.2-f")
  @Test
  void theWindowGrowsByRoundsWithDuplicates() {
    Driver d = measured();
    double now = 200;
    for (int round = 1; round <= 6; round++) {
      int una = d.una;
      d.at(now).send(2);
      d.at(now + 100);
      // Two reports in one round count once.
      d.ack(una, una - MSS, una);
      d.ack(una, una - MSS, una);
      d.ack(una, una + MSS, una + 2 * MSS);
      long window = Math.min(25 * MS * (1 + round), d.recovery.rtt().srtt());
      assertThat(d.recovery.reorderDeadline())
          .as("round %d", round)
          .isEqualTo(Math.round((now + 100) * MS) + window);
      d.at(now + 101).ack(una + 2 * MSS);
      now += 200;
    }
  }

  /** Step 4: after sixteen recoveries without such a report the window is small again. */
  @Tag("RFC8985-6.2-f")
  @Test
  void theWindowShrinksAfterSixteenQuietRecoveries() {
    Driver d = measured();
    double now = 200;
    d.at(now).send(1).at(now + 100).ack(d.una, d.una - MSS, d.una);
    d.ack(d.nxt);
    for (int recoveries = 0; recoveries <= 16; recoveries++) {
      now += 200;
      int una = d.una;
      d.at(now).send(2).at(now + 100).ack(una, una + MSS, una + 2 * MSS);
      assertThat(d.recovery.reorderDeadline() - d.now)
          .as("after %d recoveries", recoveries)
          .isEqualTo((recoveries < 16 ? 50 : 25) * MS);
      d.ack(una + 2 * MSS);
      now += 200;
      una = d.una;
      d.at(now).send(5).at(now + 100).ack(una, una + MSS, una + 5 * MSS);
      if (d.resend().isEmpty()) {
        // The segment above came late: that was reordering, and the window is waited for.
        d.at(now + 160);
        assertThat(reorderFires(d)).isTrue();
        d.resend();
      }
      now += 100;
      d.at(now + 100).ack(una + 5 * MSS);
    }
  }

  /** Step 1: a path that has become longer is learnt after some minutes. */
  @Tag("RFC8985-6.2-a")
  @Test
  void theLeastRoundTripIsThatOfTheLastMinutes() {
    Driver d = measured(1, 10);
    assertThat(d.recovery.rtt().minRtt()).isEqualTo(10 * MS);
    double now = 1000;
    for (int i = 0; i < 600; i++) {
      d.at(now).send(1).at(now + 100).ack(d.nxt);
      now += 1000;
      if (i < 140) {
        assertThat(d.recovery.rtt().minRtt()).as("second %d", i).isEqualTo(10 * MS);
      }
    }
    assertThat(d.recovery.rtt().minRtt()).isEqualTo(100 * MS);
  }

  /** Ticks of the clock are not reordering: nothing is lost that may only look so. */
  @Tag("RFC8985-6.2-c")
  @ParameterizedTest
  @ValueSource(longs = {1, 4, 15})
  void aCoarseClockLosesNothing(long tickMillis) {
    long tick = tickMillis * MS;
    Driver d = measured(tick, 0);
    int lost = 0;
    for (int i = 0; i < 200; i++) {
      int una = d.una;
      d.now = i * tick;
      d.send(3);
      // Within the same tick or at the next one: the second arrives before the first.
      d.now += i % 2 * tick;
      d.ack(una, una + MSS, una + 2 * MSS);
      lost += (int) d.recovery.records().lostBytes();
      d.ack(una + 3 * MSS);
    }
    assertThat(lost).isZero();
  }

  /** What is sent again in the tick of everything else is not lost by what was sent before it. */
  @Tag("RFC8985-6.2-c")
  @Test
  void aRetransmissionInTheSameTickIsNotLostAgain() {
    Driver d = measured(15 * MS, 0);
    d.at(15).send(10);
    d.ack(MSS, 2 * MSS, 5 * MSS);
    assertThat(d.resend()).containsExactly(MSS);
    for (int i = 6; i <= 10; i++) {
      d.ack(MSS, 2 * MSS, i * MSS);
      assertThat(d.resend()).isEmpty();
    }
  }

  /**
   * A round trip of microseconds: a loss is found at once, reordering waits for a quarter of it.
   */
  @Tag("RFC8985-4-b")
  @Test
  void verySmallRoundTrips() {
    Driver d = measured(1, 0.02);
    d.at(1).send(2).at(1.02).ack(MSS, 2 * MSS, 3 * MSS);
    assertThat(d.recovery.reorderDeadline()).isEqualTo(d.now + 5_000);
    d.now += 5_000;
    assertThat(reorderFires(d)).isTrue();
    d.ack(3 * MSS);
    assertThat(d.recovery.probeTimeout(1, d.profile)).isEqualTo(-1);
    d.at(2).send(2);
    assertThat(d.recovery.probeTimeout(1, d.profile)).isGreaterThanOrEqualTo(MS);
  }

  /**
   * A timeout is taken back by an acknowledgement that also tells of a loss behind it: that stays.
   */
  @Test
  void aLossBehindASpuriousTimeoutIsRepaired() {
    Driver d = measured();
    d.at(200).send(5);
    d.at(500).timeout();
    assertThat(d.resend()).containsExactly(MSS);
    d.at(501).send(6);
    int result = d.at(601).acknowledge(6 * MSS, 200 * MS, 8 * MSS, 11 * MSS);
    assertThat(result).isEqualTo(AckEvent.LEFT | AckEvent.UNDONE | AckEvent.ENTERED);
    assertThat(d.recovery.records().lostBytes()).isEqualTo(2 * MSS);
    assertThat(d.resend()).startsWith(6 * MSS);
  }

  /** Section 7.2: before anything was measured the probe waits for a second. */
  @Tag("RFC8985-7.2-c")
  @Test
  void withoutAMeasurementTheProbeWaitsForASecond() {
    Driver d = new Driver(Profile.STANDARD, true);
    d.at(0).send(2);
    assertThat(d.recovery.probeTimeout(1, d.profile)).isEqualTo(1000 * MS);
    assertThat(TailLossProbe.timeout(0, true, 1)).isEqualTo(1000 * MS);
    assertThat(TailLossProbe.timeout(100 * MS, false, 1)).isEqualTo(200 * MS);
    assertThat(TailLossProbe.timeout(100 * MS, true, 1)).isEqualTo(400 * MS);
  }

  /** Section 6.3: a timeout holds the first for lost, and of the rest what is old enough. */
  @Tag("RFC8985-6.3")
  @Test
  void aTimeoutSparesWhatWasSentJustNow() {
    Driver d = measured();
    d.at(200).send(2);
    d.at(390).send(2);
    d.at(400).timeout();
    assertThat(d.recovery.records().lostBytes()).isEqualTo(2 * MSS);
    Driver e = measured();
    e.at(390).send(3);
    e.at(400).timeout();
    assertThat(e.recovery.records().lostBytes()).isEqualTo(MSS);
  }

  /** RFC 2018 section 8: at a timeout SACKed data is sent again, unless it is SACKed again. */
  @Tag("RFC2018-5-c")
  @Tag("RFC2018-5.1-c")
  @Test
  void aTimeoutForgetsWhatWasSacked() {
    Driver d = measured();
    d.at(200).send(5);
    d.at(300).ack(MSS, 4 * MSS, 6 * MSS);
    d.at(600).timeout();
    assertThat(d.recovery.records().sackedBytes()).isZero();
    assertThat(d.recovery.records().lostBytes()).isEqualTo(5 * MSS);
    d.resend();
    long told = d.event.sample.totalDeliveredBytes;
    d.at(700).ack(2 * MSS, 4 * MSS, 6 * MSS);
    // Delivered once is counted once.
    assertThat(d.event.sample.deliveredBytes).isEqualTo(MSS);
    assertThat(told).isZero();
    assertThat(d.recovery.records().sackedBytes()).isEqualTo(2 * MSS);
  }
}
