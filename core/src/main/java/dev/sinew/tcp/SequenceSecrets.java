package dev.sinew.tcp;

import dev.sinew.base.EntropySource;
import dev.sinew.base.Seq;
import dev.sinew.base.SipHash;

/**
 * The numbers that an outsider must not guess: initial sequence numbers, timestamp offsets, SYN
 * cookies. Secrets are the stack's own.
 */
final class SequenceSecrets {
  /** One tick of the cookie clock. */
  static final long COOKIE_TICK_NANOS = 64_000_000_000L;

  /** Timestamps tick once a millisecond (RFC 7323 section 5.4 allows 1 ms to 1 s). */
  private static final long TIMESTAMP_TICK_NANOS = 1_000_000L;

  /** What a cookie can say of the peer's MSS, in three bits. */
  private static final int[] COOKIE_MSS = {216, 536, 1220, 1300, 1400, 1440, 1460, 8940};

  private final SipHash isnHash;
  private final SipHash timestampHash;
  private final SipHash cookieHash;

  SequenceSecrets(EntropySource entropy) {
    isnHash = new SipHash(entropy);
    timestampHash = new SipHash(entropy);
    cookieHash = new SipHash(entropy);
  }

  /** ISN = M + F(sockets, secret) (RFC 6528 section 3; RFC 9293 section 3.4.1, MUST-8, MUST-9). */
  @Seq
  int initialSequence(Record r, long now, long tickNanos) {
    long f =
        isnHash.hash(
            r.localHigh,
            r.localLow,
            r.remoteHigh,
            r.remoteLow,
            (long) r.localPort << 16 | r.remotePort);
    return (int) f + (int) (now / tickNanos);
  }

  /**
   * Timestamp clock of the connections between two hosts: one offset per pair of addresses, so that
   * a later connection's timestamps follow on an earlier one's, which RFC 6191 compares.
   */
  int timestampOffset(long localHigh, long localLow, long remoteHigh, long remoteLow) {
    return (int) timestampHash.hash(localHigh, localLow, remoteHigh, remoteLow, 0);
  }

  /** TSval at {@code now}. */
  static int timestamp(long now, int offset) {
    return (int) (now / TIMESTAMP_TICK_NANOS) + offset;
  }

  /**
   * How long ago a TSval of ours was sent, in nanoseconds, to the tick; negative when it lies in
   * the future.
   */
  static long elapsedSince(int tsEcr, long now, int offset) {
    return (long) (timestamp(now, offset) - tsEcr) * TIMESTAMP_TICK_NANOS;
  }

  /**
   * The initial sequence number that stands for a half-open record (RFC 4987 section 3.6): 5 bits
   * of time, 3 bits of MSS, 24 bits of hash.
   *
   * @param mss the peer's MSS option
   */
  @Seq
  int cookie(Record r, @Seq int irs, int mss, long now) {
    long tick = now / COOKIE_TICK_NANOS;
    int index = COOKIE_MSS.length - 1;
    while (index > 0 && COOKIE_MSS[index] > mss) {
      index--;
    }
    return (int) (tick & 31) << 27 | index << 24 | cookieBits(r, irs, tick, index);
  }

  /** The MSS in a cookie that we gave out at most two ticks ago; -1 when it is none of ours. */
  int cookieMss(Record r, @Seq int irs, @Seq int cookie, long now) {
    long tick = now / COOKIE_TICK_NANOS;
    int age = (int) (tick - (cookie >>> 27)) & 31;
    int index = cookie >>> 24 & 7;
    if (age > 1 || age > tick) {
      return -1;
    }
    return (cookie & 0xff_ffff) == cookieBits(r, irs, tick - age, index) ? COOKIE_MSS[index] : -1;
  }

  private int cookieBits(Record r, int irs, long tick, int mssIndex) {
    long h =
        cookieHash.hash(
            r.localHigh,
            r.localLow,
            r.remoteHigh,
            r.remoteLow,
            (long) r.localPort << 16 | r.remotePort);
    return (int) cookieHash.hash(h, tick << 35 | (long) mssIndex << 32 | (irs & 0xffff_ffffL))
        & 0xff_ffff;
  }
}
