package dev.sinew.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.Limits;
import dev.sinew.base.Profile;
import dev.sinew.base.Readiness;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Urgent data of any length, and how the application hears of it (RFC 9293 section 3.8.5). */
class UrgentTest {
  private static Peer plain() {
    Peer p = new Peer();
    p.acceptPlain();
    return p;
  }

  /** Whether the stack has something to tell about the endpoint; afterwards it has told it. */
  private static boolean told(Peer p) {
    boolean told = false;
    for (Object e = p.stack.takeReady(); e != null; e = p.stack.takeReady()) {
      told |= e == p.app();
    }
    return told;
  }

  /** The pointer has 16 bits: segments from which it can't be reached do not have it. */
  @Test
  @Tag("MUST-31")
  void anyAmountOfUrgentDataIsSent() {
    Peer p = plain();
    p.rawData = true;
    p.window = 65_535;
    int urgent = 100_000;
    for (int i = 0; i < urgent; i++) {
      assertThat(p.app().writeUrgent(i)).isEqualTo(1);
    }
    int next = 1;
    while (next <= urgent) {
      for (Seg s : p.all()) {
        assertThat(s.seq).isEqualTo(next);
        int ahead = urgent + 1 - s.seq;
        assertThat(s.has(Seg.URG)).as("%s", s).isEqualTo(ahead <= 65_535);
        assertThat(s.urgent).isEqualTo(s.has(Seg.URG) ? ahead : 0);
        next = s.seq + s.length;
      }
      p.in(". 1:1(0) ack " + next);
    }
    assertThat(next).isEqualTo(urgent + 1);
    p.app().write(new byte[10], 0, 10);
    p.out("P. 100001:100011(10) ack 1");
  }

  @Test
  @Tag("MUST-31")
  void anyAmountOfUrgentDataIsReceived() {
    Peer p = plain();
    int mark = 1 + 30 * 1460;
    for (int i = 0; i < 100; i++) {
      // The peer writes on: the mark runs before the data.
      int seq = 1 + i * 1460;
      mark = seq + 65_535;
      p.in("U. " + seq + ":" + (seq + 1460) + "(1460) ack 1 urg 65535");
      p.read(1460);
      assertThat(p.app().urgentRemaining()).isEqualTo(mark - seq - 1460);
    }
    int end = mark - 1;
    for (int at = 146_000; at < end; at += 1460) {
      int n = Math.min(1460, end - at);
      p.in(". " + (1 + at) + ":" + (1 + at + n) + "(" + n + ") ack 1");
      p.read(n);
    }
    assertThat(p.app().urgentRemaining()).isZero();
  }

  /** MUST-32: the first pointer, and one that advances; not the same again, nor an older one. */
  @Test
  @Tag("MUST-32")
  @Tag("MUST-33")
  @Tag("RFC9293-3.10.7.4-n")
  void theApplicationHearsOfEachAdvance() {
    Peer p = plain();
    told(p);
    p.in("U. 1:1(0) ack 1 urg 100");
    assertThat(told(p)).isTrue();
    assertThat(p.app().readiness() & Readiness.URGENT).isNotZero();
    assertThat(p.app().urgentRemaining()).isEqualTo(100);
    p.in("U. 1:1(0) ack 1 urg 100").in("U. 1:1(0) ack 1 urg 99");
    assertThat(told(p)).isFalse();
    p.in("U. 1:1(0) ack 1 urg 101");
    assertThat(told(p)).isTrue();
    assertThat(p.app().urgentRemaining()).isEqualTo(101);
    p.in("P. 1:201(200) ack 1").read(100);
    assertThat(p.app().readiness() & Readiness.URGENT).isNotZero();
    p.read(1);
    assertThat(p.app().readiness() & Readiness.URGENT).isZero();
    assertThat(p.app().urgentRemaining()).isZero();
    told(p);
    p.in("U. 201:201(0) ack 1 urg 1");
    assertThat(told(p)).isTrue();
  }

  /** Data that comes twice may carry a pointer: what was read is not urgent any more. */
  @Test
  void aPointerCountsWhereItLiesBeforeTheReader() {
    Peer p = plain();
    p.in("P. 1:101(100) ack 1").read(40);
    p.in("U. 101:101(0) ack 1 urg 0");
    assertThat(mark(p)).isFalse();
    p.in("PU. 21:102(81) ack 1 urg 20");
    assertThat(mark(p)).isFalse();
    p.in("PU. 21:103(82) ack 1 urg 21");
    assertThat(p.app().urgentRemaining()).isEqualTo(1);
  }

  /** Half of the sequence space later a mark behind the reader would seem to lie before it. */
  @Test
  void aMarkThatWasReadIsForgotten() {
    Peer p = plain();
    p.in("PU. 1:101(100) ack 1 urg 50").read(49);
    assertThat(mark(p)).isTrue();
    p.read(1);
    assertThat(mark(p)).isFalse();
    p.in("U. 101:101(0) ack 1 urg 50");
    assertThat(mark(p)).isTrue();
    p.app().shutdownInput();
    p.in("PU. 101:201(100) ack 1 urg 100");
    assertThat(mark(p)).isFalse();
  }

  @Test
  @Tag("RFC9293-3.10.7.4-n")
  void behindTheFinThereIsNoMark() {
    Peer p = plain();
    p.in("F. 1:1(0) ack 1");
    p.in("U. 2:2(0) ack 1 urg 9");
    assertThat(mark(p)).isFalse();
    assertThat(p.app().readiness() & Readiness.URGENT).isZero();
  }

  private static boolean mark(Peer p) {
    Connection c = p.app().connection;
    return c != null && c.urgentReceived;
  }

  @Test
  @Tag("MUST-66")
  void theMarkIsTakenAtAZeroWindow() {
    Peer p =
        new Peer(
            true,
            Profile.STANDARD.with(v -> v.autoTuneReceive = false),
            Limits.DEFAULT.with(v -> v.receiveBufferBytes = 2048));
    p.acceptPlain();
    p.in("P. 1:1025(1024) ack 1").in("P. 1025:2049(1024) ack 1");
    p.out(". 1:1(0) ack 2049 win 0");
    told(p);
    p.in("U. 2049:2049(0) ack 1 urg 7");
    assertThat(told(p)).isTrue();
    assertThat(p.app().urgentRemaining()).isEqualTo(2048 + 7);
    p.in("PU. 2049:2059(10) ack 1 urg 9");
    assertThat(told(p)).isTrue();
    assertThat(p.app().urgentRemaining()).isEqualTo(2048 + 9);
  }
}
