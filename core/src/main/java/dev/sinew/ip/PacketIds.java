package dev.sinew.ip;

import dev.sinew.base.EntropySource;
import dev.sinew.base.SipHash;
import org.jspecify.annotations.Nullable;

/**
 * The identification of packets that may be fragmented (RFC 6864, RFC 8200 section 4.5): unique for
 * a pair of addresses and a protocol as long as the field allows, and telling nobody how much is
 * sent to others. Counters start anywhere and take random steps; which one a flow uses is secret.
 */
final class PacketIds {
  private static final int COUNTERS = 1024;

  private final EntropySource entropy;
  private final SipHash hash;
  private short @Nullable [] counters;

  PacketIds(EntropySource entropy) {
    this.entropy = entropy;
    this.hash = new SipHash(entropy);
  }

  /** The next 16-bit identification for IPv4. */
  int nextV4(long sourceLow, long destinationLow, int protocol) {
    short[] c = counters;
    if (c == null) {
      c = new short[COUNTERS];
      for (int i = 0; i < COUNTERS; i++) {
        c[i] = (short) entropy.nextLong();
      }
      counters = c;
    }
    int i = (int) hash.hash(sourceLow, destinationLow, protocol) & (COUNTERS - 1);
    c[i] += (short) (1 + entropy.nextInt(3));
    return c[i] & 0xffff;
  }

  /** The next 32-bit identification for IPv6. */
  int nextV6() {
    return (int) entropy.nextLong();
  }
}
