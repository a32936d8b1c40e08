package dev.sinew.tcp.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.Profile;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Which acknowledgements are measurements of the round-trip time (RFC 6298 section 3, RFC 7323).
 */
class RttSamplesTest {
  private static final long MS = 1_000_000;
  private static final long NONE = -1;
  private final Profile profile = Profile.STANDARD;
  private final Driver driver = new Driver(profile, false);
  private final LossRecovery recovery = driver.recovery;

  RttSamplesTest() {
    // A first round trip of 10 ms.
    recovery.sent(0, 1000, 0, 0);
    ack(driver, 1000, 10 * MS, NONE);
    assertThat(recovery.rtt().srtt()).isEqualTo(10 * MS);
  }

  private static void ack(Driver d, int ack, long ingress, long timestampRtt) {
    d.now = ingress;
    d.nxt = ack;
    d.measured(ack, timestampRtt);
  }

  private void sendAndSendAgainAfterAMinute() {
    recovery.sent(1000, 2000, 0, 1000 * MS);
    recovery.rtt().backOff();
    recovery.resent(0, 61_000 * MS);
  }

  @Tag("RFC6298-3-b")
  @Test
  void withoutTimestampsARetransmittedSegmentIsNoMeasurementAndTheBackoffStays() {
    sendAndSendAgainAfterAMinute();
    ack(driver, 2000, 61_010 * MS, NONE);
    assertThat(recovery.rtt().srtt()).isEqualTo(10 * MS);
    assertThat(recovery.rtt().backoff()).isEqualTo(1);
  }

  @Tag("RFC6298-3-b")
  @Test
  void anEchoOfTheLastTransmissionIsAMeasurement() {
    sendAndSendAgainAfterAMinute();
    ack(driver, 2000, 61_090 * MS, 90 * MS + 999_999);
    assertThat(recovery.rtt().srtt()).isBetween(19 * MS, 21 * MS);
  }

  @Test
  void anEchoOfTheFirstTransmissionThatAnswersTheLastIsNone() {
    // The first arrived, its ACK was lost, and the duplicate is answered with the timestamp that
    // the receiver has kept.
    sendAndSendAgainAfterAMinute();
    ack(driver, 2000, 61_010 * MS, 60_010 * MS);
    assertThat(recovery.rtt().srtt()).isEqualTo(10 * MS);
    assertThat(recovery.rtt().rto(profile)).isEqualTo(400 * MS);
  }

  @Test
  void anEchoOfTheFirstTransmissionThatComesTooSoonToAnswerTheLastIsAMeasurement() {
    // The first was only late: the path has become slow.
    sendAndSendAgainAfterAMinute();
    ack(driver, 2000, 61_004 * MS, 60_004 * MS);
    assertThat(recovery.rtt().srtt()).isGreaterThan(7_000 * MS);
  }

  /** A clock that has not ticked meanwhile tells of less than a tick, not of no time. */
  @Test
  void aRoundTripWithinATickOfTheClockTakesATick() {
    RttEstimator handshake = new RttEstimator(profile);
    handshake.sample(0, MS, profile);
    assertThat(handshake.srtt()).isEqualTo(MS);

    Driver d = new Driver(profile, false);
    d.granularity = MS;
    d.at(7).send(1).ack(d.nxt);
    assertThat(d.event.sample.rttNanos).isEqualTo(MS);
    assertThat(d.recovery.rtt().minRtt()).isEqualTo(MS);
    assertThat(d.recovery.rtt().srtt()).isEqualTo(MS);
    d.send(1).after(3).ack(d.nxt);
    assertThat(d.event.sample.rttNanos).isEqualTo(3 * MS);
  }

  /** RFC 6298 section 3: each round trip gives a measurement, whatever is in flight. */
  @Tag("RFC6298-3-c")
  @Test
  void everyRoundTripIsMeasured() {
    Driver d = new Driver(profile, false);
    long last = -1;
    for (int round = 0; round < 20; round++) {
      d.send(1 + round % 5);
      d.after(10 * (round + 1));
      d.ack(d.nxt);
      assertThat(d.recovery.rtt().srtt()).as("round %d", round).isGreaterThan(last);
      last = d.recovery.rtt().srtt();
    }
  }

  /** RFC 7323 section 4.2: ten measurements in a round trip move SRTT as far as one would. */
  @Tag("RFC7323-4.2")
  @Test
  void manyMeasurementsInARoundTripWeighAsMuchAsOne() {
    Driver one = new Driver(profile, false);
    one.send(1).at(10).ack(Driver.MSS);
    one.send(1).after(100).ack(2 * Driver.MSS);
    long expected = one.recovery.rtt().srtt();
    Driver many = new Driver(profile, false);
    many.send(1).at(10).ack(Driver.MSS);
    many.send(20).after(100);
    for (int i = 0; i < 10; i++) {
      many.ack(many.una + 2 * Driver.MSS);
      many.send(2);
    }
    assertThat(expected).isEqualTo(21_250_000);
    assertThat(many.recovery.rtt().srtt()).isBetween(expected - 2 * MS, expected + 2 * MS);
  }

  @Test
  void onAPathWithoutAnyDelayAnAnswerIsNeverTooSoon() {
    Driver other = new Driver(profile, false);
    LossRecovery instant = other.recovery;
    instant.sent(0, 1000, 0, 0);
    ack(other, 1000, 0, NONE);
    instant.sent(1000, 2000, 0, 0);
    instant.resent(0, 300 * MS);
    instant.resent(0, 60_000 * MS);
    ack(other, 2000, 60_000 * MS, 59_700 * MS);
    assertThat(instant.rtt().rto(profile)).isEqualTo(200 * MS);
  }

  /**
   * A queue that fills doubles the delay within one round trip: the timeout follows at once, and
   * falls again one round trip after the delay has. A few of them are RFC 6298's alone.
   */
  @Test
  void theTimeoutIsNotLessThanTheLargestOfManyAsksFor() {
    for (long expected : new long[] {1, 8, 20}) {
      RttEstimator rtt = new RttEstimator(profile);
      rtt.sample(300 * MS, MS, profile);
      for (int i = 0; i < 400; i++) {
        rtt.sample(300 * MS, MS, profile, expected, 0);
        rtt.roundOver();
      }
      for (int i = 0; i < expected / 2; i++) {
        rtt.sample(600 * MS, MS, profile, expected, 0);
      }
      if (expected <= 8) {
        rtt.sample(600 * MS, MS, profile, expected, 0);
        assertThat(rtt.rto(profile)).isEqualTo(rtt.srtt() + 4 * rtt.rttvar());
        continue;
      }
      assertThat(rtt.srtt()).isLessThan(350 * MS);
      assertThat(rtt.rto(profile)).isEqualTo(600 * MS + 4 * rtt.rttvar());
      rtt.roundOver();
      rtt.sample(300 * MS, MS, profile, expected, 0);
      assertThat(rtt.rto(profile)).isGreaterThan(600 * MS);
      rtt.roundOver();
      rtt.sample(300 * MS, MS, profile, expected, 0);
      assertThat(rtt.rto(profile)).isEqualTo(rtt.srtt() + 4 * rtt.rttvar());
    }
  }
}
