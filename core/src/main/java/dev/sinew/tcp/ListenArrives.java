package dev.sinew.tcp;

import dev.sinew.base.Counter;
import dev.sinew.base.Counters;
import dev.sinew.base.Profile;
import dev.sinew.base.Seq;
import dev.sinew.base.SeqNum;
import dev.sinew.base.TcpState;
import dev.sinew.ip.StackContext;
import dev.sinew.observe.DropReason;
import dev.sinew.observe.SendCause;
import dev.sinew.wire.Segment;
import dev.sinew.wire.TcpHeader;

/**
 * SEGMENT ARRIVES in LISTEN (RFC 9293 section 3.10.7.2), with a queue of half-open records and,
 * when that is full, SYN cookies (RFC 4987): a server under a flood of SYNs keeps accepting.
 */
final class ListenArrives {
  /**
   * A timestamp carries what a cookie has no room for: the shift in four bits (15 for none), and
   * whether SACK was agreed.
   */
  private static final int TS_COOKIE_MASK = 0x3f;

  private static final int TS_COOKIE_SACK = 0x10;
  private static final int TS_COOKIE_ECN = 0x20;
  private static final int TS_COOKIE_NO_SCALE = 0xf;

  private ListenArrives() {}

  static void onSegment(TcpListener l, Record key, Segment s, long now) {
    // First, check for a RST.
    if (s.has(TcpHeader.RST)) {
      l.layer.context.observer.packetDropped(now, DropReason.NO_SOCKET);
      return;
    }
    // Second, check for an ACK: none is acceptable, but for that of a cookie.
    if (s.has(TcpHeader.ACK)) {
      if (s.has(TcpHeader.SYN) || !cookieReturned(l, key, s, now)) {
        l.layer.refuse(key, s, now);
      }
      return;
    }
    // Third, check for a SYN. Fourth: anything else is dropped.
    if (s.has(TcpHeader.SYN)) {
      syn(l, key, s, 0, false, now);
    } else {
      l.layer.context.observer.packetDropped(now, DropReason.SYN_FLAGS);
    }
  }

  /** Whether the listener would begin a connection for this SYN now; if not, it is dropped. */
  static boolean admits(TcpListener l, Segment s, long now) {
    StackContext context = l.layer.context;
    if (s.has(TcpHeader.FIN) && !context.profile.acceptSynFin()) {
      context.observer.packetDropped(now, DropReason.SYN_FLAGS);
      return false;
    }
    if (l.acceptQueueFull()) {
      context.counters.inc(Counter.TcpExtListenOverflows);
      context.counters.inc(Counter.TcpExtListenDrops);
      context.observer.packetDropped(now, DropReason.BACKLOG_FULL);
      return false;
    }
    return true;
  }

  /**
   * @param floor with {@code hasFloor}: the new ISS must lie above what an earlier connection of
   *     the same sockets used (section 3.6.1)
   */
  static void syn(
      TcpListener l, Record key, Segment s, @Seq int floor, boolean hasFloor, long now) {
    TcpLayer layer = l.layer;
    Counters counters = layer.context.counters;
    Profile profile = layer.context.profile;
    if (!admits(l, s, now)) {
      return;
    }
    boolean timestamps =
        s.hasTimestamps && profile.timestamps() && Authentication.leaveRoomForTimestamps(key.auth);
    boolean sack = s.sackPermitted && profile.sack();
    if (!profile.windowScale()) {
      s.windowScale = Segment.ABSENT;
    }
    if (l.options.noOptions) {
      s.windowScale = Segment.ABSENT;
      timestamps = false;
      sack = false;
    }
    if (l.synQueueLength >= layer.context.limits.synBacklog()) {
      if (!profile.synCookies()) {
        counters.inc(Counter.TcpExtListenDrops);
        layer.context.observer.packetDropped(now, DropReason.SYN_BACKLOG_FULL);
        return;
      }
      counters.inc(Counter.TcpExtTCPReqQFullDoCookies);
      sendCookie(l, key, s, sack, timestamps, now);
      return;
    }
    int iss = layer.secrets.initialSequence(key, now, profile.isnTickNanos());
    if (hasFloor && SeqNum.leq(iss, floor)) {
      iss = floor + 65_536;
    }
    SynRecord r = new SynRecord(l, s, key, iss, sack, timestamps, now);
    r.agreeEcn(s);
    if (FastOpen.accept(l, r, s, now)) {
      return;
    }
    layer.addSynRecord(r, now);
    layer.context.observer.stateChanged(
        now, r.id, r.localPort, r.remotePort, TcpState.LISTEN, TcpState.SYN_RECEIVED);
    r.sendSynAck(SendCause.NEW, now);
  }

  private static void sendCookie(
      TcpListener l, Record key, Segment s, boolean sack, boolean timestamps, long now) {
    TcpLayer layer = l.layer;
    layer.context.counters.inc(Counter.TcpExtSyncookiesSent);
    l.cookieSentAt = now;
    int mss = s.mss > 0 ? s.mss : key.v4() ? 536 : 1220;
    int cookie = layer.secrets.cookie(key, s.seq, mss, now);
    if (key.auth != null) {
      key.auth.localIsn(cookie);
      key.auth.peerIsn(s.seq);
    }
    boolean scale = timestamps && s.windowScale != Segment.ABSENT;
    EcnMode ecn = EcnMode.ofSyn(l.options.ecn, layer.context.profile, s);
    if (ecn == EcnMode.CLASSIC && !timestamps) {
      ecn = EcnMode.NONE; // Nothing would remember it.
    }
    int tsVal = 0;
    if (timestamps) {
      int bits =
          (scale ? Math.min(s.windowScale, 14) : TS_COOKIE_NO_SCALE)
              | (sack ? TS_COOKIE_SACK : 0)
              | (ecn == EcnMode.CLASSIC ? TS_COOKIE_ECN : 0);
      int offset = layer.timestampOffset(key);
      // The youngest timestamp not after now that ends in these bits.
      int clock = (SequenceSecrets.timestamp(now, 0) & ~TS_COOKIE_MASK) | bits;
      tsVal =
          (clock > SequenceSecrets.timestamp(now, 0) ? clock - TS_COOKIE_MASK - 1 : clock) + offset;
    }
    int windowScale = scale ? l.layer.windowScaleFor(l.options) : -1;
    SynAnswer.send(
        l,
        key,
        0,
        s.seq,
        cookie,
        windowScale,
        timestamps && sack,
        timestamps,
        tsVal,
        s.tsVal,
        ecn.synAckFlags(s.ecn),
        ecn == EcnMode.ACCURATE,
        false,
        false,
        SendCause.NEW,
        now);
  }

  /**
   * What the SYN had asked for: a timestamp remembers RFC 3168's ECN, and the ACE field of a pure
   * ACK shows by itself that RFC 9768's was agreed on (section 5.1 there).
   */
  private static EcnMode cookieEcn(TcpListener l, Segment s, boolean classic) {
    Profile profile = l.layer.context.profile;
    if (l.options.ecn == Profile.Ecn.OFF) {
      return EcnMode.NONE;
    }
    if (classic) {
      return EcnMode.CLASSIC;
    }
    boolean pure = s.dataLength == 0 && s.sackCount == 0;
    return profile.accEcn() && pure && s.ace >= 2 ? EcnMode.ACCURATE : EcnMode.NONE;
  }

  /** The third segment of a handshake that was remembered in a cookie only. */
  private static boolean cookieReturned(TcpListener l, Record key, Segment s, long now) {
    TcpLayer layer = l.layer;
    if (l.cookieSentAt == Long.MIN_VALUE
        || now - l.cookieSentAt > 2 * SequenceSecrets.COOKIE_TICK_NANOS) {
      return false;
    }
    int irs = s.seq - 1;
    int iss = s.ack - 1;
    int mss = layer.secrets.cookieMss(key, irs, iss, now);
    if (mss < 0) {
      layer.context.counters.inc(Counter.TcpExtSyncookiesFailed);
      return false;
    }
    if (l.acceptQueueFull()) {
      layer.context.counters.inc(Counter.TcpExtListenOverflows);
      layer.context.observer.packetDropped(now, DropReason.BACKLOG_FULL);
      return true;
    }
    layer.context.counters.inc(Counter.TcpExtSyncookiesRecv);
    boolean timestamps = s.hasTimestamps && layer.context.profile.timestamps();
    int bits =
        timestamps ? s.tsEcr - layer.timestampOffset(key) & TS_COOKIE_MASK : TS_COOKIE_NO_SCALE;
    s.mss = mss;
    s.windowScale = (bits & 0xf) == TS_COOKIE_NO_SCALE ? Segment.ABSENT : bits & 0xf;
    boolean sack = (bits & TS_COOKIE_SACK) != 0;
    // The record that the SYN would have made; the segment's own sequence number is that of the
    // data.
    s.seq = irs;
    SynRecord r = new SynRecord(l, s, key, iss, sack, timestamps, now);
    s.seq = irs + 1;
    r.ecn = cookieEcn(l, s, timestamps && (bits & TS_COOKIE_ECN) != 0);
    Connection c = PassiveOpen.complete(r, now);
    if (c == null) {
      layer.context.observer.packetDropped(now, DropReason.CONNECTION_LIMIT);
      return true;
    }
    // Nobody knows when the SYN-ACK was sent: no measurement from it.
    c.retransmits = 1;
    SegmentArrives.onSegment(c, s, now);
    return true;
  }
}
