package dev.sinew.observe;

/**
 * What {@link Observer#figures} shows of a connection. Times are nanoseconds, windows and sizes
 * bytes.
 */
public interface ConnectionFigures {
  /** 0 before the first measurement, as {@link #rttvarNanos}. */
  long srttNanos();

  long rttvarNanos();

  long rtoNanos();

  /** Payload of a full segment; 0 before the peer's SYN. */
  int sendMss();

  long cwnd();

  /** 2^31 or more while there is none. */
  long ssthresh();

  /** SND.NXT - SND.UNA. */
  long inFlight();

  /** Payload sent for the first time. */
  long bytesSent();

  long bytesRetransmitted();

  long bytesAcked();

  long bytesReceived();

  long segmentsOut();

  long segmentsIn();
}
