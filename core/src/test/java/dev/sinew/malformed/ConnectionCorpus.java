package dev.sinew.malformed;

import static dev.sinew.malformed.RawPacket.ACK;
import static dev.sinew.malformed.RawPacket.FIN;
import static dev.sinew.malformed.RawPacket.PSH;
import static dev.sinew.malformed.RawPacket.RST;
import static dev.sinew.malformed.RawPacket.SYN;
import static dev.sinew.malformed.RawPacket.URG;

import dev.sinew.base.TcpState;
import dev.sinew.wire.PacketCorpus;
import java.util.ArrayList;
import java.util.List;

/**
 * Sound packets for one host as it stands: of every kind that its connection may meet, with the
 * numbers that it has learnt; and others.
 */
final class ConnectionCorpus {
  /** Packets that come one after the other; each in turn is damaged. Mostly it is one. */
  record Case(String name, List<byte[]> train) {}

  private final Host h;
  private final List<Case> cases = new ArrayList<>();
  private final int next;
  private final int nxt;
  private final int una;
  private final byte[] options;
  private final TcpState situation;

  private ConnectionCorpus(Host h, Host.Known known) {
    this.h = h;
    next = known.rcvNxt();
    nxt = known.sndNxt();
    una = known.sndUna();
    options = h.options();
    situation = known.from();
  }

  static List<Case> of(Host h, Host.Known known) {
    ConnectionCorpus c = new ConnectionCorpus(h, known);
    c.handshake();
    c.acknowledgements();
    c.data();
    c.ends();
    c.optionsOfAllKinds();
    c.ipHeaders();
    c.limits();
    c.errors();
    c.datagrams();
    c.general();
    return List.copyOf(c.cases);
  }

  private void add(String name, byte[]... train) {
    cases.add(new Case(name, List.of(train)));
  }

  private void segment(
      String name, int flags, int seq, int ack, int window, byte[] options, byte[] data) {
    add(name, h.segment(flags, seq, ack, window, (flags & URG) != 0 ? 3 : 0, options, data));
  }

  private static byte[] bytes(int n) {
    byte[] b = new byte[n];
    for (int i = 0; i < n; i++) {
      b[i] = (byte) (0x41 + i);
    }
    return b;
  }

  private void handshake() {
    byte[] syn = h.synOptions();
    segment("SYN", SYN, Host.PEER_ISS, 0, 65_535, syn, bytes(0));
    segment("SYN with data", SYN, Host.PEER_ISS, 0, 65_535, syn, bytes(9));
    segment("SYN-ACK", SYN | ACK, Host.PEER_ISS, h.iss + 1, 65_535, syn, bytes(0));
    segment("SYN-ACK with data", SYN | ACK, Host.PEER_ISS, h.iss + 1, 65_535, syn, bytes(7));
    segment("SYN-ACK with FIN", SYN | ACK | FIN, Host.PEER_ISS, h.iss + 1, 65_535, syn, bytes(2));
    segment("third segment", ACK, Host.PEER_ISS + 1, h.iss + 1, 512, options, bytes(0));
    segment(
        "third segment with data and FIN",
        ACK | FIN,
        Host.PEER_ISS + 1,
        h.iss + 1,
        512,
        options,
        bytes(4));
    segment("SYN in the window", SYN, next + 10, nxt, 512, options, bytes(0));
    byte[] later = h.synOptions();
    if (later.length > 12) {
      RawPacket.put32(later, 8, Host.PEER_CLOCK + 5000);
    }
    segment("SYN of a new connection", SYN, next + 100_000, 0, 512, later, bytes(0));
  }

  private void acknowledgements() {
    segment("ACK of everything", ACK, next, nxt, 512, options, bytes(0));
    segment("ACK again", ACK, next, una, 512, options, bytes(0));
    segment("ACK of some", ACK, next, una + (nxt - una) / 2, 512, options, bytes(0));
    segment("old ACK", ACK, next, una - 1, 512, options, bytes(0));
    segment("ACK of what was not sent", ACK, next, nxt + 1, 512, options, bytes(0));
    segment("window shut", ACK, next, una, 0, options, bytes(0));
    segment("keepalive probe", ACK, next - 1, nxt, 512, options, bytes(0));
    segment("keepalive probe with a byte", ACK, next - 1, nxt, 512, options, bytes(1));
  }

  private void data() {
    segment("data", ACK | PSH, next, nxt, 512, options, bytes(16));
    segment("data and ACK of little", ACK | PSH, next, una, 511, options, bytes(5));
    segment("data behind a gap", ACK, next + 40, nxt, 512, options, bytes(16));
    segment("data that overlaps both sides", ACK, next - 8, nxt, 512, options, bytes(48));
    segment("data outside of the window", ACK, next + 1_000_000, nxt, 512, options, bytes(8));
    segment("data without timestamps", ACK, next, nxt, 512, Host.NO_OPTIONS, bytes(12));
    segment("urgent data", ACK | URG, next, nxt, 512, options, bytes(6));
    segment("urgent pointer ahead", ACK | URG, next, nxt, 512, options, bytes(0));
  }

  private void ends() {
    segment("FIN", ACK | FIN, next, nxt, 512, options, bytes(0));
    segment("FIN with data", ACK | FIN, next, una, 512, options, bytes(8));
    segment("FIN behind a gap", ACK | FIN, next + 30, nxt, 512, options, bytes(8));
    segment("repeated FIN", ACK | FIN, next - 1, nxt, 512, options, bytes(0));
    segment("RST", RST, next, 0, 0, Host.NO_OPTIONS, bytes(0));
    segment("RST with ACK", RST | ACK, next, nxt, 0, Host.NO_OPTIONS, bytes(0));
    segment("RST in the window", RST, next + 1, 0, 0, Host.NO_OPTIONS, bytes(0));
    segment("no flags", 0, next, nxt, 512, options, bytes(3));
    segment("all flags", 0x3f, next, nxt, 512, options, bytes(3));
  }

  private void optionsOfAllKinds() {
    byte[] sack = {1, 1, 5, 18, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    RawPacket.put32(sack, 4, nxt - 20);
    RawPacket.put32(sack, 8, nxt);
    RawPacket.put32(sack, 12, una + 1);
    RawPacket.put32(sack, 16, una + 3);
    segment("SACK", ACK, next, una, 512, RawPacket.join(options, sack), bytes(0));
    byte[] four = new byte[36];
    four[0] = 1;
    four[1] = 1;
    four[2] = 5;
    four[3] = 34;
    for (int i = 0; i < 8; i++) {
      RawPacket.put32(four, 4 + 4 * i, una + 10 * i);
    }
    segment("four SACK blocks", ACK, next, una, 512, four, bytes(0));
    byte[] many = {
      2, 4, 2, 0, 3, 3, 9, 1, 4, 2, 34, 2, 28, 4, 0, 9, (byte) 253, 6, 1, 2, 3, 4, 30, 4, 1, 2, 0, 0
    };
    segment("options out of place", ACK, next, nxt, 512, many, bytes(2));
    segment(
        "options on a SYN, twice",
        SYN,
        Host.PEER_ISS,
        0,
        512,
        RawPacket.join(h.synOptions(), new byte[] {3, 3, 15, 2, 4, 0, 0, 1}),
        bytes(0));
    byte[] md5 = new byte[20];
    md5[0] = 19;
    md5[1] = 18;
    segment("MD5", ACK, next, nxt, 512, md5, bytes(2));
    segment(
        "MD5 twice",
        ACK,
        next,
        nxt,
        512,
        RawPacket.join(java.util.Arrays.copyOf(md5, 18), md5, new byte[2]),
        bytes(2));
    byte[] ao = {29, 16, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    segment("AO", ACK, next, nxt, 512, ao, bytes(2));
    byte[] cookie = {34, 10, 1, 2, 3, 4, 5, 6, 7, 8, 1, 0};
    segment("Fast Open", SYN, Host.PEER_ISS, 0, 512, cookie, bytes(6));
    // The first of each kind counts; one bit makes the first AO option too short.
    byte[] aoTwice = {29, 6, 1, 1, 2, 2, 29, 5, 1, 1, 1, 0};
    segment("AO twice", ACK, next, nxt, 512, aoTwice, bytes(2));
    byte[] cookies = new byte[40];
    int at = 0;
    for (int size : new int[] {5, 7, 20, 2, 4}) {
      cookies[at] = 34;
      cookies[at + 1] = (byte) size;
      at += size;
    }
    segment("Fast Open, odd and again", SYN, Host.PEER_ISS, 0, 512, cookies, bytes(0));
    byte[] sackTwice = new byte[24];
    sackTwice[0] = 1;
    sackTwice[1] = 1;
    for (int i = 2; i < 20; i += 10) {
      sackTwice[i] = 5;
      sackTwice[i + 1] = 10;
      RawPacket.put32(sackTwice, i + 2, una);
      RawPacket.put32(sackTwice, i + 6, una + 1);
    }
    segment("SACK twice", ACK, next, una, 512, sackTwice, bytes(0));
    if (h.timestamps) {
      segment("timestamps twice", ACK, next, nxt, 512, RawPacket.join(options, options), bytes(2));
    }
  }

  /** Headers at the limits of what IP allows, and just beyond them. */
  private void limits() {
    byte[] eight = bytes(8);
    byte[] u = RawPacket.udp(9999, Host.UDP_PORT, bytes(5));
    if (h.v4) {
      add(
          "fragment beyond 64 KiB",
          RawPacket.ipv4(true, RawPacket.UDP, 0x1fff, new byte[0], eight));
      byte[] strict = {(byte) 137, 7, 4, 10, 0, 0, 9, 0};
      add(
          "strict source route",
          RawPacket.repaired(RawPacket.ipv4(true, RawPacket.UDP, 0, strict, u)));
      byte[] nops = {1, 1, 1, 1, 1, 1, 1, 1};
      byte[] inner = RawPacket.ipv4(false, RawPacket.UDP, 0, nops, u);
      error("ICMP quoting IPv4 options", new int[] {3, 1, 0}, inner);
      return;
    }
    byte[] last = {RawPacket.UDP, 0, (byte) 0xff, (byte) 0xf8, 0, 0, 0, 9};
    add("fragment beyond 64 KiB", RawPacket.ipv6(true, 44, RawPacket.join(last, eight, bytes(16))));
    byte[][] chain = new byte[10][];
    for (int i = 0; i < 9; i++) {
      chain[i] = new byte[] {(byte) (i == 8 ? RawPacket.UDP : 60), 0, 1, 4, 0, 0, 0, 0};
    }
    chain[9] = u;
    add(
        "nine extension headers",
        RawPacket.repaired(RawPacket.ipv6(true, 60, RawPacket.join(chain))));
    byte[] inner = RawPacket.ipv6(false, 60, RawPacket.join(new byte[][] {chain[0], chain[8], u}));
    error("ICMP quoting extension headers", new int[] {1, 0, 0}, inner);
    byte[] group =
        RawPacket.ipv6(
            true, 60, RawPacket.join(new byte[] {RawPacket.UDP, 0, (byte) 0xc5, 4, 0, 0, 0, 0}, u));
    java.util.Arrays.fill(group, 24, 40, (byte) 0);
    RawPacket.put16(group, 24, 0xff02);
    group[39] = 1;
    add("unknown option to all nodes", RawPacket.repaired(group));
    if (situation == TcpState.CLOSED) {
      // Large, and no business of TCP's: once is enough.
      byte[] large = new byte[520];
      large[0] = RawPacket.UDP;
      large[1] = 64;
      large[2] = 1;
      large[3] = (byte) 255;
      large[259] = 0;
      large[260] = 1;
      large[261] = (byte) 255;
      large[518] = 1;
      add(
          "520 bytes of extension headers",
          RawPacket.repaired(RawPacket.ipv6(true, 60, RawPacket.join(large, u))));
    }
  }

  /** The same segment under other IP headers. */
  private void ipHeaders() {
    byte[] t =
        RawPacket.tcp(
            Host.PEER_PORT, Host.LOCAL_PORT, next, nxt, ACK | PSH, 512, 0, options, bytes(20));
    byte[] plain = h.segment(ACK | PSH, next, nxt, 512, 0, options, bytes(20));
    add("data, padded", RawPacket.join(plain, new byte[] {1, 2, 3, 4, 5, 6}));
    // The transport checksum is that of the whole, so it is computed before the segment is cut.
    byte[] whole = java.util.Arrays.copyOfRange(plain, h.v4 ? 20 : 40, plain.length);
    byte[] first = java.util.Arrays.copyOf(whole, 32);
    byte[] second = java.util.Arrays.copyOfRange(whole, 32, whole.length);
    if (h.v4) {
      byte[] nops = {1, 1, 1, 0};
      add(
          "data with an IPv4 option",
          RawPacket.repaired(RawPacket.ipv4(true, RawPacket.TCP, 0x4000, nops, t)));
      byte[] timestamp = {68, 12, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0};
      add(
          "data with a timestamp option",
          RawPacket.repaired(RawPacket.ipv4(true, RawPacket.TCP, 0x4000, timestamp, t)));
      add(
          "data in two fragments",
          RawPacket.ipv4(true, RawPacket.TCP, 0x2000, new byte[0], first),
          RawPacket.ipv4(true, RawPacket.TCP, 4, new byte[0], second));
    } else {
      byte[] hopByHop = {60, 0, 1, 4, 0, 0, 0, 0};
      byte[] destination = {RawPacket.TCP, 1, 1, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
      add(
          "data behind extension headers",
          RawPacket.repaired(RawPacket.ipv6(true, 0, RawPacket.join(hopByHop, destination, t))));
      byte[] routing = {RawPacket.TCP, 0, 4, 0, 0, 0, 0, 0};
      add(
          "data behind a finished route",
          RawPacket.repaired(RawPacket.ipv6(true, 43, RawPacket.join(routing, t))));
      byte[] atomic = {RawPacket.TCP, 0, 0, 0, 0, 0, 0, 9};
      add(
          "data in an atomic fragment",
          RawPacket.repaired(RawPacket.ipv6(true, 44, RawPacket.join(atomic, t))));
      byte[] one = {RawPacket.TCP, 0, 0, 1, 0, 0, 0, 9};
      byte[] two = {RawPacket.TCP, 0, 0, 32, 0, 0, 0, 9};
      add(
          "data in two fragments",
          RawPacket.ipv6(true, 44, RawPacket.join(one, first)),
          RawPacket.ipv6(true, 44, RawPacket.join(two, second)));
    }
  }

  /** ICMP errors that quote what the stack sent last, or something it never sent. */
  private void errors() {
    byte[] quoted =
        h.lastSegment != null
            ? h.lastSegment
            : h.segment(ACK, nxt, next, 512, 0, options, bytes(4));
    int[][] kinds =
        h.v4
            ? new int[][] {
              {3, 0, 0},
              {3, 2, 0},
              {3, 3, 0},
              {3, 4, 1000},
              {3, 4, 0},
              {3, 13, 0},
              {4, 0, 0},
              {5, 1, 0x0a0000fe},
              {11, 0, 0},
              {12, 0, 0}
            }
            : new int[][] {
              {1, 0, 0}, {1, 4, 0}, {2, 0, 1300}, {2, 0, 20}, {3, 0, 0}, {4, 1, 6}, {4, 0, 4}
            };
    for (int[] k : kinds) {
      error(
          "ICMP " + k[0] + "/" + k[1] + " of the last segment",
          k,
          java.util.Arrays.copyOf(quoted, Math.min(quoted.length, (h.v4 ? 20 : 40) + 28)));
    }
    if (!h.v4) {
      // One bit makes the option one that wants an error; but errors are not answered by errors.
      byte[] option = {RawPacket.ICMPV6, 0, 30, 4, 0, 0, 0, 0};
      byte[] behind =
          RawPacket.join(option, RawPacket.icmp(1, 0, 0, java.util.Arrays.copyOf(quoted, 68)));
      add(
          "ICMP error behind destination options",
          RawPacket.repaired(RawPacket.ipv6(true, 60, behind)));
    }
    error(
        "ICMP, eight bytes quoted",
        kinds[1],
        java.util.Arrays.copyOf(quoted, (h.v4 ? 20 : 40) + 8));
    byte[] other = quoted.clone();
    RawPacket.put32(other, (h.v4 ? 20 : 40) + 4, nxt + 5000);
    error(
        "ICMP of a number that was never sent",
        kinds[1],
        java.util.Arrays.copyOf(other, (h.v4 ? 20 : 40) + 20));
  }

  private void error(String name, int[] k, byte[] quoted) {
    byte[] m = RawPacket.icmp(k[0], k[1], k[2], quoted);
    add(
        name,
        RawPacket.repaired(RawPacket.ip(h.v4, true, h.v4 ? RawPacket.ICMP : RawPacket.ICMPV6, m)));
  }

  private void datagrams() {
    byte[] u = RawPacket.udp(9999, Host.UDP_PORT, bytes(21));
    byte[] sound = RawPacket.repaired(RawPacket.ip(h.v4, true, RawPacket.UDP, u));
    add("UDP", sound);
    add("UDP, padded within IP", padded());
    add(
        "UDP to nobody",
        RawPacket.repaired(
            RawPacket.ip(h.v4, true, RawPacket.UDP, RawPacket.udp(9999, 9, bytes(3)))));
    byte[] whole = java.util.Arrays.copyOfRange(sound, h.v4 ? 20 : 40, sound.length);
    byte[] first = java.util.Arrays.copyOf(whole, 16);
    byte[] second = java.util.Arrays.copyOfRange(whole, 16, whole.length);
    if (h.v4) {
      add("UDP without checksum", RawPacket.ip(true, true, RawPacket.UDP, u));
      add(
          "UDP in two fragments",
          RawPacket.ipv4(true, RawPacket.UDP, 0x2000, new byte[0], first),
          RawPacket.ipv4(true, RawPacket.UDP, 2, new byte[0], second));
      add(
          "UDP without checksum in two fragments, the last first",
          RawPacket.ipv4(
              true, RawPacket.UDP, 2, new byte[0], java.util.Arrays.copyOfRange(u, 16, u.length)),
          RawPacket.ipv4(true, RawPacket.UDP, 0x2000, new byte[0], java.util.Arrays.copyOf(u, 16)));
    }
    int echo = h.v4 ? 8 : 128;
    int protocol = h.v4 ? RawPacket.ICMP : RawPacket.ICMPV6;
    add(
        "echo request",
        RawPacket.repaired(
            RawPacket.ip(h.v4, true, protocol, RawPacket.icmp(echo, 0, 0x10001, bytes(9)))));
    add(
        "echo reply",
        RawPacket.repaired(
            RawPacket.ip(
                h.v4, true, protocol, RawPacket.icmp(h.v4 ? 0 : 129, 0, 0x10001, bytes(9)))));
    add("unknown protocol", RawPacket.ip(h.v4, true, 253, bytes(12)));
  }

  /** A datagram whose length is below that of the IP payload, which RFC 768 does not forbid. */
  private byte[] padded() {
    byte[] u = RawPacket.udp(9999, Host.UDP_PORT, bytes(10));
    RawPacket.put16(u, 4, 14);
    return RawPacket.repaired(RawPacket.ip(h.v4, true, RawPacket.UDP, u));
  }

  /** What the parsers' own tests use, between these ends. */
  private void general() {
    PacketCorpus.Ends ends =
        new PacketCorpus.Ends(
            0xffff_0a00_0002L,
            0xffff_0a00_0001L,
            0xfd00_0000_0000_0000L,
            2,
            0xfd00_0000_0000_0000L,
            1,
            Host.PEER_PORT,
            Host.LOCAL_PORT,
            next - 1,
            nxt);
    RawPacket p = new RawPacket();
    for (PacketCorpus.Packet packet : PacketCorpus.ip(ends)) {
      byte[] b = packet.bytes();
      boolean fits = b[0] >> 4 == 4 == h.v4;
      if (fits && p.read(b, b.length) && p.sound) {
        add(packet.name(), b);
      }
    }
  }
}
