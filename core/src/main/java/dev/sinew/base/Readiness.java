package dev.sinew.base;

/**
 * Bits that say what an endpoint can do without waiting; computed from its state, never remembered.
 */
public final class Readiness {
  private Readiness() {}

  /**
   * A read returns bytes, end of stream or an error; on a listener, an accept returns a connection.
   */
  public static final int READABLE = 1;

  /** A write takes bytes or returns an error; after a connect, it has finished. */
  public static final int WRITABLE = 2;

  /** An error waits to be taken. */
  public static final int ERROR = 4;

  /** Both directions are closed. */
  public static final int HANGUP = 8;

  /** Unread urgent data lies in the stream (RFC 9293 section 3.8.5). */
  public static final int URGENT = 16;
}
