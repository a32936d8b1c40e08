package dev.sinew.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.Block;
import dev.sinew.base.BufferPool;
import dev.sinew.base.Limits;
import dev.sinew.base.Profile;
import dev.sinew.base.Readiness;
import dev.sinew.base.TcpError;
import dev.sinew.ip.IpAddress;
import dev.sinew.testing.Packets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
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
    TcpEndpoint e = connected(w);
    List<Block> hog = new ArrayList<>();
    for (Block b = w.poolA.takeSmall(); b != null; b = w.poolA.takeSmall()) {
      hog.add(b);
    }
    assertThat(TcpError.of(e.write(new byte[10], 0, 10))).isEqualTo(TcpError.NO_BUFFERS);
    assertThat(e.readiness() & Readiness.WRITABLE).as("a writer would spin").isZero();
    while (w.a.takeReady() != null) {
      // what happened before
    }
    hog.forEach(Block::release);
    w.pump();
    assertThat(w.a.takeReady()).isSameAs(e);
    assertThat(e.readiness() & Readiness.WRITABLE).isNotZero();
    assertThat(e.write(new byte[10], 0, 10)).isEqualTo(10);
  }

  /**
   * Peers fill the pool with what lies behind a byte that they never send. What they hold is given
   * up, and an honest transfer goes on.
   */
  @Test
  void dataBehindGapsCannotHoldTheMemory() {
    FaultyPair w = new FaultyPair(11, Profile.STANDARD, Limits.DEFAULT, 1 << 20, 1500);
    TcpListener l = w.b.listen(IpAddress.ANY_V4, 80, 0, true, false);
    assertThat(l).isNotNull();
    TcpEndpoint honest = w.a.tcp();
    honest.connect(Packets.address("10.0.0.2"), 80);
    TcpEndpoint[] hostile = new TcpEndpoint[8];
    for (int i = 0; i < hostile.length; i++) {
      hostile[i] = w.a.tcp();
      hostile[i].connect(Packets.address("10.0.0.2"), 80);
    }
    for (long end = w.now + S; w.now < end; w.step(end)) {
      w.pump();
    }
    TcpEndpoint accepted = l.accept();
    assertThat(accepted).isNotNull();
    byte[] segment = new byte[1448];
    java.lang.foreign.MemorySegment data = java.lang.foreign.Arena.ofAuto().allocate(1448);
    for (TcpEndpoint e = l.accept(); e != null; e = l.accept()) {
      // As if segments had come, all but the first.
      Connection c = e.connection;
      assertThat(c).isNotNull();
      for (int at = 1448; at + 1448 < 900_000; at += 1448) {
        if (c.layer.memory.pressure() || c.received.store(at, data, 0, 1448) < 0) {
          break;
        }
        c.layer.memory.holdsGap(c);
      }
    }
    assertThat(w.poolB.availableBytes()).isLessThan(w.poolB.limitBytes() / 8);
    int read = 0;
    byte[] b = new byte[10_000];
    for (long end = w.now + 60 * S; w.now < end && read < 500_000; w.step(w.now + 10_000_000L)) {
      honest.write(segment, 0, segment.length);
      honest.write(b, 0, b.length);
      w.pump();
      for (int n = 1; n > 0; read += Math.max(0, n)) {
        n = accepted.read(b, 0, b.length);
      }
      w.pump();
    }
    assertThat(read).isGreaterThanOrEqualTo(500_000);
    assertThat(w.b.counters().get(dev.sinew.base.Counter.TcpExtOfoPruned)).isPositive();
  }

  /**
   * One byte in each block: blocks are what is charged, and the window bounds how many there are.
   */
  @Test
  void aByteInEachBlockCostsNoMoreThanTheWindow() {
    Peer p = new Peer();
    p.accept();
    int window = p.app().receiveBuffer();
    for (int at = 2048; at < 2 * window; at += 2048) {
      p.in(". " + (1 + at) + ":" + (2 + at) + "(1) ack 1").discard();
    }
    assertThat(p.pool.usedBytes()).isBetween(1L, window + 8192L);
    assertThat(p.stack.violation(p.network.now())).isNull();
    p.app().abort();
    p.discard().nothingLeft();
  }

  /** Peers that never take what is written for them do not stop what is written for others. */
  @Test
  void outputThatNobodyTakesCannotHoldTheMemory() {
    FaultyPair w = new FaultyPair(13, Profile.STANDARD, Limits.DEFAULT, 1 << 20, 1500);
    TcpListener l = w.b.listen(IpAddress.ANY_V4, 80, 0, true, false);
    assertThat(l).isNotNull();
    TcpEndpoint[] ends = new TcpEndpoint[6];
    TcpEndpoint[] peers = new TcpEndpoint[6];
    for (int i = 0; i < ends.length; i++) {
      ends[i] = w.a.tcp();
      ends[i].connect(Packets.address("10.0.0.2"), 80);
      for (long end = w.now + S; w.now < end; w.step(end)) {
        w.pump();
      }
      peers[i] = l.accept();
      assertThat(peers[i]).isNotNull();
    }
    byte[] b = new byte[10_000];
    // All but the last fill the pool, and their peers read nothing.
    for (long end = w.now + 5 * S; w.now < end; w.step(w.now + 10_000_000L)) {
      for (int i = 0; i < ends.length - 1; i++) {
        while (ends[i].write(b, 0, b.length) > 0) {
          // as much as it takes
        }
      }
      w.pump();
    }
    assertThat(w.poolA.availableBytes()).isLessThanOrEqualTo(w.poolA.limitBytes() / 4);
    int written = 0;
    int read = 0;
    for (long end = w.now + 60 * S; w.now < end && read < 100_000; w.step(w.now + 10_000_000L)) {
      if ((ends[5].readiness() & Readiness.WRITABLE) != 0) {
        int n = ends[5].write(b, 0, b.length);
        assertThat(TcpError.of(n)).isIn(null, TcpError.NO_BUFFERS);
        written += Math.max(0, n);
      }
      w.pump();
      for (int n = 1; n > 0; read += Math.max(0, n)) {
        n = peers[5].read(b, 0, b.length);
      }
      w.pump();
    }
    assertThat(read).isGreaterThanOrEqualTo(100_000);
    assertThat(written).isGreaterThanOrEqualTo(read);
    assertThat(w.a.violation(w.now)).isNull();
  }

  /** Connections that have ended while memory was short are not remembered until there is some. */
  @Test
  void whoWaitedForMemoryAndHasGoneIsForgotten() {
    BufferPool pool = new BufferPool(1 << 20);
    Peer p =
        new Peer(true, Profile.STANDARD, Limits.DEFAULT, pool, new dev.sinew.observe.Observer() {});
    List<Block> hog = new ArrayList<>();
    while (pool.availableBytes() > pool.limitBytes() / 128) {
      hog.add(Objects.requireNonNull(pool.takeSmall()));
    }
    List<Connection> gone = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      p.accept("mss 1460,sackOK");
      Connection c = Objects.requireNonNull(p.app().connection);
      gone.add(c);
      p.in("P. 1:101(100) ack 1");
      assertThat(TcpError.of(p.app().write(new byte[10], 0, 10))).isEqualTo(TcpError.NO_BUFFERS);
      p.run(100).discard();
      assertThat(c.starving).as("its window waits for memory").isTrue();
      assertThat(c.writerWaits).as("its writer does").isTrue();
      if (i == 3) {
        p.in("R 101:101(0)");
      }
      p.peerPort++;
    }
    // The last one stays; in the middle, at both ends of the lists others go.
    for (int i : new int[] {1, 0, 2}) {
      Objects.requireNonNull(gone.get(i)).endpoint.abort();
    }
    p.discard();
    for (int i = 0; i < 4; i++) {
      Connection c = gone.get(i);
      assertThat(c.starving || c.writerWaits).as("connection %d waits", i).isFalse();
      assertThat(c.nextStarving).isNull();
      assertThat(c.nextWaitingWriter).isNull();
    }
    Connection left = gone.get(4);
    assertThat(left.nextStarving).isNull();
    assertThat(left.nextWaitingWriter).isNull();
    hog.forEach(Block::release);
    p.pump();
    assertThat(left.starving || left.writerWaits).isFalse();
    assertThat(left.endpoint.write(new byte[10], 0, 10)).isEqualTo(10);
  }

  /**
   * Memory that is held for good, a little less than stops writers: who was stopped by more is told
   * that it may go on.
   */
  @Test
  void aWriterIsWokenAlsoWhereMemoryStaysScarce() {
    FaultyPair w = new FaultyPair(9, Profile.STANDARD, Limits.DEFAULT, 1 << 20, 1500);
    TcpEndpoint e = connected(w);
    List<Block> hog = new ArrayList<>();
    long limit = w.poolA.limitBytes();
    while (w.poolA.availableBytes() > limit / 128) {
      hog.add(Objects.requireNonNull(w.poolA.takeSmall()));
    }
    assertThat(TcpError.of(e.write(new byte[10], 0, 10))).isEqualTo(TcpError.NO_BUFFERS);
    while (w.a.takeReady() != null) {
      // what happened before
    }
    while (w.poolA.availableBytes() < limit * 9 / 32) {
      hog.removeLast().release();
    }
    w.pump();
    assertThat(w.a.takeReady()).as("who has heard that there is memory").isSameAs(e);
    assertThat(e.readiness() & Readiness.WRITABLE).isNotZero();
    assertThat(e.write(new byte[10], 0, 10)).isEqualTo(10);
  }

  /**
   * Programs that answer before they read on, and peers that send all they have: what has come and
   * was not read must not take the memory that the answers need, or nobody goes on.
   */
  @ParameterizedTest
  @ValueSource(ints = {256, 1024})
  void whatWasNotReadLeavesMemoryForAnswers(int poolKib) {
    FaultyPair w = new FaultyPair(15, Profile.STANDARD, Limits.DEFAULT, 32 << 20, 1500, poolKib);
    TcpListener l = w.b.listen(IpAddress.ANY_V4, 80, 0, true, false);
    assertThat(l).isNotNull();
    int count = 16;
    int bytes = 300_000;
    List<TcpEndpoint> clients = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      TcpEndpoint e = w.a.tcp();
      e.connect(Packets.address("10.0.0.2"), 80);
      clients.add(e);
    }
    for (long end = w.now + S; w.now < end; w.step(end)) {
      w.pump();
    }
    List<TcpEndpoint> servers = new ArrayList<>();
    for (TcpEndpoint e = l.accept(); e != null; e = l.accept()) {
      servers.add(e);
    }
    assertThat(servers).hasSize(count);
    byte[] b = new byte[10_000];
    int[] written = new int[count];
    int[] owed = new int[count];
    int[] got = new int[count];
    int done = 0;
    for (long end = w.now + 300 * S; w.now < end && done < count; w.step(w.now + 10_000_000L)) {
      done = 0;
      for (int i = 0; i < count; i++) {
        written[i] +=
            Math.max(0, clients.get(i).write(b, 0, Math.min(b.length, bytes - written[i])));
      }
      w.pump();
      for (int i = 0; i < count; i++) {
        if (owed[i] == 0) {
          owed[i] = Math.max(0, servers.get(i).read(b, 0, b.length));
        }
        owed[i] -= owed[i] == 0 ? 0 : Math.max(0, servers.get(i).write(b, 0, owed[i]));
        got[i] += Math.max(0, clients.get(i).read(b, 0, b.length));
        done += got[i] == bytes ? 1 : 0;
      }
      w.pump();
    }
    assertThat(got).containsOnly(bytes);
  }

  private static TcpEndpoint connected(FaultyPair w) {
    assertThat(w.b.listen(IpAddress.ANY_V4, 80, 0, true, false)).isNotNull();
    TcpEndpoint e = w.a.tcp();
    e.connect(Packets.address("10.0.0.2"), 80);
    for (long end = w.now + S; w.now < end; w.step(end)) {
      w.pump();
    }
    return e;
  }
}
