package dev.sinew.capture.analysis;

import dev.sinew.wire.Bytes;
import dev.sinew.wire.Checksum;
import dev.sinew.wire.IpPacket;
import dev.sinew.wire.TcpHeader;
import org.jspecify.annotations.Nullable;

/**
 * Judges a TCP checksum (RFC 9293 section 3.1). Where the sending host leaves the sum to its
 * network card, a capture on that host shows a field that holds only the sum of the pseudo-header,
 * not complemented: that is not corruption.
 */
final class ChecksumCheck {
  private ChecksumCheck() {}

  /** What is to be said of the checksum of a segment that is all there; null when it is good. */
  static @Nullable Note judge(IpPacket ip) {
    long pseudo =
        Checksum.addPseudoHeader(
            0,
            ip.v4,
            ip.sourceHigh,
            ip.sourceLow,
            ip.destinationHigh,
            ip.destinationLow,
            ip.protocol,
            ip.payloadLength);
    long sum = Checksum.add(pseudo, ip.memory, ip.payloadOffset, ip.payloadLength);
    if (Checksum.isGood(sum)) {
      return null;
    }
    int found = Bytes.u16(ip.memory, ip.payloadOffset + TcpHeader.CHECKSUM);
    if (found == Checksum.fold(pseudo)) {
      return new Note(
          Finding.CHECKSUM_OFFLOAD,
          "checksum "
              + hex(found)
              + " is the sum of the pseudo-header alone: the network card"
              + " completes it (offload, not corruption)");
    }
    int wanted = wanted(sum, found);
    return new Note(
        Finding.BAD_CHECKSUM,
        "bad checksum "
            + hex(found)
            + " ("
            + hex(wanted)
            + " would be right)"
            + repair(ip, found, wanted));
  }

  /** A single flag whose change makes the checksum right tells that the flags were altered. */
  private static String repair(IpPacket ip, int found, int wanted) {
    int flags = Bytes.u16(ip.memory, ip.payloadOffset + TcpHeader.DATA_OFFSET);
    String[] names = {"FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR"};
    for (int bit = 0; bit < names.length; bit++) {
      int changed = flags ^ 1 << bit;
      if (Checksum.update(wanted, flags, changed) == found) {
        String how = (changed & 1 << bit) != 0 ? " is set" : " is not set";
        return "; it becomes valid if " + names[bit] + how + ": the flags were altered";
      }
    }
    return "; the receiver drops it";
  }

  private static int wanted(long sum, int found) {
    int s = Checksum.fold(sum) + (~found & 0xffff);
    s = (s & 0xffff) + (s >>> 16);
    return ~s & 0xffff;
  }

  private static String hex(int value) {
    return String.format(java.util.Locale.ROOT, "%04x", value);
  }
}
