package dev.sinew.observe;

/** Why a segment was sent. */
public enum SendCause {
  /** New data, a first SYN, FIN or SYN-ACK. */
  NEW,
  /** An acknowledgement that was due. */
  ACK,
  /** Retransmission because the timer ran out (RFC 6298). */
  RETRANSMIT_TIMEOUT,
  /** Retransmission after duplicate acknowledgements or by a scoreboard. */
  FAST_RETRANSMIT,
  /** The peer asked again, for example by a repeated SYN. */
  REPEATED_REQUEST,
  /** A zero-window probe (RFC 9293 section 3.8.6.1). */
  WINDOW_PROBE,
  /** A keepalive probe (RFC 9293 section 3.8.4). */
  KEEPALIVE,
  /** The window opened (RFC 9293 section 3.8.6.2.2). */
  WINDOW_UPDATE,
  /** A challenge ACK (RFC 5961) or the answer to an unacceptable segment. */
  CHALLENGE_ACK,
  /** A duplicate acknowledgement: something arrived out of order. */
  DUPLICATE_ACK,
  RESET,
  /** A tail loss probe (RFC 8985 section 7). */
  LOSS_PROBE,
  /** Data in a segment that is larger than the path is known to carry (RFC 4821). */
  MTU_PROBE
}
