package dev.sinew.tcp;

import dev.sinew.base.Limits;
import dev.sinew.base.Profile;
import dev.sinew.tcp.auth.AuthKeys;
import org.jspecify.annotations.Nullable;

/** The options of one endpoint; {@link TcpEndpoint} says what each means. */
final class SocketOptions implements Cloneable {
  /** Several endpoints have these, and none may change them. */
  boolean shared;

  boolean noDelay;
  boolean cork;
  boolean quickAck;
  boolean keepAlive;
  boolean reuseAddress;
  boolean reusePort;
  int keepAliveCount;
  int sendBufferBytes;
  int receiveBufferBytes;

  /** The application chose the size: the stack leaves it alone. */
  boolean sendBufferFixed;

  boolean receiveBufferFixed;
  int notSentLowatBytes = Integer.MAX_VALUE;
  int trafficClass;
  int ttl;
  long keepAliveIdleNanos;
  long keepAliveIntervalNanos;
  long userTimeoutNanos;
  long lingerNanos;

  /** When a connection attempt ends at the latest. */
  long connectTimeoutNanos;

  /** SYN and SYN-ACK go without options, and the peer's don't count. */
  boolean noOptions;

  /** Bound of both directions' MSS; 0 for none. */
  int maxSegment;

  /** The port that an active open takes where none is bound; 0 lets the stack choose. */
  int localPort;

  /** Listeners: how long a connection without data is kept from {@code accept}; 0: not at all. */
  long deferAcceptNanos;

  /** Keys of signatures; null until there is one. */
  @Nullable AuthKeys authKeys;

  /** Whether congestion marks are asked for, and agreed to. */
  Profile.Ecn ecn;

  /** The controller's name. */
  String congestionControl;

  SocketOptions(TcpDefaults defaults, Profile profile, Limits limits) {
    TcpDefaults.Values v = defaults.values;
    noDelay = v.noDelay;
    cork = v.cork;
    keepAlive = v.keepAlive;
    userTimeoutNanos = TcpEndpointOptions.span(v.userTimeoutNanos, 0);
    lingerNanos = v.lingerNanos;
    trafficClass = v.trafficClass & 0xfc;
    maxSegment = Math.max(0, v.maxSegment);
    ecn = profile.ecn();
    keepAliveIdleNanos = TcpEndpointOptions.span(profile.keepAliveIdleNanos(), 0);
    keepAliveIntervalNanos = TcpEndpointOptions.span(profile.keepAliveIntervalNanos(), 0);
    keepAliveCount = profile.keepAliveCount();
    connectTimeoutNanos = TcpEndpointOptions.span(profile.synTimeoutNanos(), 0);
    sendBufferBytes = limits.sendBufferBytes();
    receiveBufferBytes = limits.receiveBufferBytes();
    ttl = profile.defaultTtl();
    congestionControl = profile.congestionControl();
  }

  /** These, from now on for more than one endpoint: who sets one takes a {@link #copy} first. */
  SocketOptions share() {
    shared = true;
    return this;
  }

  /** What an accepted connection inherits from its listener: all but the keys. */
  SocketOptions inherited() {
    if (authKeys == null) {
      return share();
    }
    SocketOptions copy = copy();
    copy.authKeys = null;
    return copy;
  }

  SocketOptions copy() {
    try {
      SocketOptions copy = (SocketOptions) super.clone();
      copy.shared = false;
      return copy;
    } catch (CloneNotSupportedException e) {
      throw new AssertionError(e);
    }
  }
}
