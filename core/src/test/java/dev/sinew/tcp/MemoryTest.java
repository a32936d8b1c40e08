package dev.sinew.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.Limits;
import dev.sinew.base.Profile;
import dev.sinew.base.TcpError;
import dev.sinew.ip.IpAddress;
import dev.sinew.testing.Packets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Pools far too small for what applications want: it gets slow, but it neither stops nor leaks. */
class MemoryTest {
  private static final long S = 1_000_000_000L;

  /**
   * Both ends write all they can before anything is read; neither may take the memory that it needs
   * to receive.
   */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 8})
  void bothEndsFillTheirPoolsWithOutputAndStillReceive(int connections) {
    FaultyPair w = new FaultyPair(7, Profile.STANDARD, Limits.DEFAULT, 256 << 10, 1500);
    TcpListener l = w.b.listen(IpAddress.ANY_V4, 80, 0, true, false);
    assertThat(l).isNotNull();
    List<TcpEndpoint> ends = new ArrayList<>();
    for (int i = 0; i < connections; i++) {
      TcpEndpoint e = w.a.tcp();
      e.connect(Packets.address("10.0.0.2"), 80);
      ends.add(e);
    }
    for (long end = w.now + S; w.now < end; w.step(end)) {
      w.pump();
    }
    for (int i = 0; i < connections; i++) {
      ends.add(l.accept());
    }
    int bytes = 600_000;
    int[] written = new int[ends.size()];
    int[] read = new int[ends.size()];
    byte[] b = new byte[10_000];
    int done = 0;
    for (long end = w.now + 600 * S;
        w.now < end && done < ends.size();
        w.step(w.now + 10_000_000L)) {
      done = 0;
      for (int i = 0; i < ends.size(); i++) {
        for (int n = 1; n > 0 && written[i] < bytes; written[i] += Math.max(0, n)) {
          n = ends.get(i).write(b, 0, Math.min(b.length, bytes - written[i]));
          assertThat(TcpError.of(n)).isIn(null, TcpError.WOULD_BLOCK, TcpError.NO_BUFFERS);
        }
      }
      w.pump();
      for (int i = 0; i < ends.size(); i++) {
        for (int n = 1; n > 0; read[i] += Math.max(0, n)) {
          n = ends.get(i).read(b, 0, b.length);
          assertThat(TcpError.of(n)).isIn(null, TcpError.WOULD_BLOCK);
        }
        done += read[i] == bytes ? 1 : 0;
      }
      w.pump();
    }
    assertThat(read).containsOnly(bytes);
    ends.forEach(TcpEndpoint::close);
    for (long over = w.now + 500 * S; w.now < over && !w.idle(); w.step(over)) {
      w.pump();
    }
    assertThat(w.poolA.usedBytes() + w.poolB.usedBytes()).isZero();
  }

  /**
   * A writer that memory stopped hears of it when there is some, also when none of its own bytes
   * are waiting.
   */
  @Test
  void aWriterWithoutMemoryIsWoken() {
    FaultyPair w = new FaultyPair(9, Profile.STANDARD, Limits.DEFAULT, 64 << 10, 1500);
    TcpListener l = w.b.listen(IpAddress.ANY_V4, 80, 0, true, false);
    assertThat(l).isNotNull();
    TcpEndpoint e = w.a.tcp();
    e.connect(Packets.address("10.0.0.2"), 80);
    for (long end = w.now + S; w.now < end; w.step(end)) {
      w.pump();
    }
    List<dev.sinew.base.Block> hog = new ArrayList<>();
    for (dev.sinew.base.Block b = w.poolA.takeSmall(); b != null; b = w.poolA.takeSmall()) {
      hog.add(b);
    }
    assertThat(TcpError.of(e.write(new byte[10], 0, 10))).isEqualTo(TcpError.NO_BUFFERS);
    assertThat(e.readiness() & dev.sinew.base.Readiness.WRITABLE)
        .as("a writer would spin")
        .isZero();
    while (w.a.takeReady() != null) {
      // what happened before
    }
    hog.forEach(dev.sinew.base.Block::release);
    w.pump();
    assertThat(w.a.takeReady()).isSameAs(e);
    assertThat(e.readiness() & dev.sinew.base.Readiness.WRITABLE).isNotZero();
    assertThat(e.write(new byte[10], 0, 10)).isEqualTo(10);
  }
}
