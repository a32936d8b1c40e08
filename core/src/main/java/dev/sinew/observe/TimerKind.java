package dev.sinew.observe;

/** The timers of a TCP connection. */
public enum TimerKind {
  RETRANSMIT,
  PERSIST,
  DELAYED_ACK,
  KEEPALIVE,
  FIN_WAIT_2,
  TIME_WAIT,
  SYN_ACK,
  USER_TIMEOUT,
  PACING,
  LOSS_PROBE,
  REORDER
}
