package dev.sinew.tcp;

import dev.sinew.base.SipHash;
import dev.sinew.ip.StackContext;
import dev.sinew.wire.Bytes;
import dev.sinew.wire.Segment;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The cookies that a server hands out (RFC 7413 section 4.1.2): a keyed hash of the client's
 * address, so that nothing is kept for a client. The key changes with time: what is hashed names
 * the period, and the cookie of the period before is still good.
 */
final class FastOpenCookies {
  static final int LENGTH = 8;

  /** A period; a cookie is good for one to two of them. */
  static final long PERIOD_NANOS = 12L * 3600 * 1_000_000_000L;

  private final SipHash hash;
  private final StackContext context;

  FastOpenCookies(StackContext context) {
    this.context = context;
    hash = new SipHash(context.entropy);
  }

  /** The cookie for the client of these sockets. */
  byte[] of(Record r, long now) {
    return ByteBuffer.allocate(LENGTH).putLong(cookie(r, now / PERIOD_NANOS)).array();
  }

  /** How many periods old the segment's cookie is: 0 or 1; -1 when it is none of ours. */
  int age(Record r, Segment s, long now) {
    if (s.fastOpenLength != LENGTH) {
      return -1;
    }
    long cookie = Bytes.i64(s.memory, s.fastOpenOffset);
    long period = now / PERIOD_NANOS;
    if (cookie == cookie(r, period)) {
      return 0;
    }
    return period > 0 && cookie == cookie(r, period - 1) ? 1 : -1;
  }

  private long cookie(Record r, long period) {
    @Nullable SipHash fixed = context.profile.fastOpenKey();
    if (fixed != null) {
      return given(fixed, r);
    }
    return hash.hash(r.remoteHigh, r.remoteLow, period);
  }

  /**
   * As Linux makes them: of the client's address and ours, in network order, with the key that the
   * administrator has given.
   */
  private static long given(SipHash key, Record r) {
    long hash;
    if (r.v4()) {
      hash = key.hash(Long.reverseBytes(r.remoteLow << 32 | r.localLow & 0xffff_ffffL));
    } else {
      hash =
          key.hash(
              Long.reverseBytes(r.remoteHigh),
              Long.reverseBytes(r.remoteLow),
              Long.reverseBytes(r.localHigh),
              Long.reverseBytes(r.localLow));
    }
    return Long.reverseBytes(hash);
  }
}
