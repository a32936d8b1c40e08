package dev.sinew.tcp.auth;

import dev.sinew.base.Counter;
import dev.sinew.base.Seq;
import dev.sinew.ip.Flow;
import dev.sinew.link.TxPacket;
import dev.sinew.wire.Bytes;
import dev.sinew.wire.IpPacket;
import dev.sinew.wire.Segment;
import dev.sinew.wire.TcpHeader;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * The TCP MD5 signature option (RFC 2385): a digest of the pseudo-header, the TCP header without
 * options and with a checksum of zero, the data, and the key (section 2.0).
 */
final class Md5Auth implements SegmentAuth {
  private static final int DIGEST_LENGTH = 16;

  private final AuthContext context;
  private final AuthKeys keys;
  private final AuthKey key;

  Md5Auth(AuthContext context, AuthKeys keys, AuthKey key) {
    this.context = context;
    this.keys = keys;
    this.key = key;
  }

  @Override
  public int optionLength() {
    return TcpHeader.OPT_MD5_LENGTH + 2;
  }

  @Override
  public boolean canSign(int flags) {
    return true;
  }

  @Override
  public void sign(Flow f, TxPacket p, long tcp, int headerLength, long optionOffset) {
    MemorySegment m = p.header();
    AuthContext c = context;
    c.begin();
    c.pseudoHeader(
        f.v4,
        f.sourceHigh,
        f.sourceLow,
        f.destinationHigh,
        f.destinationLow,
        headerLength + p.payloadLength());
    c.fixedHeader(m, tcp);
    c.payload(p);
    c.put(key.secret());
    c.md5();
    Bytes.put8(m, optionOffset, TcpHeader.OPT_NOP);
    Bytes.put8(m, optionOffset + 1, TcpHeader.OPT_NOP);
    Bytes.put8(m, optionOffset + 2, TcpHeader.OPT_MD5);
    Bytes.put8(m, optionOffset + 3, TcpHeader.OPT_MD5_LENGTH);
    c.writeMac(m, optionOffset + 4, DIGEST_LENGTH);
  }

  @Override
  public @Nullable Counter verify(IpPacket p, Segment s) {
    if (s.md5Offset == 0) {
      return Counter.TcpExtTCPMD5NotFound;
    }
    AuthContext c = context;
    c.begin();
    c.pseudoHeader(
        p.v4,
        p.sourceHigh,
        p.sourceLow,
        p.destinationHigh,
        p.destinationLow,
        s.headerLength + s.dataLength);
    c.fixedHeader(s.memory, s.dataOffset - s.headerLength);
    c.put(s.memory, s.dataOffset, s.dataLength);
    c.put(key.secret());
    c.md5();
    return c.sameMac(s.memory, s.md5Offset, DIGEST_LENGTH) ? null : Counter.TcpExtTCPMD5Failure;
  }

  @Override
  public void localIsn(@Seq int isn) {}

  @Override
  public void peerIsn(@Seq int isn) {}

  @Override
  public AuthKeys keys() {
    return keys;
  }

  @Override
  public boolean ignoresIcmp() {
    return false;
  }
}
