package dev.sinew.ip;

import dev.sinew.base.Block;
import dev.sinew.base.Counter;
import dev.sinew.base.Endpoint;
import dev.sinew.base.Readiness;
import dev.sinew.base.TcpError;
import dev.sinew.wire.IcmpHeader;
import dev.sinew.wire.IpPacket;
import dev.sinew.wire.IpProtocol;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * A raw ICMP endpoint of one IP version, for ping: sends any ICMP message, hears every one that
 * comes in.
 */
public final class IcmpEndpoint extends Endpoint {
  private static final int MAX_MESSAGES = 256;

  /**
   * One message.
   *
   * @param source who sent it
   * @param ttl its TTL or hop limit
   * @param message the ICMP message from its type on
   * @param receivedNanos its ingress time
   */
  public record Message(IpAddress source, int ttl, byte[] message, long receivedNanos) {}

  private final StackContext context;
  private final IpLayer ip;
  private final Icmp icmp;
  private final boolean v4;
  private final Flow flow = new Flow();
  private final ArrayDeque<Message> queue = new ArrayDeque<>();
  private long queuedBytes;
  private long dropCount;
  private boolean closed;

  IcmpEndpoint(StackContext context, IpLayer ip, Icmp icmp, boolean v4) {
    super(context.readyList);
    this.context = context;
    this.ip = ip;
    this.icmp = icmp;
    this.v4 = v4;
  }

  /**
   * Sends a message of at least 8 bytes; its checksum is filled in. In fragments, if it must be.
   *
   * @param ttl TTL or hop limit, 1 to 255
   * @return the length, or the code of {@link TcpError#INVALID} (too short, TTL, other IP version),
   *     MESSAGE_SIZE, NET_UNREACHABLE, WOULD_BLOCK, NO_BUFFERS or CLOSED
   */
  public int send(byte[] message, IpAddress destination, int ttl) {
    if (closed) {
      return TcpError.CLOSED.code();
    }
    if (message.length < IcmpHeader.LENGTH || destination.isV4() != v4 || ttl < 1 || ttl > 255) {
      return TcpError.INVALID.code();
    }
    Block block = message.length > 65_535 ? null : context.pool.take(message.length);
    if (block == null) {
      return (message.length > 65_535 ? TcpError.MESSAGE_SIZE : TcpError.NO_BUFFERS).code();
    }
    MemorySegment.copy(
        message, 0, block.memory(), ValueLayout.JAVA_BYTE, block.base(), message.length);
    flow.set(v4, 0, 0, destination.high(), destination.low());
    flow.ttl = ttl;
    flow.dontFragment = false;
    int protocol = v4 ? IpProtocol.ICMP : IpProtocol.ICMPV6;
    int sent = ip.send(flow, protocol, block, 0, message.length, IcmpHeader.CHECKSUM, context.now);
    block.release();
    if (sent > 0) {
      context.counters.inc(Counter.IcmpOutMsgs);
      if (message[0] == (byte) (v4 ? IcmpHeader.V4_ECHO_REQUEST : IcmpHeader.V6_ECHO_REQUEST)) {
        context.counters.inc(Counter.IcmpOutEchos);
      }
    }
    return sent;
  }

  /** The oldest message, or null. */
  public @Nullable Message receive() {
    Message m = queue.poll();
    if (m != null) {
      queuedBytes -= m.message().length;
    }
    return m;
  }

  /** Messages that were dropped because the queue was full. */
  public long dropCount() {
    return dropCount;
  }

  /** A message of either version came in; it is copied if it is of ours and there is room. */
  void offer(IpPacket p, long now) {
    if (p.v4 != v4) {
      return;
    }
    if (queue.size() == MAX_MESSAGES
        || queuedBytes + p.payloadLength > context.limits.udpReceiveBytes()) {
      dropCount++;
      return;
    }
    byte[] bytes = new byte[p.payloadLength];
    MemorySegment.copy(p.memory, ValueLayout.JAVA_BYTE, p.payloadOffset, bytes, 0, bytes.length);
    queue.add(new Message(new IpAddress(p.sourceHigh, p.sourceLow), p.ttl, bytes, now));
    queuedBytes += bytes.length;
    signal();
  }

  /** True when the last message went to that destination. */
  boolean hasSentTo(long high, long low) {
    return flow.out != null && flow.destinationHigh == high && flow.destinationLow == low;
  }

  @Override
  public int readiness() {
    if (closed) {
      return Readiness.READABLE | Readiness.WRITABLE | Readiness.HANGUP;
    }
    return Readiness.WRITABLE | (queue.isEmpty() ? 0 : Readiness.READABLE);
  }

  /** Nothing is sent; messages that wait are forgotten. */
  @Override
  public void close() {
    if (!closed) {
      closed = true;
      queue.clear();
      queuedBytes = 0;
      icmp.forget(this);
      signal();
    }
  }
}
