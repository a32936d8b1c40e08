package dev.sinew.bench.flood;

import java.util.function.LongSupplier;

/**
 * SYNs from random addresses of 198.18.0.0/15 (RFC 2544's, for benchmarks): 60 bytes of IPv4 with
 * the TCP options that Linux sends.
 */
public final class ForgedSyn {
  public static final int LENGTH = 60;
  private static final int IP = 20;
  private static final int TCP = 6;
  private static final int SOURCES = 198 << 24 | 18 << 16;
  private static final int HOSTS = (1 << 17) - 1;

  private final byte[] packet = new byte[LENGTH];
  private final LongSupplier random;

  /** To an IPv4 address and port; {@code random} chooses the rest. */
  public ForgedSyn(int victim, int port, LongSupplier random) {
    this.random = random;
    put16(0, 0x4500);
    put16(2, LENGTH);
    put16(6, 0x4000);
    put16(8, 64 << 8 | TCP);
    put32(16, victim);
    put16(22, port);
    put16(32, 0xa002);
    put16(34, 64_240);
    // MSS 1460, SACK permitted, a timestamp, window scale 7.
    put32(40, 0x0204_05b4);
    put32(44, 0x0402_080a);
    put32(56, 0x0103_0307);
  }

  /** The next one, in an array that the one after it overwrites. */
  public byte[] next() {
    long r = random.getAsLong();
    put32(12, SOURCES | (int) r & HOSTS);
    put16(20, 1024 + (int) (r >>> 17 & 0x7fff));
    put32(24, (int) (r >>> 32));
    put32(48, (int) r);
    put16(10, 0);
    put16(10, checksum(0, IP, 0));
    put16(36, 0);
    put16(36, checksum(IP, LENGTH, checksumPart(12, IP, TCP + LENGTH - IP)));
    return packet;
  }

  private int checksumPart(int from, int to, int sum) {
    int s = sum;
    for (int i = from; i < to; i += 2) {
      s += (packet[i] & 0xff) << 8 | packet[i + 1] & 0xff;
    }
    return s;
  }

  private int checksum(int from, int to, int initial) {
    int s = checksumPart(from, to, initial);
    s = (s & 0xffff) + (s >>> 16);
    return ~((s & 0xffff) + (s >>> 16));
  }

  private void put16(int at, int value) {
    packet[at] = (byte) (value >> 8);
    packet[at + 1] = (byte) value;
  }

  private void put32(int at, int value) {
    put16(at, value >> 16);
    put16(at + 2, value);
  }
}
