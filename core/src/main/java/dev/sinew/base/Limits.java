package dev.sinew.base;

import java.util.function.Consumer;

/**
 * What a stack allows at most. Every queue has a bound here or in an option of its endpoint, and a
 * named policy for when it is full. Limits never change once made.
 */
public final class Limits {
  /**
   * The values while limits are made: {@code limits.with(v -> v.orphans = 10)}. What it begins with
   * is {@link #DEFAULT}.
   */
  public static final class Values implements Cloneable {
    /** Half-open records per listener; when full, SYN cookies answer (RFC 4987). */
    public int synBacklog = 1024;

    /** Default length of an accept queue; when full, the completing ACK is ignored. */
    public int acceptBacklog = 128;

    /** TIME-WAIT records; when full, the oldest goes. */
    public int timeWaitRecords = 65_536;

    /** Connections closed by the application that still send; when full, the newest is reset. */
    public int orphans = 4096;

    /** Connections in all states; when full, opens fail and SYNs are dropped. */
    public int connections = 1 << 20;

    /** Send buffer that a connection begins with. */
    public int sendBufferBytes = 1 << 20;

    /** Receive buffer that a connection begins with. */
    public int receiveBufferBytes = 1 << 20;

    /** Ranges of out-of-order data per connection; when full, only in-order data is taken. */
    public int outOfOrderRanges = 256;

    /** Default receive queue of a UDP endpoint; when full, the arriving datagram is dropped. */
    public int udpReceiveBytes = 1 << 18;

    /** Fragments of all datagrams; when full, the oldest datagram goes. */
    public long reassemblyBytes = 4L << 20;

    /** The same for one source address. */
    public long reassemblyBytesPerSource = 256L << 10;

    /** Fragments of one datagram; when passed, the datagram goes. */
    public int reassemblyFragments = 64;

    /** How long an incomplete datagram is kept. */
    public long reassemblyTimeoutNanos = 15_000_000_000L;

    /** ICMP errors sent per second, on average. */
    public int icmpErrorsPerSecond = 1000;

    /** ICMP errors sent at once. */
    public int icmpErrorBurst = 50;

    /** Learnt path MTUs; when full, the oldest goes. */
    public int pathMtuEntries = 1024;

    /** Servers whose Fast Open cookies are kept; when full, the one used least lately goes. */
    public int fastOpenServers = 1024;

    /** Neighbours known on one link of frames; when full, the one least worth keeping goes. */
    public int neighborEntries = 1024;

    /**
     * How long a neighbour counts as reachable after it was heard to be: half to one and a half
     * times this (BaseReachableTime of RFC 4861 section 6.3.2, and the timeout of RFC 1122 section
     * 2.3.2.1).
     */
    public long neighborReachableNanos = 30_000_000_000L;

    /** Packets that wait for one link; when full, they are dropped and counted. */
    public int txQueuePackets = 1024;

    /** RST segments per second for segments that belong to no connection. */
    public int resetsPerSecond = 1000;

    /**
     * Most bytes that a send buffer grows to by itself; one that its application sized, or that
     * begins larger, does not grow.
     */
    public int maxSendBufferBytes = 4 << 20;

    /**
     * Most bytes that a receive buffer grows to by itself; one that its application sized, or that
     * begins larger, does not grow. The window scale of a SYN is chosen for it.
     */
    public int maxReceiveBufferBytes = 6 << 20;

    private Values() {}

    @Override
    protected Values clone() {
      try {
        return (Values) super.clone();
      } catch (CloneNotSupportedException e) {
        throw new AssertionError(e);
      }
    }
  }

  /** What an ordinary host wants. */
  public static final Limits DEFAULT = new Limits(new Values());

  private final Values v;

  private Limits(Values v) {
    this.v = v;
  }

  /** The same limits with the values that {@code change} sets. */
  public Limits with(Consumer<Values> change) {
    Values next = v.clone();
    change.accept(next);
    return new Limits(next);
  }

  public int synBacklog() {
    return v.synBacklog;
  }

  public int acceptBacklog() {
    return v.acceptBacklog;
  }

  public int timeWaitRecords() {
    return v.timeWaitRecords;
  }

  public int orphans() {
    return v.orphans;
  }

  public int connections() {
    return v.connections;
  }

  public int sendBufferBytes() {
    return v.sendBufferBytes;
  }

  public int receiveBufferBytes() {
    return v.receiveBufferBytes;
  }

  public int outOfOrderRanges() {
    return v.outOfOrderRanges;
  }

  public int udpReceiveBytes() {
    return v.udpReceiveBytes;
  }

  public long reassemblyBytes() {
    return v.reassemblyBytes;
  }

  public long reassemblyBytesPerSource() {
    return v.reassemblyBytesPerSource;
  }

  public int reassemblyFragments() {
    return v.reassemblyFragments;
  }

  public long reassemblyTimeoutNanos() {
    return v.reassemblyTimeoutNanos;
  }

  public int icmpErrorsPerSecond() {
    return v.icmpErrorsPerSecond;
  }

  public int icmpErrorBurst() {
    return v.icmpErrorBurst;
  }

  public int pathMtuEntries() {
    return v.pathMtuEntries;
  }

  public int fastOpenServers() {
    return v.fastOpenServers;
  }

  public int neighborEntries() {
    return v.neighborEntries;
  }

  public long neighborReachableNanos() {
    return v.neighborReachableNanos;
  }

  public int txQueuePackets() {
    return v.txQueuePackets;
  }

  public int resetsPerSecond() {
    return v.resetsPerSecond;
  }

  public int maxSendBufferBytes() {
    return v.maxSendBufferBytes;
  }

  public int maxReceiveBufferBytes() {
    return v.maxReceiveBufferBytes;
  }
}
