package dev.sinew.tcp;

import dev.sinew.base.TcpState;
import dev.sinew.observe.ConnectionFigures;

/**
 * A snapshot of a connection's variables, under RFC 9293's names where it has them: what Linux
 * tells in {@code struct tcp_info}. Times are nanoseconds, windows and sizes bytes.
 *
 * @param sendMss payload of a full segment with the options that every segment carries
 * @param receiveMss the largest payload that came in
 * @param bytesSent payload sent for the first time
 * @param retransmits the timeouts or unanswered probes in a row
 * @param inFlight SND.NXT - SND.UNA
 * @param unsent written, not sent yet
 * @param unread received, not read yet
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
    Path path,
    RecoverySnapshot recovery,
    Sender sender,
    Receiver receiver,
    String timer,
    long timerNanos)
    implements ConnectionFigures {
  /**
   * What the connection's ends and way are like.
   *
   * @param pathMtu the largest IP packet that is sent
   * @param advertisedMss the MSS of our SYN
   * @param fastOpen data of a SYN was taken, by the peer or by us (RFC 7413)
   * @param signature {@code "md5"}, {@code "ao"} or empty
   * @param ecn {@code "ecn"} (RFC 3168), {@code "accecn"} (RFC 9768) or empty
   */
  public record Path(
      int pathMtu, int advertisedMss, boolean fastOpen, String signature, String ecn) {}

  /**
   * The sending side.
   *
   * @param backoff how often the retransmission timeout is doubled now
   * @param probes unanswered probes of a closed window or of keepalive
   * @param segmentsRetransmitted in the connection's life
   * @param timeouts retransmission timeouts in its life
   * @param duplicatesReported acknowledgements that reported a duplicate (RFC 2883)
   * @param pacingRate bytes per second, 0 without pacing
   * @param deliveryRate bytes per second of the last sample, 0 where the controller wants none
   * @param applicationLimited that sample shows what the application wrote, not what the path can
   * @param deliveredBytes acknowledged cumulatively or selectively
   * @param markedBytes of these, what the peer says was marked with CE (RFC 9768)
   * @param ect0Bytes what it says has come with ECT(0)
   * @param ect1Bytes and with ECT(1)
   * @param busyNanos something was to be sent or unacknowledged
   * @param receiveWindowLimitedNanos of these, the peer's window held data back
   * @param sendBufferLimitedNanos of these, the send buffer held the application back
   * @param sinceDataNanos since data was sent last
   */
  public record Sender(
      int backoff,
      int probes,
      long dataSegments,
      long segmentsRetransmitted,
      long timeouts,
      long duplicatesReported,
      long pacingRate,
      long deliveryRate,
      boolean applicationLimited,
      long deliveredBytes,
      long markedBytes,
      long ect0Bytes,
      long ect1Bytes,
      long busyNanos,
      long receiveWindowLimitedNanos,
      long sendBufferLimitedNanos,
      long sinceDataNanos) {}

  /**
   * The receiving side.
   *
   * @param ackTimeoutNanos how long an acknowledgement may wait for company
   * @param rttNanos the round trip as the receiver measures it, 0 when it has not
   * @param spaceBytes the most that the application has read in one round trip
   * @param outOfOrderSegments in the connection's life
   * @param sinceDataNanos since data came last, or, when none has, since the handshake
   * @param sinceAckNanos since an acknowledgement came last
   */
  public record Receiver(
      long ackTimeoutNanos,
      long rttNanos,
      long spaceBytes,
      long dataSegments,
      long outOfOrderSegments,
      long sinceDataNanos,
      long sinceAckNanos) {}
}
