package dev.sinew.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.Counter;
import dev.sinew.base.Limits;
import dev.sinew.base.Profile;
import dev.sinew.base.Profile.MtuProbing;
import dev.sinew.testing.Packets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Path MTU discovery without routers' help (RFC 4821), seen from the wire. */
class MtuProbingTest {
  private static final long MS = 1_000_000L;
  private static final long S = 1_000_000_000L;

  private static Profile profile(MtuProbing mode, boolean sack) {
    return Profile.STANDARD.with(v -> {
      v.mtuProbing = mode;
      v.sack = sack;
    });
  }

  /** Packets of more than {@code mtu[0]} bytes vanish on the way from the client. */
  private static TcpPair blackHole(boolean v4, Profile profile, int[] mtu) {
    TcpPair pair = new TcpPair(v4, 10 * MS, profile, Limits.DEFAULT);
    pair.linkA.setLost(p -> p.length > mtu[0]);
    return pair;
  }

  private static int mss(TcpEndpoint e) {
    TcpInfo info = e.info();
    assertThat(info).isNotNull();
    return info.sendMss();
  }

  private static long count(TcpPair pair, Counter c) {
    return pair.a.counters().get(c);
  }

  // ---- a black hole

  @ParameterizedTest
  @CsvSource({
    "true, 1400, true", "true, 1400, false", "true, 1100, true", "true, 700, true",
    "true, 700, false", "false, 1400, true", "false, 1280, true", "false, 1280, false"
  })
  void aTransferGetsThroughABlackHoleAndFindsItsSize(boolean v4, int path, boolean sack) {
    TcpPair pair = blackHole(v4, profile(MtuProbing.BLACK_HOLE, sack), new int[] {path});
    TcpEndpoint[] ends = pair.established();
    pair.transfer(ends[0], ends[1], 1_000_000, 120 * S);
    int headers = (v4 ? 40 : 60) + 12;
    assertThat(mss(ends[0])).isBetween(path - headers - 12, path - headers);
    assertThat(count(pair, Counter.SinewTcpBlackHoles)).isPositive();
    assertThat(count(pair, Counter.TcpExtTCPTimeouts)).isLessThanOrEqualTo(8);
  }

  @Test
  void thePathShrinksInTheMiddleAndGrowsAgain() {
    int[] mtu = {1500};
    TcpPair pair = blackHole(true, profile(MtuProbing.BLACK_HOLE, true), mtu);
    TcpEndpoint[] ends = pair.established();
    // So that a transfer takes many round trips, in each of which there may be one probe.
    ends[1].setReceiveBuffer(100_000);
    pair.transfer(ends[0], ends[1], 500_000, 60 * S);
    assertThat(count(pair, Counter.SinewTcpBlackHoles)).isZero();
    mtu[0] = 1300;
    pair.transfer(ends[0], ends[1], 3_000_000, 60 * S);
    assertThat(mss(ends[0])).isBetween(1300 - 64, 1300 - 52);
    mtu[0] = 1500;
    pair.network.runFor(300 * S);
    pair.transfer(ends[0], ends[1], 500_000, 60 * S);
    assertThat(mss(ends[0])).as("not before ten minutes").isLessThan(1300);
    pair.network.runFor(301 * S);
    pair.transfer(ends[0], ends[1], 500_000, 60 * S);
    assertThat(mss(ends[0])).isEqualTo(1448);
  }

  /** Only one way is narrow: the other end's segments stay as they are. */
  @Test
  void eachDirectionHasItsOwnSize() {
    TcpPair pair = blackHole(true, profile(MtuProbing.BLACK_HOLE, true), new int[] {1300});
    TcpEndpoint[] ends = pair.established();
    pair.transfer(ends[0], ends[1], 500_000, 60 * S);
    pair.transfer(ends[1], ends[0], 500_000, 60 * S);
    assertThat(mss(ends[0])).isLessThan(1300);
    assertThat(mss(ends[1])).isEqualTo(1448);
    assertThat(pair.b.counters().get(Counter.SinewTcpBlackHoles)).isZero();
  }

  /** RFC 4821 section 5.2. */
  @Test
  void theNextConnectionBeginsWithWhatWasFound() {
    TcpPair pair = blackHole(true, profile(MtuProbing.BLACK_HOLE, true), new int[] {1400});
    TcpEndpoint[] ends = pair.established();
    pair.transfer(ends[0], ends[1], 1_000_000, 60 * S);
    long holes = count(pair, Counter.SinewTcpBlackHoles);
    TcpEndpoint second = pair.connect(80);
    pair.network.runFor(S);
    pair.transfer(second, pair.listener.accept(), 100_000, 60 * S);
    assertThat(mss(second)).isEqualTo(1348);
    assertThat(count(pair, Counter.SinewTcpBlackHoles)).isEqualTo(holes);
  }

  @ParameterizedTest
  @EnumSource(
      value = MtuProbing.class,
      names = {"OFF", "BLACK_HOLE"})
  void theThirdTimeoutShrinksSegments(MtuProbing mode) {
    Peer p = new Peer(profile(mode, false));
    p.acceptPlain();
    p.write(1460).discard();
    boolean on = mode == MtuProbing.BLACK_HOLE;
    int[] lengths = {1460, 1460, on ? 1024 : 1460, on ? 512 : 1460, on ? 256 : 1460, 1460};
    for (int i = 0; i < 5; i++) {
      p.network.runUntil(() -> p.pending() > 0, 100 * S);
      Seg s = p.next();
      assertThat(s.seq).isEqualTo(1);
      assertThat(s.length).as("retransmission %d", i + 1).isBetween(lengths[i] - 40, lengths[i]);
      p.discard();
    }
  }

  /** What was never larger than the base is not lost for its size. */
  @Test
  void smallSegmentsThatAreLostShrinkNothing() {
    Peer p = new Peer(profile(MtuProbing.BLACK_HOLE, true));
    p.acceptPlain();
    p.write(500).discard();
    p.run(60_000);
    assertThat(p.info().sendMss()).isEqualTo(1460);
    assertThat(p.count(Counter.SinewTcpBlackHoles)).isZero();
  }

  @Test
  void aWindowOfZeroIsNoBlackHole() {
    Peer p = new Peer(profile(MtuProbing.BLACK_HOLE, true));
    p.acceptPlain();
    p.write(1460).discard();
    p.in(". 1:1(0) ack 1 win 0");
    p.run(60_000);
    assertThat(p.count(Counter.SinewTcpBlackHoles)).isZero();
  }

  /** An outage looks like a black hole; the first probe afterwards is of the size before. */
  @Test
  void anOutageCostsOneProbe() {
    int[] mtu = {1500};
    TcpPair pair = blackHole(true, profile(MtuProbing.BLACK_HOLE, true), mtu);
    TcpEndpoint[] ends = pair.established();
    pair.transfer(ends[0], ends[1], 100_000, 60 * S);
    mtu[0] = 0;
    ends[0].write(Packets.pattern(200_000), 0, 200_000);
    pair.network.runFor(20 * S);
    assertThat(mss(ends[0])).isLessThan(512);
    mtu[0] = 1500;
    pair.network.runFor(60 * S);
    assertThat(mss(ends[0])).isEqualTo(1448);
    assertThat(count(pair, Counter.TcpExtTCPMTUPSuccess)).isEqualTo(1);
    assertThat(count(pair, Counter.TcpExtTCPMTUPFail)).isZero();
  }

  // ---- probes

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void fromTheBeginningWhenTheProfileSaysSo(boolean sack) {
    TcpPair pair = blackHole(true, profile(MtuProbing.ALWAYS, sack), new int[] {1492});
    TcpEndpoint[] ends = pair.established();
    assertThat(mss(ends[0])).isEqualTo(1024 - 12);
    ends[1].setReceiveBuffer(100_000);
    pair.transfer(ends[0], ends[1], 500_000, 60 * S);
    assertThat(mss(ends[0])).isEqualTo(1492 - 52);
    assertThat(count(pair, Counter.TcpExtTCPTimeouts)).isZero();
    assertThat(count(pair, Counter.SinewTcpBlackHoles)).isZero();
    assertThat(count(pair, Counter.TcpExtTCPMTUPFail)).isEqualTo(3);
  }

  /** RFC 4821 section 7.6: the window does not shrink for it. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aProbeThatIsLostAloneIsNobodysCongestion(boolean sack) {
    TcpPair pair = blackHole(true, profile(MtuProbing.ALWAYS, sack), new int[] {1200});
    TcpEndpoint[] ends = pair.established();
    pair.transfer(ends[0], ends[1], 1_000_000, 60 * S);
    TcpInfo info = ends[0].info();
    assertThat(info).isNotNull();
    assertThat(count(pair, Counter.TcpExtTCPMTUPFail)).isGreaterThan(3);
    assertThat(info.ssthresh()).isGreaterThan(1 << 30);
    assertThat(count(pair, Counter.TcpExtTCPTimeouts)).isZero();
    assertThat(count(pair, Counter.TcpExtTCPSackRecovery)).isZero();
    assertThat(count(pair, Counter.TcpExtTCPRenoRecovery)).isZero();
  }

  /** Section 7.4: no probe that nothing follows, for its loss would cost a timeout. */
  @Test
  void littleDataIsNotProbedWith() {
    Peer p = new Peer(profile(MtuProbing.ALWAYS, true));
    p.acceptPlain();
    p.app().setNoDelay(true);
    p.write(1500 - 40 + 4 * 1024 - 1);
    for (Seg s : p.all()) {
      assertThat(s.length).isLessThanOrEqualTo(1024);
    }
    p.in(". 1:1(0) ack " + (1500 - 40 + 4 * 1024));
    p.write(1500 - 40 + 4 * 1024);
    assertThat(p.next().length).isEqualTo(1460);
    for (Seg s : p.all()) {
      assertThat(s.length).isLessThanOrEqualTo(1024);
    }
  }

  @Test
  void thePeersWindowHoldsForProbes() {
    Peer p = new Peer(profile(MtuProbing.ALWAYS, true));
    p.window = 4000;
    p.acceptPlain();
    p.write(100_000);
    for (Seg s : p.all()) {
      assertThat(s.length).isLessThanOrEqualTo(1024);
    }
  }

  /** A router that does name its MTU ends the search at once. */
  @Test
  void aRoutersWordIsTakenForAProbe() {
    Peer p = new Peer(profile(MtuProbing.ALWAYS, true));
    p.acceptPlain();
    p.write(100_000);
    Seg probe = p.next();
    assertThat(probe.length).isEqualTo(1460);
    p.discard();
    p.icmp(3, 4, 1400, probe.seq, 1460);
    assertThat(p.info().sendMss()).as("not proven yet").isEqualTo(1024);
    Seg again = p.next();
    assertThat(again.seq).isEqualTo(probe.seq);
    assertThat(again.length).isEqualTo(1024);
    assertThat(p.info().ssthresh()).isGreaterThan(1 << 30);
    int sent = again.seq + again.length;
    for (Seg s : p.all()) {
      sent = Math.max(sent, s.seq + s.length);
    }
    p.in(". 1:1(0) ack " + Math.max(sent, 9653));
    assertThat(p.next().length).isEqualTo(1360);
  }

  @Test
  void theLargestProbeIsWhatThePeerTakes() {
    Peer p = new Peer(profile(MtuProbing.ALWAYS, true));
    p.accept("mss 1200");
    p.write(100_000);
    assertThat(p.next().length).isEqualTo(1200);
  }

  @Test
  void afterALossNothingIsProbedUntilItIsRepaired() {
    Peer p = new Peer(profile(MtuProbing.ALWAYS, false));
    p.acceptPlain();
    p.write(3000).discard();
    for (int i = 0; i < 3; i++) {
      p.in(". 1:1(0) ack 1");
    }
    p.write(100_000);
    for (Seg s : p.all()) {
      assertThat(s.length).isLessThanOrEqualTo(1024);
    }
  }
}
