package dev.sinew.tcp;

import org.jspecify.annotations.Nullable;

/** A small record that waits in a {@link RecordQueue} for its time to come. */
abstract class QueuedRecord extends Record {
  long deadline;
  @Nullable RecordQueue queue;
  @Nullable QueuedRecord previous;
  @Nullable QueuedRecord next;

  QueuedRecord(
      long localHigh,
      long localLow,
      int localPort,
      long remoteHigh,
      long remoteLow,
      int remotePort) {
    super(localHigh, localLow, localPort, remoteHigh, remoteLow, remotePort);
  }

  /** The record's time has come; it is in no queue. */
  abstract void expire(long now);
}
