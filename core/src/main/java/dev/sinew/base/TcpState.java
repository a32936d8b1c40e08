package dev.sinew.base;

/**
 * The states of a TCP connection (RFC 9293 section 3.3.2), in the RFC's order and with its meaning.
 */
public enum TcpState {
  CLOSED("UNCONN"),
  LISTEN("LISTEN"),
  SYN_SENT("SYN-SENT"),
  SYN_RECEIVED("SYN-RECV"),
  ESTABLISHED("ESTAB"),
  FIN_WAIT_1("FIN-WAIT-1"),
  FIN_WAIT_2("FIN-WAIT-2"),
  CLOSE_WAIT("CLOSE-WAIT"),
  CLOSING("CLOSING"),
  LAST_ACK("LAST-ACK"),
  TIME_WAIT("TIME-WAIT");

  private final String ssName;

  TcpState(String ssName) {
    this.ssName = ssName;
  }

  /** The name that Linux's {@code ss} prints. */
  public String ssName() {
    return ssName;
  }

  /** The name as RFC 9293 writes it: {@code SYN-RECEIVED}. */
  public String rfcName() {
    return name().replace('_', '-');
  }

  /**
   * SYN-RECEIVED excluded: both ends have agreed on the sequence numbers (RFC 9293 section 3.5).
   */
  public boolean synchronizedState() {
    return ordinal() >= ESTABLISHED.ordinal();
  }

  /** The peer may still send data that the application can read. */
  public boolean canReceive() {
    return this == ESTABLISHED || this == FIN_WAIT_1 || this == FIN_WAIT_2;
  }

  /** The application may still give us data that we may send (section 3.10.2). */
  public boolean canSend() {
    return this == ESTABLISHED || this == CLOSE_WAIT;
  }
}
