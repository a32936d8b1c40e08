package dev.sinew.tcp;

import dev.sinew.base.Endpoint;
import dev.sinew.base.Profile;
import dev.sinew.base.ReadyList;
import dev.sinew.base.TcpError;
import dev.sinew.tcp.auth.AuthKey;
import dev.sinew.tcp.auth.AuthKeys;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The options of a {@link TcpEndpoint} or {@link TcpListener}. On an endpoint all take effect at
 * once unless they say otherwise; a listener's are what the connections that it accepts begin with.
 * What a stack's endpoints begin with is in its {@link TcpDefaults}, its profile and its limits.
 */
public abstract sealed class TcpEndpointOptions extends Endpoint permits TcpEndpoint, TcpListener {
  private static final int MIN_BUFFER = 2048;
  private static final int MAX_BUFFER = 1 << 30;
  private static final long MIN_KEEP_ALIVE_NANOS = 1_000_000L;
  private static final int MIN_SEGMENT = 88;

  /**
   * No time is longer, which is 36 years: its sum with the clock must not overflow, or what should
   * never happen happens at once and again and again.
   */
  private static final long LONGEST_NANOS = 1L << 60;

  /** Others may have the same object: see {@link #own}. */
  SocketOptions options;

  TcpEndpointOptions(ReadyList readyList, SocketOptions options) {
    super(readyList);
    this.options = options;
  }

  /** The connection that an option changes at once; null for a listener, and before connect. */
  abstract @Nullable Connection affected();

  /** The options, for one to be set: from now on this endpoint's alone. */
  final SocketOptions own() {
    if (options.shared) {
      options = options.copy();
      Connection c = affected();
      if (c != null) {
        c.options = options;
      }
    }
    return options;
  }

  /** A time that was asked for, and not longer than can be reckoned with. */
  static long span(long nanos, long least) {
    return Math.clamp(nanos, least, LONGEST_NANOS);
  }

  void optionChanged() {
    Connection c = affected();
    if (c != null) {
      c.applyFlowOptions();
      c.markDirty();
    }
  }

  /**
   * What has been written so far ends a record: no segment carries it together with what is written
   * later.
   */
  public void endRecord() {
    Connection c = affected();
    if (c != null && c.toSend.length() > 0) {
      c.toSend.marking().endRecord(c.toSend.tailPosition());
      if (c.profile().superSegmentLeast() > 0) {
        c.toSend.marking().push(c.toSend.tailPosition());
      }
    }
  }

  /**
   * The next writes will be followed by others at once: what is left over of them waits until
   * something else is sent, or for a short time, whatever {@link #setNoDelay} says. Holds until it
   * is switched off or an acknowledgement arrives.
   */
  public void setMore(boolean follows) {
    Connection c = affected();
    if (c != null && (follows || c.toSend.marks() != null)) {
      boolean waited = c.toSend.marking().waits();
      c.toSend.marking().more(follows, c.toSend.tailPosition());
      if (waited && !follows) {
        c.markDirty();
      }
    }
  }

  void keepAliveChanged() {
    Connection c = affected();
    if (c != null) {
      c.armKeepAlive(c.layer.context.now);
    }
  }

  void sendBufferChanged() {}

  void receiveBufferChanged() {
    Connection c = affected();
    if (c != null) {
      Acknowledging.afterRead(c);
    }
  }

  abstract void checkCongestionControl(String name);

  /** Switches the Nagle algorithm off (RFC 9293 section 3.7.4, MUST-17). */
  public void setNoDelay(boolean on) {
    own().noDelay = on;
    Connection c = affected();
    if (on && c != null && c.unsent() > 0) {
      // What waits goes, from under a cork too.
      c.toSend.marking().go();
      c.toSend.marking().uncork(options.cork);
    }
    optionChanged();
  }

  public boolean noDelay() {
    return options.noDelay;
  }

  /** Holds back what does not fill a segment, for 200 ms at most. */
  public void setCork(boolean on) {
    own().cork = on;
    optionChanged();
  }

  public boolean cork() {
    return options.cork;
  }

  /**
   * Acknowledges the next 16 segments at once, what waits for its ACK now too; then, or when
   * switched off, ACKs wait for company again. Before a connection exists, and on a listener, it
   * applies to the first segments.
   */
  public void setQuickAck(boolean on) {
    own().quickAck = on;
    Connection c = affected();
    if (c != null) {
      Acknowledging.quick(c, on);
    }
  }

  /** What was asked for; whether it still acts the connection decides. */
  public boolean quickAck() {
    return options.quickAck;
  }

  /**
   * Explicit congestion notification (RFC 3168, RFC 9768): whether our SYN asks for it and we agree
   * to a peer's. Before connect; a listener's connections that begin from now on have it.
   */
  public void setEcn(Profile.Ecn ecn) {
    own().ecn = ecn;
  }

  public Profile.Ecn ecn() {
    return options.ecn;
  }

  /** Keepalive (RFC 9293 section 3.8.4), off by default (MUST-25). */
  public void setKeepAlive(boolean on) {
    own().keepAlive = on;
    keepAliveChanged();
  }

  public boolean keepAlive() {
    return options.keepAlive;
  }

  /**
   * Idle time before the first probe, interval between probes, and how many may stay unanswered
   * (MUST-27): at least 1 ms each, so that no value makes a storm, and at least one.
   */
  public void setKeepAliveTimes(long idleNanos, long intervalNanos, int count) {
    own().keepAliveIdleNanos = span(idleNanos, MIN_KEEP_ALIVE_NANOS);
    own().keepAliveIntervalNanos = span(intervalNanos, MIN_KEEP_ALIVE_NANOS);
    own().keepAliveCount = Math.max(1, count);
    keepAliveChanged();
  }

  public long keepAliveIdleNanos() {
    return options.keepAliveIdleNanos;
  }

  public long keepAliveIntervalNanos() {
    return options.keepAliveIntervalNanos;
  }

  public int keepAliveCount() {
    return options.keepAliveCount;
  }

  /**
   * How long sent data may stay unacknowledged (RFC 9293 section 3.8.3 R2, MUST-21); 0: the
   * profile's rule.
   */
  public void setUserTimeout(long nanos) {
    own().userTimeoutNanos = span(nanos, 0);
    optionChanged();
  }

  public long userTimeoutNanos() {
    return options.userTimeoutNanos;
  }

  /**
   * How long a connection attempt may take, at least 1 ms; what it begins with is the profile's
   * (RFC 9293 section 3.8.3, MUST-23). Before connect.
   */
  public void setConnectTimeout(long nanos) {
    own().connectTimeoutNanos = span(nanos, MIN_KEEP_ALIVE_NANOS);
  }

  public long connectTimeoutNanos() {
    return options.connectTimeoutNanos;
  }

  /**
   * SYN and SYN-ACK go without any option but a signature, and nothing is agreed on that needs one:
   * for middleboxes that dislike options. Before connect; on a listener for connections to come.
   */
  public void setNoOptions(boolean on) {
    own().noOptions = on;
  }

  public boolean noOptions() {
    return options.noOptions;
  }

  /**
   * Linger: negative for an ordinary close; 0 makes {@code close} an {@code abort}; positive is for
   * blocking adapters.
   */
  public void setLinger(long nanos) {
    own().lingerNanos = nanos;
  }

  public long lingerNanos() {
    return options.lingerNanos;
  }

  static int bufferSize(int bytes) {
    return Math.clamp(bytes, MIN_BUFFER, MAX_BUFFER);
  }

  /**
   * Send buffer in bytes, at least 2048; shrinking takes effect as it drains. Until this is called
   * the buffer grows by itself with the congestion window, where the profile says so.
   */
  public void setSendBuffer(int bytes) {
    own().sendBufferFixed = true;
    own().sendBufferBytes = bufferSize(bytes);
    Connection c = affected();
    if (c != null) {
      c.sendBufferBytes = options.sendBufferBytes;
    }
    sendBufferChanged();
  }

  /** The size now. */
  public int sendBuffer() {
    Connection c = affected();
    return c == null ? options.sendBufferBytes : c.sendBufferBytes;
  }

  /**
   * Receive buffer in bytes, at least 2048; before connect or listen it also chooses the window
   * scale. The offered window never retreats. Until this is called the buffer grows by itself with
   * what the application reads, where the profile says so.
   */
  public void setReceiveBuffer(int bytes) {
    own().receiveBufferFixed = true;
    own().receiveBufferBytes = bufferSize(bytes);
    Connection c = affected();
    if (c != null) {
      c.receiveBufferBytes = options.receiveBufferBytes;
    }
    receiveBufferChanged();
  }

  /** The size now. */
  public int receiveBuffer() {
    Connection c = affected();
    return c == null ? options.receiveBufferBytes : c.receiveBufferBytes;
  }

  /**
   * Which congestion controller the connection uses: {@code cubic}, {@code reno}, {@code bbr}, or
   * one that the stack was built with. Before anything is sent; on a listener for connections to
   * come.
   *
   * @throws IllegalArgumentException when the stack has none of that name
   */
  public void setCongestionControl(String name) {
    checkCongestionControl(name);
    own().congestionControl = name;
  }

  public String congestionControl() {
    return options.congestionControl;
  }

  /**
   * The endpoint takes no more bytes, and is not writable, while this many or more are written and
   * not yet sent; at least 1. What is sent later can then be chosen later. Off at first.
   */
  public void setNotSentLowat(int bytes) {
    own().notSentLowatBytes = Math.max(1, bytes);
    sendBufferChanged();
  }

  /** {@link Integer#MAX_VALUE} when off. */
  public int notSentLowat() {
    return options.notSentLowatBytes;
  }

  /** DSCP in the upper six bits (MUST-48, SHLD-21); the ECN bits are the stack's. */
  public void setTrafficClass(int value) {
    own().trafficClass = value & 0xfc;
    optionChanged();
  }

  public int trafficClass() {
    return options.trafficClass;
  }

  /** TTL or hop limit, 1 to 255 (MUST-49). */
  public void setTtl(int ttl) {
    own().ttl = Math.clamp(ttl, 1, 255);
    optionChanged();
  }

  public int ttl() {
    return options.ttl;
  }

  /**
   * The largest MSS of either direction (TCP_MAXSEG), 88 to 65535, or 0 for what the path and the
   * peer allow. What we announce is bounded only when it is set before connect or listen.
   */
  public void setMaxSegment(int bytes) {
    own().maxSegment = bytes <= 0 ? 0 : Math.clamp(bytes, MIN_SEGMENT, 65_535);
    Connection c = affected();
    if (c != null) {
      c.updateMss();
      c.markDirty();
    }
  }

  public int maxSegment() {
    return options.maxSegment;
  }

  /**
   * Adds a key for signed segments: the MD5 option (RFC 2385) or TCP-AO (RFC 5925). From then on
   * peers that it matches must sign, and what they get is signed. An MD5 key for the same peers is
   * replaced, on a living connection at once; TCP-AO can't begin after connect. At a listener it is
   * for connections that begin later.
   *
   * @return 0, or {@link TcpError#INVALID} when it contradicts a key for the same peers (MD5 beside
   *     TCP-AO, one number twice) or comes too late
   */
  public int addKey(AuthKey key) {
    return Authentication.add(own(), affected(), key);
  }

  /**
   * Removes a key.
   *
   * @return 0, or {@link TcpError#INVALID} when there is no such key, or TCP-AO uses it at the
   *     moment
   */
  public int removeKey(AuthKey key) {
    return Authentication.remove(options, affected(), key);
  }

  /** The keys, those inherited from a listener included. */
  public List<AuthKey> keys() {
    AuthKeys k = options.authKeys;
    return k == null ? List.of() : k.list();
  }

  /**
   * Chooses TCP-AO's current_key by its send number, and rnext_key, which asks the peer to change,
   * by its receive number (RFC 5925 section 6.1).
   *
   * @return 0, or {@link TcpError#INVALID} when there are no such keys
   */
  public int chooseKeys(int sendId, int receiveId) {
    return Authentication.choose(options, affected(), sendId, receiveId);
  }

  /** The send number of the key that TCP-AO signs with now; -1 without TCP-AO. */
  public int currentKey() {
    Connection c = affected();
    return AuthKeys.currentKey(c == null ? null : c.auth);
  }

  /** The receive number of the key that TCP-AO asks the peer to use; -1 without TCP-AO. */
  public int nextKey() {
    Connection c = affected();
    return AuthKeys.nextKey(c == null ? null : c.auth);
  }

  /**
   * Believes hard ICMP errors about a connection under TCP-AO, path MTU messages of IPv4 among
   * them, which are ignored by default (RFC 5925 section 7.8). After a key was added.
   */
  public void setAcceptIcmpUnderAo(boolean on) {
    AuthKeys k = options.authKeys;
    if (k != null) {
      k.acceptIcmp(on);
    }
  }

  /** Allows binding to a port whose connections are in TIME-WAIT; before bind. */
  public void setReuseAddress(boolean on) {
    own().reuseAddress = on;
  }

  public boolean reuseAddress() {
    return options.reuseAddress;
  }

  /**
   * The port that connect takes where none is bound, as a range of local ports with one port in it
   * does; 0 lets the stack choose. Before connect.
   */
  public void setLocalPort(int port) {
    own().localPort = port;
  }

  /** Allows several endpoints on one address and port; before bind. */
  public void setReusePort(boolean on) {
    own().reusePort = on;
  }

  public boolean reusePort() {
    return options.reusePort;
  }
}
