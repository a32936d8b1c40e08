package dev.sinew.tcp;

import dev.sinew.base.TcpState;

/**
 * A snapshot of a connection's variables, under RFC 9293's names where it has them. Times are
 * nanoseconds, windows and sizes bytes.
 *
 * @param timer the timer that is due first: {@code "on"} (retransmission), {@code "persist"},
 *     {@code "keepalive"}, {@code "timewait"} or empty
 * @param timerNanos time until it is due
 */
public record TcpInfo(
    TcpState state,
    long connection,
    boolean timestamps,
    boolean sack,
    int sendScale,
    int receiveScale,
    long rtoNanos,
    long srttNanos,
    long rttvarNanos,
    long minRttNanos,
    int sendMss,
    int receiveMss,
    long cwnd,
    long ssthresh,
    long sendWindow,
    long receiveWindow,
    long bytesSent,
    long bytesRetransmitted,
    long bytesAcked,
    long bytesReceived,
    long segmentsOut,
    long segmentsIn,
    int retransmits,
    long inFlight,
    long unsent,
    long unread,
    String congestionControl,
    String timer,
    long timerNanos) {}
