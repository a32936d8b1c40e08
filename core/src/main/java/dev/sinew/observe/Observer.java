package dev.sinew.observe;

import dev.sinew.base.TcpError;
import dev.sinew.base.TcpState;
import java.lang.foreign.MemorySegment;

/**
 * Hears what a stack does, in the order in which it happens, on the thread that runs the stack. A
 * method must not block, must not call the stack, and must not keep the memory it is shown; one
 * that throws is switched off and counted.
 *
 * <p>{@code now} is the stack's time in nanoseconds. {@code connection} is a number that names a
 * connection for the stack's whole life, or 0 where there is none yet.
 */
public interface Observer {
  /** An IP packet came in on an interface; the bytes are valid during the call. */
  default void packetReceived(
      long now, int interfaceIndex, MemorySegment packet, long offset, int length) {}

  /**
   * An IP packet was queued for a link.
   *
   * @param header IP and transport header, and for small packets what follows
   * @param headerLength bytes of them in {@code header}
   * @param totalLength bytes of the whole packet
   */
  default void packetSent(
      long now,
      int interfaceIndex,
      MemorySegment header,
      long offset,
      int headerLength,
      int totalLength) {}

  /**
   * The packet last shown by {@link #packetReceived} was dropped, or a packet could not be sent.
   */
  default void packetDropped(long now, DropReason reason) {}

  /**
   * A TCP segment is about to be queued: {@link #packetSent} follows at once. {@code seq} is its
   * sequence number.
   */
  default void segmentSent(
      long now, long connection, int seq, int sequenceLength, SendCause cause) {}

  /** A connection's state changed. {@code localPort} and {@code remotePort} are 0 to 65535. */
  default void stateChanged(
      long now, long connection, int localPort, int remotePort, TcpState from, TcpState to) {}

  /** A connection ended with an error, or with null when it closed in order. */
  default void connectionEnded(
      long now, long connection, @org.jspecify.annotations.Nullable TcpError error) {}

  /** A connection's timer ran out. */
  default void timerFired(long now, long connection, TimerKind kind) {}

  /** Loss recovery began or ended; windows in bytes. */
  default void recovery(long now, long connection, RecoveryEvent event, long cwnd, long ssthresh) {}

  /** Whether {@link #figures} is wanted: it costs an object each time. */
  default boolean wantsFigures() {
    return false;
  }

  /**
   * A connection's figures at a step of loss recovery, when it becomes TIME-WAIT, or otherwise
   * ends.
   */
  default void figures(long now, long connection, ConnectionFigures figures) {}

  /** What {@link #recovery} tells. */
  enum RecoveryEvent {
    FAST_RECOVERY_ENTERED,
    TIMEOUT_RECOVERY_ENTERED,
    RECOVERY_LEFT,
    UNDONE
  }
}
