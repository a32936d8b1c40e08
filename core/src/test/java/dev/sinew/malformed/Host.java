package dev.sinew.malformed;

import dev.sinew.base.BufferPool;
import dev.sinew.base.Counter;
import dev.sinew.base.Limits;
import dev.sinew.base.TcpState;
import dev.sinew.base.TimerHeap;
import dev.sinew.ip.IcmpEndpoint;
import dev.sinew.ip.IpAddress;
import dev.sinew.ip.NetworkInterface;
import dev.sinew.ip.Prefix;
import dev.sinew.ip.StackContext;
import dev.sinew.link.LinkProperties;
import dev.sinew.link.PassiveLink;
import dev.sinew.link.TxPacket;
import dev.sinew.stack.Stack;
import dev.sinew.stack.StackProbe;
import dev.sinew.tcp.TcpEndpoint;
import dev.sinew.tcp.TcpLayer;
import dev.sinew.tcp.TcpListener;
import dev.sinew.tcp.TcpProbe;
import dev.sinew.testing.Packets;
import dev.sinew.testing.TestEntropy;
import dev.sinew.udp.UdpEndpoint;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A stack under attack, its scripted peer and its judges. Built anew in some ten microseconds,
 * always with the same secrets and the same clock: what a packet says to one host it says to the
 * next.
 */
final class Host extends PassiveLink {
  static final long MS = 1_000_000L;
  static final long S = 1_000_000_000L;
  static final int LOCAL_PORT = 80;
  static final int PEER_PORT = 40_000;
  static final int UDP_PORT = 7;

  /** The peer's numbers wrap soon. */
  static final int PEER_ISS = 0xffff_ffc0;

  static final int PEER_CLOCK = 100_000;
  private static final int MAX_PACKET = 70_000;
  private static final LinkProperties PROPERTIES =
      new LinkProperties("attack", 1500, false, false, false, false);
  private static final Prefix[] V4 = {
    prefix("10.0.0.0/24"), prefix("10.0.0.1/24"), prefix("10.0.0.2/24")
  };
  private static final Prefix[] V6 = {
    prefix("fd00::/64"), prefix("fd00::1/64"), prefix("fd00::2/64")
  };
  static final IpAddress PEER_V4 = Packets.address("10.0.0.2");
  static final IpAddress PEER_V6 = Packets.address("fd00::2");

  /** Nothing is held back by a rate here, or the first thousand packets would hide the others. */
  private static final Limits LIMITS =
      Limits.DEFAULT.with(v -> {
        v.synBacklog = 8;
        v.acceptBacklog = 8;
        v.timeWaitRecords = 64;
        v.orphans = 64;
        v.sendBufferBytes = 1 << 18;
        v.receiveBufferBytes = 1 << 18;
        v.icmpErrorsPerSecond = 1 << 24;
        v.icmpErrorBurst = 1 << 24;
        v.pathMtuEntries = 64;
        v.resetsPerSecond = 1 << 24;
      });

  /** What the oracles must know of the connection before a packet comes. */
  record Known(
      TcpState from, int sndUna, int sndNxt, int rcvNxt, boolean orphan, boolean finSeen) {}

  /** Memory that hosts share one after the other. */
  static final class Ground {
    final BufferPool pool = new BufferPool(16L << 20);
    final MemorySegment input = Arena.ofAuto().allocate(MAX_PACKET);
    final MemorySegment output = Arena.ofAuto().allocate(MAX_PACKET);
    final byte[] bytes = new byte[MAX_PACKET];
    final byte[] read = new byte[MAX_PACKET];
  }

  final Ground ground;
  final boolean v4;
  final Stack stack;
  final StackContext context;
  final TcpLayer tcp;
  final NetworkInterface itf;
  final StateWatch watch = new StateWatch();
  final Referee referee = new Referee();
  final UdpEndpoint udp;
  final IcmpEndpoint icmp;
  final RawPacket last = new RawPacket();
  long now = 5000 * S;
  @Nullable TcpListener listener;
  @Nullable TcpEndpoint endpoint;

  /** The stack's ISN and its last timestamp, learnt from what it sends to the peer. */
  int iss;

  int stackClock;
  boolean timestamps = true;

  /** Where the stack's numbers stand, as its segments say. */
  int stackNxt;

  int peerNxt = PEER_ISS;

  /** The last TCP packet that the stack sent to the peer, for ICMP errors to quote. */
  byte @Nullable [] lastSegment;

  /** How many times something may be due before the end is quiet. */
  int mostEvents = 400;

  /** Gets every packet that the stack sends, if it is set. */
  @Nullable Consumer<byte[]> wire;

  private byte @Nullable [] cause;
  private int causeLength;

  /**
   * Data that the peer sent so far, by position from {@link #PEER_ISS} + 1; 0 to 255, -1 where
   * nothing was said.
   */
  final short[] said = new short[4096];

  Host(Ground ground, boolean v4, Limits limits) {
    this(ground, v4, limits, 1, 7);
  }

  /**
   * @param number 1 for the host that is attacked, 2 for one at its peer's addresses
   */
  Host(Ground ground, boolean v4, Limits limits, int number, long seed) {
    super(PROPERTIES);
    this.ground = ground;
    referee.self = number;
    this.v4 = v4;
    stack =
        Stack.builder()
            .entropy(new TestEntropy(seed))
            .pool(ground.pool)
            .limits(limits)
            .observer(watch)
            .build();
    context = StackProbe.context(stack);
    tcp = StackProbe.tcp(stack);
    itf = stack.addInterface(this, V4[number], V6[number]);
    stack.tick(now);
    udp = stack.udp();
    udp.bind(IpAddress.ANY_V6, UDP_PORT);
    icmp = stack.icmp(v4);
    java.util.Arrays.fill(said, (short) -1);
  }

  static Limits limits() {
    return LIMITS;
  }

  /** What applications write: byte by position. */
  static byte pattern(int position) {
    return (byte) (position * 31 + (position >>> 8) * 7 + 3);
  }

  static byte[] patternBytes(int from, int length) {
    byte[] b = new byte[length];
    for (int i = 0; i < length; i++) {
      b[i] = pattern(from + i);
    }
    return b;
  }

  private static Prefix prefix(String text) {
    Prefix p = Prefix.parse(text);
    if (p == null) {
      throw new AssertionError(text);
    }
    return p;
  }

  // ---- the link

  @Override
  public int transmit(TxPacket packet) {
    int n = packet.copyTo(ground.output, 0);
    MemorySegment.copy(ground.output, ValueLayout.JAVA_BYTE, 0, ground.bytes, 0, n);
    RawPacket p = last;
    if (p.read(ground.bytes, n) && p.protocol == RawPacket.TCP && p.isTo(3 - referee.self)) {
      learn(p);
    }
    referee.sent(ground.bytes, n, cause, causeLength);
    if (wire != null) {
      wire.accept(java.util.Arrays.copyOf(ground.bytes, n));
    }
    return SENT;
  }

  /** Takes note of the stack's numbers, as long as the situation is being set up. */
  private void learn(RawPacket p) {
    if (cause != null && settled) {
      return;
    }
    int t = p.transport;
    if (RawPacket.u16(p.bytes, t) != LOCAL_PORT || RawPacket.u16(p.bytes, t + 2) != PEER_PORT) {
      return;
    }
    if (p.has(RawPacket.SYN)) {
      iss = p.seq();
      referee.iss = iss;
      referee.issKnown = true;
    }
    int end =
        p.seq() + p.dataLength() + (p.has(RawPacket.SYN) ? 1 : 0) + (p.has(RawPacket.FIN) ? 1 : 0);
    if (stackNxt == 0 || TcpProbe.before(stackNxt, end)) {
      stackNxt = end;
    }
    for (int at = t + 20; at + 10 <= t + p.dataOffset(); at++) {
      if (p.bytes[at] == 8 && p.bytes[at + 1] == 10) {
        stackClock = RawPacket.i32(p.bytes, at + 2);
        break;
      }
    }
    lastSegment = java.util.Arrays.copyOf(p.bytes, p.length);
  }

  private boolean settled;

  /** Bytes of the pool that the situation needs. */
  long settledBytes;

  /**
   * The situation is reached: nobody waits to be woken, and what the stack says from now on is not
   * believed.
   */
  void settle() {
    while (stack.takeReady() != null) {
      // Woken for what the set-up did.
    }
    settled = true;
    settledBytes = ground.pool.usedBytes();
    watch.reset();
    referee.reset();
  }

  // ---- the driver

  /** A packet arrives, and the stack does at once what it wants to do about it. */
  void feed(byte[] packet, int length) {
    cause = packet;
    causeLength = length;
    long at = MAX_PACKET - length;
    MemorySegment.copy(packet, 0, ground.input, ValueLayout.JAVA_BYTE, at, length);
    stack.receive(itf, ground.input, at, length, 0, now);
    flush();
  }

  void feed(byte[] packet) {
    feed(packet, packet.length);
  }

  void flush() {
    stack.flush(now);
    itf.txQueue().drainTo(this);
  }

  /** Lets time pass to {@code end}, timer by timer. Returns how many times something was due. */
  int runTo(long end, int mostEvents) {
    cause = null;
    int events = 0;
    for (long next = stack.nextDeadline();
        next != TimerHeap.NEVER && next <= end;
        next = stack.nextDeadline()) {
      now = Math.max(now, next);
      stack.advance(now);
      itf.txQueue().drainTo(this);
      while (stack.takeReady() != null) {
        // Somebody would have been woken.
      }
      if (++events > mostEvents) {
        throw new AssertionError("no quiet after " + events + " events");
      }
    }
    if (end != TimerHeap.NEVER) {
      now = Math.max(now, end);
    }
    return events;
  }

  // ---- the peer

  static final byte[] NO_OPTIONS = {};
  static final byte[] NO_DATA = {};

  /** mss 1460, sackOK, TS, nop, wscale 7. */
  byte[] synOptions() {
    if (!timestamps) {
      return NO_OPTIONS;
    }
    byte[] o = {2, 4, 5, (byte) 0xb4, 4, 2, 8, 10, 0, 0, 0, 0, 0, 0, 0, 0, 1, 3, 3, 7};
    RawPacket.put32(o, 8, PEER_CLOCK);
    RawPacket.put32(o, 12, stackClock);
    return o;
  }

  byte[] options() {
    if (!timestamps) {
      return NO_OPTIONS;
    }
    byte[] o = {1, 1, 8, 10, 0, 0, 0, 0, 0, 0, 0, 0};
    RawPacket.put32(o, 4, PEER_CLOCK);
    RawPacket.put32(o, 8, stackClock);
    return o;
  }

  /** A segment from the peer, sound and whole. */
  byte[] segment(int flags, int seq, int ack, int window, int urgent, byte[] options, byte[] data) {
    byte[] t = RawPacket.tcp(PEER_PORT, LOCAL_PORT, seq, ack, flags, window, urgent, options, data);
    return RawPacket.repaired(RawPacket.ip(v4, true, RawPacket.TCP, t));
  }

  /** The peer's SYN, without or with an ACK of the stack's. */
  void sendSyn(boolean ack) {
    int flags = RawPacket.SYN | (ack ? RawPacket.ACK : 0);
    feed(segment(flags, PEER_ISS, ack ? iss + 1 : 0, 65_535, 0, synOptions(), NO_DATA));
    peerNxt = PEER_ISS + 1;
  }

  void sendAck(int ack, int window) {
    feed(segment(RawPacket.ACK, peerNxt, ack, window, 0, options(), NO_DATA));
  }

  void sendFin(int ack) {
    feed(segment(RawPacket.FIN | RawPacket.ACK, peerNxt, ack, 512, 0, options(), NO_DATA));
    peerNxt++;
  }

  void sendData(int position, int length) {
    byte[] data = patternBytes(position, length);
    feed(
        segment(
            RawPacket.ACK | RawPacket.PSH,
            PEER_ISS + 1 + position,
            stackNxt,
            512,
            0,
            options(),
            data));
    for (int i = 0; i < length; i++) {
      said[position + i] = (short) (data[i] & 0xff);
    }
    if (PEER_ISS + 1 + position == peerNxt) {
      peerNxt += length;
    }
  }

  void listen() {
    listener = stack.listen(IpAddress.ANY_V6, LOCAL_PORT, 0, true, false);
  }

  void connect() {
    TcpEndpoint e = stack.tcp();
    e.bind(v4 ? IpAddress.ANY_V4 : IpAddress.ANY_V6, LOCAL_PORT);
    e.connect(v4 ? PEER_V4 : PEER_V6, PEER_PORT);
    endpoint = e;
    flush();
  }

  /** Passive open up to ESTABLISHED, accepted. */
  void establish() {
    establish(0);
  }

  /** The same with a receive buffer of that size, or the ordinary one. */
  void establish(int receiveBuffer) {
    listen();
    if (receiveBuffer > 0) {
      java.util.Objects.requireNonNull(listener).setReceiveBuffer(receiveBuffer);
    }
    sendSyn(false);
    sendAck(stackNxt, 512);
    endpoint =
        java.util.Objects.requireNonNull(java.util.Objects.requireNonNull(listener).accept());
  }

  void write(int length) {
    java.util.Objects.requireNonNull(endpoint).write(patternBytes(0, length), 0, length);
    flush();
  }

  void shutdown() {
    java.util.Objects.requireNonNull(endpoint).shutdownOutput();
    flush();
  }

  Known known(TcpState state) {
    TcpProbe.Variables v = TcpProbe.variables(tcp, LOCAL_PORT, v4 ? PEER_V4 : PEER_V6, PEER_PORT);
    return v == null
        ? new Known(state, iss, iss + 1, PEER_ISS + 1, false, false)
        : new Known(state, v.sndUna(), v.sndNxt(), v.rcvNxt(), v.orphan(), v.finSeen());
  }

  // ---- the judges

  /** What went wrong since the host was built, or null. */
  @Nullable String objection() {
    if (watch.objection != null) {
      return watch.objection;
    }
    if (referee.objection != null) {
      return "I7: " + referee.objection;
    }
    if (stack.counters().get(Counter.SinewInternalErrors) != 0
        || stack.counters().get(Counter.SinewObserverFailures) != 0) {
      return "internal error counted";
    }
    return tcp.violation(now);
  }

  /** Packets that were counted as wrong in some way. */
  long rejections() {
    long n = 0;
    for (Counter c : REJECTIONS) {
      n += stack.counters().get(c);
    }
    return n;
  }

  private static final Counter[] REJECTIONS = {
    Counter.IpInHdrErrors,
    Counter.IpInAddrErrors,
    Counter.IpInTruncatedPkts,
    Counter.SinewIpMartians,
    Counter.IpInUnknownProtos,
    Counter.IpInDiscards,
    Counter.IpReasmFails,
    Counter.IcmpInErrors,
    Counter.TcpInErrs,
    Counter.UdpInErrors,
    Counter.UdpNoPorts
  };

  /**
   * I9: everything is closed, time passes until nothing is due any more, and then nothing is left.
   *
   * @param inOrder by close, leaving the rest to the stack; otherwise by abort
   */
  @Nullable String end(boolean inOrder) {
    TcpListener l = listener;
    if (l != null) {
      for (TcpEndpoint e = l.accept(); e != null; e = l.accept()) {
        end(e, inOrder);
      }
      l.close();
    }
    if (endpoint != null) {
      end(endpoint, inOrder);
    }
    udp.close();
    icmp.close();
    cause = null;
    flush();
    runTo(now + 1200 * S, mostEvents);
    String wrong = objection();
    if (wrong != null) {
      return "while it ended: " + wrong;
    }
    String left = TcpProbe.leftovers(tcp);
    if (left != null) {
      return "I9: " + left;
    }
    if (ground.pool.usedBytes() != 0) {
      return "I9: " + ground.pool.usedBytes() + " bytes of the pool in use";
    }
    if (context.timers.armedCount() != 0) {
      return "I9: " + context.timers.armedCount() + " timers armed";
    }
    return itf.txQueue().size() == 0 ? null : "I9: packets queued";
  }

  private static void end(TcpEndpoint e, boolean inOrder) {
    if (inOrder) {
      e.close();
    } else {
      e.abort();
    }
  }
}
