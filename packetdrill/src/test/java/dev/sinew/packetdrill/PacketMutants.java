package dev.sinew.packetdrill;

import dev.sinew.packetdrill.script.PacketSpec;
import dev.sinew.packetdrill.script.PacketSpec.Body;
import dev.sinew.packetdrill.script.PacketSpec.Ecn;
import dev.sinew.packetdrill.script.PacketSpec.Icmp;
import dev.sinew.packetdrill.script.PacketSpec.Ip;
import dev.sinew.packetdrill.script.PacketSpec.Tcp;
import dev.sinew.packetdrill.script.PacketSpec.Udp;
import dev.sinew.packetdrill.script.TcpOption;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** Every way in which the text of one expected packet can be a little wrong. */
final class PacketMutants {
  private static final String FLAGS = "FSRP.UEWA";

  private final PacketSpec packet;
  private final BiConsumer<String, PacketSpec> out;

  /**
   * @param out gets the name of each change with the changed packet
   */
  PacketMutants(PacketSpec packet, BiConsumer<String, PacketSpec> out) {
    this.packet = packet;
    this.out = out;
  }

  void all() {
    ip(packet.ip());
    switch (packet.body()) {
      case Tcp t -> tcp(t);
      case Udp u -> {
        body("length+1", new Udp(u.length() + 1));
        if (u.length() > 0) {
          body("length-1", new Udp(u.length() - 1));
        }
      }
      case Icmp i -> icmp(i);
    }
  }

  // ---- IP

  private void ip(Ip ip) {
    if (ip.ecn() != Ecn.ANY) {
      // Each other value whose bits are others.
      for (Ecn e : List.of(Ecn.NOT_ECT, Ecn.ECT0, Ecn.ECT1, Ecn.CE)) {
        boolean same = e == ip.ecn() || ip.ecn() == Ecn.ECT01 && (e == Ecn.ECT0 || e == Ecn.ECT1);
        if (!same) {
          with("ecn " + e, new Ip(e, ip.tos(), ip.dscp(), ip.ttl(), ip.flowLabel()));
        }
      }
    }
    if (ip.tos() >= 0) {
      with("tos", new Ip(ip.ecn(), ip.tos() ^ 4, ip.dscp(), ip.ttl(), ip.flowLabel()));
    }
    if (ip.dscp() >= 0) {
      with("dscp", new Ip(ip.ecn(), ip.tos(), ip.dscp() ^ 1, ip.ttl(), ip.flowLabel()));
    }
    if (ip.ttl() >= 0) {
      with("ttl+1", new Ip(ip.ecn(), ip.tos(), ip.dscp(), ip.ttl() + 1, ip.flowLabel()));
      with("ttl-1", new Ip(ip.ecn(), ip.tos(), ip.dscp(), ip.ttl() - 1, ip.flowLabel()));
    }
    if (ip.flowLabel() >= 0) {
      with("flowlabel", new Ip(ip.ecn(), ip.tos(), ip.dscp(), ip.ttl(), ip.flowLabel() ^ 1));
    }
  }

  private void with(String what, Ip ip) {
    out.accept(
        what,
        new PacketSpec(
            packet.place(),
            packet.text(),
            ip,
            packet.sourcePort(),
            packet.destinationPort(),
            packet.body()));
  }

  private void body(String what, Body b) {
    out.accept(
        what,
        new PacketSpec(
            packet.place(),
            packet.text(),
            packet.ip(),
            packet.sourcePort(),
            packet.destinationPort(),
            b));
  }

  // ---- ICMP

  private void icmp(Icmp i) {
    List<String> codes = List.of("port_unreachable", "host_unreachable");
    for (String code : codes) {
      if (!code.equals(i.code()) && i.type().equals("unreachable")) {
        icmp("icmp code", i.type(), code, i.mtu(), i.id(), i.quotedSeq(), i.quotedUdpLength());
      }
    }
    icmp("icmp type", "time_exceeded", "", i.mtu(), i.id(), i.quotedSeq(), i.quotedUdpLength());
    if (i.mtu() >= 0) {
      icmp("icmp mtu", i.type(), i.code(), i.mtu() + 1, i.id(), i.quotedSeq(), i.quotedUdpLength());
    }
    if (i.id() >= 0) {
      icmp("icmp id", i.type(), i.code(), i.mtu(), i.id() + 1, i.quotedSeq(), i.quotedUdpLength());
    }
    if (i.quotedSeq() != null) {
      icmp("icmp seq", i.type(), i.code(), i.mtu(), i.id(), i.quotedSeq() + 1, i.quotedUdpLength());
    }
    if (i.quotedUdpLength() >= 0) {
      icmp(
          "icmp quoted length",
          i.type(),
          i.code(),
          i.mtu(),
          i.id(),
          i.quotedSeq(),
          i.quotedUdpLength() + 1);
    }
  }

  private void icmp(
      String what, String type, String code, int mtu, int id, @Nullable Long seq, int udp) {
    Icmp i = (Icmp) packet.body();
    body(what, new Icmp(type, code, mtu, id, seq, i.quotedLength(), udp));
  }

  // ---- TCP

  private void tcp(Tcp t) {
    for (int bit = 0; bit < FLAGS.length(); bit++) {
      header("flag " + FLAGS.charAt(bit), t, t.flags() ^ 1 << bit, t.seq(), t.length());
    }
    if (!t.anySeq()) {
      header("seq+1", t, t.flags(), t.seq() + 1, t.length());
      header("seq-1", t, t.flags(), t.seq() - 1 & 0xffff_ffffL, t.length());
    }
    header("length+1", t, t.flags(), t.seq(), t.length() + 1);
    if (t.length() > 0) {
      header("length-1", t, t.flags(), t.seq(), t.length() - 1);
    }
    Long ack = t.ack();
    if (ack != null) {
      numbers("ack+1", t, ack + 1, t.window(), t.urgent());
      numbers("ack-1", t, ack - 1 & 0xffff_ffffL, t.window(), t.urgent());
    }
    if (t.window() >= 0) {
      if (t.window() < 65_535) {
        numbers("win+1", t, ack, t.window() + 1, t.urgent());
      }
      if (t.window() > 0) {
        numbers("win-1", t, ack, t.window() - 1, t.urgent());
      }
    }
    if (t.urgent() >= 0) {
      numbers("urg+1", t, ack, t.window(), t.urgent() + 1);
    }
    if (!t.anyOptions()) {
      options(t, t.options() == null ? List.of() : t.options());
    }
  }

  private void header(String what, Tcp t, int flags, long seq, int length) {
    body(
        what,
        new Tcp(
            flags,
            t.ace(),
            t.anySeq(),
            t.absoluteSeq(),
            seq,
            length,
            t.ack(),
            t.window(),
            t.urgent(),
            t.options(),
            t.anyOptions()));
  }

  private void numbers(String what, Tcp t, @Nullable Long ack, int window, int urgent) {
    body(
        what,
        new Tcp(
            t.flags(),
            t.ace(),
            t.anySeq(),
            t.absoluteSeq(),
            t.seq(),
            t.length(),
            ack,
            window,
            urgent,
            t.options(),
            t.anyOptions()));
  }

  // ---- options

  private void options(Tcp t, List<TcpOption> list) {
    options("option added", t, with(list, list.size(), new TcpOption.Nop()));
    for (int i = 0; i < list.size(); i++) {
      List<TcpOption> without = new ArrayList<>(list);
      TcpOption o = without.remove(i);
      options("option removed", t, without);
      if (i + 1 < list.size() && !o.equals(list.get(i + 1))) {
        options("options swapped", t, with(without, i + 1, o));
      }
      for (Change c : changes(o)) {
        options(c.what, t, with(without, i, c.option));
      }
    }
  }

  private void options(String what, Tcp t, List<TcpOption> options) {
    body(
        what,
        new Tcp(
            t.flags(),
            t.ace(),
            t.anySeq(),
            t.absoluteSeq(),
            t.seq(),
            t.length(),
            t.ack(),
            t.window(),
            t.urgent(),
            options,
            t.anyOptions()));
  }

  private static List<TcpOption> with(List<TcpOption> list, int at, TcpOption o) {
    List<TcpOption> copy = new ArrayList<>(list);
    copy.add(at, o);
    return copy;
  }

  private record Change(String what, TcpOption option) {}

  private static List<Change> changes(TcpOption option) {
    List<Change> all = new ArrayList<>();
    switch (option) {
      case TcpOption.Nop n -> all.add(new Change("nop to eol", new TcpOption.Eol()));
      case TcpOption.Eol e -> all.add(new Change("eol to nop", new TcpOption.Nop()));
      case TcpOption.SackPermitted s -> all.add(new Change("sackOK to nop", new TcpOption.Nop()));
      case TcpOption.Mss m -> {
        all.add(new Change("mss+1", new TcpOption.Mss(m.bytes() + 1)));
        all.add(new Change("mss-1", new TcpOption.Mss(m.bytes() - 1)));
      }
      case TcpOption.WindowScale w -> {
        all.add(new Change("wscale+1", new TcpOption.WindowScale(w.shift() + 1)));
        if (w.shift() > 0) {
          all.add(new Change("wscale-1", new TcpOption.WindowScale(w.shift() - 1)));
        }
      }
      case TcpOption.Sack s -> sack(all, s.edges());
      case TcpOption.Timestamps t -> {
        for (int by : new int[] {1, -1}) {
          String how = by > 0 ? "+1" : "-1";
          if (t.val() != TcpOption.Timestamps.ANY) {
            long val = t.val() + by & 0xffff_ffffL;
            all.add(
                new Change("TS val" + how, new TcpOption.Timestamps(val, t.ecr(), t.exactEcr())));
          }
          if (t.ecr() != TcpOption.Timestamps.ANY) {
            long ecr = t.ecr() + by & 0xffff_ffffL;
            all.add(
                new Change("TS ecr" + how, new TcpOption.Timestamps(t.val(), ecr, t.exactEcr())));
          }
        }
      }
      case TcpOption.FastOpen f ->
          all.add(
              new Change("cookie", new TcpOption.FastOpen(otherHex(f.cookie()), f.experimental())));
      case TcpOption.Md5 m -> {
        if (!m.digest().isEmpty() && !m.digest().equals("valid")) {
          all.add(new Change("digest", new TcpOption.Md5(otherHex(m.digest()))));
        }
      }
      case TcpOption.AccEcn a -> {
        for (int i = 0; i < a.values().size(); i++) {
          List<Long> values = new ArrayList<>(a.values());
          values.set(i, values.get(i) + 1);
          all.add(new Change(a.names().get(i) + "+1", new TcpOption.AccEcn(a.names(), values)));
        }
      }
      case TcpOption.Raw r -> all.add(new Change("bytes", new TcpOption.Raw(otherHex(r.bytes()))));
      case TcpOption.Generic g -> {
        all.add(new Change("kind", new TcpOption.Generic(g.kind() ^ 1, g.content())));
        all.add(new Change("content", new TcpOption.Generic(g.kind(), otherHex(g.content()))));
      }
    }
    return all;
  }

  private static void sack(List<Change> all, List<Long> edges) {
    for (int i = 0; i < edges.size(); i++) {
      for (int by : new int[] {1, -1}) {
        List<Long> copy = new ArrayList<>(edges);
        copy.set(i, copy.get(i) + by & 0xffff_ffffL);
        all.add(new Change("sack edge", new TcpOption.Sack(copy)));
      }
    }
    for (int i = 0; i + 2 < edges.size(); i += 2) {
      List<Long> copy = new ArrayList<>(edges);
      copy.add(i, copy.remove(i + 2));
      copy.add(i + 1, copy.remove(i + 3));
      all.add(new Change("sack blocks swapped", new TcpOption.Sack(copy)));
    }
    if (edges.size() > 2) {
      all.add(new Change("sack block removed", new TcpOption.Sack(edges.subList(2, edges.size()))));
    }
  }

  /** Another cookie or digest of about the same length. */
  private static String otherHex(String s) {
    if (s.isEmpty()) {
      return "00";
    }
    char last = s.charAt(s.length() - 1);
    return s.substring(0, s.length() - 1) + (last == '0' ? '1' : '0');
  }
}
