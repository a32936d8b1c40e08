package dev.sinew.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.BufferPool;
import dev.sinew.base.Limits;
import dev.sinew.base.Profile;
import dev.sinew.base.TcpState;
import dev.sinew.observe.Observer;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The window that we offer (RFC 9293 sections 3.8.6, 3.8.6.2.2; RFC 7323 section 2). */
class ReceiveWindowTest {
  /** Its size stays. */
  private static Peer withBuffer(int bytes) {
    return new Peer(
        true,
        Profile.STANDARD.with(v -> v.autoTuneReceive = false),
        Limits.DEFAULT.with(v -> {
          v.sendBufferBytes = 1 << 20;
          v.receiveBufferBytes = bytes;
        }));
  }

  private static int fill(Peer p, int from, int to) {
    for (int at = from; at < to; ) {
      int n = Math.min(1460, to - at);
      p.in(". " + (1 + at) + ":" + (1 + at + n) + "(" + n + ") ack 1");
      at += n;
    }
    p.run(50);
    int window = -1;
    for (Seg s : p.all()) {
      window = s.window;
    }
    return window;
  }

  @Test
  void theWindowClosesAsTheBufferFillsAndItsEdgeStays() {
    Peer p = withBuffer(10_000);
    p.acceptPlain();
    assertThat(fill(p, 0, 4000)).isEqualTo(6000);
    assertThat(fill(p, 4000, 10_000)).isZero();
    p.in("P. 10001:10002(1) ack 1");
    p.out(". 1:1(0) ack 10001 win 0");
    p.read(10_000);
    p.out(". 1:1(0) ack 10001 win 10000");
  }

  /** MUST-39: small reads do not offer small windows. */
  @Test
  @Tag("MUST-39")
  void smallReadsDoNotReopenTheWindowUntilItIsWorthASegment() {
    Peer p = withBuffer(10_000);
    p.acceptPlain();
    fill(p, 0, 10_000);
    p.read(1459);
    p.quiet();
    p.read(1);
    p.out(". 1:1(0) ack 10001 win 1460");
  }

  @Test
  @Tag("MUST-39")
  void ofASmallBufferHalfIsEnough() {
    Peer p = withBuffer(2048);
    p.acceptPlain();
    fill(p, 0, 2048);
    p.read(1023);
    p.quiet();
    p.read(1);
    p.out(". 1:1(0) ack 2049 win 1024");
  }

  /** Without a scale the header can't show what lies beyond 65535: a read there is no news. */
  @Test
  void aReadThatTheHeaderCantShowIsNotAnnounced() {
    Peer p = withBuffer(200_000);
    p.acceptPlain();
    assertThat(fill(p, 0, 10_000)).isEqualTo(65_535);
    p.read(10_000);
    p.quiet();
    assertThat(fill(p, 10_000, 190_000)).isBetween(20_000 - 1460, 20_000);
    p.read(180_000);
    p.out(". 1:1(0) ack 190001 win 65535");
  }

  /** With a scaled window, zero is what the field says. */
  @Tag("RFC7323-2.3-b")
  @Test
  void aWindowThatScalingMadeZeroIsReopened() {
    Peer p = withBuffer(10_000);
    p.accept("mss 1460,nop,wscale 7");
    int at = 0;
    for (int room = 10_000; room > 0; ) {
      int next = at + Math.max(1, Math.min(1460, room - 50));
      room = fill(p, at, next) << 7;
      at = next;
    }
    p.read(at);
    Seg update = p.out(". 1:1(0) ack " + (at + 1));
    assertThat(update.window << 7).isBetween(9_800, 10_240);
  }

  /** MUST-66: with a zero window ACK, RST and URG still count. */
  @Test
  @Tag("MUST-66")
  void aSegmentAtAZeroWindowIsLookedAtForItsAckAndReset() {
    Peer p = withBuffer(2048);
    p.acceptPlain();
    p.write(100);
    p.discard();
    fill(p, 0, 2048);
    p.in("P. 2049:2059(10) ack 101");
    p.out(". 101:101(0) ack 2049 win 0");
    assertThat(p.app().unacknowledged()).isZero();
    p.in("R 2049:2049(0)").state(TcpState.CLOSED);
  }

  @Test
  @Tag("MAY-8")
  void probesOfAZeroWindowAreAnsweredEachTime() {
    Peer p = withBuffer(2048);
    p.acceptPlain();
    fill(p, 0, 2048);
    for (int i = 0; i < 20; i++) {
      p.in(". 2049:2050(1) ack 1");
      p.out(". 1:1(0) ack 2049 win 0");
    }
  }

  @Test
  void aFinIsTakenWithAFullWindow() {
    Peer p = withBuffer(2048);
    p.acceptPlain();
    fill(p, 0, 2048);
    p.in("F. 2049:2049(0) ack 1");
    p.out(". 1:1(0) ack 2050");
    p.state(TcpState.CLOSE_WAIT);
  }

  /** xarxa 003: a FIN behind bytes that did not fit is not there yet. */
  @Test
  @Tag("RFC9293-3.10.7.4-c")
  void aFinBehindDataThatWasCutOffIsNotTaken() {
    Peer p = withBuffer(2048);
    p.acceptPlain();
    fill(p, 0, 2000);
    p.in("F. 2001:2101(100) ack 1");
    p.outAfter(40, ". 1:1(0) ack 2049 win 0");
    p.state(TcpState.ESTABLISHED);
    p.read(2048);
    p.out(". 1:1(0) ack 2049 win 2048");
    p.in("F. 2001:2101(100) ack 1");
    p.out(". 1:1(0) ack 2102");
    p.state(TcpState.CLOSE_WAIT).read(52);
  }

  /** smoltcp: reading a byte must not make a byte acceptable that was never offered. */
  @Test
  void whatLiesBeyondTheOfferedEdgeIsNotTaken() {
    Peer p = withBuffer(2048);
    p.acceptPlain();
    fill(p, 0, 2048);
    p.read(100);
    p.quiet();
    p.in("P. 2049:2059(10) ack 1");
    p.discard();
    assertThat(p.app().available()).isEqualTo(1948);
  }

  /** RFC 7323 section 2.3: however large the buffer, the shift is 14 at most. */
  @Tag("RFC7323-2.3-d")
  @Test
  void theShiftIsFourteenAtMost() {
    Peer p = new Peer();
    for (int size : new int[] {1 << 29, 1 << 30, Integer.MAX_VALUE}) {
      p.peerPort++;
      if (p.listener == null) {
        p.listen();
      }
      p.listener.setReceiveBuffer(size);
      p.in("S 0:0(0) <mss 1460,nop,wscale 2>");
      assertThat(p.next().value("wscale")).isEqualTo(14);
    }
  }

  @Test
  @Tag("SHLD-14")
  void aSmallerBufferDoesNotTakeBackWhatWasOffered() {
    Peer p = withBuffer(20_000);
    p.acceptPlain();
    p.app().setReceiveBuffer(2048);
    p.pump().discard();
    fill(p, 0, 20_000);
    assertThat(p.app().available()).isEqualTo(20_000);
    p.read(18_900);
    p.quiet();
    p.read(1100);
    p.out(". 1:1(0) ack 20001 win 2048");
  }

  /**
   * RFC 7323 section 2.4: whatever is received and read, the right edge never moves left, and it
   * never promises more than an eighth and one unit beyond the buffer.
   */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5})
  @Tag("SHLD-14")
  @Tag("RFC9293-3.10.7.4-o")
  void theRightEdgeNeverRetreats(int seed) {
    Random r = new Random(seed);
    int buffer = 3000 + r.nextInt(300_000);
    Peer p = withBuffer(buffer);
    p.accept(seed % 2 == 0 ? Peer.SYN_OPTIONS : "mss 1460,nop,wscale 7");
    long edge = 0;
    int sent = 0;
    int read = 0;
    for (int i = 0; i < 3000; i++) {
      int room = (int) Math.min(1448, edge == 0 ? 1448 : edge - sent);
      if (r.nextBoolean() && room > 0) {
        int n = 1 + r.nextInt(room);
        p.in(". " + (1 + sent) + ":" + (1 + sent + n) + "(" + n + ") ack 1");
        sent += n;
      } else if (sent > read) {
        int n = 1 + r.nextInt(sent - read);
        p.read(n);
        read += n;
      }
      if (r.nextInt(20) == 0) {
        p.run(50);
      }
      for (Seg s : p.all()) {
        long e = s.ack - 1 + ((long) s.window << 7);
        assertThat(e).isGreaterThanOrEqualTo(edge);
        assertThat(e).isLessThanOrEqualTo(read + buffer * 9L / 8 + 256);
        edge = e;
      }
    }
    assertThat(sent).isGreaterThan(10_000);
  }

  // ---- memory

  /**
   * A pool that others have filled shuts the window; when there is memory again the connection
   * hears of it.
   */
  @Test
  void aWindowShutByMemoryIsReopenedByFreedMemory() {
    BufferPool pool = new BufferPool(1 << 20);
    Peer p =
        new Peer(
            true,
            Profile.STANDARD,
            Limits.DEFAULT.with(v -> {
              v.sendBufferBytes = 1 << 20;
              v.receiveBufferBytes = 65_535;
            }),
            pool,
            new Observer() {});
    p.acceptPlain();
    java.util.ArrayDeque<dev.sinew.base.Block> hog = new java.util.ArrayDeque<>();
    while (pool.availableBytes() > 110_000) {
      dev.sinew.base.Block b = pool.takeSmall();
      if (b == null) {
        break;
      }
      hog.add(b);
    }
    int at = 0;
    int window = 65_535;
    while (window > 0) {
      int n = Math.min(1460, window);
      p.in(". " + (1 + at) + ":" + (1 + at + n) + "(" + n + ") ack 1");
      p.run(50);
      for (Seg s : p.all()) {
        window = s.window - (at + n - (s.ack - 1));
      }
      at += n;
    }
    p.read(at - 1);
    p.quiet();
    assertThat(p.stack.violation(p.network.now())).isNull();
    p.read(1);
    assertThat(p.next().window).as("who holds nothing may go on, slowly").isEqualTo(2920);
    p.in(". 65536:66996(1460) ack 1");
    p.run(50);
    assertThat(p.next().window).isEqualTo(1460);
    hog.forEach(dev.sinew.base.Block::release);
    p.stack.flush(p.network.now());
    Seg update = p.next();
    assertThat(update.window).isGreaterThan(10_000);
  }

  @Test
  void tinySegmentsCostNoMoreThanTheirBytes() {
    Peer p = withBuffer(65_535);
    p.acceptPlain();
    for (int i = 0; i < 20_000; i++) {
      p.in(". " + (1 + i) + ":" + (2 + i) + "(1) ack 1");
    }
    p.discard();
    assertThat(p.app().available()).isEqualTo(20_000);
    assertThat(p.pool.usedBytes()).isLessThanOrEqualTo(2L * 20_000);
    p.read(20_000);
    assertThat(p.pool.usedBytes()).isZero();
  }
}
