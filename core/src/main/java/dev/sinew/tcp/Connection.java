package dev.sinew.tcp;

import dev.sinew.base.Counter;
import dev.sinew.base.Profile;
import dev.sinew.base.Seq;
import dev.sinew.base.SeqNum;
import dev.sinew.base.TcpError;
import dev.sinew.base.TcpState;
import dev.sinew.base.TimerHeap;
import dev.sinew.ip.Flow;
import dev.sinew.observe.Observer;
import dev.sinew.observe.SendCause;
import dev.sinew.observe.TimerKind;
import dev.sinew.tcp.congestion.Pacer;
import dev.sinew.tcp.recovery.LossRecovery;
import dev.sinew.tcp.recovery.RttEstimator;
import dev.sinew.wire.Ipv4Header;
import dev.sinew.wire.Ipv6Header;
import dev.sinew.wire.TcpHeader;
import org.jspecify.annotations.Nullable;

/**
 * The Transmission Control Block (RFC 9293 section 3.3.1): the variables of one connection under
 * the RFC's names, and the few moves that several events share. What happens on an arriving segment
 * is in {@link SegmentArrives} and {@link SynSentArrives}, on a timer in {@link Timeouts}, what is
 * sent in {@link Output}.
 */
final class Connection extends Record {
  final TcpLayer layer;
  final long id;
  final Flow flow = new Flow();
  final TcpEndpoint endpoint;
  SocketOptions options;
  TcpState state = TcpState.CLOSED;

  // ---- send sequence variables
  @Seq int iss;
  @Seq int sndUna;
  @Seq int sndNxt;

  /** SND.WND in bytes, the scale applied. */
  long sndWnd;

  @Seq int sndWl1;
  @Seq int sndWl2;

  /**
   * The largest window the peer ever offered: MAX.SND.WND of RFC 5961 section 5.2, Max(SND.WND) of
   * section 3.8.6.2.1.
   */
  long maxSndWnd;

  /** SND.UP, valid while {@link #urgentToSend}. */
  @Seq int sndUp;

  boolean urgentToSend;
  int sndScale;

  /** SendMSS: the peer's MSS option, or the default (section 3.7.1). */
  int sendMss;

  /** Eff.snd.MSS without the options of the segment: SendMSS bounded by the path MTU. */
  int effectiveMss;

  @Nullable PacketTooBig tooBig; // once something was sent

  /** Exists while the connection looks for its path MTU itself. */
  @Nullable MtuProbing mtuProbing;

  /** CLOSE was called: FIN follows the last byte of the send buffer. */
  boolean finQueued;

  /** The size now, as {@link #receiveBufferBytes}: what the options say, and what it has grown. */
  int sendBufferBytes;

  final SendBuffer toSend;

  /** The sequence number of the send buffer's first byte: ISS + 1, then SND.UNA without the FIN. */
  @Seq int headSeq;

  final RttEstimator rtt;

  /** The first congestion window in bytes, once the peer's options are known. */
  long initialWindow;

  /** There was a flush with nothing to send before there ever was something. */
  boolean idleAtFirst;

  /** Null until something is sent, and after a long pause: an idle connection has no use for it. */
  @Nullable LossRecovery recovery;

  /** What is left of it after such a pause. */
  Resting.@Nullable Window rested;

  // ---- receive sequence variables
  @Seq int irs;
  @Seq int rcvNxt;

  /** The right edge that was advertised, which never moves left. */
  @Seq int rcvAdv;

  /** RCV.UP, valid while {@link #urgentReceived}. */
  @Seq int rcvUp;

  boolean urgentReceived;
  int rcvScale;

  /** The shift that our SYN offers, or -1. */
  int offeredScale = -1;

  /** Both SYNs carried a window scale (RFC 7323 section 2.2); until then both shifts are 0. */
  boolean scaling;

  /** The MSS that our SYN announced. */
  int rcvMss;

  /**
   * The peer's FIN arrived behind a gap: its sequence number counts once everything before it is
   * here.
   */
  boolean finSeen;

  @Seq int finSeq;

  /** The application reads no more; data is acknowledged and forgotten. */
  boolean inputShut;

  int receiveBufferBytes;
  ReceiveWindow rcvWnd = ReceiveWindow.STEPS; // the profile's once a SYN has come
  final ReceiveBuffer received;

  // ---- timestamps (RFC 7323)
  boolean timestamps;
  boolean sackPermitted;
  int tsOffset;
  int tsRecent;
  long tsRecentAt;
  @Nullable Paws paws; // once data has come in

  @Nullable Ecn ecn; // null where it is neither asked for nor agreed

  /** Last.ACK.sent: RCV.NXT of the last segment that we sent. */
  @Seq int lastAckSent;

  /** Exists once data has come in. */
  @Nullable ReceiveTuning receiveTuning;

  /** By how many bytes the buffers have grown by themselves. */
  long grownBytes;

  // ---- acknowledging (see Acknowledging)
  boolean ackNow;
  boolean windowUpdateDue;
  boolean advertisedZero;
  SendCause ackCause = SendCause.ACK;
  int quickAcks;
  int receivedMss = 536;
  int unackedSegments;
  long challengeTokensAt = Long.MIN_VALUE;
  int challengeTokens;

  // ---- timers and what they count
  private @Nullable ConnectionTimer retransmitTimer;
  private @Nullable ConnectionTimer delayedAckTimer;
  private @Nullable ConnectionTimer persistTimer;
  private @Nullable ConnectionTimer keepAliveTimer;
  private @Nullable ConnectionTimer finWait2Timer;
  private @Nullable ConnectionTimer lossProbeTimer;
  private @Nullable ConnectionTimer reorderTimer;
  private @Nullable ConnectionTimer pacingTimer;
  int retransmits;
  int persistBackoff;
  int unansweredProbes;
  int keepAliveProbes;
  long openedAt = -1;
  long unackedSince;
  long lastHeardAt;
  long lastSentAt;

  /**
   * When data or FIN was sent last: what counts as idle for the congestion window (RFC 5681 section
   * 4.1).
   */
  long lastDataSentAt;

  /** Persist or cork time ran out: send what there is, however small (section 3.8.6.2.1 rule 4). */
  boolean forceSend;

  /** The SYN or SYN-ACK is to be sent (again). */
  boolean synDue;

  SendCause synCause = SendCause.NEW;

  /** Data on the SYN, ours or the peer's; null where nobody wants it. */
  @Nullable FastOpen fastOpen;

  /** The application has closed its endpoint; what remains is the stack's. */
  boolean orphan;

  @Nullable TcpError softError;

  // ---- pacing (see Pacing)

  /** Exists once the controller has named a rate. */
  @Nullable Pacer pacer;

  /** The pacer keeps data back, until {@link TimerKind#PACING}. */
  boolean paceHolds;

  // ---- the dirty list
  boolean dirty;
  @Nullable Connection nextDirty;

  // ---- those whose window memory holds shut
  boolean starving;
  @Nullable Connection nextStarving;
  @Nullable Connection previousStarving;

  // ---- those that may be idle some time (see Resting)
  boolean restListed;
  @Nullable Connection nextToRest;
  @Nullable Connection previousToRest;

  // ---- those that hold data behind a gap
  boolean gapListed;
  long gapListedAt;
  @Nullable Connection nextWithGap;
  @Nullable Connection previousWithGap;

  // ---- those whose application waits for memory to write into
  boolean writerWaits;
  @Nullable Connection nextWaitingWriter;
  @Nullable Connection previousWaitingWriter;

  // ---- figures
  long segmentsIn;
  long segmentsOut;
  long ackReceivedAt;
  @Nullable Figures figures; // once there is data

  Connection(
      TcpLayer layer,
      TcpEndpoint endpoint,
      long id,
      long localHigh,
      long localLow,
      int localPort,
      long remoteHigh,
      long remoteLow,
      int remotePort) {
    super(localHigh, localLow, localPort, remoteHigh, remoteLow, remotePort);
    this.layer = layer;
    this.id = id;
    this.endpoint = endpoint;
    this.options = endpoint.options;
    this.sendBufferBytes = options.sendBufferBytes;
    this.receiveBufferBytes = options.receiveBufferBytes;
    this.toSend = new SendBuffer(layer.context.pool);
    this.received = new ReceiveBuffer(layer.context.pool, layer.context.limits.outOfOrderRanges());
    this.rtt = new RttEstimator(layer.context.profile);
    flow.set(v4(), localHigh, localLow, remoteHigh, remoteLow);
    applyFlowOptions();
  }

  // ---- sequence numbers and stream positions

  /** Position in the send buffer of SND.NXT, FIN not counted. */
  long sentPosition() {
    return Math.min(positionOf(sndNxt), toSend.tailPosition());
  }

  /** Position in the send buffer of a sequence number at or after {@link #headSeq}. */
  long positionOf(@Seq int seq) {
    return toSend.headPosition() + SeqNum.diff(seq, headSeq);
  }

  /** The sequence number that FIN has or will have: after the last byte written. */
  @Seq
  int endOfData() {
    return headSeq + toSend.length();
  }

  /** FIN was sent: SND.NXT lies behind it. */
  boolean finSent() {
    return finQueued && SeqNum.gt(sndNxt, endOfData());
  }

  /** Our FIN is acknowledged. */
  boolean finAcked() {
    return finQueued && SeqNum.gt(sndUna, endOfData());
  }

  /** The sequence number of a position in the receive buffer. */
  @Seq
  int seqOfReceived(long position) {
    return rcvNxt + (int) (position - received.nextPosition());
  }

  /** RCV.WND: what the peer may still send, by what was advertised. */
  int receiveWindow() {
    return Math.max(0, SeqNum.diff(rcvAdv, rcvNxt));
  }

  /** SND.UNA, but for the SYN-ACK, which takes no part of the peer's window. */
  @Seq
  int firstUnacknowledged() {
    return state == TcpState.SYN_RECEIVED ? iss + 1 : sndUna;
  }

  /** Bytes written and not sent yet. */
  int unsent() {
    return (int) (toSend.tailPosition() - sentPosition());
  }

  // ---- what an idle connection does without

  /** What is under way and how it is repaired, with the congestion controller. */
  LossRecovery recovery() {
    LossRecovery r = recovery;
    if (r == null) {
      r = FirstWindow.recovery(this);
      recovery = r;
      rested = null;
      layer.resting.add(this);
    }
    return r;
  }

  /** Something was sent that is not acknowledged. */
  boolean hasOutstanding() {
    return recovery != null && !recovery.records().isEmpty();
  }

  // ---- options and profile

  Profile profile() {
    return layer.context.profile;
  }

  boolean offersTimestamps() {
    return profile().timestamps()
        && !SynSentArrives.plainSyn(this)
        && Authentication.leaveRoomForTimestamps(auth);
  }

  void applyFlowOptions() {
    flow.ttl = options.ttl;
    flow.trafficClass = options.trafficClass;
  }

  /** Recomputes the effective MSS from the peer's and the path's (section 3.7.1, MUST-16). */
  void updateMss() {
    if (flow.out() == null && !layer.ip.route(flow)) {
      return; // R1 made IP look for another way, and there is none yet.
    }
    MtuProbing own = mtuProbing;
    // RFC 8899 section 4.5: who probes is not bound by what others have heard.
    int path = (own == null ? layer.ip.mtu(flow) : own.pathMtu(this)) - headerBytes();
    int floor = Math.min(layer.context.profile.minSendMss(), Math.max(path, 1));
    int mss = Math.max(floor, Math.min(sendMss, path));
    if (options.maxSegment > 0) {
      mss = Math.min(mss, options.maxSegment);
    }
    if (mss != effectiveMss) {
      effectiveMss = mss;
      if (state.synchronizedState() && recovery != null) {
        recovery.mss(mss - fixedOptionLength());
      }
    }
  }

  /** Bytes of the options that every segment carries: timestamps and the signature. */
  int fixedOptionLength() {
    return (timestamps ? 12 : 0) + (auth == null ? 0 : auth.optionLength());
  }

  /** IP and TCP header without options. */
  int headerBytes() {
    return (v4() ? Ipv4Header.MIN_LENGTH : Ipv6Header.LENGTH) + TcpHeader.MIN_LENGTH;
  }

  /** The handshake is done: the variables that depend on what was negotiated. */
  void establish(long now) {
    if (!FastOpen.early(this)) {
      FirstWindow.start(this, now);
    }
    FastOpen.settled(this, now);
    retransmits = 0;
    softError = null;
    enter(TcpState.ESTABLISHED, now);
    if (finQueued) {
      // CLOSE was called before: section 3.10.4 has it wait for this moment.
      enter(TcpState.FIN_WAIT_1, now);
    }
    forgetTimer(TimerKind.RETRANSMIT); // The SYN's; who never sends anything needs no other.
    armKeepAlive(now);
    markDirty();
  }

  // ---- moves

  void enter(TcpState next, long now) {
    TcpState from = state;
    state = next;
    layer.context.observer.stateChanged(now, id, localPort, remotePort, from, next);
  }

  /** Tells the observer of a step of loss recovery. */
  void tellRecovery(Observer.RecoveryEvent event, long now) {
    layer.context.observer.recovery(
        now, id, event, recovery().control().window(), recovery().control().threshold());
    Info.tell(this, now);
  }

  /** Something may have to be sent: look at it at the next flush. */
  void markDirty() {
    layer.markDirty(this);
  }

  /** Chooses ISS, and with it where the stream begins. */
  void setIss(@Seq int value) {
    iss = value;
    sndUna = value;
    sndNxt = value;
    headSeq = value + 1;
  }

  /**
   * The connection ends now; the application learns {@code error}, or an orderly end when it is
   * null.
   */
  void delete(@Nullable TcpError error, long now) {
    if (state == TcpState.CLOSED) {
      return;
    }
    disarmAll();
    FastOpen.settled(this, now);
    FastOpen.forget(this);
    Info.tell(this, now);
    enter(TcpState.CLOSED, now);
    layer.removeRecord(this);
    if (orphan) {
      layer.orphanGone();
    }
    toSend.release();
    received.dropOutOfOrder();
    if (orphan) {
      received.release();
    }
    layer.context.observer.connectionEnded(now, id, error);
    endpoint.ended(error);
  }

  /**
   * ABORT: RST to the peer where the state has one that knows of us (section 3.10.5), and the end.
   */
  void abort(@Nullable TcpError error, long now) {
    if (state != TcpState.SYN_SENT && state != TcpState.CLOSED) {
      sendReset(now);
    }
    if (state == TcpState.SYN_SENT || state == TcpState.SYN_RECEIVED) {
      layer.context.counters.inc(Counter.TcpAttemptFails);
    } else if (state == TcpState.ESTABLISHED || state == TcpState.CLOSE_WAIT) {
      layer.context.counters.inc(Counter.TcpEstabResets);
    }
    delete(error, now);
  }

  /** {@code <SEQ=SND.NXT><ACK=RCV.NXT><CTL=RST,ACK>}, with timestamps (RFC 7323 section 3.2). */
  void sendReset(long now) {
    layer.writer.begin(auth);
    if (timestamps) {
      layer.writer.timestamps(SequenceSecrets.timestamp(now, tsOffset), tsRecent);
    }
    layer.context.counters.inc(Counter.TcpOutRsts);
    layer.writer.send(
        flow,
        localPort,
        remotePort,
        sndNxt,
        rcvNxt,
        TcpHeader.RST | TcpHeader.ACK,
        profile().resetOffersWindow() ? Acknowledging.window(this) : 0,
        0,
        null,
        0,
        0,
        id,
        SendCause.RESET,
        now);
  }

  // ---- timers

  private ConnectionTimer timer(TimerKind kind) {
    ConnectionTimer t = existing(kind);
    if (t == null) {
      t = new ConnectionTimer(this, kind);
      keep(kind, t);
    }
    return t;
  }

  private void keep(TimerKind kind, @Nullable ConnectionTimer t) {
    switch (kind) {
      case RETRANSMIT -> retransmitTimer = t;
      case DELAYED_ACK -> delayedAckTimer = t;
      case PERSIST -> persistTimer = t;
      case KEEPALIVE -> keepAliveTimer = t;
      case FIN_WAIT_2 -> finWait2Timer = t;
      case LOSS_PROBE -> lossProbeTimer = t;
      case REORDER -> reorderTimer = t;
      case PACING -> pacingTimer = t;
      default -> throw new IllegalArgumentException(kind.name());
    }
  }

  /** It does not fire, and is made again when it is armed. */
  void forgetTimer(TimerKind kind) {
    ConnectionTimer t = existing(kind);
    if (t != null) {
      layer.context.timers.remove(t);
      keep(kind, null);
    }
  }

  private @Nullable ConnectionTimer existing(TimerKind kind) {
    return switch (kind) {
      case RETRANSMIT -> retransmitTimer;
      case DELAYED_ACK -> delayedAckTimer;
      case PERSIST -> persistTimer;
      case KEEPALIVE -> keepAliveTimer;
      case FIN_WAIT_2 -> finWait2Timer;
      case LOSS_PROBE -> lossProbeTimer;
      case REORDER -> reorderTimer;
      case PACING -> pacingTimer;
      default -> null;
    };
  }

  void arm(TimerKind kind, long deadline) {
    layer.context.timers.arm(timer(kind), deadline);
  }

  void disarm(TimerKind kind) {
    ConnectionTimer t = existing(kind);
    if (t != null) {
      layer.context.timers.disarm(t);
    }
  }

  boolean armed(TimerKind kind) {
    ConnectionTimer t = existing(kind);
    return t != null && t.armed();
  }

  /** When that timer fires, or {@link TimerHeap#NEVER}. */
  long deadline(TimerKind kind) {
    ConnectionTimer t = existing(kind);
    return t == null ? TimerHeap.NEVER : t.deadline();
  }

  private void disarmAll() {
    for (TimerKind kind : TimerKind.values()) {
      ConnectionTimer t = existing(kind);
      if (t != null) {
        layer.context.timers.remove(t);
      }
    }
  }

  /** Becomes a {@link TimeWaitRecord}; this object only keeps what the application has not read. */
  void becomeTimeWait(long now) {
    if (profile().timeWaitAnswersAcks()) {
      ecn = null; // Such a system's TIME-WAIT knows nothing of it.
    }
    if (ackNow) {
      // The peer's FIN: the record would only acknowledge it when it is repeated.
      Output.sendAck(this, now);
    }
    disarmAll();
    enter(TcpState.TIME_WAIT, now);
    if (orphan) {
      layer.orphanGone();
      received.release();
    }
    toSend.release();
    layer.enterTimeWait(this, now);
  }

  void armKeepAlive(long now) {
    if (options.keepAlive && state.synchronizedState() && state != TcpState.TIME_WAIT) {
      keepAliveProbes = 0;
      arm(TimerKind.KEEPALIVE, Math.max(now, lastHeardAt + options.keepAliveIdleNanos));
    } else {
      disarm(TimerKind.KEEPALIVE);
    }
  }
}
