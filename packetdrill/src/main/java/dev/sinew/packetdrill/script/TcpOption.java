package dev.sinew.packetdrill.script;

import java.util.List;

/** One TCP option of a packet. */
public sealed interface TcpOption {
  record Nop() implements TcpOption {}

  record Eol() implements TcpOption {}

  record Mss(int bytes) implements TcpOption {}

  record WindowScale(int shift) implements TcpOption {
    /** {@code *} stands there: of an expected packet only. */
    public static final int ANY = -1;
  }

  record SackPermitted() implements TcpOption {}

  /** Edges in pairs, relative as sequence numbers are. */
  record Sack(List<Long> edges) implements TcpOption {}

  /** {@code exactEcr}: {@code !} stands behind it, it is compared. */
  record Timestamps(long val, long ecr, boolean exactEcr) implements TcpOption {
    /** {@code ...} stands there: of an expected packet only. */
    public static final long ANY = Long.MIN_VALUE;
  }

  /** Bytes in hexadecimal; empty asks for a cookie. */
  record FastOpen(String cookie, boolean experimental) implements TcpOption {}

  /** Digest in hexadecimal, {@code valid}, or empty: not checked. */
  record Md5(String digest) implements TcpOption {}

  /**
   * AccECN's counters in the order in which they stand: names of {@code e0b}, {@code ceb}, {@code
   * e1b} with values.
   */
  record AccEcn(List<String> names, List<Long> values) implements TcpOption {}

  /** An option by number: kind and content in hexadecimal. */
  record Generic(int kind, String content) implements TcpOption {}

  /** All options of a segment byte by byte, in hexadecimal, whatever sense they make. */
  record Raw(String bytes) implements TcpOption {}
}
