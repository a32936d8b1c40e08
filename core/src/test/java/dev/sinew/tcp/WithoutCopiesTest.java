package dev.sinew.tcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sinew.base.BufferPool;
import dev.sinew.base.Limits;
import dev.sinew.base.Profile;
import dev.sinew.base.SharedBytes;
import dev.sinew.ip.IpAddress;
import dev.sinew.testing.Packets;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Bytes that many connections send from one place, and segments that stay where their packets were
 * read, on a wire that loses, repeats and reorders: what comes out is what went in, and every block
 * comes back.
 */
class WithoutCopiesTest {
  private static final IpAddress B = Packets.address("10.0.0.2");
  private static final long S = 1_000_000_000L;
  private static final int PAGE = 200_000;
  private static final int TOTAL = 3_000_000;

  private final byte[] page = new byte[PAGE];
  private final MemorySegment pageMemory = Arena.ofAuto().allocate(PAGE);

  private SharedBytes shared(FaultyPair w) {
    new Random(7).nextBytes(page);
    MemorySegment.copy(page, 0, pageMemory, ValueLayout.JAVA_BYTE, 0, PAGE);
    return Objects.requireNonNull(SharedBytes.copyOf(pageMemory, 0, PAGE, w.poolA));
  }

  @ParameterizedTest
  @CsvSource({"1, 1500", "2, 9000", "3, 40000", "4, 65535", "5, 65535", "6, 40000"})
  void whatComesOutIsWhatWentIn(int seed, int mtu) {
    Random r = new Random(seed);
    FaultyPair w = new FaultyPair(seed, Profile.STANDARD, Limits.DEFAULT, 16 << 20, mtu);
    SharedBytes bytes = shared(w);
    w.loss = 10;
    w.repeat = 10;
    w.reorder = 10;
    TcpListener l = Objects.requireNonNull(w.b.listen(IpAddress.ANY_V4, 80, 0, true, false));
    TcpEndpoint a = w.a.tcp();
    a.connect(B, 80);
    TcpEndpoint b = null;
    int sent = 0;
    int got = 0;
    byte[] buffer = new byte[100_000];
    long end = w.now + 600 * S;
    while (w.now < end && got < TOTAL) {
      w.pump();
      b = b == null ? l.accept() : b;
      // The stream is the page again and again, by writes of both kinds.
      int at = sent % PAGE;
      int most = Math.min(Math.min(PAGE - at, TOTAL - sent), 1 + r.nextInt(70_000));
      if (most > 0) {
        int n = r.nextInt(3) == 0 ? a.write(page, at, most) : a.write(bytes, at, most);
        sent += Math.max(0, n);
      }
      if (b != null && r.nextInt(3) == 0) {
        int n = b.read(buffer, 0, 1 + r.nextInt(buffer.length));
        for (int done = 0; done < n; ) {
          int from = got % PAGE;
          int piece = Math.min(n - done, PAGE - from);
          assertThat(Arrays.equals(buffer, done, done + piece, page, from, from + piece)).isTrue();
          done += piece;
          got += piece;
        }
      }
      w.step(Math.min(end, w.now + S / 100));
    }
    assertThat(got).isEqualTo(TOTAL);
    bytes.release();
    a.close();
    Objects.requireNonNull(b).close();
    l.close();
    w.heal();
    for (long over = w.now + 500 * S; w.now < over && !w.idle(); w.step(over)) {
      w.pump();
    }
    assertThat(w.poolA.usedBytes() + w.poolB.usedBytes()).isZero();
  }

  /** A segment of half a block stays where it was read; one byte less is copied to small blocks. */
  @ParameterizedTest
  @CsvSource({"32767, 32768", "32768, 65536"})
  void halfABlockIsWorthABlock(int length, int held) {
    FaultyPair w = new FaultyPair(1, Profile.STANDARD, Limits.DEFAULT, 1 << 20, 65_000);
    TcpListener l = Objects.requireNonNull(w.b.listen(IpAddress.ANY_V4, 80, 0, true, false));
    TcpEndpoint a = w.a.tcp();
    a.connect(B, 80);
    for (int i = 0; i < 4; i++, w.step(w.now + S / 10)) {
      w.pump();
    }
    assertThat(a.write(new byte[length], 0, length)).isEqualTo(length);
    for (int i = 0; i < 4; i++, w.step(w.now + S / 10)) {
      w.pump();
    }
    TcpEndpoint b = Objects.requireNonNull(l.accept());
    assertThat(w.poolB.usedBytes()).isEqualTo(held);
    assertThat(b.skip(length - 1)).isEqualTo(length - 1);
    assertThat(w.poolB.usedBytes()).isPositive();
    assertThat(b.skip(length)).isEqualTo(1);
    assertThat(w.poolB.usedBytes()).isZero();
  }

  @Test
  void whatIsNotThereIsNotSent() {
    FaultyPair w = new FaultyPair(1, Profile.STANDARD, Limits.DEFAULT, 1 << 20, 1500);
    SharedBytes bytes = shared(w);
    TcpEndpoint a = w.a.tcp();
    a.connect(B, 80);
    assertThatThrownBy(() -> a.write(bytes, PAGE - 10, 11))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> a.write(bytes, -1, 1)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThat(a.write(bytes, PAGE - 10, 10)).isEqualTo(10);
    bytes.release();
    bytes.release();
    assertThatThrownBy(() -> a.write(bytes, 0, 1)).isInstanceOf(IllegalStateException.class);
    a.abort();
    a.close();
    assertThat(w.poolA.usedBytes()).isZero();
    assertThat(SharedBytes.copyOf(pageMemory, 0, PAGE, new BufferPool(1 << 16)))
        .as("more than there is memory")
        .isNull();
  }
}
