package dev.sinew.tcp;

import dev.sinew.tcp.auth.SegmentAuth;
import org.jspecify.annotations.Nullable;

/**
 * What the demultiplexing table holds for one pair of sockets: a {@link Connection}, or one of the
 * small records that stand for a connection that has hardly begun ({@link SynRecord}) or is over
 * ({@link TimeWaitRecord}). Addresses as in {@link dev.sinew.wire.IpPacket}.
 */
abstract class Record {
  long localHigh;
  long localLow;
  long remoteHigh;
  long remoteLow;
  char localPort;
  char remotePort;

  /** Signs and checks the segments of these sockets; null for those without keys. */
  @Nullable SegmentAuth auth;

  /** The next record of the same bucket. */
  @Nullable Record nextInBucket;

  Record(
      long localHigh,
      long localLow,
      int localPort,
      long remoteHigh,
      long remoteLow,
      int remotePort) {
    this.localHigh = localHigh;
    this.localLow = localLow;
    this.localPort = (char) localPort;
    this.remoteHigh = remoteHigh;
    this.remoteLow = remoteLow;
    this.remotePort = (char) remotePort;
  }

  /** The sockets of a segment that has no record yet: one object, filled again for each. */
  static final class Key extends Record {
    Key() {
      super(0, 0, 0, 0, 0, 0);
    }

    void set(
        long localHigh,
        long localLow,
        int localPort,
        long remoteHigh,
        long remoteLow,
        int remotePort) {
      this.localHigh = localHigh;
      this.localLow = localLow;
      this.localPort = (char) localPort;
      this.remoteHigh = remoteHigh;
      this.remoteLow = remoteLow;
      this.remotePort = (char) remotePort;
      this.auth = null;
    }
  }

  final boolean v4() {
    return remoteHigh == 0 && remoteLow >>> 32 == 0xffff;
  }

  final boolean matches(long lh, long ll, int lp, long rh, long rl, int rp) {
    return remotePort == rp
        && localPort == lp
        && remoteLow == rl
        && localLow == ll
        && remoteHigh == rh
        && localHigh == lh;
  }
}
