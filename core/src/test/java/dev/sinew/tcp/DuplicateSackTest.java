package dev.sinew.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.Profile;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The receiver reports what came twice (RFC 2883). Numbers are the RFC's examples, plus 1. */
class DuplicateSackTest {
  private static Peer sack() {
    Peer p = new Peer();
    p.accept("mss 1460,sackOK,nop,nop");
    return p;
  }

  /** Bytes [from, to) of the RFC's examples arrive. */
  private static Peer seg(Peer p, int from, int to) {
    return p.in("P. " + (from + 1) + ":" + (to + 1) + "(" + (to - from) + ") ack 1");
  }

  /** An ACK up to byte {@code ack} with these blocks, written as the RFC writes them. */
  private static void ack(Peer p, int ack, int... edges) {
    StringBuilder s = new StringBuilder("sack");
    for (int i = 0; i < edges.length; i += 2) {
      s.append(' ').append(edges[i] + 1).append(':').append(edges[i + 1] + 1);
    }
    p.out(". 1:1(0) ack " + (ack + 1) + (edges.length == 0 ? " <>" : " <nop,nop," + s + ">"));
  }

  /** Everything up to {@code to} has arrived and is acknowledged. */
  private static Peer received(int to) {
    Peer p = sack();
    for (int at = 0; at < to; at += 500) {
      seg(p, at, Math.min(to, at + 500));
    }
    p.run(50);
    return p.discard();
  }

  /** Section 4.1.1. */
  @Tag("RFC2883-4-a")
  @Tag("RFC2883-4-d")
  @Test
  void aDuplicateBelowTheAcknowledgement() {
    Peer p = received(4000);
    seg(p, 3000, 3500);
    ack(p, 4000, 3000, 3500);
  }

  /** Section 4.1.2. */
  @Tag("RFC2883-4-a")
  @Tag("RFC2883-4-f")
  @Test
  void aDuplicateWhileDataWaitsBehindAGap() {
    Peer p = received(4000);
    seg(p, 4500, 5000);
    ack(p, 4000, 4500, 5000);
    seg(p, 3000, 3500);
    ack(p, 4000, 3000, 3500, 4500, 5000);
  }

  /** Section 4.1.3: what holds the duplicate is the second block. */
  @Tag("RFC2883-4-e")
  @Tag("RFC2883-4-f")
  @Test
  void aDuplicateOfWhatWaitsBehindAGap() {
    Peer p = received(4000);
    seg(p, 4500, 5000);
    ack(p, 4000, 4500, 5000);
    seg(p, 5000, 5500);
    ack(p, 4000, 4500, 5500);
    seg(p, 6000, 6500);
    ack(p, 4000, 6000, 6500, 4500, 5500);
    seg(p, 5000, 5500);
    ack(p, 4000, 5000, 5500, 4500, 5500, 6000, 6500);
  }

  /** Section 4.2.1. */
  @Tag("RFC2883-4-d")
  @Test
  void aPartialDuplicate() {
    Peer p = received(1000);
    seg(p, 2000, 2500);
    ack(p, 1000, 2000, 2500);
    seg(p, 1000, 1500);
    ack(p, 1500, 2000, 2500);
    seg(p, 1000, 2000);
    ack(p, 2500, 1000, 1500);
  }

  /** Section 4.2.2: of two parts, the first alone. */
  @Tag("RFC2883-4.2")
  @Test
  void twoPartsBelowTheNewAcknowledgement() {
    Peer p = received(1000);
    seg(p, 3000, 3500);
    ack(p, 1000, 3000, 3500);
    seg(p, 1000, 1500);
    ack(p, 1500, 3000, 3500);
    seg(p, 2000, 2500);
    ack(p, 1500, 2000, 2500, 3000, 3500);
    seg(p, 1000, 2500);
    ack(p, 2500, 1000, 1500, 3000, 3500);
  }

  /** Section 4.2.3. */
  @Tag("RFC2883-4-e")
  @Tag("RFC2883-4.2")
  @Test
  void twoPartsBehindAGap() {
    Peer p = received(1000);
    seg(p, 3500, 4000);
    ack(p, 1000, 3500, 4000);
    seg(p, 1500, 2000);
    ack(p, 1000, 1500, 2000, 3500, 4000);
    seg(p, 2500, 3000);
    ack(p, 1000, 2500, 3000, 1500, 2000, 3500, 4000);
    seg(p, 1500, 3000);
    ack(p, 1000, 1500, 2000, 1500, 3000, 3500, 4000);
  }

  /** Each duplicate is reported once. */
  @Tag("RFC2883-4-b")
  @Tag("RFC2883-4-c")
  @Test
  void theNextAckHasForgottenIt() {
    Peer p = received(4000);
    seg(p, 3000, 3500);
    ack(p, 4000, 3000, 3500);
    seg(p, 4000, 4500);
    p.outAfter(40, ". 1:1(0) ack 4501 <>");
    seg(p, 3000, 3500);
    ack(p, 4500, 3000, 3500);
    seg(p, 3000, 3500);
    ack(p, 4500, 3000, 3500);
  }

  /** And each segment that is one has its own report, also when they come together. */
  @Tag("RFC2883-4-c")
  @Test
  void duplicatesOfOneBatchAreReportedOneByOne() {
    for (Peer p : new Peer[] {new Peer(), Peer.overBatchingLink()}) {
      p.accept("mss 1460,sackOK,nop,nop");
      p.in("P. 1:1401(1400) ack 1").run(50).discard();
      p.inLater("P. 1:501(500) ack 1").inLater("P. 501:1001(500) ack 1");
      p.inLater("P. 1001:1401(400) ack 1");
      ack(p, 1400, 0, 500);
      ack(p, 1400, 500, 1000);
      ack(p, 1400, 1000, 1400);
      p.quiet();
    }
  }

  /** Data that leaves at the same time carries the report. */
  @Test
  void dataCarriesTheReport() {
    Peer p = received(1000);
    assertThat(p.app().write(Pattern.stack(0, 10), 0, 10)).isEqualTo(10);
    p.inLater("P. 501:1001(500) ack 1");
    p.out("P. 1:11(10) ack 1001 <nop,nop,sack 501:1001>");
    p.quiet();
  }

  /** Timestamps leave room for three blocks; the duplicate takes one of them. */
  @Test
  void besideTimestampsThreeBlocksInAll() {
    Peer p = new Peer();
    p.accept();
    seg(p, 0, 100);
    for (int i = 1; i <= 4; i++) {
      seg(p, i * 200, i * 200 + 100);
    }
    p.discard();
    seg(p, 0, 100);
    assertThat(p.next().options).endsWith(",sack 1:101 801:901 601:701");
  }

  /** Section 4.3: an old timestamp makes a duplicate no less of one. */
  @Tag("RFC2883-4.3")
  @Test
  void aDuplicateWithAnOldTimestamp() {
    Peer p = new Peer();
    p.accept();
    p.timestampBase += 5000;
    seg(p, 0, 500);
    p.run(50).discard();
    p.timestampBase -= 1000;
    seg(p, 0, 500);
    assertThat(p.next().options).endsWith(",sack 1:501");
  }

  /** A FIN that comes again with its data: the FIN itself is no data. */
  @Test
  void aRepeatedFinIsNotPartOfTheReport() {
    Peer p = received(1000);
    p.in("FP. 1001:1501(500) ack 1");
    p.out(". 1:1(0) ack 1502 <>");
    p.in("FP. 1001:1501(500) ack 1");
    p.out(". 1:1(0) ack 1502 <nop,nop,sack 1001:1501>");
  }

  /** A duplicate with the FIN that was missing: the edges stay those of the data. */
  @Test
  void aFinBehindADuplicate() {
    Peer p = received(1000);
    p.in("FP. 501:1001(500) ack 1");
    p.out(". 1:1(0) ack 1002 <nop,nop,sack 501:1001>");
  }

  @Test
  void nothingIsReportedWhereTheProfileOrThePeerSaysNo() {
    Peer off = new Peer(Peer.profile(Profile.STANDARD, "dsack", false));
    off.accept("mss 1460,sackOK,nop,nop");
    seg(off, 0, 500);
    off.run(50).discard();
    seg(off, 0, 500);
    ack(off, 500);
    Peer plain = new Peer();
    plain.acceptPlain();
    seg(plain, 0, 500);
    plain.run(50).discard();
    seg(plain, 0, 500);
    ack(plain, 500);
  }

  /** RFC 2018 section 4: as many blocks as there is room for, those too that changed long ago. */
  @Tag("RFC2018-4-f")
  @Test
  void roomIsFilledWithOlderBlocks() {
    Peer p = sack();
    for (int i = 1; i <= 6; i++) {
      seg(p, i * 200, i * 200 + 100);
    }
    p.discard();
    // The four youngest become one; of the two others nothing was said for long.
    seg(p, 600, 1300);
    ack(p, 0, 600, 700, 600, 1300, 400, 500, 200, 300);
  }

  /** Whatever comes, the first part that came twice is reported, and nothing else. */
  @Tag("RFC2883-4-b")
  @Tag("RFC2883-4-d")
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void aReportIsTrue(int seed) {
    Random r = new Random(seed);
    Peer p = sack();
    boolean[] got = new boolean[40_000];
    int next = 0;
    for (int i = 0; i < 1500 && next < 30_000; i++) {
      int from = r.nextInt(4) == 0 ? next : Math.max(0, next - 2000 + r.nextInt(6000));
      int to = from + 1 + r.nextInt(800);
      int first = from;
      while (first < to && !got[first]) {
        first++;
      }
      int end = first;
      while (end < to && got[end]) {
        end++;
      }
      for (int k = from; k < to; k++) {
        got[k] = true;
      }
      while (got[next]) {
        next++;
      }
      seg(p, from, to);
      p.run(41);
      Seg s = p.all().getFirst();
      assertThat(s.ack).isEqualTo(next + 1);
      String blocks = s.options == null ? "" : s.options;
      if (first < end) {
        assertThat(blocks + " ").contains("sack " + (first + 1) + ":" + (end + 1) + " ");
      } else if (blocks.contains("sack")) {
        int start = Integer.parseInt(blocks.replaceAll(".*sack (\\d+):.*", "$1"));
        assertThat(start).isGreaterThan(s.ack);
      }
    }
  }
}
