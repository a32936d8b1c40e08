package dev.sinew.wire;

import dev.sinew.base.Seq;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Writes TCP options one at a time, in the order that the caller wants. Each method returns how
 * many bytes it wrote, and none checks that there is room: the sender reserves 40 bytes at most.
 */
public final class TcpOptionWriter {
  private TcpOptionWriter() {}

  public static int nop(MemorySegment m, long at) {
    Bytes.put8(m, at, TcpHeader.OPT_NOP);
    return 1;
  }

  /** Writes as many NOPs as make {@code length} a multiple of 4. */
  public static int pad(MemorySegment m, long at, int length) {
    int n = -length & 3;
    for (int i = 0; i < n; i++) {
      Bytes.put8(m, at + i, TcpHeader.OPT_NOP);
    }
    return n;
  }

  /**
   * Maximum segment size (RFC 9293 section 3.2).
   *
   * @param mss 0 to 65535
   */
  public static int mss(MemorySegment m, long at, int mss) {
    head(m, at, TcpHeader.OPT_MSS, TcpHeader.OPT_MSS_LENGTH);
    Bytes.put16(m, at + 2, mss);
    return TcpHeader.OPT_MSS_LENGTH;
  }

  /** Window scale; {@code shift} is 0 to 14. */
  public static int windowScale(MemorySegment m, long at, int shift) {
    head(m, at, TcpHeader.OPT_WINDOW_SCALE, TcpHeader.OPT_WINDOW_SCALE_LENGTH);
    Bytes.put8(m, at + 2, shift);
    return TcpHeader.OPT_WINDOW_SCALE_LENGTH;
  }

  /** SACK-permitted (RFC 2018 section 2). */
  public static int sackPermitted(MemorySegment m, long at) {
    head(m, at, TcpHeader.OPT_SACK_PERMITTED, TcpHeader.OPT_SACK_PERMITTED_LENGTH);
    return TcpHeader.OPT_SACK_PERMITTED_LENGTH;
  }

  public static int timestamps(MemorySegment m, long at, int tsVal, int tsEcr) {
    head(m, at, TcpHeader.OPT_TIMESTAMPS, TcpHeader.OPT_TIMESTAMPS_LENGTH);
    Bytes.put32(m, at + 2, tsVal);
    Bytes.put32(m, at + 6, tsEcr);
    return TcpHeader.OPT_TIMESTAMPS_LENGTH;
  }

  /**
   * Selective acknowledgement (RFC 2018 section 3).
   *
   * @param edges left edge at 2i, right edge at 2i+1
   * @param count blocks, 1 to 4
   */
  public static int sack(MemorySegment m, long at, @Seq int[] edges, int count) {
    int size = 2 + 8 * count;
    head(m, at, TcpHeader.OPT_SACK, size);
    for (int i = 0; i < count * 2; i++) {
      Bytes.put32(m, at + 2 + i * 4L, edges[i]);
    }
    return size;
  }

  /** User timeout (RFC 5482): the granularity bit and 15 bits of value as they are sent. */
  public static int userTimeout(MemorySegment m, long at, int bits) {
    head(m, at, TcpHeader.OPT_USER_TIMEOUT, TcpHeader.OPT_USER_TIMEOUT_LENGTH);
    Bytes.put16(m, at + 2, bits);
    return TcpHeader.OPT_USER_TIMEOUT_LENGTH;
  }

  /**
   * Fast Open: the request for a cookie when it is empty, else the cookie.
   *
   * @param cookie of 0, or 4 to 16 and an even number of bytes (RFC 7413 section 4.1.1)
   */
  public static int fastOpen(MemorySegment m, long at, byte[] cookie) {
    head(m, at, TcpHeader.OPT_FAST_OPEN, 2 + cookie.length);
    MemorySegment.copy(cookie, 0, m, ValueLayout.JAVA_BYTE, at + 2, cookie.length);
    return 2 + cookie.length;
  }

  /** The same in the option that Fast Open had before one was assigned to it. */
  public static int fastOpenExperiment(MemorySegment m, long at, byte[] cookie) {
    head(m, at, TcpHeader.OPT_EXPERIMENT, 4 + cookie.length);
    Bytes.put16(m, at + 2, TcpHeader.EXPERIMENT_FAST_OPEN);
    MemorySegment.copy(cookie, 0, m, ValueLayout.JAVA_BYTE, at + 4, cookie.length);
    return 4 + cookie.length;
  }

  /**
   * Accurate ECN (RFC 9768 section 3.2.3).
   *
   * @param kind {@link TcpHeader#OPT_ACC_ECN_0} or {@link TcpHeader#OPT_ACC_ECN_1}
   * @param counters the three in the order of that kind; their 24 least bits are sent
   * @param fields how many of them, 0 to 3
   */
  public static int accEcn(MemorySegment m, long at, int kind, long[] counters, int fields) {
    head(m, at, kind, 2 + 3 * fields);
    for (int i = 0; i < fields; i++) {
      Bytes.put8(m, at + 2 + 3L * i, (int) (counters[i] >> 16) & 0xff);
      Bytes.put16(m, at + 3 + 3L * i, (int) counters[i] & 0xffff);
    }
    return 2 + 3 * fields;
  }

  private static void head(MemorySegment m, long at, int kind, int size) {
    Bytes.put8(m, at, kind);
    Bytes.put8(m, at + 1, size);
  }
}
