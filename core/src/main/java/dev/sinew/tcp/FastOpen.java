package dev.sinew.tcp;

import dev.sinew.base.Block;
import dev.sinew.base.Counter;
import dev.sinew.base.Counters;
import dev.sinew.base.Profile;
import dev.sinew.base.Seq;
import dev.sinew.base.SeqNum;
import dev.sinew.base.TcpState;
import dev.sinew.ip.Flow;
import dev.sinew.ip.IpAddress;
import dev.sinew.observe.SendCause;
import dev.sinew.wire.Bytes;
import dev.sinew.wire.Segment;
import dev.sinew.wire.TcpHeader;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * TCP Fast Open (RFC 7413) of one connection, either side: data on the SYN. The data of a SYN may
 * reach an application twice when the network duplicates the SYN (section 2.1), which is why both
 * sides have to ask for it.
 */
final class FastOpen {
  // ---- client
  private final FastOpenCache.@Nullable Server server;

  /** The option went out with our first SYN. */
  private boolean asked;

  /** Bytes that went out with our first SYN. */
  private int sent;

  /** The peer acknowledged bytes of our SYN. */
  private boolean taken;

  // ---- server
  /** Where this connection has its place until the handshake is done. */
  private @Nullable FastOpenQueue place;

  /** The SYN-ACK carries a new cookie. */
  private boolean offer;

  /** Either side: the option is that of the experiment. */
  private boolean experiment;

  private boolean reset;

  // ---- simultaneous open
  /** What the peer's SYN carried, until the handshake is done. */
  private @Nullable Block kept;

  private int keptLength;

  private FastOpen(FastOpenCache.@Nullable Server server, @Nullable FastOpenQueue place) {
    this.server = server;
    this.place = place;
  }

  // ---- client

  /** The application wants what it writes before the next flush to go with the SYN. */
  static void ask(Connection c) {
    TcpLayer layer = c.layer;
    if (!c.profile().fastOpenClient()) {
      return;
    }
    FastOpenCache.Server e = layer.fastOpen.servers().of(c.remoteHigh, c.remoteLow);
    if (e.blocked(layer.context.now)) {
      layer.context.counters.inc(Counter.TcpExtTCPFastOpenBlackhole);
      return;
    }
    c.fastOpen = new FastOpen(e, null);
  }

  /**
   * How much data surely goes with the SYN of a new connection, if it opened now; 0 when there is
   * no cookie for it.
   */
  static int room(TcpLayer layer, SocketOptions options, IpAddress remote) {
    FastOpenCache.Server e = layer.fastOpen.servers().of(remote.high(), remote.low());
    Profile p = layer.context.profile;
    boolean may = e.cookie.length > 0 || p.fastOpenWithoutCookie();
    if (!p.fastOpenClient() || !may || e.blocked(layer.context.now)) {
      return 0;
    }
    Flow flow = new Flow();
    IpAddress from = remote.isV4() ? IpAddress.ANY_V4 : IpAddress.ANY_V6;
    flow.set(remote.isV4(), from.high(), from.low(), remote.high(), remote.low());
    if (!layer.ip.route(flow)) {
      return 0;
    }
    int mss = Math.min(layer.receiveMss(flow, options), e.mss > 0 ? e.mss : 65_535);
    return Math.max(0, Math.min(mss, layer.ip.mtu(flow) - (flow.v4 ? 40 : 60)) - 40);
  }

  /**
   * Adds the option to our SYN or SYN-ACK, which is being put together.
   *
   * @return how many bytes of data go with it
   */
  static int prepare(Connection c, SegmentWriter w, boolean answer, long now) {
    FastOpen f = c.fastOpen;
    if (f == null) {
      return 0;
    }
    FastOpenCache.Server e = f.server;
    if (answer || e == null) {
      if (answer && f.offer) {
        w.fastOpen(c.layer.fastOpen.cookies().of(c, now), f.experiment);
      }
      return 0;
    }
    if (c.retransmits > 0) {
      // Section 4.2.2 and 4.1.3.1: the second try is an ordinary SYN.
      return 0;
    }
    boolean bare = c.profile().fastOpenWithoutCookie();
    f.experiment =
        c.profile().fastOpenExperiment()
            && (e.cookie.length > 0 ? e.experiment : e.unanswered == 1);
    f.asked = !bare && w.fastOpen(e.cookie, f.experiment);
    if (!bare && (!f.asked || e.cookie.length == 0)) {
      return 0;
    }
    int path = c.layer.ip.mtu(c.flow) - c.headerBytes();
    int options = Math.max(w.optionLength(), c.profile().fastOpenOptionBytes());
    int known = e.mss > 0 ? Math.min(e.mss, c.rcvMss) : c.rcvMss;
    int most = Math.min(known, path) - options;
    f.sent = Math.max(0, Math.min(c.toSend.length(), most));
    return f.sent;
  }

  /** The last acknowledgement that our SYN and its data allow. */
  static @Seq int lastAck(Connection c) {
    FastOpen f = c.fastOpen;
    return c.iss + 1 + (f == null ? 0 : f.sent);
  }

  /** More was written than went with our SYN: the application waits for the rest to leave. */
  static boolean moreThanSyn(Connection c) {
    FastOpen f = c.fastOpen;
    return c.toSend.length() > (f == null ? 0 : f.sent);
  }

  /** A SYN-ACK, or the peer's half of a simultaneous open, acknowledges bytes of our SYN. */
  static void acknowledged(Connection c, @Seq int ack) {
    FastOpen f = c.fastOpen;
    if (f != null && f.sent > 0 && SeqNum.inOpenClosed(ack, c.iss + 1, lastAck(c))) {
      f.taken = true;
      c.sndNxt = ack;
      if (f.server != null) {
        f.server.worked();
      }
      c.layer.context.counters.inc(Counter.TcpExtTCPFastOpenActive);
    }
  }

  /** The SYN-ACK is here: what it says of the server, and what of our data it took. */
  static void answered(Connection c, Segment s, long now) {
    FastOpen f = c.fastOpen;
    FastOpenCache.Server e = f == null ? null : f.server;
    if (f == null || e == null) {
      return;
    }
    acknowledged(c, s.ack);
    boolean cookie = f.asked && s.fastOpenLength > 0 && known(c.profile(), s);
    if (cookie) {
      byte[] bytes = new byte[s.fastOpenLength];
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] = (byte) Bytes.u8(s.memory, s.fastOpenOffset + i);
      }
      if (!Arrays.equals(bytes, e.cookie)) {
        e.cookie = bytes;
      }
      e.experiment = s.fastOpenExperiment;
    } else if (f.asked && f.sent == 0 && c.retransmits == 0 && e.cookie.length == 0) {
      e.unanswered = f.experiment ? 2 : Math.max(e.unanswered, 1);
    }
    if (s.mss > 0) {
      e.mss = s.mss;
    }
    if (f.taken) {
      int bytes = SeqNum.diff(s.ack, c.headSeq);
      c.toSend.acknowledge(c.toSend.headPosition() + bytes);
      c.headSeq += bytes;
      Figures.of(c).bytesAcked += bytes;
      c.endpoint.acknowledged();
    } else if (f.sent > 0) {
      c.layer.context.counters.inc(Counter.TcpExtTCPFastOpenActiveFail);
    }
    if (f.asked && !f.taken && !cookie && c.profile().fastOpenGivesUp()) {
      e.lost(now, c.profile().fastOpenBlockNanos());
    } else if (c.retransmits > 0
        && f.asked
        && !f.taken
        && !cookie
        && (f.sent > 0 || c.profile().fastOpenBlockedEasily())) {
      // What was answered is the ordinary SYN: the first one is lost, as often before it.
      e.lost(now, c.profile().fastOpenBlockNanos());
    }
  }

  /** A RST answers our SYN: a host on the way may dislike its data. */
  static void refused(Connection c, long now) {
    FastOpen f = c.fastOpen;
    boolean counts = c.profile().fastOpenBlockedEasily() && c.retransmits == 0;
    if (f != null && f.server != null && f.sent > 0 && counts) {
      f.server.lost(now, c.profile().fastOpenBlockNanos());
    }
  }

  /** The peer took data of our SYN, or we took data of its. */
  static boolean used(Connection c) {
    FastOpen f = c.fastOpen;
    return f != null && f.taken;
  }

  // ---- server

  /**
   * Looks at a SYN's option (section 4.2): begins a whole connection when its cookie is good, and
   * lets the record offer one when it asks or has none that is.
   *
   * @return true when the connection has begun
   */
  static boolean accept(TcpListener l, SynRecord r, Segment s, long now) {
    FastOpenQueue queue = l.fastOpenQueue;
    if (queue == null) {
      return false;
    }
    TcpLayer layer = l.layer;
    Counters counters = layer.context.counters;
    boolean bare = layer.context.profile.fastOpenCookieNotRequired() && s.dataLength > 0;
    if ((s.fastOpenLength == Segment.ABSENT || !known(layer.context.profile, s)) && !bare) {
      return false;
    }
    r.cookieExperiment = s.fastOpenExperiment;
    if (s.fastOpenLength == 0 && !bare) {
      counters.inc(Counter.TcpExtTCPFastOpenCookieReqd);
      r.offerCookie = true;
      return false;
    }
    int age = bare ? 0 : layer.fastOpen.cookies().age(r, s, now);
    r.offerCookie = age != 0;
    if (age < 0) {
      counters.inc(Counter.TcpExtTCPFastOpenPassiveFail);
      return false;
    }
    if (s.has(TcpHeader.FIN)) {
      return false;
    }
    if (!queue.take(now)) {
      // Section 5.1: fall back to the ordinary handshake.
      counters.inc(Counter.TcpExtTCPFastOpenListenOverflow);
      return false;
    }
    Connection c = PassiveOpen.complete(r, now);
    if (c == null) {
      queue.done();
      return false;
    }
    counters.inc(Counter.TcpExtTCPFastOpenPassive);
    layer.context.observer.stateChanged(
        now, c.id, c.localPort, c.remotePort, TcpState.LISTEN, TcpState.SYN_RECEIVED);
    FastOpen f = new FastOpen(null, queue);
    f.offer = age > 0;
    f.experiment = s.fastOpenExperiment;
    c.fastOpen = f;
    c.offeredScale = r.peerScale >= 0 ? r.scale : -1;
    c.synDue = true;
    // The window of a SYN is never scaled (RFC 7323 section 2.2).
    c.sndWnd = s.window;
    c.maxSndWnd = s.window;
    c.sndWl1 = s.seq;
    c.sndWl2 = c.iss;
    f.takeData(c, s);
    FirstWindow.start(c, now);
    l.completed(c.endpoint);
    c.markDirty();
    return true;
  }

  private static boolean known(Profile p, Segment s) {
    return !s.fastOpenExperiment || p.fastOpenExperiment();
  }

  private void takeData(Connection c, Segment s) {
    int n = Math.min(s.dataLength, c.receiveWindow());
    if (n == 0 || c.received.store(c.received.nextPosition(), s.memory, s.dataOffset, n) != n) {
      return; // The SYN-ACK acknowledges what is here: the SYN alone.
    }
    taken = true;
    c.rcvNxt += n;
    Figures.of(c).bytesReceived += n;
    c.receivedMss = Math.max(c.receivedMss, n);
  }

  /**
   * A SYN that crossed ours carries data: "queue them for processing after the ESTABLISHED state
   * has been reached" (RFC 9293 section 3.10.7.3). The SYN-ACK acknowledges the SYN alone.
   */
  static void keep(Connection c, Segment s) {
    int n = c.profile().keepCrossingData() ? Math.min(s.dataLength, c.receiveWindow()) : 0;
    if (n <= 0) {
      return;
    }
    if (c.fastOpen == null) {
      c.fastOpen = new FastOpen(null, null);
    }
    // Without memory it is as if it had been lost: the SYN-ACK acknowledges the SYN alone.
    Block block = c.fastOpen.kept == null ? c.layer.context.pool.take(n) : null;
    if (block != null) {
      MemorySegment.copy(s.memory, s.dataOffset, block.memory(), block.base(), n);
      c.fastOpen.kept = block;
      c.fastOpen.keptLength = n;
    }
  }

  /** The connection is established: what was kept is the beginning of the peer's stream. */
  static void deliver(Connection c) {
    FastOpen f = c.fastOpen;
    Block data = f == null ? null : f.kept;
    if (f == null || data == null) {
      return;
    }
    int n = f.keptLength;
    if (c.rcvNxt == c.irs + 1
        && c.received.store(c.received.nextPosition(), data.memory(), data.base(), n) == n) {
      c.rcvNxt += n;
      Figures.of(c).bytesReceived += n;
      c.endpoint.dataArrived();
    }
    forget(c);
  }

  /** Gives back the memory of what was kept. */
  static void forget(Connection c) {
    FastOpen f = c.fastOpen;
    if (f != null && f.kept != null) {
      f.kept.release();
      f.kept = null;
    }
  }

  /** Whether an application has this connection although its handshake is not done. */
  static boolean early(Connection c) {
    return c.state == TcpState.SYN_RECEIVED && c.fastOpen != null && c.fastOpen.place != null;
  }

  /** The client's SYN again: it has not got our SYN-ACK, and hears nothing else. */
  static boolean repeatedSyn(Connection c, Segment s) {
    if (!early(c) || (s.flags & (TcpHeader.SYN | TcpHeader.ACK | TcpHeader.RST)) != TcpHeader.SYN) {
      return false;
    }
    if (s.seq != c.irs) {
      return false;
    }
    if (s.hasTimestamps && c.timestamps) {
      c.tsRecent = s.tsVal;
    }
    c.layer.context.counters.inc(Counter.TcpExtTCPSynRetrans);
    c.synDue = true;
    c.synCause = SendCause.REPEATED_REQUEST;
    c.markDirty();
    return true;
  }

  /** A RST ends it before the handshake is done. */
  static void reset(Connection c) {
    if (c.fastOpen != null) {
      c.fastOpen.reset = true;
    }
  }

  /** The handshake is done, or the connection over: its place is free. */
  static void settled(Connection c, long now) {
    FastOpen f = c.fastOpen;
    FastOpenQueue queue = f == null ? null : f.place;
    if (f == null || queue == null) {
      return;
    }
    f.place = null;
    if (f.reset) {
      queue.reset(now);
    } else {
      queue.done();
    }
  }
}
