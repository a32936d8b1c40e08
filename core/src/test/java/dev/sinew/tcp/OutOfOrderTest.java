package dev.sinew.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.Block;
import dev.sinew.base.BufferPool;
import dev.sinew.base.Counter;
import dev.sinew.base.Limits;
import dev.sinew.base.Profile;
import dev.sinew.base.TcpError;
import dev.sinew.base.TcpState;
import dev.sinew.observe.Observer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Segments out of order, overlapping, twice, and what SACK says of them (RFC 9293 section 3.10.7.4,
 * RFC 2018).
 */
class OutOfOrderTest {
  private static Peer sack() {
    Peer p = new Peer();
    p.accept("mss 1460,sackOK,nop,nop");
    return p;
  }

  private static Peer seg(Peer p, int from, int to) {
    return p.in("P. " + (1 + from) + ":" + (1 + to) + "(" + (to - from) + ") ack 1");
  }

  /**
   * Every order of up to six pieces, with a seventh that overlaps several: the stream is the same.
   */
  @Test
  @Tag("SHLD-31")
  @Tag("RFC9293-3.10.7.4-c")
  void anyOrderGivesTheStream() {
    int[][] pieces = {{0, 10}, {10, 15}, {15, 30}, {25, 40}, {40, 41}, {38, 60}};
    List<int[]> orders = new ArrayList<>();
    permute(new int[] {0, 1, 2, 3, 4, 5}, 0, orders);
    Peer p = sack();
    int base = 0;
    for (int[] order : orders) {
      for (int i : order) {
        seg(p, base + pieces[i][0], base + pieces[i][1]);
        assertThat(p.stack.violation(p.network.now())).isNull();
      }
      assertThat(p.app().available()).isEqualTo(60);
      p.read(60);
      base += 60;
      p.discard();
    }
    assertThat(orders).hasSize(720);
    assertThat(p.pool.usedBytes()).isZero();
  }

  private static void permute(int[] a, int k, List<int[]> out) {
    if (k == a.length) {
      out.add(a.clone());
      return;
    }
    for (int i = k; i < a.length; i++) {
      int t = a[k];
      a[k] = a[i];
      a[i] = t;
      permute(a, k + 1, out);
      a[i] = a[k];
      a[k] = t;
    }
  }

  /** Random pieces of a window, overlapping and repeated, across block boundaries. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4})
  void randomPiecesGiveTheStream(int seed) {
    Random r = new Random(seed);
    Peer p = sack();
    int read = 0;
    for (int i = 0; i < 1500; i++) {
      int from = read + r.nextInt(20_000) - 500;
      int to = Math.min(from + 1 + r.nextInt(1460), read + 30_000);
      if (from >= 0) {
        seg(p, from, to);
      }
      if (r.nextInt(3) == 0) {
        // The piece that is missing.
        seg(p, read + p.app().available(), read + p.app().available() + 700);
      }
      int n = r.nextInt(p.app().available() + 1);
      p.read(n);
      read += n;
      assertThat(p.stack.violation(p.network.now())).isNull();
      p.discard();
    }
    assertThat(read).isGreaterThan(100_000);
  }

  /** A segment that comes again with other bytes changes nothing: the first copy wins. */
  @Test
  void theFirstBytesWin() {
    Peer p = sack();
    seg(p, 10, 20);
    p.in("P. 6:26(20) ack 1", new byte[20]);
    p.in("P. 1:31(30) ack 1", new byte[30]);
    byte[] got = new byte[30];
    assertThat(p.app().read(got, 0, 30)).isEqualTo(30);
    byte[] expected = new byte[30];
    System.arraycopy(Pattern.peer(10, 10), 0, expected, 10, 10);
    assertThat(got).isEqualTo(expected);
  }

  // ---- SACK blocks

  /**
   * RFC 2018 section 4: the block of the segment that has just come is the first, the others follow
   * by age.
   */
  @Tag("RFC2018-3-b")
  @Tag("RFC2018-4-d")
  @Tag("RFC2018-4-e")
  @Tag("RFC2018-4-g")
  @Test
  void theMostRecentBlockIsFirst() {
    Peer p = sack();
    seg(p, 100, 200);
    p.out(". 1:1(0) ack 1 <nop,nop,sack 101:201>");
    seg(p, 300, 400);
    p.out(". 1:1(0) ack 1 <nop,nop,sack 301:401 101:201>");
    seg(p, 500, 600);
    p.out(". 1:1(0) ack 1 <nop,nop,sack 501:601 301:401 101:201>");
    seg(p, 700, 800);
    p.out(". 1:1(0) ack 1 <nop,nop,sack 701:801 501:601 301:401 101:201>");
    seg(p, 900, 1000);
    p.out(". 1:1(0) ack 1 <nop,nop,sack 901:1001 701:801 501:601 301:401>");
    seg(p, 200, 300);
    p.out(". 1:1(0) ack 1 <nop,nop,sack 101:401 901:1001 701:801 501:601>");
    seg(p, 0, 100);
    p.out(". 1:1(0) ack 401 <nop,nop,sack 901:1001 701:801 501:601>");
    seg(p, 400, 500);
    p.out(". 1:1(0) ack 601 <nop,nop,sack 901:1001 701:801>");
    seg(p, 600, 1000);
    // Nothing waits any more; what came twice is reported (RFC 2883 section 4.2).
    p.out(". 1:1(0) ack 1001 <nop,nop,sack 701:801>");
  }

  @Tag("RFC2018-3-b")
  @Test
  void withTimestampsThreeBlocksFit() {
    Peer p = new Peer();
    p.accept();
    for (int i = 1; i <= 5; i++) {
      seg(p, i * 200, i * 200 + 100);
    }
    Seg last = null;
    for (Seg s : p.all()) {
      last = s;
    }
    assertThat(last.options).endsWith("sack 1001:1101 801:901 601:701");
  }

  @Tag("RFC2018-4-b")
  @Test
  void withoutPermissionThereAreNoBlocks() {
    Peer p = new Peer();
    p.acceptPlain();
    seg(p, 100, 200);
    p.out(". 1:1(0) ack 1 <>");
  }

  /** Whatever comes: each block is received data above RCV.NXT, no two are the same or overlap. */
  @Tag("RFC2018-3-a")
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void blocksAreDisjointAndTrue(int seed) {
    Random r = new Random(seed);
    Peer p = new Peer(Peer.profile(Profile.STANDARD, "dsack", false));
    p.accept("mss 1460,sackOK,nop,nop");
    boolean[] got = new boolean[70_000];
    int next = 0;
    for (int i = 0; i < 2000; i++) {
      int from = r.nextInt(4) == 0 ? next : next + r.nextInt(6000);
      int to = from + 1 + r.nextInt(800);
      if (to > 60_000) {
        break;
      }
      seg(p, from, to);
      for (int k = from; k < to; k++) {
        got[k] = true;
      }
      while (got[next]) {
        next++;
      }
      p.run(41);
      for (Seg s : p.all()) {
        if (s.options == null || !s.options.contains("sack")) {
          continue;
        }
        boolean[] seen = new boolean[70_000];
        String[] blocks = s.options.substring(s.options.indexOf("sack ") + 5).split(" ");
        for (String block : blocks) {
          int start = Integer.parseInt(block.split(":")[0]) - 1;
          int end = Integer.parseInt(block.split(":")[1]) - 1;
          assertThat(start).isGreaterThan(s.ack - 1).isLessThan(end);
          for (int k = start; k < end; k++) {
            assertThat(got[k]).as("byte %d of %s", k, s).isTrue();
            assertThat(seen[k]).as("twice byte %d of %s", k, s).isFalse();
            seen[k] = true;
          }
          assertThat(got[start - 1]).isFalse();
          assertThat(got[end]).isFalse();
        }
      }
    }
  }

  /** RFC 2018 section 4: whatever is sent while data waits behind a gap tells of it. */
  @Tag("RFC2018-2")
  @Tag("RFC2018-4-a")
  @Tag("RFC2018-4-c")
  @Test
  void everySegmentTellsOfTheGap() {
    Peer p = sack();
    seg(p, 100, 200);
    p.out(". 1:1(0) ack 1 <nop,nop,sack 101:201>");
    p.write(10);
    p.out("P. 1:11(10) ack 1 <nop,nop,sack 101:201>");
    p.outAfter(200, "P. 1:11(10) ack 1 <nop,nop,sack 101:201>");
    p.in(". 1:1(0) ack 11 win 0");
    p.write(10);
    p.network.runUntil(() -> p.pending() > 0, Peer.S);
    p.out(". 10:10(0) ack 1 <nop,nop,sack 101:201>");
    p.in(". 1:1(0) ack 11 win 60000");
    p.out("P. 11:21(10) ack 1 <nop,nop,sack 101:201>");
    p.shutdown();
    p.out("F. 21:21(0) ack 1 <nop,nop,sack 101:201>");
    seg(p, 0, 100);
    p.out(". 22:22(0) ack 201 <>");
  }

  /** RFC 2018 section 8: what was dropped for want of memory is reported no more. */
  @Tag("RFC2018-8-b")
  @Test
  void whatWasDroppedIsNotReported() {
    BufferPool pool = new BufferPool(64 << 10);
    Peer p = new Peer(true, Profile.STANDARD, Limits.DEFAULT, pool, new Observer() {});
    p.accept("mss 1460,sackOK,nop,nop");
    int at = 1;
    while (p.count(Counter.TcpExtTCPOFODrop) == 0) {
      seg(p, at * 1460, (at + 1) * 1460);
      at++;
    }
    List<Seg> acks = p.all();
    assertThat(acks.getFirst().options).contains("sack");
    List<Block> hog = new ArrayList<>();
    for (Block b = pool.takeSmall(); b != null; b = pool.takeSmall()) {
      hog.add(b);
    }
    seg(p, 0, 1460);
    assertThat(p.count(Counter.TcpExtOfoPruned)).isEqualTo(1);
    p.run(50);
    assertThat(p.all()).isNotEmpty().allMatch(s -> s.options.isEmpty());
    hog.forEach(Block::release);
  }

  // ---- limits

  @Test
  void beyondTheLimitOfRangesOnlyWhatFitsIsTaken() {
    Peer p = new Peer(true, Profile.STANDARD, Peer.limits("outOfOrderRanges", 3));
    p.accept("mss 1460,sackOK,nop,nop");
    for (int i = 1; i <= 100; i++) {
      seg(p, i * 10, i * 10 + 1);
    }
    assertThat(p.count(Counter.TcpExtTCPOFODrop)).isEqualTo(97);
    seg(p, 11, 13);
    assertThat(p.count(Counter.TcpExtTCPOFODrop)).isEqualTo(97);
    p.discard();
    seg(p, 0, 10);
    p.out(". 1:1(0) ack 14");
  }

  @Test
  void anAlternatingFloodCostsBoundedMemoryAndTheNextByteIsAlwaysTaken() {
    Peer p = sack();
    for (int i = 1; i < 16_000; i += 2) {
      p.inLater("P. " + (1 + i) + ":" + (2 + i) + "(1) ack 1");
    }
    p.discard();
    assertThat(p.pool.usedBytes()).isLessThanOrEqualTo(65_536);
    seg(p, 0, 1);
    assertThat(p.app().available()).isEqualTo(2);
  }

  /**
   * In-order data outranks what waits behind a gap when memory ends; nothing that was acknowledged
   * is lost.
   */
  @Test
  void whenMemoryEndsOutOfOrderDataGoesFirst() {
    BufferPool pool = new BufferPool(64 << 10);
    Peer p = new Peer(true, Profile.STANDARD, Limits.DEFAULT, pool, new Observer() {});
    p.accept("mss 1460,sackOK,nop,nop");
    List<Block> hog = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      hog.add(java.util.Objects.requireNonNull(pool.takeSmall()));
    }
    for (int i = 1; i < 45; i++) {
      seg(p, i * 1460, (i + 1) * 1460);
    }
    assertThat(p.count(Counter.TcpExtTCPOFODrop)).isPositive();
    p.discard();
    int at = 0;
    for (int i = 0; i < 45; i++) {
      seg(p, at, at + 1460);
      int n = p.app().available();
      p.read(n);
      at += n;
      p.run(50);
      p.discard();
    }
    assertThat(at).isGreaterThan(40_000);
    p.in("R " + (1 + at) + ":" + (1 + at) + "(0)");
    hog.forEach(Block::release);
    p.nothingLeft();
  }

  @Test
  void withoutAnyMemoryNothingIsAcknowledgedAndLaterAllComes() {
    BufferPool pool = new BufferPool(64 << 10);
    Peer p = new Peer(true, Profile.STANDARD, Limits.DEFAULT, pool, new Observer() {});
    p.accept("mss 1460,sackOK,nop,nop");
    List<Block> hog = new ArrayList<>();
    for (Block b = pool.takeSmall(); b != null; b = pool.takeSmall()) {
      hog.add(b);
    }
    seg(p, 0, 1460);
    p.out(". 1:1(0) ack 1");
    p.in("F. 1461:1461(0) ack 1");
    p.out(". 1:1(0) ack 1");
    p.readGives(TcpError.WOULD_BLOCK);
    hog.forEach(Block::release);
    seg(p, 0, 1460);
    p.out(". 1:1(0) ack 1462");
    p.state(TcpState.CLOSE_WAIT).read(1460).readGives(TcpError.END_OF_STREAM);
    assertThat(pool.usedBytes()).isZero();
  }

  // ---- FIN

  @Test
  void aFinBehindAGapIsRemembered() {
    Peer p = sack();
    p.in("FP. 101:201(100) ack 1");
    p.out(". 1:1(0) ack 1 <nop,nop,sack 101:201>");
    p.state(TcpState.ESTABLISHED);
    seg(p, 0, 100);
    p.out(". 1:1(0) ack 202 <>");
    p.state(TcpState.CLOSE_WAIT).read(200).readGives(TcpError.END_OF_STREAM);
  }

  @Test
  void aLoneFinBehindAGapIsRemembered() {
    Peer p = sack();
    p.in("F. 101:101(0) ack 1");
    p.out(". 1:1(0) ack 1");
    seg(p, 0, 100);
    p.out(". 1:1(0) ack 102");
    p.state(TcpState.CLOSE_WAIT);
  }

  @Test
  void nothingComesAfterAFin() {
    Peer p = sack();
    p.in("F. 101:101(0) ack 1");
    seg(p, 100, 200);
    seg(p, 50, 150);
    p.in("F. 301:301(0) ack 1");
    p.discard();
    seg(p, 0, 60);
    p.state(TcpState.CLOSE_WAIT).read(100).readGives(TcpError.END_OF_STREAM);
  }

  /**
   * A FIN whose number lies among data that is here already is a lie; the stream must not hang on
   * it.
   */
  @Test
  void aFinInTheMiddleOfReceivedDataEndsTheStreamThere() {
    Peer p = sack();
    seg(p, 100, 200);
    p.in("F. 151:151(0) ack 1");
    p.discard();
    seg(p, 0, 100);
    int available = p.app().available();
    assertThat(available).isBetween(150, 200);
    p.read(available);
    if (available == 150) {
      p.readGives(TcpError.END_OF_STREAM);
    } else {
      // Ignored: the real FIN counts.
      p.in("F. 201:201(0) ack 1");
      p.readGives(TcpError.END_OF_STREAM);
    }
  }

  // ---- urgent data received

  @Test
  @Tag("MUST-30")
  @Tag("MUST-33")
  void theUrgentMarkIsToldAndCountedDown() {
    Peer p = sack();
    p.in("PU. 1:101(100) ack 1 urg 50");
    assertThat(p.app().urgentRemaining()).isEqualTo(50);
    p.read(20);
    assertThat(p.app().urgentRemaining()).isEqualTo(30);
    p.read(80);
    assertThat(p.app().urgentRemaining()).isZero();
    p.in("U. 101:101(0) ack 1 urg 1000");
    assertThat(p.app().urgentRemaining()).isEqualTo(1000);
    // An older pointer does not move it back.
    p.in("PU. 101:201(100) ack 1 urg 10");
    assertThat(p.app().urgentRemaining()).isEqualTo(1000);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 99, 100, 101, 65_535})
  void anyUrgentPointerLeavesTheStreamWhole(int pointer) {
    Peer p = sack();
    p.in("PU. 1:101(100) ack 1 urg " + pointer);
    p.in("PU. 51:151(100) ack 1 urg " + pointer);
    p.in("U. 151:151(0) ack 1 urg " + pointer);
    p.read(150);
  }
}
