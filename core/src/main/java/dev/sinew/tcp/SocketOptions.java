package dev.sinew.tcp;

import dev.sinew.base.Limits;
import dev.sinew.base.Profile;

/** The options of one endpoint; {@link TcpEndpoint} says what each means. */
final class SocketOptions {
  boolean noDelay;
  boolean cork;
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
  long lingerNanos = -1;

  /** The controller's name. */
  String congestionControl;

  SocketOptions(Profile profile, Limits limits) {
    keepAliveIdleNanos = profile.keepAliveIdleNanos();
    keepAliveIntervalNanos = profile.keepAliveIntervalNanos();
    keepAliveCount = profile.keepAliveCount();
    sendBufferBytes = limits.sendBufferBytes();
    receiveBufferBytes = limits.receiveBufferBytes();
    ttl = profile.defaultTtl();
    congestionControl = profile.congestionControl();
  }

  /** What an accepted connection inherits from its listener. */
  SocketOptions(SocketOptions from) {
    noDelay = from.noDelay;
    cork = from.cork;
    keepAlive = from.keepAlive;
    reuseAddress = from.reuseAddress;
    reusePort = from.reusePort;
    keepAliveCount = from.keepAliveCount;
    sendBufferBytes = from.sendBufferBytes;
    receiveBufferBytes = from.receiveBufferBytes;
    sendBufferFixed = from.sendBufferFixed;
    receiveBufferFixed = from.receiveBufferFixed;
    notSentLowatBytes = from.notSentLowatBytes;
    trafficClass = from.trafficClass;
    ttl = from.ttl;
    keepAliveIdleNanos = from.keepAliveIdleNanos;
    keepAliveIntervalNanos = from.keepAliveIntervalNanos;
    userTimeoutNanos = from.userTimeoutNanos;
    lingerNanos = from.lingerNanos;
    congestionControl = from.congestionControl;
  }
}
