package dev.sinew.bench;

import dev.sinew.base.BufferPool;
import dev.sinew.ip.IpAddress;
import dev.sinew.ip.NetworkInterface;
import dev.sinew.ip.Prefix;
import dev.sinew.link.PacketSink;
import dev.sinew.stack.Stack;
import dev.sinew.tcp.TcpEndpoint;
import dev.sinew.tcp.TcpListener;
import dev.sinew.wire.Bytes;
import dev.sinew.wire.TcpHeader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What one segment costs in the core, from the bytes of a packet to the application and back, with
 * every checksum. Run with {@code -prof gc}: the steady state allocates nothing.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
@SuppressWarnings("NullAway.Init") // JMH calls the set-up before any benchmark.
public class SegmentBench {
  /**
   * A full segment with timestamps in an IPv6 packet of 1500 bytes; in IPv4 it is 20 bytes short of
   * one.
   */
  private static final int MSS = 1428;

  private static final long MICROSECOND = 1000;

  @Param({"true", "false"})
  boolean v4;

  private final MemorySegment buffer = Arena.ofAuto().allocate(1 << 16, 64);
  private final MemorySegment template = Arena.ofAuto().allocate(2048, 64);
  private long now;
  private Stack us;
  private Stack peer;
  private MemoryLink ourLink;
  private MemoryLink peerLink;
  private NetworkInterface ourInterface;
  private NetworkInterface peerInterface;
  private TcpEndpoint ours;
  private TcpEndpoint theirs;
  private PacketSink toUs;
  private PacketSink toPeer;
  private int templateLength;

  /** Two stacks with an established connection, warmed up until the window is wide. */
  @Setup(Level.Iteration)
  public void connect() {
    now = 0;
    us = stack(1);
    peer = stack(2);
    ourLink = new MemoryLink("us");
    peerLink = new MemoryLink("peer");
    MemoryLink.join(ourLink, peerLink);
    ourInterface = us.addInterface(ourLink, prefix("10.0.0.1/24"), prefix("fd00::1/64"));
    peerInterface = peer.addInterface(peerLink, prefix("10.0.0.2/24"), prefix("fd00::2/64"));
    toUs = (m, o, n, f) -> us.receive(ourInterface, m, o, n, f, now);
    toPeer = (m, o, n, f) -> peer.receive(peerInterface, m, o, n, f, now);
    TcpListener listener = Objects.requireNonNull(peer.listen(IpAddress.ANY_V6, 9, 0, true, false));
    ours = us.tcp();
    ours.setNoDelay(true);
    ours.connect(Objects.requireNonNull(IpAddress.parse(v4 ? "10.0.0.2" : "fd00::2")), 9);
    for (int i = 0; i < 4; i++) {
      turn();
    }
    theirs = Objects.requireNonNull(listener.accept());
    for (int i = 0; i < 1000; i++) {
      exchange(ours, theirs);
    }
    capture();
  }

  private static Stack stack(long seed) {
    return Stack.builder()
        .entropy(new SplittableRandom(seed)::nextLong)
        .pool(new BufferPool(64L << 20))
        .build();
  }

  private static Prefix prefix(String text) {
    return Objects.requireNonNull(Prefix.parse(text));
  }

  /** Packets, timers and output of both stacks, once. */
  private void turn() {
    now += MICROSECOND;
    ourLink.receive(toUs, 64);
    us.advance(now);
    ourInterface.txQueue().drainTo(ourLink);
    peerLink.receive(toPeer, 64);
    peer.advance(now);
    peerInterface.txQueue().drainTo(peerLink);
  }

  private void exchange(TcpEndpoint from, TcpEndpoint to) {
    from.write(buffer, 0, 2 * MSS);
    turn();
    turn();
    int n = to.read(buffer, 0, 2 * MSS);
    if (n != 2 * MSS) {
      throw new IllegalStateException("the exchange delivered " + n);
    }
  }

  /**
   * Two full segments one way and the ACK back, through two whole stacks: write, segment, checksum,
   * receive, read, acknowledge.
   */
  @Benchmark
  public int twoSegmentsAndTheirAck() {
    exchange(ours, theirs);
    return theirs.available();
  }

  /** Keeps one full-sized segment of ours as a template for {@link #receiveInOrder}. */
  private void capture() {
    ours.write(buffer, 0, MSS);
    now += MICROSECOND;
    us.advance(now);
    ourInterface.txQueue().drainTo(ourLink);
    peerLink.receive(
        (m, o, n, f) -> {
          MemorySegment.copy(m, o, template, 0, n);
          templateLength = n;
          toPeer.packet(m, o, n, f);
        },
        1);
    peer.advance(now);
    peerInterface.txQueue().drainTo(peerLink);
    theirs.read(buffer, 0, MSS);
  }

  /** One full segment in order, read by the application; every second one is acknowledged. */
  @Benchmark
  public int receiveInOrder() {
    // The peer is served from the template alone; nobody hears its ACKs.
    peerLink.peer = null;
    long tcp = v4 ? 20 : 40;
    long seq = tcp + TcpHeader.SEQUENCE;
    Bytes.put32(template, seq, Bytes.i32(template, seq) + MSS);
    now += MICROSECOND;
    peer.receive(peerInterface, template, 0, templateLength, PacketSink.CHECKSUM_VERIFIED, now);
    peer.advance(now);
    peerInterface.txQueue().drainTo(peerLink);
    int n = theirs.read(buffer, 0, MSS);
    if (n != MSS) {
      throw new IllegalStateException("the segment delivered " + n);
    }
    return n;
  }
}
