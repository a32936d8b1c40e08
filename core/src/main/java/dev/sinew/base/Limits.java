package dev.sinew.base;

/**
 * What a stack allows at most. Every queue has a bound here or in an option of its endpoint, and a
 * named policy for when it is full.
 *
 * @param synBacklog half-open records per listener; when full, SYN cookies answer (RFC 4987)
 * @param acceptBacklog default length of an accept queue; when full, the completing ACK is ignored
 * @param timeWaitRecords TIME-WAIT records; when full, the oldest goes
 * @param orphans connections closed by the application that still send; when full, the newest is
 *     reset
 * @param connections connections in all states; when full, opens fail and SYNs are dropped
 * @param sendBufferBytes default send buffer of a connection
 * @param receiveBufferBytes default receive buffer of a connection
 * @param outOfOrderRanges ranges of out-of-order data per connection; when full, only in-order data
 *     is taken
 * @param udpReceiveBytes default receive queue of a UDP endpoint; when full, the arriving datagram
 *     is dropped
 * @param reassemblyBytes fragments of all datagrams; when full, the oldest datagram goes
 * @param reassemblyBytesPerSource the same for one source address
 * @param reassemblyFragments fragments of one datagram; when passed, the datagram goes
 * @param reassemblyTimeoutNanos how long an incomplete datagram is kept
 * @param icmpErrorsPerSecond ICMP errors sent per second, on average
 * @param icmpErrorBurst ICMP errors sent at once
 * @param pathMtuEntries learnt path MTUs; when full, the oldest goes
 * @param txQueuePackets packets that wait for one link; when full, they are dropped and counted
 * @param resetsPerSecond RST segments per second for segments that belong to no connection
 */
public record Limits(
    int synBacklog,
    int acceptBacklog,
    int timeWaitRecords,
    int orphans,
    int connections,
    int sendBufferBytes,
    int receiveBufferBytes,
    int outOfOrderRanges,
    int udpReceiveBytes,
    long reassemblyBytes,
    long reassemblyBytesPerSource,
    int reassemblyFragments,
    long reassemblyTimeoutNanos,
    int icmpErrorsPerSecond,
    int icmpErrorBurst,
    int pathMtuEntries,
    int txQueuePackets,
    int resetsPerSecond) {

  /** What an ordinary host wants. */
  public static final Limits DEFAULT =
      new Limits(
          1024,
          128,
          65_536,
          4096,
          1 << 20,
          1 << 20,
          1 << 20,
          256,
          1 << 18,
          4L << 20,
          256L << 10,
          64,
          15_000_000_000L,
          1000,
          50,
          1024,
          1024,
          1000);

  /** The same with other half-open and accept queues. */
  public Limits withBacklogs(int synBacklog, int acceptBacklog) {
    return new Limits(
        synBacklog,
        acceptBacklog,
        timeWaitRecords,
        orphans,
        connections,
        sendBufferBytes,
        receiveBufferBytes,
        outOfOrderRanges,
        udpReceiveBytes,
        reassemblyBytes,
        reassemblyBytesPerSource,
        reassemblyFragments,
        reassemblyTimeoutNanos,
        icmpErrorsPerSecond,
        icmpErrorBurst,
        pathMtuEntries,
        txQueuePackets,
        resetsPerSecond);
  }

  /** The same with other default buffers of a TCP connection, in bytes. */
  public Limits withBuffers(int sendBufferBytes, int receiveBufferBytes) {
    return new Limits(
        synBacklog,
        acceptBacklog,
        timeWaitRecords,
        orphans,
        connections,
        sendBufferBytes,
        receiveBufferBytes,
        outOfOrderRanges,
        udpReceiveBytes,
        reassemblyBytes,
        reassemblyBytesPerSource,
        reassemblyFragments,
        reassemblyTimeoutNanos,
        icmpErrorsPerSecond,
        icmpErrorBurst,
        pathMtuEntries,
        txQueuePackets,
        resetsPerSecond);
  }

  /** The same with other caps on TIME-WAIT records, orphans and connections. */
  public Limits withRecords(int timeWaitRecords, int orphans, int connections) {
    return new Limits(
        synBacklog,
        acceptBacklog,
        timeWaitRecords,
        orphans,
        connections,
        sendBufferBytes,
        receiveBufferBytes,
        outOfOrderRanges,
        udpReceiveBytes,
        reassemblyBytes,
        reassemblyBytesPerSource,
        reassemblyFragments,
        reassemblyTimeoutNanos,
        icmpErrorsPerSecond,
        icmpErrorBurst,
        pathMtuEntries,
        txQueuePackets,
        resetsPerSecond);
  }
}
