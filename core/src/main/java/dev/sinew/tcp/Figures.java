package dev.sinew.tcp;

import dev.sinew.base.SeqNum;
import dev.sinew.tcp.congestion.AckSample;
import dev.sinew.tcp.recovery.AckEvent;
import dev.sinew.wire.Segment;
import dev.sinew.wire.TcpHeader;

/**
 * What a connection that carries data counts for {@link TcpInfo}, and what its sender spends its
 * time with.
 */
final class Figures {
  /** What keeps data from leaving, or from being all acknowledged. */
  private enum Wait {
    /** Nothing is written that is not acknowledged. */
    NONE,
    /** The network: what is written is under way, or waits for the congestion window. */
    NETWORK,
    /** The peer's window is too small for the next segment. */
    RECEIVE_WINDOW,
    /** Everything is sent, and the application waits for the send buffer to have room. */
    SEND_BUFFER
  }

  long dataSegmentsIn;
  long dataSegmentsOut;
  long bytesReceived;
  long bytesAcked;
  long bytesRetransmitted;
  long segmentsRetransmitted;
  long outOfOrderSegments;
  long duplicatesReported;
  long timeouts;
  long markedBytes;
  long dataReceivedAt;

  /** The last sample of the delivery rate in bytes per second, 0 when there was none. */
  long deliveryRate;

  boolean deliveryRateLimited;

  private Wait wait = Wait.NONE;
  private long since;
  private long networkNanos;
  private long receiveWindowNanos;
  private long sendBufferNanos;

  /** Those of a connection, made now if there are none. */
  static Figures of(Connection c) {
    Figures f = c.figures;
    if (f == null) {
      f = new Figures();
      c.figures = f;
    }
    return f;
  }

  static long bytesAcked(Connection c) {
    return c.figures == null ? 0 : c.figures.bytesAcked;
  }

  static long bytesReceived(Connection c) {
    return c.figures == null ? 0 : c.figures.bytesReceived;
  }

  /** A segment arrived. */
  static void received(Connection c, Segment s, long now) {
    c.segmentsIn += s.segmentCount();
    if (s.has(TcpHeader.ACK)) {
      c.ackReceivedAt = now;
    }
    if (s.dataLength > 0) {
      Figures f = Figures.of(c);
      f.dataSegmentsIn += s.segmentCount();
      f.dataReceivedAt = now;
    }
  }

  /** Segments went out, with data or without. */
  static void sent(Connection c, int dataLength, int segments) {
    c.segmentsOut += segments;
    if (dataLength > 0) {
      Figures.of(c).dataSegmentsOut += segments;
    }
  }

  void sentAgain(int dataLength) {
    segmentsRetransmitted++;
    bytesRetransmitted += dataLength;
  }

  void acknowledged(AckEvent e) {
    AckSample s = e.sample;
    if (e.duplicateReported()) {
      duplicatesReported++;
    }
    markedBytes += s.ceBytes;
    if (s.rateIntervalNanos > 0) {
      deliveryRate = (long) (s.rateDeliveredBytes * 1e9 / s.rateIntervalNanos);
      deliveryRateLimited = s.appLimited;
    }
  }

  /** At the end of each output: what is waited for from now on. */
  void note(Connection c, long now) {
    Wait next;
    if (c.toSend.length() == 0) {
      next = Wait.NONE;
    } else if (c.unsent() == 0) {
      next = c.endpoint.writeBlocked() ? Wait.SEND_BUFFER : Wait.NETWORK;
    } else {
      long usable = c.sndWnd - SeqNum.diff(c.sndNxt, c.firstUnacknowledged());
      long segment = Math.min(c.unsent(), c.effectiveMss - c.fixedOptionLength());
      // A congestion window that is full as well is what counts.
      boolean network = usable >= segment || c.recovery().quota() < segment;
      next = network ? Wait.NETWORK : Wait.RECEIVE_WINDOW;
    }
    if (next != wait) {
      networkNanos = networkNanos(now);
      receiveWindowNanos = receiveWindowNanos(now);
      sendBufferNanos = sendBufferNanos(now);
      since = now;
      wait = next;
    }
  }

  private long running(Wait which, long now) {
    return wait == which ? now - since : 0;
  }

  private long networkNanos(long now) {
    return networkNanos + running(Wait.NETWORK, now);
  }

  /** How long the peer's window held data back that the congestion window would have let go. */
  long receiveWindowNanos(long now) {
    return receiveWindowNanos + running(Wait.RECEIVE_WINDOW, now);
  }

  /** How long a send buffer that was too small held the application back. */
  long sendBufferNanos(long now) {
    return sendBufferNanos + running(Wait.SEND_BUFFER, now);
  }

  /** How long there was something to send or unacknowledged, whatever it waited for. */
  long busyNanos(long now) {
    return networkNanos(now) + receiveWindowNanos(now) + sendBufferNanos(now);
  }
}
