package dev.sinew.bench;

import dev.sinew.wire.Checksum;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The Internet checksum of native memory, beside three other loops that compute the same: the shape
 * of the loop decides how much of it the compiler runs side by side. Bytes per nanosecond are GB/s.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Fork(1)
public class ChecksumBench {
  /** Bytes to sum: a TCP header, a full segment, a super-segment. */
  @Param({"20", "1460", "65536"})
  public int size;

  // Two bytes in: data after an Ethernet header of 14 bytes is rarely aligned to 8.
  private static final long OFFSET = 2;

  private final MemorySegment memory = Arena.ofAuto().allocate(65536 + 64, 64);

  public ChecksumBench() {
    for (long i = 0; i < memory.byteSize(); i++) {
      memory.set(ValueLayout.JAVA_BYTE, i, (byte) (i * 31));
    }
  }

  /** What the stack uses. */
  @Benchmark
  public int sinew() {
    return Checksum.finish(Checksum.add(0, memory, OFFSET, size));
  }

  /** Four accumulators, 32 bytes at a time. */
  @Benchmark
  public int unrolled() {
    long sum0 = 0;
    long sum1 = 0;
    long sum2 = 0;
    long sum3 = 0;
    long at = OFFSET;
    long end = OFFSET + size;
    for (; at + 32 <= end; at += 32) {
      long v0 = memory.get(ValueLayout.JAVA_LONG_UNALIGNED, at);
      long v1 = memory.get(ValueLayout.JAVA_LONG_UNALIGNED, at + 8);
      long v2 = memory.get(ValueLayout.JAVA_LONG_UNALIGNED, at + 16);
      long v3 = memory.get(ValueLayout.JAVA_LONG_UNALIGNED, at + 24);
      sum0 += (v0 & 0xffff_ffffL) + (v0 >>> 32);
      sum1 += (v1 & 0xffff_ffffL) + (v1 >>> 32);
      sum2 += (v2 & 0xffff_ffffL) + (v2 >>> 32);
      sum3 += (v3 & 0xffff_ffffL) + (v3 >>> 32);
    }
    return Checksum.finish(Checksum.add(sum0 + sum1 + sum2 + sum3, memory, at, end - at));
  }

  /** One accumulator, eight bytes at a time, a long index. */
  @Benchmark
  public int longs() {
    long sum = 0;
    long at = OFFSET;
    long end = OFFSET + size;
    for (; at + 8 <= end; at += 8) {
      long v = memory.get(ValueLayout.JAVA_LONG_UNALIGNED, at);
      sum += (v & 0xffff_ffffL) + (v >>> 32);
    }
    for (; at < end; at += 4) {
      sum += memory.get(ValueLayout.JAVA_INT_UNALIGNED, at) & 0xffff_ffffL;
    }
    return Checksum.finish(sum);
  }

  /** One accumulator, two bytes at a time, as RFC 1071 section 4.1 has it. */
  @Benchmark
  public int shorts() {
    long sum = 0;
    for (long at = OFFSET, end = OFFSET + size; at < end; at += 2) {
      sum += memory.get(ValueLayout.JAVA_SHORT_UNALIGNED, at) & 0xffff;
    }
    return Checksum.finish(sum);
  }
}
