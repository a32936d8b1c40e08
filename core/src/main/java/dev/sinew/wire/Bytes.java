package dev.sinew.wire;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Big-endian reads and writes at any alignment. The memory is always native: mixing kinds at one
 * call site costs 3 to 10 times.
 */
public final class Bytes {
  private static final ValueLayout.OfByte U8 = ValueLayout.JAVA_BYTE;
  private static final ValueLayout.OfShort U16 =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfInt I32 =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfLong I64 =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private Bytes() {}

  public static int u8(MemorySegment s, long at) {
    return s.get(U8, at) & 0xff;
  }

  public static int u16(MemorySegment s, long at) {
    return s.get(U16, at) & 0xffff;
  }

  public static int i32(MemorySegment s, long at) {
    return s.get(I32, at);
  }

  public static long u32(MemorySegment s, long at) {
    return s.get(I32, at) & 0xffff_ffffL;
  }

  public static long i64(MemorySegment s, long at) {
    return s.get(I64, at);
  }

  public static void put8(MemorySegment s, long at, int v) {
    s.set(U8, at, (byte) v);
  }

  public static void put16(MemorySegment s, long at, int v) {
    s.set(U16, at, (short) v);
  }

  public static void put32(MemorySegment s, long at, int v) {
    s.set(I32, at, v);
  }

  public static void put64(MemorySegment s, long at, long v) {
    s.set(I64, at, v);
  }
}
