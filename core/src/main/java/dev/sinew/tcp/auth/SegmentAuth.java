package dev.sinew.tcp.auth;

import dev.sinew.base.Counter;
import dev.sinew.base.Seq;
import dev.sinew.ip.Flow;
import dev.sinew.link.TxPacket;
import dev.sinew.wire.IpPacket;
import dev.sinew.wire.Segment;
import org.jspecify.annotations.Nullable;

/**
 * Signs what one record sends and checks what it receives. Between demultiplexing and the first
 * look at the record's state; a segment that does not pass is as if it had never come.
 */
public interface SegmentAuth {
  /** Bytes that its option takes in every segment, padding included: a multiple of 4. */
  int optionLength();

  /** Whether everything is known that the signature of a segment with these flags needs. */
  boolean canSign(int flags);

  /**
   * Writes its option and padding at {@code optionOffset}. The segment is complete but for that and
   * its checksum, which the signature does not cover.
   *
   * @param tcp where the TCP header begins in the packet's header area
   * @param headerLength of the TCP header, all options included
   */
  void sign(Flow flow, TxPacket packet, long tcp, int headerLength, long optionOffset);

  /** What is wrong with the segment's signature, as the counter that counts it; null: nothing. */
  @Nullable Counter verify(IpPacket packet, Segment s);

  /** The keys that it chooses from. */
  AuthKeys keys();

  /** We have chosen our initial sequence number. */
  void localIsn(@Seq int isn);

  /** The peer's initial sequence number is known. */
  void peerIsn(@Seq int isn);

  /**
   * Whether hard ICMP errors about a synchronized connection are ignored (RFC 5925 section 7.8).
   */
  boolean ignoresIcmp();
}
