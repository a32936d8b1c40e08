package dev.sinew.packetdrill;

import dev.sinew.packetdrill.script.PacketSpec;
import dev.sinew.packetdrill.script.TcpOption;
import dev.sinew.wire.TcpHeader;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Compares a packet of the stack with what a script expects. */
final class Expectation {
  private static final int ICMP_HEADER = 8;

  private final Numbering numbers;
  private final boolean exactEcho;

  /** How many ticks of its clock the stack's timestamps may be off; -1: whatever they are. */
  private final long timestampTicks;

  /** The first timestamp of the connection, in the script and as it was sent. */
  private boolean timestampSeen;

  private int scriptTimestamp;
  private int liveTimestamp;

  Expectation(Numbering numbers, RunPlan plan) {
    this.numbers = numbers;
    this.exactEcho = plan.strict();
    this.timestampTicks = plan.timestampTicks();
  }

  /** Another connection begins: its timestamps have a beginning of their own. */
  void newConnection() {
    timestampSeen = false;
  }

  /** What differs, in words, or null. */
  @Nullable String difference(PacketSpec expected, LivePacket p) {
    if (p.error() != null) {
      return p.error();
    }
    String ip = ip(expected.ip(), p);
    if (ip != null) {
      return ip;
    }
    return switch (expected.body()) {
      case PacketSpec.Tcp t -> p.protocol == LivePacket.TCP ? tcp(t, p) : "not a TCP segment";
      case PacketSpec.Udp u ->
          p.protocol != LivePacket.UDP
              ? "not a UDP datagram"
              : number("length", u.length(), p.dataLength());
      case PacketSpec.Icmp i -> icmp(i, p);
    };
  }

  private static @Nullable String number(String what, long expected, long actual) {
    return expected == actual ? null : what + " is " + actual + ", expected " + expected;
  }

  private static @Nullable String ip(PacketSpec.Ip ip, LivePacket p) {
    int ecn = p.trafficClass & 3;
    boolean ok =
        switch (ip.ecn()) {
          case ANY -> true;
          case NOT_ECT -> ecn == 0;
          case ECT0 -> ecn == 2;
          case ECT1 -> ecn == 1;
          case ECT01 -> ecn == 1 || ecn == 2;
          case CE -> ecn == 3;
        };
    if (!ok) {
      return "ECN bits are " + ecn + ", expected " + ip.ecn();
    }
    if (ip.tos() >= 0 && ip.tos() != p.trafficClass) {
      return "traffic class is 0x"
          + Integer.toHexString(p.trafficClass)
          + ", expected 0x"
          + Integer.toHexString(ip.tos());
    }
    if (ip.dscp() >= 0 && ip.dscp() != p.trafficClass >> 2) {
      return number("dscp", ip.dscp(), p.trafficClass >> 2);
    }
    if (ip.ttl() >= 0 && ip.ttl() != p.ttl) {
      return number("ttl", ip.ttl(), p.ttl);
    }
    return ip.flowLabel() >= 0 ? number("flow label", ip.flowLabel(), p.flowLabel) : null;
  }

  private @Nullable String icmp(PacketSpec.Icmp i, LivePacket p) {
    if (p.protocol != LivePacket.ICMP_V4 && p.protocol != LivePacket.ICMP_V6) {
      return "not an ICMP message";
    }
    IcmpNames.TypeAndCode t = IcmpNames.find(p.v4, i.type(), i.code());
    if (t == null) {
      return "unknown ICMP message " + i.type() + " " + i.code();
    }
    int at = p.transport;
    if (p.bytes.length < at + ICMP_HEADER) {
      return "an ICMP message of " + (p.bytes.length - at) + " bytes";
    }
    String difference = number("ICMP type", t.type(), p.bytes[at] & 0xff);
    if (difference == null) {
      difference = number("ICMP code", t.code(), p.bytes[at + 1] & 0xff);
    }
    if (difference == null && i.id() >= 0) {
      difference = number("id", i.id(), p.b.getShort(at + 4) & 0xffff);
    }
    if (difference == null && i.mtu() >= 0) {
      difference =
          number("mtu", i.mtu(), p.v4 ? p.b.getShort(at + 6) & 0xffff : p.b.getInt(at + 4));
    }
    boolean quotes = i.quotedSeq() != null || i.quotedUdpLength() >= 0;
    return difference != null || !quotes ? difference : quoted(i, p, at + ICMP_HEADER);
  }

  /** An error quotes the beginning of the packet that it is about, one of the peer's. */
  private @Nullable String quoted(PacketSpec.Icmp i, LivePacket p, int at) {
    int header = p.v4 ? 20 : 40;
    if (p.bytes.length < at + header + 8) {
      return "nothing is quoted";
    }
    int protocol = p.bytes[at + (p.v4 ? 9 : 6)] & 0xff;
    int length = p.v4 ? (p.b.getShort(at + 2) & 0xffff) - header : p.b.getShort(at + 4) & 0xffff;
    int transport = at + header;
    if (i.quotedUdpLength() >= 0) {
      return protocol != LivePacket.UDP
          ? "what is quoted is not a UDP datagram"
          : number("quoted length", i.quotedUdpLength(), length - 8);
    }
    if (protocol != LivePacket.TCP) {
      return "what is quoted is not a TCP segment";
    }
    long seq = Objects.requireNonNull(i.quotedSeq());
    return numbers.toRemote(seq, false) == p.b.getInt(transport + 4)
        ? null
        : number("quoted seq", seq, numbers.fromRemote(p.b.getInt(transport + 4), false));
  }

  private @Nullable String tcp(PacketSpec.Tcp t, LivePacket p) {
    if (t.flags() != p.flags) {
      return "flags are "
          + PacketWords.flags(p.flags)
          + ", expected "
          + PacketWords.flags(t.flags());
    }
    boolean syn = (p.flags & TcpHeader.SYN) != 0;
    if (!t.anySeq()) {
      // A SYN's number is the stack's choice.
      if (!syn || numbers.localKnown()) {
        if (t.absoluteSeq() && (int) t.seq() != p.seq) {
          return number("seq", t.seq(), Integer.toUnsignedLong(p.seq));
        }
        if (!t.absoluteSeq() && numbers.toLocal(t.seq(), syn) != p.seq) {
          return number("seq", t.seq(), numbers.fromLocal(p.seq, syn));
        }
      }
    }
    String length = number("length", t.length(), p.dataLength());
    if (length != null) {
      return length;
    }
    if (t.ack() != null) {
      int want = numbers.toRemote(t.ack(), syn);
      if (want != p.ack) {
        return number("ack", t.ack(), numbers.fromRemote(p.ack, syn));
      }
    } else if (p.ack != 0) {
      return "ack is " + p.ack + " without the flag";
    }
    if (t.window() >= 0 && t.window() != p.window) {
      return number("win", t.window(), p.window);
    }
    if (t.urgent() >= 0 && t.urgent() != p.urgent) {
      return number("urg", t.urgent(), p.urgent);
    }
    return t.anyOptions() ? null : options(t.options(), p);
  }

  private @Nullable String options(@Nullable List<TcpOption> expected, LivePacket p) {
    List<TcpOption> want = expected == null ? List.of() : expected;
    if (want.size() == 1 && want.getFirst() instanceof TcpOption.Raw r) {
      return hex(p.options(), 0).equalsIgnoreCase(r.bytes()) ? null : "the options differ";
    }
    List<byte[]> actual = OptionBytes.split(p.options());
    boolean same = want.size() == actual.size();
    for (int i = 0; same && i < want.size(); i++) {
      same = option(want.get(i), actual.get(i));
    }
    return same ? null : "the options differ";
  }

  private boolean option(TcpOption want, byte[] o) {
    ByteBuffer b = ByteBuffer.wrap(o);
    int kind = o[0] & 0xff;
    return switch (want) {
      case TcpOption.Nop n -> kind == 1;
      case TcpOption.Eol e -> kind == 0;
      case TcpOption.Mss m -> kind == 2 && o.length == 4 && (b.getShort(2) & 0xffff) == m.bytes();
      case TcpOption.WindowScale w ->
          kind == 3 && o.length == 3 && (w.shift() < 0 || o[2] == w.shift());
      case TcpOption.SackPermitted s -> kind == 4 && o.length == 2;
      case TcpOption.Sack s -> {
        boolean same = kind == 5 && o.length == 2 + 4 * s.edges().size();
        for (int i = 0; same && i < s.edges().size(); i++) {
          same = b.getInt(2 + 4 * i) == numbers.toRemote(s.edges().get(i), false);
        }
        yield same;
      }
      case TcpOption.Timestamps t -> {
        boolean same = kind == 8 && o.length == 10;
        if (same && (t.exactEcr() || exactEcho) && t.ecr() != TcpOption.Timestamps.ANY) {
          same = numbers.fromRemoteTimestamp(b.getInt(6)) == t.ecr();
        }
        yield same && (t.val() == TcpOption.Timestamps.ANY || timestamp(t.val(), b.getInt(2)));
      }
      case TcpOption.FastOpen f ->
          f.experimental()
              ? kind == 254 && o.length >= 4 && hex(o, 4).equalsIgnoreCase(f.cookie())
              : kind == 34 && hex(o, 2).equalsIgnoreCase(f.cookie());
      case TcpOption.Md5 m ->
          kind == 19 && (m.digest().isEmpty() || hex(o, 2).equalsIgnoreCase(m.digest()));
      case TcpOption.AccEcn a -> accEcn(a, o);
      case TcpOption.Raw r -> hex(o, 0).equalsIgnoreCase(r.bytes());
      case TcpOption.Generic g -> kind == g.kind() && hex(o, 2).equalsIgnoreCase(g.content());
    };
  }

  /** The script names the first one; what is compared is how the clock goes on from there. */
  private boolean timestamp(long script, int live) {
    if (!timestampSeen) {
      timestampSeen = true;
      scriptTimestamp = (int) script;
      liveTimestamp = live;
    }
    numbers.sentTimestamp(script, live);
    int off = live - liveTimestamp - ((int) script - scriptTimestamp);
    return timestampTicks < 0 || Math.abs((long) off) <= timestampTicks;
  }

  private static boolean accEcn(TcpOption.AccEcn a, byte[] o) {
    StringBuilder s = new StringBuilder("ECN");
    for (int i = 0; i < a.names().size(); i++) {
      s.append(' ').append(a.names().get(i)).append(' ').append(a.values().get(i));
    }
    int kind = o[0] & 0xff;
    return (kind == 172 || kind == 174)
        && Objects.equals(OptionBytes.text(o, true, new Numbering(0, 0)), s.toString());
  }

  private static String hex(byte[] o, int from) {
    return from < o.length ? HexFormat.of().formatHex(o, from, o.length) : "";
  }
}
