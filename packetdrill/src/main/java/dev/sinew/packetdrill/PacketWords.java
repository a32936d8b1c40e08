package dev.sinew.packetdrill;

import dev.sinew.wire.TcpHeader;
import java.util.Locale;
import java.util.StringJoiner;

/** A live packet in the language's own syntax, with the script's numbers. */
final class PacketWords {
  private PacketWords() {}

  static String time(long nanos) {
    return String.format(Locale.ROOT, "%.6f", nanos / 1e9);
  }

  static String of(boolean outbound, LivePacket p, Numbering n) {
    StringBuilder s = new StringBuilder(outbound ? "> " : "< ");
    int ecn = p.trafficClass & 3;
    if (ecn != 0) {
      s.append(ecn == 3 ? "[ce] " : ecn == 2 ? "[ect0] " : "[ect1] ");
    }
    switch (p.protocol) {
      case LivePacket.TCP -> tcp(s, outbound, p, n);
      case LivePacket.UDP -> s.append("udp (").append(p.dataLength()).append(')');
      default ->
          s.append("icmp type ")
              .append(p.bytes[p.transport] & 0xff)
              .append(" code ")
              .append(p.bytes[p.transport + 1] & 0xff);
    }
    if (p.error() != null) {
      s.append("  // ").append(p.error());
    }
    return s.toString();
  }

  static String flags(int flags) {
    if (flags == 0) {
      return "-";
    }
    StringBuilder s = new StringBuilder();
    String letters = "FSRP.UEWA";
    // The order in which the language writes them.
    for (char c : "SFRPEWAU.".toCharArray()) {
      if ((flags & 1 << letters.indexOf(c)) != 0) {
        s.append(c);
      }
    }
    return s.toString();
  }

  private static void tcp(StringBuilder s, boolean outbound, LivePacket p, Numbering n) {
    boolean syn = (p.flags & TcpHeader.SYN) != 0;
    long seq = outbound ? n.fromLocal(p.seq, syn) : n.fromRemote(p.seq, syn);
    int length = p.dataLength();
    s.append(flags(p.flags)).append(' ').append(seq).append(':').append(seq + length);
    s.append('(').append(length).append(')');
    if ((p.flags & TcpHeader.ACK) != 0) {
      long ack = outbound ? n.fromRemote(p.ack, syn) : n.fromLocal(p.ack, syn);
      s.append(" ack ").append(ack);
    }
    s.append(" win ").append(p.window);
    if ((p.flags & TcpHeader.URG) != 0) {
      s.append(" urg ").append(p.urgent);
    }
    if (p.optionsEnd > p.optionsAt) {
      StringJoiner list = new StringJoiner(",", " <", ">");
      for (byte[] o : OptionBytes.split(p.options())) {
        list.add(OptionBytes.text(o, outbound, n));
      }
      s.append(list);
    }
  }
}
