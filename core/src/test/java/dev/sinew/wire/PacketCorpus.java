package dev.sinew.wire;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * Valid packets of every kind, for tests that cut, damage and replay them. Also in core's test-jar,
 * for the modules whose stacks are fed with them.
 */
public final class PacketCorpus {
  /** One packet with a name for the failure message. */
  public record Packet(String name, byte[] bytes) {
    @Override
    public String toString() {
      return name;
    }
  }

  /** Who talks to whom, and where in the sequence space. Addresses of IPv4 are IPv4-mapped. */
  public record Ends(
      long v4Source,
      long v4Destination,
      long v6SourceHigh,
      long v6SourceLow,
      long v6DestinationHigh,
      long v6DestinationLow,
      int sourcePort,
      int destinationPort,
      int seq,
      int ack) {
    /** 10.0.0.1 and 2001:db8::1 port 32896 to 10.0.0.2 and 2001:db8::2 port 6378. */
    public static final Ends DEFAULT =
        new Ends(
            0xffff_0a00_0001L,
            0xffff_0a00_0002L,
            0x2001_0db8_0000_0000L,
            1,
            0x2001_0db8_0000_0000L,
            2,
            32896,
            6378,
            1000,
            5000);
  }

  private final Ends ends;
  private final List<Packet> packets = new ArrayList<>();

  private PacketCorpus(Ends ends) {
    this.ends = ends;
  }

  /** IP packets of every kind between the default ends. */
  public static List<Packet> ip() {
    return ip(Ends.DEFAULT);
  }

  /** IP packets of every kind. */
  public static List<Packet> ip(Ends ends) {
    PacketCorpus c = new PacketCorpus(ends);
    for (boolean v4 : new boolean[] {true, false}) {
      c.tcpPackets(v4);
      c.udpPackets(v4);
      c.icmpPackets(v4);
      c.fragments(v4);
    }
    c.v4Options();
    c.extensionHeaders();
    return List.copyOf(c.packets);
  }

  /** Ethernet frames: ARP, and an IP packet of each version. */
  public static List<Packet> ethernet() {
    PacketCorpus c = new PacketCorpus(Ends.DEFAULT);
    List<Packet> frames = new ArrayList<>();
    for (int op : new int[] {ArpPacket.REQUEST, ArpPacket.REPLY}) {
      byte[] arp =
          write(
              ArpPacket.LENGTH,
              m ->
                  ArpPacket.write(
                      m, 0, op, 0x0200_0000_0001L, 0x0a000001, 0x0200_0000_0002L, 0x0a000002));
      frames.add(new Packet("arp " + op, frame(EthernetHeader.TYPE_ARP, arp)));
    }
    byte[] udp = c.udp("abc".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
    c.add("ipv4 in ethernet", c.v4(17, udp, 0));
    c.add("ipv6 in ethernet", c.v6(17, udp));
    for (Packet p : c.packets) {
      boolean v4 = p.bytes[0] == 0x45;
      int type = v4 ? EthernetHeader.TYPE_IPV4 : EthernetHeader.TYPE_IPV6;
      frames.add(new Packet(p.name, frame(type, p.bytes)));
    }
    return List.copyOf(frames);
  }

  /** Native memory that holds exactly these bytes: touching one more throws. */
  public static MemorySegment place(Arena arena, byte[] bytes) {
    MemorySegment s = arena.allocate(bytes.length);
    MemorySegment.copy(bytes, 0, s, ValueLayout.JAVA_BYTE, 0, bytes.length);
    return s;
  }

  /**
   * Makes the checksums of a damaged packet good again, as far as its headers can be read, so that
   * the damage gets past them.
   */
  public static void repairChecksums(MemorySegment m, int length) {
    IpPacket ip = new IpPacket();
    int result = ip.parse(m, 0, length);
    if (ip.v4 && ip.headerLength >= Ipv4Header.MIN_LENGTH) {
      Ipv4Header.fillChecksum(m, 0, ip.headerLength);
    }
    if (result != IpPacket.OK || ip.fragment) {
      return;
    }
    int at =
        switch (ip.protocol) {
          case IpProtocol.TCP -> TcpHeader.CHECKSUM;
          case IpProtocol.UDP -> UdpHeader.CHECKSUM;
          case IpProtocol.ICMP, IpProtocol.ICMPV6 -> IcmpHeader.CHECKSUM;
          default -> -1;
        };
    if (at < 0 || ip.payloadLength < at + 2) {
      return;
    }
    Bytes.put16(m, ip.payloadOffset + at, 0);
    long sum =
        ip.protocol == IpProtocol.ICMP
            ? Checksum.add(0, m, ip.payloadOffset, ip.payloadLength)
            : TransportText.sum(ip, ip.protocol);
    int checksum = Checksum.finish(sum);
    Bytes.put16(
        m,
        ip.payloadOffset + at,
        checksum == 0 && ip.protocol == IpProtocol.UDP ? 0xffff : checksum);
  }

  private interface Writer {
    int write(MemorySegment m);
  }

  /** What a writer of this package wrote, as bytes. */
  static byte[] write(int capacity, java.util.function.ToIntFunction<MemorySegment> writer) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment m = arena.allocate(capacity);
      int n = writer.applyAsInt(m);
      return m.asSlice(0, n).toArray(ValueLayout.JAVA_BYTE);
    }
  }

  static byte[] join(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] p : parts) {
      out.writeBytes(p);
    }
    return out.toByteArray();
  }

  private static byte[] frame(int type, byte[] payload) {
    byte[] header =
        write(
            EthernetHeader.LENGTH,
            m -> EthernetHeader.write(m, 0, 0x0200_0000_0002L, 0x0200_0000_0001L, type));
    return join(header, payload);
  }

  private void add(String name, boolean v4, int protocol, byte[] payload) {
    byte[] bytes = v4 ? v4(protocol, payload, Ipv4Header.DONT_FRAGMENT) : v6(protocol, payload);
    add((v4 ? "v4 " : "v6 ") + name, bytes);
  }

  private void add(String name, byte[] bytes) {
    packets.add(new Packet(name, repaired(bytes)));
  }

  private static byte[] repaired(byte[] bytes) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment m = place(arena, bytes);
      repairChecksums(m, bytes.length);
      return m.toArray(ValueLayout.JAVA_BYTE);
    }
  }

  private byte[] v4(int protocol, byte[] payload, int flagsAndOffset) {
    byte[] header =
        write(
            20,
            m ->
                Ipv4Header.write(
                    m,
                    0,
                    0,
                    20 + payload.length,
                    0x1234,
                    flagsAndOffset,
                    64,
                    protocol,
                    ends.v4Source,
                    ends.v4Destination));
    return join(header, payload);
  }

  private byte[] v6(int nextHeader, byte[] payload) {
    byte[] header =
        write(
            40,
            m ->
                Ipv6Header.write(
                    m,
                    0,
                    0,
                    0x12345,
                    payload.length,
                    nextHeader,
                    64,
                    ends.v6SourceHigh,
                    ends.v6SourceLow,
                    ends.v6DestinationHigh,
                    ends.v6DestinationLow));
    return join(header, payload);
  }

  static byte[] options(Writer... writers) {
    return write(
        80,
        m -> {
          int at = 0;
          for (Writer w : writers) {
            at += w.write(m.asSlice(at));
          }
          return at + TcpOptionWriter.pad(m, at, at);
        });
  }

  private byte[] tcp(int flags, int seq, int ack, byte[] options, byte[] data) {
    byte[] header =
        write(
            20,
            m ->
                TcpHeader.write(
                    m,
                    0,
                    ends.sourcePort,
                    ends.destinationPort,
                    seq,
                    ack,
                    20 + options.length,
                    flags,
                    0xfaf0,
                    (flags & TcpHeader.URG) != 0 ? 1 : 0));
    return join(header, options, data);
  }

  private byte[] udp(byte[] data) {
    byte[] header =
        write(
            8, m -> UdpHeader.write(m, 0, ends.sourcePort, ends.destinationPort, 8 + data.length));
    return join(header, data);
  }

  private void tcpPackets(boolean v4) {
    int syn = TcpHeader.SYN;
    int ack = TcpHeader.ACK;
    int seq = ends.seq;
    int peer = ends.ack;
    byte[] none = {};
    byte[] hello = "hello".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    byte[] timestamps =
        options(
            m -> TcpOptionWriter.nop(m, 0),
            m -> TcpOptionWriter.nop(m, 0),
            m -> TcpOptionWriter.timestamps(m, 0, 77, 78));
    byte[] linux =
        options(
            m -> TcpOptionWriter.mss(m, 0, 1460),
            m -> TcpOptionWriter.sackPermitted(m, 0),
            m -> TcpOptionWriter.timestamps(m, 0, 1, 0),
            m -> TcpOptionWriter.nop(m, 0),
            m -> TcpOptionWriter.windowScale(m, 0, 7));
    add("SYN", v4, 6, tcp(syn, seq, 0, none, none));
    add("SYN with Linux's options", v4, 6, tcp(syn, seq, 0, linux, none));
    add("SYN for ECN", v4, 6, tcp(syn | TcpHeader.ECE | TcpHeader.CWR, seq, 0, linux, none));
    add("SYN with data", v4, 6, tcp(syn, seq, 0, linux, hello));
    add("SYN-ACK", v4, 6, tcp(syn | ack, seq, peer, linux, none));
    byte[] cookie = {1, 2, 3, 4, 5, 6, 7, 8};
    byte[] fastOpen =
        options(
            m -> TcpOptionWriter.mss(m, 0, 1460),
            m -> {
              try (Arena arena = Arena.ofConfined()) {
                return TcpOptionWriter.fastOpen(m, 0, cookie);
              }
            });
    add("Fast Open", v4, 6, tcp(syn, seq, 0, fastOpen, hello));
    byte[] request = options(m -> TcpOptionWriter.fastOpen(m, 0, new byte[0]));
    add("Fast Open request", v4, 6, tcp(syn, seq, 0, request, none));
    byte[] timeout = options(m -> TcpOptionWriter.userTimeout(m, 0, 0x8005));
    add("user timeout", v4, 6, tcp(ack, seq + 1, peer, timeout, none));
    byte[] sack =
        options(
            m -> TcpOptionWriter.nop(m, 0),
            m -> TcpOptionWriter.nop(m, 0),
            m -> TcpOptionWriter.timestamps(m, 0, 77, 78),
            m -> TcpOptionWriter.nop(m, 0),
            m -> TcpOptionWriter.nop(m, 0),
            m ->
                TcpOptionWriter.sack(
                    m,
                    0,
                    new int[] {
                      peer + 100, peer + 200, peer + 300, peer + 400, peer + 500, peer + 600
                    },
                    3));
    add("SACK of three blocks", v4, 6, tcp(ack, seq + 1, peer, sack, none));
    byte[] md5 = new byte[20];
    md5[0] = TcpHeader.OPT_MD5;
    md5[1] = TcpHeader.OPT_MD5_LENGTH;
    md5[18] = TcpHeader.OPT_NOP;
    md5[19] = TcpHeader.OPT_NOP;
    add("MD5", v4, 6, tcp(ack, seq + 1, peer, md5, hello));
    byte[] ao = new byte[16];
    ao[0] = TcpHeader.OPT_AO;
    ao[1] = 16;
    ao[2] = 5;
    add("AO", v4, 6, tcp(ack, seq + 1, peer, ao, hello));
    byte[] unknown = {(byte) 253, 6, 1, 2, 3, 4, 1, 0};
    add("unknown option, EOL", v4, 6, tcp(ack, seq + 1, peer, unknown, hello));
    add("ACK", v4, 6, tcp(ack, seq + 1, peer, timestamps, none));
    add("data", v4, 6, tcp(ack | TcpHeader.PSH, seq + 1, peer, timestamps, hello));
    add("data without options", v4, 6, tcp(ack | TcpHeader.PSH, seq + 1, peer, none, hello));
    add("urgent data", v4, 6, tcp(ack | TcpHeader.URG, seq + 1, peer, none, hello));
    add("FIN", v4, 6, tcp(ack | TcpHeader.FIN, seq + 6, peer, timestamps, none));
    add("FIN with data", v4, 6, tcp(ack | TcpHeader.FIN, seq + 1, peer, none, hello));
    add("RST", v4, 6, tcp(TcpHeader.RST, seq + 1, 0, none, none));
    add("RST-ACK", v4, 6, tcp(TcpHeader.RST | ack, seq + 1, peer, none, none));
    add("no flags", v4, 6, tcp(0, seq + 1, peer, none, none));
    add("all flags", v4, 6, tcp(0x1ff, seq + 1, peer, linux, hello));
  }

  private void udpPackets(boolean v4) {
    add("UDP empty", v4, 17, udp(new byte[0]));
    add("UDP odd", v4, 17, udp(new byte[] {1, 2, 3}));
    add("UDP", v4, 17, udp(new byte[32]));
  }

  private void icmpPackets(boolean v4) {
    int protocol = v4 ? IpProtocol.ICMP : IpProtocol.ICMPV6;
    int[] echoes =
        v4
            ? new int[] {IcmpHeader.V4_ECHO_REQUEST, IcmpHeader.V4_ECHO_REPLY}
            : new int[] {IcmpHeader.V6_ECHO_REQUEST, IcmpHeader.V6_ECHO_REPLY};
    for (int type : echoes) {
      byte[] echo = write(8, m -> IcmpHeader.writeEcho(m, 0, type, 17, 3));
      add("ICMP echo " + type, v4, protocol, join(echo, new byte[16]));
    }
    byte[] segment = tcp(TcpHeader.SYN, ends.seq, 0, new byte[0], new byte[0]);
    byte[] datagram = udp(new byte[12]);
    byte[] quotedTcp = repaired(v4 ? v4(6, segment, Ipv4Header.DONT_FRAGMENT) : v6(6, segment));
    byte[] quotedUdp = repaired(v4 ? v4(17, datagram, 0) : v6(17, datagram));
    int[][] errors =
        v4
            ? new int[][] {
              {3, 0, 0},
              {3, 1, 0},
              {3, 2, 0},
              {3, 3, 0},
              {3, 4, 1400},
              {3, 5, 0},
              {3, 9, 0},
              {3, 10, 0},
              {3, 13, 0},
              {4, 0, 0},
              {5, 1, 0x0a0000fe},
              {11, 0, 0},
              {11, 1, 0},
              {12, 0, 20 << 24}
            }
            : new int[][] {
              {1, 0, 0},
              {1, 1, 0},
              {1, 2, 0},
              {1, 3, 0},
              {1, 4, 0},
              {2, 0, 1280},
              {3, 0, 0},
              {3, 1, 0},
              {4, 0, 4},
              {4, 1, 6},
              {4, 2, 42}
            };
    for (int[] e : errors) {
      byte[] head = write(8, m -> IcmpHeader.write(m, 0, e[0], e[1], e[2]));
      String name = "ICMP error " + e[0] + "/" + e[1];
      add(name + " of TCP", v4, protocol, join(head, quotedTcp));
      add(name + " of UDP", v4, protocol, join(head, quotedUdp));
    }
    byte[] cut = write(8, m -> IcmpHeader.write(m, 0, errors[0][0], errors[0][1], 0));
    int kept = (v4 ? 20 : 40) + 8;
    add(
        "ICMP error, 8 bytes quoted",
        v4,
        protocol,
        join(cut, java.util.Arrays.copyOf(quotedTcp, kept)));
    if (!v4) {
      for (int type : new int[] {133, 134, 135, 136, 137}) {
        byte[] head = write(8, m -> IcmpHeader.write(m, 0, type, 0, 0));
        byte[] target = new byte[type == 137 ? 32 : 16];
        target[15] = 9;
        add("ICMPv6 " + type, false, protocol, join(head, target));
      }
    }
  }

  private void fragments(boolean v4) {
    byte[] whole = udp(new byte[40]);
    int[][] pieces = {{0, 24, 1}, {24, 16, 1}, {40, 8, 0}};
    for (int[] p : pieces) {
      byte[] piece = java.util.Arrays.copyOfRange(whole, p[0], p[0] + p[1]);
      String name = "fragment at " + p[0];
      if (v4) {
        int more = p[2] == 1 ? Ipv4Header.MORE_FRAGMENTS : 0;
        add("v4 " + name, v4(17, piece, more | p[0] / 8));
      } else {
        byte[] head = write(8, m -> Ipv6Header.writeFragment(m, 0, 17, p[0], p[2] == 1, 0x55aa));
        add("v6 " + name, v6(IpProtocol.FRAGMENT, join(head, piece)));
      }
    }
    if (!v4) {
      byte[] head = write(8, m -> Ipv6Header.writeFragment(m, 0, 17, 0, false, 0x55aa));
      add("v6 atomic fragment", v6(IpProtocol.FRAGMENT, join(head, whole)));
    }
  }

  private void v4Options() {
    byte[] recordRoute = {7, 7, 4, 0, 0, 0, 0, 1, 0, 0, 0, 0};
    byte[] sourceRoute = {1, (byte) 131, 7, 4, 10, 0, 0, 9};
    for (byte[] options : List.of(recordRoute, sourceRoute)) {
      byte[] p = v4(17, join(options, udp(new byte[4])), 0);
      p[0] = (byte) (0x45 + options.length / 4);
      add("v4 with option " + (options[0] & 0xff), p);
    }
  }

  private void extensionHeaders() {
    byte[] hopByHop = {60, 0, 5, 2, 0, 0, 1, 0};
    byte[] destination = {43, 1, 1, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    byte[] routing = {6, 2, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    byte[] segment = tcp(TcpHeader.SYN, ends.seq, 0, new byte[0], new byte[0]);
    add(
        "v6 hop-by-hop, destination, routing",
        v6(0, join(hopByHop, destination, routing, segment)));
    byte[] toUdp = {17, 0, 1, 4, 0, 0, 0, 0};
    add("v6 destination options", v6(60, join(toUdp, udp(new byte[5]))));
    byte[] nothing = {59, 0, 1, 4, 0, 0, 0, 0};
    add("v6 nothing follows", v6(60, nothing));
    byte[] toFragment = {44, 0, 1, 4, 0, 0, 0, 0};
    byte[] head = write(8, m -> Ipv6Header.writeFragment(m, 0, 17, 0, true, 7));
    byte[] piece = java.util.Arrays.copyOf(udp(new byte[40]), 24);
    add("v6 fragment after hop-by-hop", v6(0, join(toFragment, head, piece)));
  }
}
