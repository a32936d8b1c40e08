package dev.sinew.tcp.auth;

import dev.sinew.link.TxPacket;
import dev.sinew.wire.Bytes;
import dev.sinew.wire.TcpHeader;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.security.DigestException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What all signatures of a stack share: the bytes that are signed are put together here, because
 * the JDK's algorithms take arrays. Holds no memory until the first signature.
 */
public final class AuthContext {
  private static final int CHECKSUM_AT = TcpHeader.CHECKSUM;

  /** A CMAC pads the message to whole blocks in place. */
  private static final int SLACK = 16;

  private byte[] bytes = {};
  private int length;
  private @Nullable MessageDigest md5;
  private final byte[] mac = new byte[20];

  public AuthContext() {}

  byte[] bytes() {
    return bytes;
  }

  int length() {
    return length;
  }

  /** Where a signature is computed into before it is written or compared. */
  byte[] mac() {
    return mac;
  }

  void begin() {
    length = 0;
  }

  private int grow(int more) {
    int at = length;
    length += more;
    if (length + SLACK > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(512, (length + SLACK) * 2));
    }
    return at;
  }

  void put8(int v) {
    int at = grow(1);
    bytes[at] = (byte) v;
  }

  void put16(int v) {
    put8(v >>> 8);
    put8(v);
  }

  void put32(int v) {
    put16(v >>> 16);
    put16(v);
  }

  private void put64(long v) {
    put32((int) (v >>> 32));
    put32((int) v);
  }

  void putAddress(boolean v4, long high, long low) {
    if (v4) {
      put32((int) low);
    } else {
      put64(high);
      put64(low);
    }
  }

  void put(byte[] from) {
    int at = grow(from.length);
    System.arraycopy(from, 0, bytes, at, from.length);
  }

  void put(MemorySegment from, long offset, int n) {
    int at = grow(n);
    MemorySegment.copy(from, ValueLayout.JAVA_BYTE, offset, bytes, at, n);
  }

  void zeros(int n) {
    int at = grow(n);
    Arrays.fill(bytes, at, length, (byte) 0);
  }

  /** The pseudo-header of either version (RFC 9293 section 3.1; RFC 8200 section 8.1). */
  void pseudoHeader(
      boolean v4, long fromHigh, long fromLow, long toHigh, long toLow, int segmentLength) {
    putAddress(v4, fromHigh, fromLow);
    putAddress(v4, toHigh, toLow);
    if (v4) {
      put16(6);
      put16(segmentLength);
    } else {
      put32(segmentLength);
      put32(6);
    }
  }

  /** The TCP header without its options, the checksum taken for zero. */
  void fixedHeader(MemorySegment m, long tcp) {
    int at = grow(TcpHeader.MIN_LENGTH);
    MemorySegment.copy(m, ValueLayout.JAVA_BYTE, tcp, bytes, at, TcpHeader.MIN_LENGTH);
    bytes[at + CHECKSUM_AT] = 0;
    bytes[at + CHECKSUM_AT + 1] = 0;
  }

  /** The payload of a packet that is about to be sent. */
  void payload(TxPacket p) {
    for (int i = 0; i < p.sliceCount(); i++) {
      put(p.sliceMemory(i), p.sliceOffset(i), p.sliceLength(i));
    }
  }

  /** The MD5 digest of what was put together, in {@link #mac}. */
  void md5() {
    try {
      MessageDigest d = md5;
      if (d == null) {
        d = MessageDigest.getInstance("MD5");
        md5 = d;
      }
      d.update(bytes, 0, length);
      int written = d.digest(mac, 0, 16);
      if (written != 16) {
        throw new IllegalStateException("an MD5 digest of " + written + " bytes");
      }
    } catch (NoSuchAlgorithmException | DigestException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Compares the signature with that in a segment, in a time that does not depend on them. */
  boolean sameMac(MemorySegment m, long at, int n) {
    int difference = 0;
    for (int i = 0; i < n; i++) {
      difference |= (mac[i] & 0xff) ^ Bytes.u8(m, at + i);
    }
    return difference == 0;
  }

  void writeMac(MemorySegment m, long at, int n) {
    MemorySegment.copy(mac, 0, m, ValueLayout.JAVA_BYTE, at, n);
  }
}
