package dev.sinew.tcp;

import dev.sinew.base.Counter;
import dev.sinew.base.PortAllocator;
import dev.sinew.base.SipHash;
import dev.sinew.base.TcpError;
import dev.sinew.base.TcpState;
import dev.sinew.base.TokenBucket;
import dev.sinew.ip.Flow;
import dev.sinew.ip.IcmpErrorKind;
import dev.sinew.ip.IpAddress;
import dev.sinew.ip.IpLayer;
import dev.sinew.ip.NetworkInterface;
import dev.sinew.ip.StackContext;
import dev.sinew.link.PacketSink;
import dev.sinew.observe.DropReason;
import dev.sinew.observe.SendCause;
import dev.sinew.tcp.auth.AuthContext;
import dev.sinew.tcp.congestion.CongestionControls;
import dev.sinew.tcp.recovery.AckEvent;
import dev.sinew.wire.Checksum;
import dev.sinew.wire.IpPacket;
import dev.sinew.wire.Segment;
import dev.sinew.wire.TcpHeader;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The TCP of one stack: its records, what they share, and the way of a segment to its record. */
public final class TcpLayer {
  /** Takes one row of {@link #forEach}. */
  @FunctionalInterface
  public interface Visitor {
    void row(
        TcpState state,
        long receiveQueue,
        long sendQueue,
        IpAddress localAddress,
        int localPort,
        IpAddress remoteAddress,
        int remotePort,
        String timer,
        long timerNanos,
        int retransmits,
        @Nullable TcpInfo info);
  }

  final StackContext context;
  final IpLayer ip;
  final CongestionControls controls;
  final SegmentWriter writer;
  final SequenceSecrets secrets;
  final RecordTable table;
  final ListenerTable ports = new ListenerTable();
  final PortAllocator portAllocator;
  final MemoryWatch memory;
  final Resting resting = new Resting();
  final AuthContext authContext = new AuthContext();
  final FastOpenState fastOpen;
  private final SipHash listenerChoice;
  private final Segment segment = new Segment();
  private final Record.Key key = new Record.Key();
  private final Flow scratch = new Flow();
  private final TokenBucket resets;

  /** Half-open records by how often their SYN-ACK was sent again: each queue has one duration. */
  private final RecordQueue[] synQueues = new RecordQueue[16];

  private final RecordQueue timeWaits;
  private @Nullable Connection dirtyHead;
  private @Nullable Connection dirtyTail;
  private long nextId = 1;
  private int connections;
  private int orphans;
  private int lastError;
  private TcpDefaults defaults = TcpDefaults.STANDARD;
  private final FreshOptions freshOptions = new FreshOptions();

  /**
   * Registers itself with {@code ip} as protocol 6.
   *
   * @throws IllegalArgumentException when the profile names a controller that {@code controls}
   *     lacks
   */
  public TcpLayer(StackContext context, IpLayer ip, CongestionControls controls) {
    controls.check(context.profile.congestionControl());
    this.context = context;
    this.ip = ip;
    this.controls = controls;
    writer = new SegmentWriter(context, ip);
    secrets = new SequenceSecrets(context.entropy);
    table = new RecordTable(new SipHash(context.entropy));
    portAllocator = new PortAllocator(context.entropy);
    memory = new MemoryWatch(context);
    fastOpen = new FastOpenState(context);
    listenerChoice = new SipHash(context.entropy);
    resets =
        new TokenBucket(
            context.limits.resetsPerSecond(),
            Math.max(1, context.limits.resetsPerSecond()),
            context.entropy);
    timeWaits = new RecordQueue(context.timers);
    for (int i = 0; i < synQueues.length; i++) {
      synQueues[i] = new RecordQueue(context.timers);
    }
    ip.register(SegmentWriter.PROTOCOL, this::input, this::icmpError);
  }

  // ---- input

  private void input(IpPacket packet, NetworkInterface in, int flags, long now) {
    context.now = now;
    Segment s = segment;
    int parsed = s.parse(packet.memory, packet.payloadOffset, packet.payloadLength);
    s.ecn = packet.trafficClass & 3;
    s.segmentSize = PacketSink.segmentSize(flags);
    context.counters.add(Counter.TcpInSegs, s.segmentCount());
    if (parsed == Segment.BAD_HEADER) {
      bad(DropReason.TRANSPORT_HEADER, Counter.TcpInErrs, now);
      return;
    }
    if ((flags & PacketSink.CHECKSUM_VERIFIED) == 0 && !checksumOk(packet)) {
      context.counters.inc(Counter.TcpInErrs);
      bad(DropReason.TRANSPORT_CHECKSUM, Counter.TcpInCsumErrors, now);
      return;
    }
    if (parsed != Segment.OK) {
      // MUST-7 would allow a reset; that would hand every passer-by a weapon.
      context.counters.inc(Counter.TcpInErrs);
      bad(DropReason.BAD_OPTION, Counter.SinewTcpBadOptions, now);
      return;
    }
    Record r =
        table.find(
            packet.destinationHigh,
            packet.destinationLow,
            s.destinationPort,
            packet.sourceHigh,
            packet.sourceLow,
            s.sourcePort);
    if (r instanceof Connection c) {
      if (!Authentication.admits(this, c, packet, s, now)) {
        return;
      }
      if (c.state == TcpState.SYN_SENT) {
        SynSentArrives.onSegment(c, s, now);
      } else {
        SegmentArrives.onSegment(c, s, now);
      }
      return;
    }
    key.set(
        packet.destinationHigh,
        packet.destinationLow,
        s.destinationPort,
        packet.sourceHigh,
        packet.sourceLow,
        s.sourcePort);
    if (!Authentication.admits(this, r == null ? key : r, packet, s, now)) {
      return;
    }
    if (r instanceof SynRecord half) {
      half.onSegment(s, now);
      return;
    }
    int floor = 0;
    boolean hasFloor = false;
    if (r instanceof TimeWaitRecord t) {
      if (!t.onSegment(s, now)) {
        return;
      }
      TcpListener l = listenerFor(key);
      if (l == null || !ListenArrives.admits(l, s, now)) {
        // The old connection is not given up for one that does not begin.
        return;
      }
      context.counters.inc(Counter.TcpExtTWRecycled);
      context.observer.stateChanged(
          now, t.id, s.destinationPort, s.sourcePort, TcpState.TIME_WAIT, TcpState.CLOSED);
      removeTimeWait(t);
      Authentication.prepare(l, key, s);
      floor = t.sndNxt;
      hasFloor = true;
    }
    TcpListener l = listenerFor(key);
    if (l == null) {
      context.observer.packetDropped(now, DropReason.NO_SOCKET);
      refuse(key, s, now);
    } else if (hasFloor) {
      ListenArrives.syn(l, key, s, floor, true, now);
    } else {
      ListenArrives.onSegment(l, key, s, now);
    }
  }

  private boolean checksumOk(IpPacket p) {
    long sum =
        Checksum.addPseudoHeader(
            0,
            p.v4,
            p.sourceHigh,
            p.sourceLow,
            p.destinationHigh,
            p.destinationLow,
            SegmentWriter.PROTOCOL,
            p.payloadLength);
    return Checksum.fold(Checksum.add(sum, p.memory, p.payloadOffset, p.payloadLength)) == 0xffff;
  }

  private void bad(DropReason reason, Counter counter, long now) {
    context.counters.inc(counter);
    context.observer.packetDropped(now, reason);
  }

  @Nullable TcpListener listenerFor(Record k) {
    long choice =
        listenerChoice.hash(k.remoteHigh, k.remoteLow, (long) k.localPort << 16 | k.remotePort);
    return ports.find(k.localHigh, k.localLow, k.localPort, choice);
  }

  /**
   * SEGMENT ARRIVES in CLOSED (RFC 9293 section 3.10.7.1): a reset, but none for a reset, and not
   * more than the limit.
   */
  void refuse(Record k, Segment s, long now) {
    if (s.has(TcpHeader.RST)) {
      return;
    }
    if (!resets.take(now)) {
      context.observer.packetDropped(now, DropReason.RATE_LIMIT);
      return;
    }
    writer.reset(scratchFlow(k, null), k.auth, k.localPort, k.remotePort, s, now);
  }

  private void icmpError(
      IcmpErrorKind kind,
      int type,
      int code,
      int mtu,
      IpPacket quoted,
      long transport,
      int transportLength,
      long now) {
    context.now = now;
    IcmpReaction.onError(this, kind, mtu, quoted, transport, now);
  }

  // ---- output

  void markDirty(Connection c) {
    if (c.dirty) {
      return;
    }
    c.dirty = true;
    if (dirtyTail == null) {
      dirtyHead = c;
    } else {
      dirtyTail.nextDirty = c;
    }
    dirtyTail = c;
  }

  /**
   * Sends what is due for every connection that changed. One whose link is full stays on the list
   * for the next flush.
   */
  public void flush(long now) {
    context.now = now;
    memory.wake();
    Connection last = dirtyTail;
    Connection c = dirtyHead;
    while (c != null) {
      dirtyHead = c.nextDirty; // Whatever becomes of this one, the others stay on the list.
      dirtyTail = dirtyHead == null ? null : dirtyTail;
      c.nextDirty = null;
      c.dirty = false;
      if (!Output.output(c, now)) {
        markDirty(c);
      }
      c = c == last ? null : dirtyHead;
    }
    resting.look(now);
  }

  /**
   * True when a connection wants to send and could: a driver flushes again at once. A full link is
   * waited for instead.
   */
  public boolean outputPending() {
    Connection c = dirtyHead;
    if (c == null) {
      return false;
    }
    NetworkInterface out = c.flow.out();
    return out == null || !out.txQueue().isFull();
  }

  /** The flow of a segment that no connection sends: one object, filled again for each. */
  Flow scratchFlow(Record r, @Nullable SocketOptions options) {
    scratch.set(r.v4(), r.localHigh, r.localLow, r.remoteHigh, r.remoteLow);
    scratch.ttl = options != null ? options.ttl : context.profile.defaultTtl();
    scratch.trafficClass = options != null ? options.trafficClass : 0;
    return scratch;
  }

  /** The MSS that a SYN announces: MMS_R less the TCP header (MUST-67). */
  int receiveMss(Flow flow, SocketOptions options) {
    int most = options.maxSegment > 0 ? options.maxSegment : 65_535;
    return Math.min(most, ip.interfaceMtu(flow) - (flow.v4 ? 20 : 40) - TcpHeader.MIN_LENGTH);
  }

  /** See {@link dev.sinew.stack.Stack#forgetServers}. */
  public void forgetServers() {
    fastOpen.forgetServers();
  }

  /** See {@link dev.sinew.stack.Stack#fastOpenRoom}. */
  public int fastOpenRoom(TcpEndpoint endpoint, IpAddress remote) {
    return FastOpen.room(this, endpoint.options, remote);
  }

  int timestampOffset(Record r) {
    return secrets.timestampOffset(r.localHigh, r.localLow, r.remoteHigh, r.remoteLow);
  }

  /**
   * The shift that lets a connection offer all that its buffer may become (RFC 7323 section 2.3 has
   * it chosen once): at least what the profile says, unless the application has chosen the size. A
   * shift larger than needed makes a small window coarse.
   */
  int windowScaleFor(SocketOptions options) {
    long most = options.receiveBufferBytes;
    if (!options.receiveBufferFixed) {
      most = Math.max(most, context.profile.scaledWindowBytes());
    }
    if (!options.receiveBufferFixed && context.profile.autoTuneReceive()) {
      most = Math.max(most, context.limits.maxReceiveBufferBytes());
    }
    int shift = 0;
    while (shift < 14 && 65_535L << shift < most) {
      shift++;
    }
    return shift;
  }

  /** What loss recovery is told of an acknowledgement; filled anew for each. */
  final AckEvent ackEvent = new AckEvent();

  /**
   * Checks the name of a congestion controller.
   *
   * @throws IllegalArgumentException when there is none of that name
   */
  public void checkCongestionControl(String name) {
    controls.check(name);
  }

  long granularity() {
    return context.clockResolutionNanos;
  }

  // ---- records

  long nextId() {
    return nextId++;
  }

  private void addRecord(Record r) {
    table.add(r);
    ports.recordAdded(r.localPort);
  }

  void addConnection(Connection c) {
    connections++;
    addRecord(c);
  }

  /** A connection is gone, or becomes a TIME-WAIT record. */
  void removeRecord(Connection c) {
    if (table.remove(c)) {
      memory.gone(c);
      resting.remove(c);
      connections--;
      ports.recordRemoved(c.localPort);
    }
  }

  void addSynRecord(SynRecord r, long now) {
    r.listener.synQueueLength++;
    addRecord(r);
    queueSynRecord(r, now);
  }

  /** Waits for the third segment until it is time for another SYN-ACK. */
  void queueSynRecord(SynRecord r, long now) {
    long wait =
        Math.min(
            context.profile.maxRtoNanos(),
            context.profile.initialRtoNanos() << Math.min(r.retries, 20));
    synQueues[Math.min(r.retries, synQueues.length - 1)].add(r, now + wait);
  }

  /** The record leaves without a successor. */
  void dropSynRecord(SynRecord r, long now) {
    context.observer.stateChanged(
        now, r.id, r.localPort, r.remotePort, TcpState.SYN_RECEIVED, TcpState.CLOSED);
    removeSynRecord(r);
  }

  void removeSynRecord(SynRecord r) {
    RecordQueue q = r.queue;
    if (q != null) {
      q.remove(r);
    }
    if (table.remove(r)) {
      r.listener.synQueueLength--;
      ports.recordRemoved(r.localPort);
    }
  }

  /** A handshake is complete on the passive side, or that of a simultaneous open. */
  void established(Connection c, long now) {
    TcpListener l = c.endpoint.listener;
    if (l == null || c.fastOpen != null) {
      c.endpoint.connected();
    } else {
      l.completed(c.endpoint);
    }
  }

  void enterTimeWait(Connection c, long now) {
    Info.tell(c, now);
    removeRecord(c);
    context.counters.inc(Counter.TcpExtTW);
    if (timeWaits.size() >= context.limits.timeWaitRecords()) {
      context.counters.inc(Counter.TcpExtTCPTimeWaitOverflow);
      QueuedRecord oldest = timeWaits.first();
      if (oldest instanceof TimeWaitRecord t) {
        removeTimeWait(t);
      }
    }
    TimeWaitRecord t = new TimeWaitRecord(c);
    c.endpoint.timeWait = t;
    addRecord(t);
    timeWaits.add(t, now + context.profile.timeWaitNanos());
  }

  void restartTimeWait(TimeWaitRecord t, long now) {
    timeWaits.remove(t);
    timeWaits.add(t, now + context.profile.timeWaitNanos());
  }

  void removeTimeWait(TimeWaitRecord t) {
    if (t.queue != null) {
      timeWaits.remove(t);
    }
    if (table.remove(t)) {
      ports.recordRemoved(t.localPort);
    }
  }

  /** Whether the stack takes another connection that only it looks after. */
  boolean orphanAllowed() {
    if (orphans >= context.limits.orphans()) {
      context.counters.inc(Counter.SinewTcpOrphanDrops);
      return false;
    }
    return true;
  }

  void orphanAdded() {
    orphans++;
  }

  void orphanGone() {
    orphans--;
  }

  boolean connectionAllowed() {
    return connections < context.limits.connections();
  }

  // ---- what the stack offers

  /** What endpoints and listeners that are opened from now on begin with. */
  public void setDefaults(TcpDefaults defaults) {
    this.defaults = defaults;
  }

  /** A new endpoint for an active open. */
  public TcpEndpoint open() {
    return new TcpEndpoint(this, freshOptions.of(defaults, context));
  }

  /** A passive open; null on failure, see {@link #lastError}. */
  public @Nullable TcpListener listen(
      IpAddress local, int port, int backlog, boolean reuseAddress, boolean reusePort) {
    lastError = 0;
    if (port < 0 || port > 65_535) {
      lastError = TcpError.INVALID.code();
      return null;
    }
    if (!local.isAny() && !ip.isLocal(local.high(), local.low())) {
      lastError = TcpError.ADDRESS_NOT_AVAILABLE.code();
      return null;
    }
    SocketOptions options = new SocketOptions(defaults, context.profile, context.limits);
    options.reuseAddress = reuseAddress;
    options.reusePort = reusePort;
    int chosen = port != 0 ? port : portAllocator.choose(ports::unused);
    if (chosen <= 0 || ports.conflicts(local.high(), local.low(), chosen, options, true)) {
      lastError = TcpError.ADDRESS_IN_USE.code();
      return null;
    }
    int length = backlog > 0 ? backlog : context.limits.acceptBacklog();
    TcpListener l = new TcpListener(this, options, local.high(), local.low(), chosen, length);
    ports.add(l);
    if (context.profile.fastOpenServer()) {
      l.setFastOpen(length);
    }
    return l;
  }

  /** The error code of the last {@link #listen} that returned null. */
  public int lastError() {
    return lastError;
  }

  void listenerClosed(TcpListener l) {
    ports.remove(l);
    if (l.synQueueLength == 0) {
      return;
    }
    for (Record r : table.snapshot()) {
      if (r instanceof SynRecord s && s.listener == l) {
        dropSynRecord(s, context.now);
        writer.begin(s.auth);
        context.counters.inc(Counter.TcpOutRsts);
        writer.send(
            scratchFlow(s, l.options),
            s.localPort,
            s.remotePort,
            s.iss + 1,
            s.irs + 1,
            TcpHeader.RST | TcpHeader.ACK,
            0,
            0,
            null,
            0,
            0,
            s.id,
            SendCause.RESET,
            context.now);
      }
    }
  }

  /** Shows every listener, connection and record. */
  public void forEach(Visitor visitor, long now) {
    SocketRows.show(this, visitor, now);
  }

  /** Records of all kinds: zero once everything is closed and 2 MSL have passed. */
  public int recordCount() {
    return table.size();
  }

  /**
   * What is wrong with the records, in words, or null: invariants I3 and I4 of every record. To be
   * asked between two turns of the driver, after a flush. Costs a walk over all records and what
   * they have in flight; allocates only to name a violation.
   */
  public @Nullable String violation(long now) {
    return TcpInvariants.violation(this, now);
  }

  int connectionCount() {
    return connections;
  }

  int orphanCount() {
    return orphans;
  }

  /** Aborts every connection and closes every listener; records go without a word. */
  public void close() {
    List<TcpListener> listeners = new ArrayList<>();
    ports.forEach(listeners::add);
    listeners.forEach(TcpListener::close);
    for (Record r : table.snapshot()) {
      switch (r) {
        case Connection c -> c.abort(TcpError.ABORTED, context.now);
        case SynRecord s -> dropSynRecord(s, context.now);
        case TimeWaitRecord t -> removeTimeWait(t);
        default -> throw new IllegalStateException();
      }
    }
  }
}
