package dev.sinew.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.BufferPool;
import dev.sinew.base.Limits;
import dev.sinew.base.Profile;
import dev.sinew.observe.Observer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The receive buffer that follows its reader (dynamic right-sizing). */
class ReceiveTuningTest {
  private static final long MS = 1_000_000L;
  private static final long S = 1_000_000_000L;
  private static final int START = 65_536;

  private static final Limits LIMITS =
      Limits.DEFAULT.with(v -> {
        v.receiveBufferBytes = START;
        v.maxReceiveBufferBytes = 512 << 10;
        v.sendBufferBytes = 4 << 20;
      });

  private final byte[] chunk = new byte[100_000];

  /** The client always has more to write; the server reads as told, every millisecond. */
  private long run(TcpPair pair, TcpEndpoint[] ends, long nanos, int readEachMilli) {
    long read = 0;
    for (long end = pair.network.now() + nanos; pair.network.now() < end; ) {
      while (ends[0].write(chunk, 0, chunk.length) > 0) {
        // as much as it takes
      }
      int left = readEachMilli;
      for (int n = 1; n > 0 && left > 0; left -= Math.max(n, 0)) {
        n = ends[1].read(chunk, 0, Math.min(left, chunk.length));
        read += Math.max(n, 0);
      }
      pair.network.runFor(MS);
    }
    return read;
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aReaderThatKeepsUpGetsTwiceWhatItReadsInARoundTrip(boolean timestamps) {
    Profile profile = Profile.STANDARD.with(v -> v.timestamps = timestamps);
    TcpPair pair = new TcpPair(true, 20 * MS, profile, LIMITS);
    TcpEndpoint[] ends = pair.established();
    run(pair, ends, S, Integer.MAX_VALUE);
    assertThat(ends[1].receiveBuffer()).isEqualTo(512 << 10);
    long read = run(pair, ends, S, Integer.MAX_VALUE);
    assertThat(read).as("half a MiB each 40 ms, less a millisecond").isGreaterThan(12_000_000L);
  }

  @ParameterizedTest
  @CsvSource({"true", "false"})
  void theSizeThatTheApplicationChoseStays(boolean chosenByApplication) {
    Profile profile = Profile.STANDARD.with(v -> v.autoTuneReceive = chosenByApplication);
    TcpPair pair = new TcpPair(true, 20 * MS, profile, LIMITS);
    TcpEndpoint[] ends = pair.established();
    if (chosenByApplication) {
      ends[1].setReceiveBuffer(START);
    }
    long read = run(pair, ends, 2 * S, Integer.MAX_VALUE);
    assertThat(ends[1].receiveBuffer()).isEqualTo(START);
    assertThat(read).isLessThan(2_000_000_000L / (40 * MS) * (START + 10_000));
  }

  @Test
  void anAcceptedConnectionHasItsListenersChoice() {
    TcpPair pair = new TcpPair(true, 20 * MS, Profile.STANDARD, LIMITS);
    pair.listen(80).setReceiveBuffer(START);
    TcpEndpoint client = pair.connect(80);
    pair.network.runFor(S);
    TcpEndpoint server = pair.listener.accept();
    run(pair, new TcpEndpoint[] {client, server}, S, Integer.MAX_VALUE);
    assertThat(server.receiveBuffer()).isEqualTo(START);
  }

  /** 100 KB/s over 40 ms: what it reads in a round trip is nothing beside what it has. */
  @Test
  void aSlowReaderKeepsItsSmallBuffer() {
    TcpPair pair = new TcpPair(true, 20 * MS, Profile.STANDARD, LIMITS);
    TcpEndpoint[] ends = pair.established();
    run(pair, ends, 10 * S, 100);
    assertThat(ends[1].receiveBuffer()).isEqualTo(START);
    assertThat(pair.poolB.usedBytes()).isLessThan(2 * START);
  }

  /** Most of what it reads at once had waited for it: that needs no larger buffer. */
  @Test
  void aReaderThatPausesIsNotAFastOne() {
    TcpPair pair = new TcpPair(true, 20 * MS, Profile.STANDARD, LIMITS);
    TcpEndpoint[] ends = pair.established();
    for (int i = 0; i < 20; i++) {
      run(pair, ends, 2 * S, 0);
      run(pair, ends, MS, Integer.MAX_VALUE);
    }
    assertThat(ends[1].receiveBuffer()).isLessThanOrEqualTo(2 * START);
  }

  @Test
  void aSenderThatIsSlowNeedsNoBuffer() {
    TcpPair pair = new TcpPair(true, 20 * MS, Profile.STANDARD, LIMITS);
    TcpEndpoint[] ends = pair.established();
    for (int i = 0; i < 500; i++) {
      ends[0].write(chunk, 0, 2000);
      pair.network.runFor(20 * MS);
      ends[1].read(chunk, 0, chunk.length);
    }
    assertThat(ends[1].receiveBuffer()).isEqualTo(START);
  }

  /**
   * RFC 7323 section 2.3: the shift can't be changed, so the SYN carries that of the maximum; of a
   * size that the application has chosen, its own.
   */
  @ParameterizedTest
  @CsvSource({"6, true, 7", "64, true, 11", "64, false, 5", "1024, true, 14"})
  void theWindowScaleIsThatOfTheLargestBuffer(int maxMiB, boolean tuned, int scale) {
    Peer p =
        new Peer(
            true,
            Profile.STANDARD,
            Limits.DEFAULT.with(v -> v.maxReceiveBufferBytes = (int) ((long) maxMiB << 20)));
    p.listen();
    if (!tuned) {
      p.listener.setReceiveBuffer(1 << 20);
    }
    p.in("S 0:0(0) <" + Peer.SYN_OPTIONS + ">");
    assertThat(p.next().options).endsWith("wscale " + scale);
  }

  // ---- memory

  /** Half of the pool is all that buffers may promise by growing, and it is given back. */
  @Test
  void growthIsBoundedByTheStacksMemory() {
    BufferPool small = new BufferPool(2 << 20);
    Peer p = new Peer(true, Profile.STANDARD, LIMITS, small, new Observer() {});
    TcpEndpoint e = p.accept();
    Connection c = e.connection;
    assertThat(c).isNotNull();
    MemoryWatch memory = c.layer.memory;
    assertThat(memory.grow(c, 600_000)).isEqualTo(600_000);
    assertThat(memory.grow(c, 600_000)).isEqualTo((1 << 20) - 600_000);
    assertThat(memory.grow(c, 1)).isZero();
    assertThat(memory.grownBytes()).isEqualTo(1 << 20);
    e.abort();
    p.pump();
    assertThat(memory.grownBytes()).isZero();
    p.nothingLeft();
  }

  @Test
  void nothingGrowsWhenHalfOfTheMemoryIsInUse() {
    BufferPool small = new BufferPool(2 << 20);
    Peer p = new Peer(true, Profile.STANDARD, LIMITS, small, new Observer() {});
    Connection c = p.accept().connection;
    assertThat(c).isNotNull();
    for (int i = 0; i < 32; i++) {
      assertThat(small.takeLarge()).isNotNull();
    }
    assertThat(c.layer.memory.grow(c, 1000)).isEqualTo(1000);
    assertThat(small.takeSmall()).isNotNull();
    assertThat(c.layer.memory.grow(c, 1000)).isZero();
  }

  @Test
  void whatHasGrownIsGivenBackAtTheEndOfEachConnection() {
    TcpPair pair = new TcpPair(true, 5 * MS, Profile.STANDARD, LIMITS);
    TcpEndpoint[] ends = pair.established();
    run(pair, ends, S, Integer.MAX_VALUE);
    Connection server = ends[1].connection;
    Connection client = ends[0].connection;
    assertThat(server).isNotNull();
    assertThat(client).isNotNull();
    assertThat(server.layer.memory.grownBytes()).isGreaterThan(START);
    ends[0].close();
    run(pair, new TcpEndpoint[] {ends[0], ends[1]}, S, Integer.MAX_VALUE);
    ends[1].close();
    pair.network.runFor(100 * S);
    assertThat(server.layer.memory.grownBytes()).isZero();
    assertThat(client.layer.memory.grownBytes()).isZero();
    assertThat(pair.poolA.usedBytes() + pair.poolB.usedBytes()).isZero();
  }
}
