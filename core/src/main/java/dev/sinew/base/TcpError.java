package dev.sinew.base;

import org.jspecify.annotations.Nullable;

/**
 * Every way in which a call on an endpoint can fail. Calls return a count, or one of these as a
 * negative number ({@link #code()}), so that the packet path allocates and throws nothing; adapters
 * translate (to JDK exceptions, to errno) in one table each.
 */
public enum TcpError {
  /** Nothing to do now; readiness will tell when. */
  WOULD_BLOCK("operation would block"),
  /** A connect has begun. */
  IN_PROGRESS("connection attempt in progress"),
  /** A connect is under way already. */
  ALREADY("connection attempt already in progress"),
  /** The peer has closed its direction and everything was read. */
  END_OF_STREAM("end of stream"),
  /** The peer reset the connection (RFC 9293 section 3.5.3). */
  RESET("Connection reset"),
  /** The peer answered our SYN with RST (RFC 9293 section 3.10.7.3). */
  REFUSED("Connection refused"),
  /** R2, the user timeout or keepalive gave up (RFC 9293 sections 3.8.3, 3.8.4). */
  TIMED_OUT("Connection timed out"),
  /** The application closed or shut this direction. */
  PIPE("Broken pipe"),
  NET_UNREACHABLE("Network is unreachable"),
  HOST_UNREACHABLE("No route to host"),
  PORT_UNREACHABLE("Port unreachable"),
  PROTOCOL_UNREACHABLE("Protocol not available"),
  /** A datagram larger than the protocol or the path allows. */
  MESSAGE_SIZE("Message too long"),
  ADDRESS_IN_USE("Address already in use"),
  ADDRESS_NOT_AVAILABLE("Cannot assign requested address"),
  ACCESS_DENIED("Permission denied"),
  INVALID("Invalid argument"),
  NOT_CONNECTED("Not connected"),
  IS_CONNECTED("Already connected"),
  /** The endpoint was closed by the application. */
  CLOSED("Socket closed"),
  /** We aborted it: {@code abort()}, zero linger, or a limit of the stack. */
  ABORTED("Connection aborted"),
  NO_BUFFERS("No buffer space available");

  private static final TcpError[] VALUES = values();
  private final String text;

  TcpError(String text) {
    this.text = text;
  }

  /** The negative number that calls return for this error. */
  public int code() {
    return -1 - ordinal();
  }

  /** Words for a person, those of the platform's own sockets where it has them. */
  public String text() {
    return text;
  }

  /** The error behind a call's result, or null when the result is not negative. */
  public static @Nullable TcpError of(long result) {
    return result < 0 && result >= -VALUES.length ? VALUES[(int) (-1 - result)] : null;
  }
}
