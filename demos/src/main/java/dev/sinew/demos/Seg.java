package dev.sinew.demos;

import dev.sinew.observe.SendCause;
import dev.sinew.sim.SimHost;
import dev.sinew.wire.TcpHeader;
import org.jspecify.annotations.Nullable;

/** A packet that a host put on a link, and what became of it. */
final class Seg {
  static final long NEVER = -1;

  final long sentNanos;
  final SimHost from;
  final long number;

  /** TCP, and all there is of it; else the fields below say nothing. */
  final boolean tcp;

  final int sourcePort;
  final int destinationPort;
  final int flags;

  /** Sequence number as in the header. */
  final int seq;

  final int ack;

  /** Payload bytes of a segment; bytes of the packet where it is not TCP. */
  final int length;

  /** As in the header, not scaled. */
  final int window;

  /** Sequence number counted from the sender's SYN. */
  final long relative;

  /** Why the stack sent it; null for what is not TCP or was put on the link by hand. */
  final @Nullable SendCause cause;

  long arrivedNanos = NEVER;
  int arrivedCount;
  @Nullable String lost;

  Seg(
      long sentNanos,
      SimHost from,
      long number,
      boolean tcp,
      int sourcePort,
      int destinationPort,
      int flags,
      int seq,
      int ack,
      int length,
      int window,
      long relative,
      @Nullable SendCause cause) {
    this.sentNanos = sentNanos;
    this.from = from;
    this.number = number;
    this.tcp = tcp;
    this.sourcePort = sourcePort;
    this.destinationPort = destinationPort;
    this.flags = flags;
    this.seq = seq;
    this.ack = ack;
    this.length = length;
    this.window = window;
    this.relative = relative;
    this.cause = cause;
  }

  /** Exactly these of SYN, FIN, RST, ACK are set. */
  boolean is(int wanted) {
    return tcp
        && (flags & (TcpHeader.SYN | TcpHeader.FIN | TcpHeader.RST | TcpHeader.ACK)) == wanted;
  }

  boolean syn() {
    return is(TcpHeader.SYN);
  }

  boolean synAck() {
    return is(TcpHeader.SYN | TcpHeader.ACK);
  }

  boolean fin() {
    return tcp && (flags & TcpHeader.FIN) != 0;
  }

  boolean rst() {
    return tcp && (flags & TcpHeader.RST) != 0;
  }

  boolean data() {
    return tcp && length > 0;
  }

  boolean pureAck() {
    return is(TcpHeader.ACK) && length == 0;
  }

  boolean caused(SendCause by) {
    return cause == by;
  }
}
