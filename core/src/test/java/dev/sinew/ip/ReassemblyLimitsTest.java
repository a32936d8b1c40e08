package dev.sinew.ip;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.Block;
import dev.sinew.base.BufferPool;
import dev.sinew.base.Counter;
import dev.sinew.base.Limits;
import dev.sinew.observe.DropReason;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Fragments that are hoarded: every cap, and what goes when it is reached. */
class ReassemblyLimitsTest extends ReassemblyScene {
  @Test
  void aDatagramMayHaveSoManyPiecesAndNoMore() {
    int most = Limits.DEFAULT.reassemblyFragments();
    byte[] payload = datagram(V4, 8 * most);
    for (int i = 0; i < most; i++) {
      h.in(piece(V4, 1, payload, 8 * i, 8 * i + 8));
    }
    assertDelivered(payload);
    payload = datagram(V4, 8 * most + 8);
    for (int i = 0; i <= most; i++) {
      h.in(piece(V4, 2, payload, 8 * i, 8 * i + 8));
    }
    assertThat(h.delivered).isEmpty();
    assertThat(h.drops).containsExactly(DropReason.FRAGMENT_LIMIT);
    assertThat(h.used()).isZero();
  }

  @Test
  void oneSourceGetsItsShareAndItsOldestDatagramGoesFirst() {
    byte[] payload = datagram(V4, 24);
    byte[] legit = datagram("10.0.0.77", 24);
    h.in(piece("10.0.0.77", 1, legit, 0, 8));
    int fits = (int) (Limits.DEFAULT.reassemblyBytesPerSource() / BufferPool.SMALL);
    for (int id = 1; id <= fits + 1; id++) {
      h.in(piece(V4, id, payload, 0, 8));
    }
    assertThat(h.context.pool.usedBytes())
        .isEqualTo(Limits.DEFAULT.reassemblyBytesPerSource() + BufferPool.SMALL);
    h.in(piece(V4, 1, payload, 8, 24));
    assertThat(h.delivered).isEmpty();
    h.in(piece(V4, fits + 1, payload, 8, 24));
    assertDelivered(payload);
    h.in(piece("10.0.0.77", 1, legit, 8, 24));
    assertDelivered(legit);
    // The next error is about 127 datagrams whose beginning came; the bucket lets a burst of them
    // through.
    h.pass(TIMEOUT);
    assertThat(h.out()).hasSizeLessThanOrEqualTo(Limits.DEFAULT.icmpErrorBurst());
  }

  /** The default limits with other caps on the memory of fragments. */
  private static Limits caps(long all, long source) {
    return Limits.DEFAULT.with(v -> {
      v.reassemblyBytes = all;
      v.reassemblyBytesPerSource = source;
    });
  }

  @ParameterizedTest
  @CsvSource({"8192,1000000", "1000000,8192"})
  void aDatagramThatIsLargerThanItsAllowanceGoesAlone(long all, long source) {
    h = new IpHarness(false, caps(all, source));
    byte[] payload = datagram(V4, 9000);
    for (int at = 0; at < 9000; at += 1480) {
      h.in(piece(V4, 1, payload, at, Math.min(9000, at + 1480)));
    }
    assertThat(h.delivered).isEmpty();
    assertThat(h.drops).contains(DropReason.FRAGMENT_LIMIT);
    h.pass(TIMEOUT);
    assertThat(h.used()).isZero();
    byte[] fits = datagram(V4, 8000);
    for (int at = 0; at < 8000; at += 1480) {
      h.in(piece(V4, 2, fits, at, Math.min(8000, at + 1480)));
    }
    assertDelivered(fits);
  }

  @Test
  void aFloodFromEverywhereIsBoundedAndFreshDatagramsStillComeThrough() {
    int whole = 0;
    for (int i = 0; i < 20_000; i++) {
      String attacker = "172." + (16 + (i >> 16)) + "." + (i >> 8 & 0xff) + "." + (i & 0xff);
      h.in(piece(attacker, i, 8, true, new byte[1480]));
      if (i % 100 == 0) {
        byte[] payload = datagram(V4, 2000);
        h.in(piece(V4, i, payload, 0, 1480));
        h.in(piece(V4, i, payload, 1480, 2000));
        whole++;
      }
      assertThat(h.context.pool.usedBytes()).isLessThanOrEqualTo(Limits.DEFAULT.reassemblyBytes());
    }
    assertThat(h.delivered).hasSize(whole);
  }

  @Test
  void deadDatagramsAreBoundedToo() {
    for (int i = 0; i < 5000; i++) {
      h.in(piece(V4, i, 8, true, new byte[16]));
      h.in(piece(V4, i, 16, true, new byte[16]));
    }
    assertThat(h.count(Counter.IpReasmOverlaps)).isEqualTo(5000);
    assertThat(h.used()).isZero();
    byte[] payload = datagram(V4, 24);
    h.in(piece(V4, 60_000, payload, 0, 8));
    h.in(piece(V4, 60_000, payload, 8, 24));
    assertDelivered(payload);
  }

  @Test
  void anEmptyPoolDropsTheDatagramAndKeepsNothing() {
    BufferPool pool = new BufferPool(64L << 10);
    Block held = pool.takeSmall();
    assertThat(held).isNotNull();
    h = new IpHarness(false, Limits.DEFAULT, pool);
    byte[] payload = datagram(V4, 65_515);
    int step = 8184;
    for (int at = 0; at < payload.length; at += step) {
      h.in(piece(V4, 1, payload, at, Math.min(payload.length, at + step)));
    }
    assertThat(h.delivered).isEmpty();
    assertThat(h.drops).contains(DropReason.MEMORY);
    held.release();
  }

  @Test
  void closingGivesEverythingBack() {
    h.in(piece(V4, 1, datagram(V4, 3000), 0, 1480));
    assertThat(h.context.pool.usedBytes()).isPositive();
    h.ip.close();
    assertThat(h.used()).isZero();
    assertThat(h.context.timers.armedCount()).isZero();
  }
}
