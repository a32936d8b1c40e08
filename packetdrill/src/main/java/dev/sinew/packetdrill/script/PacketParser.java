package dev.sinew.packetdrill.script;

import dev.sinew.packetdrill.script.PacketSpec.Ecn;
import dev.sinew.packetdrill.script.PacketSpec.Ip;
import dev.sinew.wire.TcpHeader;
import org.jspecify.annotations.Nullable;

/** Packets: {@code (<|>) [ip] [ports] tcp | udp | icmp}. */
final class PacketParser {
  private static final String FLAG_LETTERS = "SFRPEWUAN.";

  private final Cursor c;

  PacketParser(Cursor c) {
    this.c = c;
  }

  Action.Packet packet() throws ScriptException {
    Place place = c.place();
    int start = c.position();
    boolean inbound = c.take("<");
    if (!inbound) {
      c.need(">");
    }
    Quoted quoted = quotedFirst();
    Ip ip = quoted == null ? ip() : Ip.NONE;
    int sourcePort = -1;
    int destinationPort = -1;
    int ports = c.position();
    if (c.digitNext()) {
      sourcePort = c.number("a port", 65_535);
      if (c.skip().take(">")) {
        destinationPort = c.number("a port", 65_535);
      } else {
        // A digit among the flags: the ACE counter.
        sourcePort = -1;
        c.back(ports);
      }
    }
    PacketSpec.Body body;
    if (quoted != null) {
      if (!c.takeWord("icmp")) {
        throw c.expected("icmp: only an error quotes a packet");
      }
      body = icmp(quoted);
    } else if (c.takeWord("udp")) {
      body = udp();
    } else if (c.takeWord("icmp")) {
      body = icmp(null);
    } else if (c.takeWord("ipv4")
        || c.takeWord("ipv6")
        || c.takeWord("gre")
        || c.takeWord("mpls")) {
      throw new ScriptException(place, UNSUPPORTED + "packets within packets");
    } else if (c.takeWord("udplite") || c.takeWord("sctp")) {
      throw new ScriptException(place, UNSUPPORTED + "protocols other than TCP, UDP and ICMP");
    } else {
      body = tcp();
    }
    if (c.skip().peek() == '{') {
      throw new ScriptException(c.place(), UNSUPPORTED + "packets that are garbled on the way");
    }
    return new Action.Packet(
        inbound, new PacketSpec(place, c.since(start), ip, sourcePort, destinationPort, body));
  }

  /**
   * How the message of a construct begins that is known, and for which no simulated host exists.
   */
  static final String UNSUPPORTED = "not applicable here: ";

  // ---- IP

  private Ip ip() throws ScriptException {
    c.skip();
    String end;
    if (c.take("[")) {
      end = "]";
    } else if (c.take("(")) {
      end = ")";
    } else {
      return Ip.NONE;
    }
    Ecn ecn = Ecn.ANY;
    int tos = -1;
    int dscp = -1;
    int ttl = -1;
    int flowLabel = -1;
    while (!c.skip().take(end)) {
      Place place = c.place();
      String word = c.word();
      switch (word) {
        case "ect0" -> ecn = Ecn.ECT0;
        case "ect1" -> ecn = Ecn.ECT1;
        case "ect01" -> ecn = Ecn.ECT01;
        case "noecn" -> ecn = Ecn.NOT_ECT;
        case "ce" -> ecn = Ecn.CE;
        case "tos", "class" -> tos = c.number("a traffic class", 255);
        case "dscp" -> dscp = dscp();
        case "ecn" -> {
          // May stand before the name of the two bits.
          continue;
        }
        case "ttl", "hlim" -> ttl = c.number("a hop limit", 255);
        case "flowlabel" -> flowLabel = c.number("a flow label", 0xfffff);
        default ->
            throw new ScriptException(
                place,
                "expected ect0, ect1, ect01, noecn, ce, tos, class, dscp, ttl, hlim, flowlabel or \""
                    + end
                    + "\", found \""
                    + word
                    + "\"");
      }
      c.skip().take(",");
    }
    return new Ip(ecn, tos, dscp, ttl, flowLabel);
  }

  private int dscp() throws ScriptException {
    if (c.digitNext()) {
      return c.number("a DSCP", 63);
    }
    Place place = c.place();
    String name = c.word().toUpperCase(java.util.Locale.ROOT);
    if (name.matches("AF[1-4][1-3]")) {
      return (name.charAt(2) - '0') * 8 + (name.charAt(3) - '0') * 2;
    }
    if (name.matches("CS[0-7]")) {
      return (name.charAt(2) - '0') * 8;
    }
    return switch (name) {
      case "EF" -> 46;
      case "VOICE_ADMIT" -> 44;
      case "LE" -> 1;
      default ->
          throw new ScriptException(
              place, "expected a DSCP: 0 to 63, AF11 to AF43, CS0 to CS7, EF, VOICE_ADMIT or LE");
    };
  }

  // ---- TCP

  private PacketSpec.Tcp tcp() throws ScriptException {
    c.skip();
    Place place = c.place();
    int flags = 0;
    int ace = -1;
    if (!c.take("-")) {
      int before = c.position();
      flags = letters();
      if (Character.isDigit(c.peek())) {
        // Behind the letters in one dialect, among them in the other.
        ace = c.number("an ACE counter", 7);
        flags |=
            (ace & 1) * TcpHeader.ECE | (ace >> 1 & 1) * TcpHeader.CWR | (ace >> 2) * TcpHeader.AE;
        flags |= letters();
      }
      if (c.position() == before) {
        throw c.expected("TCP flags (letters of SFRPEWUA. or -), udp or icmp");
      }
    }
    c.skip();
    boolean anySeq = c.take("...");
    long seq = 0;
    long end = 0;
    if (!anySeq) {
      seq = c.number("a sequence number (first:end(length))");
      c.need(":");
      end = c.number("the end of the sequence numbers");
    }
    c.need("(");
    int length = c.number("the length of the payload", 1 << 24);
    c.need(")");
    if (!anySeq && (end - seq - length & 0xffff_ffffL) != 0) {
      throw new ScriptException(
          place, seq + ":" + end + "(" + length + "): the length is not the difference");
    }
    boolean absolute = c.take("!");
    Long ack = null;
    if (c.takeWord("ack")) {
      ack = c.number("an acknowledgment number");
    }
    int window = c.takeWord("win") ? c.number("a window", 65_535) : -1;
    int urgent = c.takeWord("urg") ? c.number("an urgent pointer", 65_535) : -1;
    OptionParser options = new OptionParser(c);
    options.parse();
    if (c.skip().peek() == '[') {
      throw new ScriptException(place, UNSUPPORTED + "extensions of ICMP");
    }
    if (c.peek() == '/' && c.peek(1) == 'u') {
      throw new ScriptException(place, UNSUPPORTED + "TCP in UDP");
    }
    if (ack == null && (flags & TcpHeader.ACK) != 0 && (flags & TcpHeader.RST) == 0) {
      ack = 0L; // What is not said is 0.
    }
    return new PacketSpec.Tcp(
        flags,
        ace,
        anySeq,
        absolute,
        seq,
        length,
        ack,
        window,
        urgent,
        options.list(),
        options.any());
  }

  private int letters() {
    int flags = 0;
    String letters = c.run(FLAG_LETTERS);
    for (int i = 0; i < letters.length(); i++) {
      flags |= flag(letters.charAt(i));
    }
    return flags;
  }

  private static int flag(char letter) {
    return switch (letter) {
      case 'S' -> TcpHeader.SYN;
      case 'F' -> TcpHeader.FIN;
      case 'R' -> TcpHeader.RST;
      case 'P' -> TcpHeader.PSH;
      case 'E' -> TcpHeader.ECE;
      case 'W' -> TcpHeader.CWR;
      case 'U' -> TcpHeader.URG;
      case 'A', 'N' -> TcpHeader.AE;
      default -> TcpHeader.ACK;
    };
  }

  // ---- UDP and ICMP

  private PacketSpec.Udp udp() throws ScriptException {
    c.need("(");
    int length = c.number("the length of the datagram", 65_535);
    c.need(")");
    return new PacketSpec.Udp(length);
  }

  /** The segment that an error quotes. */
  private record Quoted(long seq, int length) {}

  /** {@code [first:end(length)] icmp …}: one dialect lets the quoted segment stand first. */
  private @Nullable Quoted quotedFirst() throws ScriptException {
    if (c.skip().peek() != '[') {
      return null;
    }
    int start = c.position();
    c.need("[");
    if (!c.digitNext()) {
      c.back(start);
      return null;
    }
    Quoted q = quoted();
    c.need("]");
    return q;
  }

  private Quoted quoted() throws ScriptException {
    long seq = c.number("the sequence number of the quoted segment");
    c.need(":");
    long end = c.number("the end of the quoted segment");
    c.need("(");
    int length = c.number("the length of the quoted segment", 1 << 24);
    c.need(")");
    if (end - seq != length) {
      throw c.error("the length of the quoted segment is not the difference");
    }
    return new Quoted(seq, length);
  }

  private PacketSpec.Icmp icmp(@Nullable Quoted first) throws ScriptException {
    String type = c.word();
    if (type.isEmpty()) {
      throw c.expected("the type of an ICMP message");
    }
    String code = "";
    int mtu = -1;
    int id = -1;
    while (Character.isLetter(c.skip().peek())) {
      if (c.takeWord("mtu")) {
        mtu = c.number("an MTU", 65_535);
      } else if (c.takeWord("id")) {
        id = c.number("an identifier", 65_535);
      } else if (code.isEmpty()) {
        code = c.word();
      } else {
        throw c.expected("mtu, id or the quoted packet");
      }
    }
    Quoted quoted = first;
    int quotedUdp = -1;
    if (first == null && c.take("[")) {
      if (c.takeWord("udp")) {
        quotedUdp = udp().length();
      } else if (c.takeWord("raw")) {
        throw c.error(UNSUPPORTED + "errors about protocols other than TCP and UDP");
      } else {
        quoted = quoted();
      }
      c.need("]");
    }
    Long quotedSeq = quoted == null ? null : Long.valueOf(quoted.seq);
    int quotedLength = quoted == null ? 0 : quoted.length;
    return new PacketSpec.Icmp(type, code, mtu, id, quotedSeq, quotedLength, quotedUdp);
  }

  static @Nullable String unsupported(String message) {
    return message.startsWith(UNSUPPORTED) ? message.substring(UNSUPPORTED.length()) : null;
  }
}
