package dev.sinew.tcp;

import dev.sinew.base.Counter;
import dev.sinew.base.Seq;
import dev.sinew.base.SeqNum;
import dev.sinew.ip.Flow;
import dev.sinew.observe.DropReason;
import dev.sinew.observe.SendCause;
import dev.sinew.wire.Segment;
import dev.sinew.wire.TcpHeader;

/**
 * A connection in SYN-RECEIVED that a listener has begun: the little that must be known until the
 * handshake's third segment comes. It answers every row of its state (RFC 9293 section 3.10.7.4) by
 * itself.
 */
final class SynRecord extends QueuedRecord {
  final TcpListener listener;

  /** The number that the connection will have. */
  final long id;

  final @Seq int irs;
  final @Seq int iss;

  /** The peer's MSS option, or the default. */
  final char mss;

  /** The peer's shift, or -1. */
  final byte peerScale;

  /** Our shift, as the SYN-ACK names it; 0 when the peer offered none. */
  final byte scale;

  final boolean sack;
  final boolean timestamps;

  /** What the SYN and its answer have agreed on. */
  EcnMode ecn = EcnMode.NONE;

  /** The ECN field with which the latest SYN has arrived. */
  byte synEcn;

  /** The latest SYN had none of the flags that ask for ECN. */
  private boolean plainSyn;

  /** A SYN or SYN-ACK without these flags was seen: nobody knows what the peer believes. */
  boolean ecnUnsure;

  int tsRecent;
  byte retries;

  /** The SYN-ACK carries a Fast Open cookie. */
  boolean offerCookie;

  /** In the option of the experiment, in which the SYN has asked. */
  boolean cookieExperiment;

  private byte tokens = 3;
  final long startedAt;

  SynRecord(
      TcpListener listener,
      Segment s,
      Record key,
      @Seq int iss,
      boolean sack,
      boolean timestamps,
      long now) {
    super(
        key.localHigh, key.localLow, key.localPort, key.remoteHigh, key.remoteLow, key.remotePort);
    this.listener = listener;
    this.id = listener.layer.nextId();
    this.irs = s.seq;
    this.iss = iss;
    this.mss = (char) (s.mss > 0 ? s.mss : v4() ? 536 : 1220);
    this.peerScale = (byte) (s.windowScale == Segment.ABSENT ? -1 : Math.min(s.windowScale, 14));
    this.scale = (byte) (peerScale >= 0 ? listener.layer.windowScaleFor(listener.options) : 0);
    this.sack = sack;
    this.timestamps = timestamps;
    this.tsRecent = s.tsVal;
    this.startedAt = now;
    this.auth = key.auth;
    if (auth != null) {
      auth.localIsn(iss);
      auth.peerIsn(irs);
    }
  }

  /** Agrees to what the SYN asks for. */
  void agreeEcn(Segment syn) {
    ecn = EcnMode.ofSyn(listener.options.ecn, listener.layer.context.profile, syn);
    synEcn = (byte) syn.ecn;
  }

  /**
   * The SYN has come again, perhaps with other flags; the mode stays (RFC 9768 section 3.1.5).
   *
   * @return false when it asks for the other mode, and the connection must be reset
   */
  private boolean ecnOfRepeatedSyn(Segment syn) {
    EcnMode again = EcnMode.ofSyn(listener.options.ecn, listener.layer.context.profile, syn);
    if (ecn != EcnMode.NONE && again != EcnMode.NONE && again != ecn) {
      return false;
    }
    plainSyn = EcnMode.bits(syn) == 0;
    ecnUnsure |= plainSyn;
    synEcn = (byte) syn.ecn;
    return true;
  }

  /**
   * AE, CWR and ECE of the next SYN-ACK. A SYN without them gets an answer without, so that both
   * ends know (RFC 3168 section 6.1.1.1); RFC 9768 has it answered as before (section 3.1.5), and
   * gives up after the second timeout (section 3.2.3.2.2).
   */
  private int synAckFlags() {
    if (ecn == EcnMode.CLASSIC && plainSyn) {
      return 0;
    }
    if (ecn == EcnMode.ACCURATE && retries >= 2) {
      ecnUnsure = true;
      return 0;
    }
    return ecn.synAckFlags(synEcn);
  }

  /** SYN-ACK with everything that was agreed. */
  boolean sendSynAck(SendCause cause, long now) {
    TcpLayer layer = listener.layer;
    int tsVal = SequenceSecrets.timestamp(now, layer.timestampOffset(this));
    return SynAnswer.send(
        listener,
        this,
        id,
        irs,
        iss,
        peerScale >= 0 ? scale : -1,
        sack,
        timestamps,
        tsVal,
        tsRecent,
        synAckFlags(),
        ecn == EcnMode.ACCURATE && cause == SendCause.NEW,
        offerCookie,
        cookieExperiment,
        cause,
        now);
  }

  @Override
  void expire(long now) {
    TcpLayer layer = listener.layer;
    if (retries >= layer.context.profile.synAckRetries()) {
      layer.context.counters.inc(Counter.TcpAttemptFails);
      layer.dropSynRecord(this, now);
      return;
    }
    retries++;
    layer.context.counters.inc(Counter.TcpExtTCPTimeouts);
    layer.context.counters.inc(Counter.TcpExtTCPSynRetrans);
    sendSynAck(SendCause.RETRANSMIT_TIMEOUT, now);
    layer.queueSynRecord(this, now);
  }

  void onSegment(Segment s, long now) {
    TcpLayer layer = listener.layer;
    @Seq int rcvNxt = irs + 1;
    int window = offeredWindow();
    boolean rst = s.has(TcpHeader.RST);

    if (s.has(TcpHeader.SYN) && !s.has(TcpHeader.ACK) && !rst && s.seq == irs) {
      // Our SYN-ACK was lost, or the peer is impatient: the same answer again.
      if (s.hasTimestamps && timestamps) {
        tsRecent = s.tsVal;
      }
      if (!ecnOfRepeatedSyn(s)) {
        layer.context.observer.packetDropped(now, DropReason.SYN_FLAGS);
        Flow f = layer.scratchFlow(this, listener.options);
        layer.writer.reset(f, auth, localPort, remotePort, s, now);
        layer.dropSynRecord(this, now);
        return;
      }
      layer.context.counters.inc(Counter.TcpExtTCPSynRetrans);
      sendSynAck(SendCause.REPEATED_REQUEST, now);
      return;
    }
    // PAWS, then first: sequence number.
    if (timestamps && s.hasTimestamps && !rst && SegmentWriter.timestampBefore(s.tsVal, tsRecent)) {
      layer.context.observer.packetDropped(now, DropReason.PAWS);
      challenge(now);
      return;
    }
    if (timestamps
        && !s.hasTimestamps
        && !rst
        && layer.context.profile.dropSegmentsWithoutTimestamp()) {
      layer.context.observer.packetDropped(now, DropReason.MISSING_TIMESTAMP);
      return;
    }
    int at = SeqNum.diff(s.seq, rcvNxt);
    int length = s.sequenceLength();
    boolean acceptable = at >= 0 && at < window || at < 0 && at + length - 1 >= 0 && length > 0;
    if (!acceptable) {
      layer.context.observer.packetDropped(
          now, rst ? DropReason.RST_OUT_OF_WINDOW : DropReason.OUT_OF_WINDOW);
      if (!rst) {
        challenge(now);
      }
      return;
    }
    // Second: RST.
    if (rst) {
      if (s.seq == rcvNxt || layer.context.profile.insecureRst()) {
        layer.context.counters.inc(Counter.TcpExtEmbryonicRsts);
        layer.dropSynRecord(this, now);
      } else {
        layer.context.observer.packetDropped(now, DropReason.RST_NOT_EXACT);
        challenge(now);
      }
      return;
    }
    // Fourth: a SYN in the window returns the passive open to LISTEN.
    if (s.has(TcpHeader.SYN)) {
      layer.context.observer.packetDropped(now, DropReason.SYN_IN_WINDOW);
      layer.dropSynRecord(this, now);
      return;
    }
    // Fifth: ACK.
    if (!s.has(TcpHeader.ACK)) {
      layer.context.observer.packetDropped(now, DropReason.NO_ACK);
      return;
    }
    if (s.ack != iss + 1) {
      layer.context.observer.packetDropped(now, DropReason.BAD_ACK);
      layer.writer.reset(
          layer.scratchFlow(this, listener.options), auth, localPort, remotePort, s, now);
      return;
    }
    if (s.sequenceLength() == 0 && now - startedAt < listener.options.deferAcceptNanos) {
      // Its data will come, or another SYN-ACK asks for this ACK again.
      layer.context.observer.packetDropped(now, DropReason.DEFERRED);
      return;
    }
    if (listener.acceptQueueFull()) {
      // The peer believes to be connected; our SYN-ACK comes again and asks it again.
      layer.context.counters.inc(Counter.TcpExtListenOverflows);
      layer.context.observer.packetDropped(now, DropReason.BACKLOG_FULL);
      return;
    }
    layer.removeSynRecord(this);
    Connection c = PassiveOpen.complete(this, now);
    if (c == null) {
      layer.context.observer.packetDropped(now, DropReason.CONNECTION_LIMIT);
      return;
    }
    SegmentArrives.onSegment(c, s, now);
  }

  /** The window of the SYN-ACK. */
  int offeredWindow() {
    return SynAnswer.offered(listener, this, timestamps);
  }

  private void challenge(long now) {
    if (tokens == 0) {
      listener.layer.context.counters.inc(Counter.TcpExtTCPACKSkippedSynRecv);
      return;
    }
    tokens--;
    TcpLayer layer = listener.layer;
    int window = offeredWindow();
    Flow f = layer.scratchFlow(this, listener.options);
    // Rounded up: the SYN-ACK offered this window without a shift, and its right edge must not move
    // left.
    int field = (window + (1 << scale) - 1) >> scale;
    layer.writer.begin(auth);
    if (timestamps) {
      layer.writer.timestamps(
          SequenceSecrets.timestamp(now, layer.timestampOffset(this)), tsRecent);
    }
    layer.writer.send(
        f,
        localPort,
        remotePort,
        iss + 1,
        irs + 1,
        TcpHeader.ACK | (ecn == EcnMode.ACCURATE ? AccEcn.FIRST_FLAGS : 0),
        field,
        0,
        null,
        0,
        0,
        id,
        SendCause.CHALLENGE_ACK,
        now);
  }
}
