package dev.sinew.wire;

/** What the text of the transport protocols shares. */
final class TransportText {
  private TransportText() {}

  /** The sum over pseudo-header and payload of a packet that is all there. */
  static long sum(IpPacket ip, int protocol) {
    long sum =
        Checksum.addPseudoHeader(
            0,
            ip.v4,
            ip.sourceHigh,
            ip.sourceLow,
            ip.destinationHigh,
            ip.destinationLow,
            protocol,
            ip.payloadLength);
    return Checksum.add(sum, ip.memory, ip.payloadOffset, ip.payloadLength);
  }

  /**
   * The checksum that should stand there instead of {@code found}, given the sum over everything
   * with it.
   */
  static int wanted(long sum, int found) {
    // Taking a word out of a one's-complement sum is adding its complement.
    int s = Checksum.fold(sum) + (~found & 0xffff);
    s = (s & 0xffff) + (s >>> 16);
    return ~s & 0xffff;
  }

  /** The lowest {@code digits} hexadecimal digits. */
  static void hex(StringBuilder out, int value, int digits) {
    for (int shift = (digits - 1) * 4; shift >= 0; shift -= 4) {
      out.append(Character.forDigit(value >>> shift & 0xf, 16));
    }
  }
}
