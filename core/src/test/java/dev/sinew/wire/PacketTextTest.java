package dev.sinew.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** The lines were compared with those of tcpdump 4.99 for the same packets. */
class PacketTextTest {
  private static byte[] packet(String name) {
    return PacketCorpus.ip().stream()
        .filter(p -> p.name().equals(name))
        .findFirst()
        .orElseThrow()
        .bytes();
  }

  private static MemorySegment place(byte[] b) {
    return PacketCorpus.place(Arena.ofAuto(), b);
  }

  private static String text(byte[] b) {
    return PacketText.ip(place(b), 0, b.length);
  }

  private static String text(String name) {
    return text(packet(name));
  }

  @Test
  void tcp() {
    assertThat(text("v4 SYN with Linux's options"))
        .isEqualTo(
            "IP 10.0.0.1.32896 > 10.0.0.2.6378: Flags [S], seq 1000, win 64240, "
                + "options [mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 7], length 0");
    assertThat(text("v4 SYN with data"))
        .endsWith(
            "seq 1000:1005, win 64240, options [mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 7], length 5");
    assertThat(text("v6 SYN-ACK"))
        .startsWith(
            "IP6 2001:db8::1.32896 > 2001:db8::2.6378: Flags [S.], seq 1000, ack 5000, win 64240, options [mss");
    assertThat(text("v4 data without options"))
        .endsWith(": Flags [P.], seq 1001:1006, ack 5000, win 64240, length 5");
    assertThat(text("v4 ACK"))
        .endsWith(": Flags [.], ack 5000, win 64240, options [nop,nop,TS val 77 ecr 78], length 0");
    assertThat(text("v4 urgent data"))
        .endsWith("Flags [.U], seq 1001:1006, ack 5000, win 64240, urg 1, length 5");
    assertThat(text("v4 FIN")).contains("Flags [F.], seq 1006, ack 5000, win 64240, ");
    assertThat(text("v4 RST")).endsWith("Flags [R], seq 1001, win 64240, length 0");
    assertThat(text("v4 no flags")).endsWith("Flags [none], win 64240, length 0");
    assertThat(text("v4 all flags")).contains("Flags [FSRP.UEWe], seq 1001:1006, ack 5000, ");
  }

  @Test
  void tcpOptions() {
    assertThat(text("v4 SACK of three blocks"))
        .contains(
            "options [nop,nop,TS val 77 ecr 78,nop,nop,sack 3 {5100:5200}{5300:5400}{5500:5600}], length 0");
    assertThat(text("v4 Fast Open"))
        .contains("options [mss 1460,tfo cookie 0102030405060708,nop,nop]");
    assertThat(text("v4 Fast Open request")).contains("options [tfo cookiereq,nop,nop]");
    assertThat(text("v4 user timeout")).contains("options [uto 300]");
    assertThat(text("v4 MD5")).contains("options [md5 00000000000000000000000000000000,nop,nop]");
    assertThat(text("v4 AO"))
        .contains("options [tcp-ao keyid 5 rnextkeyid 0 mac 0x000000000000000000000000]");
    assertThat(text("v4 unknown option, EOL")).contains("options [unknown-253 0x01020304,nop,eol]");
    assertThat(options(2, 5, 0, 0)).isEqualTo("mss [bad opt]");
    assertThat(options(3, 4, 1, 0)).isEqualTo("wscale [len 4]");
    assertThat(options(5, 4, 1, 0)).isEqualTo("sack [len 4]");
    assertThat(options(1, 1, 1, 8)).isEqualTo("nop,nop,nop,TS [bad opt]");
    assertThat(options(253, 2, 1, 1)).isEqualTo("unknown-253,nop,nop");
    assertThat(options(28, 4, 0, 90)).isEqualTo("uto 90");
  }

  private static String options(int... bytes) {
    byte[] b = new byte[bytes.length];
    for (int i = 0; i < b.length; i++) {
      b[i] = (byte) bytes[i];
    }
    StringBuilder out = new StringBuilder();
    TcpText.options(out, place(b), 0, b.length, 0);
    return out.toString();
  }

  @Test
  void udpAndIcmp() {
    assertThat(text("v4 UDP odd")).isEqualTo("IP 10.0.0.1.32896 > 10.0.0.2.6378: UDP, length 3");
    assertThat(text("v4 ICMP echo 8"))
        .isEqualTo("IP 10.0.0.1 > 10.0.0.2: ICMP echo request, id 17, seq 3, length 24");
    assertThat(text("v6 ICMP echo 129"))
        .isEqualTo("IP6 2001:db8::1 > 2001:db8::2: ICMP6, echo reply, id 17, seq 3, length 24");
    assertThat(text("v4 ICMP error 3/3 of UDP"))
        .isEqualTo(
            "IP 10.0.0.1 > 10.0.0.2: ICMP 10.0.0.2 udp port 6378 unreachable, length 48 "
                + "(quotes IP 10.0.0.1.32896 > 10.0.0.2.6378: UDP, length 12)");
    assertThat(text("v4 ICMP error 3/4 of TCP"))
        .contains(
            ": ICMP 10.0.0.2 unreachable - need to frag (mtu 1400), length 48 (quotes IP 10.0.0.1.32896");
    assertThat(text("v4 ICMP error 3/2 of TCP"))
        .contains(": ICMP 10.0.0.2 protocol 6 unreachable, length 48");
    assertThat(text("v4 ICMP error 5/1 of TCP"))
        .contains(": ICMP redirect 10.0.0.2 to host 10.0.0.254, length 48");
    assertThat(text("v4 ICMP error 11/0 of TCP"))
        .contains(": ICMP time exceeded in-transit, length 48");
    assertThat(text("v4 ICMP error, 8 bytes quoted"))
        .endsWith(
            "ICMP net 10.0.0.2 unreachable, length 36 (quotes IP 10.0.0.1.32896 > 10.0.0.2.6378: [|tcp])");
    assertThat(text("v6 ICMP error 1/4 of TCP"))
        .contains(
            ": ICMP6, destination unreachable, unreachable port, 2001:db8::2 tcp port 6378, length 68");
    assertThat(text("v6 ICMP error 1/2 of TCP"))
        .contains("beyond scope 2001:db8::2, source address 2001:db8::1, length 68");
    assertThat(text("v6 ICMP error 2/0 of UDP"))
        .contains(": ICMP6, packet too big, mtu 1280, length 68");
    assertThat(text("v6 ICMP error 3/0 of UDP"))
        .contains(": ICMP6, time exceeded in-transit for 2001:db8::2, length 68");
    assertThat(text("v6 ICMP error 4/2 of UDP"))
        .contains(": ICMP6, parameter problem, option - octet 42, length 68");
    assertThat(text("v6 ICMPv6 135"))
        .endsWith("ICMP6, neighbor solicitation, who has ::9, length 24");
    assertThat(text("v6 ICMPv6 136"))
        .endsWith("ICMP6, neighbor advertisement, tgt is ::9, length 24");
  }

  @Test
  void fragmentsAndExtensionHeaders() {
    assertThat(text("v4 fragment at 0"))
        .isEqualTo("IP 10.0.0.1.32896 > 10.0.0.2.6378: UDP, length 40 (frag 4660:24@0+)");
    assertThat(text("v4 fragment at 24"))
        .isEqualTo("IP 10.0.0.1 > 10.0.0.2: udp (frag 4660:16@24+)");
    assertThat(text("v6 fragment at 40"))
        .isEqualTo("IP6 2001:db8::1 > 2001:db8::2: udp (frag 21930:8@40)");
    assertThat(text("v6 hop-by-hop, destination, routing"))
        .isEqualTo(
            "IP6 2001:db8::1.32896 > 2001:db8::2.6378: HBH DSTOPT srcrt Flags [S], seq 1000, win 64240, length 0");
    assertThat(text("v6 nothing follows"))
        .isEqualTo("IP6 2001:db8::1 > 2001:db8::2: DSTOPT no next header");
    assertThat(text("v6 atomic fragment"))
        .contains("6378: frag (0|48) ")
        .endsWith("UDP, length 40");
  }

  @Test
  void ethernetAndArp() {
    byte[] request = PacketCorpus.ethernet().get(0).bytes();
    Arrays.fill(request, 14 + ArpPacket.TARGET_MAC, 14 + ArpPacket.TARGET_MAC + 6, (byte) 0);
    assertThat(PacketText.ethernet(place(request), 0, 42, 42, null))
        .isEqualTo(
            "02:00:00:00:00:01 > 02:00:00:00:00:02, ethertype ARP (0x0806), length 42: Request who-has 10.0.0.2 tell 10.0.0.1, length 28");
    byte[] reply = PacketCorpus.ethernet().get(1).bytes();
    assertThat(PacketText.ethernet(place(reply), 0, 42, 42, null))
        .endsWith("length 42: Reply 10.0.0.1 is-at 02:00:00:00:00:01, length 28");
    byte[] ip = PacketCorpus.ethernet().get(2).bytes();
    assertThat(PacketText.ethernet(place(ip), 0, ip.length, ip.length, null))
        .endsWith(
            ", ethertype IPv4 (0x0800), length 45: 10.0.0.1.32896 > 10.0.0.2.6378: UDP, length 3");
    assertThat(PacketText.arp(place(new byte[28]), 0, 28))
        .isEqualTo("ARP, Unknown operation 0, length 28");
  }

  @Test
  void badChecksumsAreMarkedWithTheRightOne() {
    byte[] tcp = packet("v4 data without options");
    int good = (tcp[36] & 0xff) << 8 | tcp[37] & 0xff;
    tcp[36] ^= 0x40;
    assertThat(text(tcp))
        .contains(
            String.format(
                "Flags [P.], cksum 0x%04x (incorrect -> 0x%04x), seq 1001", good ^ 0x4000, good));
    byte[] ip = packet("v4 UDP");
    good = (ip[10] & 0xff) << 8 | ip[11] & 0xff;
    ip[11] ^= 1;
    assertThat(text(ip))
        .startsWith(
            String.format("IP (bad cksum %04x (->%04x)!) 10.0.0.1.32896 > ", good ^ 1, good));
    byte[] udp = packet("v6 UDP");
    good = (udp[46] & 0xff) << 8 | udp[47] & 0xff;
    udp[47] ^= 1;
    assertThat(text(udp))
        .contains(
            String.format(": [bad udp cksum 0x%04x -> 0x%04x!] UDP, length 32", good ^ 1, good));
    udp[46] = 0;
    udp[47] = 0;
    assertThat(text(udp)).endsWith(": [no cksum] UDP, length 32");
    byte[] icmp = packet("v4 ICMP echo 8");
    icmp[40] ^= 1;
    assertThat(text(icmp)).contains(" seq 3 (wrong icmp cksum ").endsWith(")!), length 24");
  }

  @Test
  void whatWasCutSaysSo() {
    byte[] b = packet("v4 data");
    assertThat(PacketText.ip(place(b), 0, b.length - 3))
        .startsWith("IP truncated-ip - 3 bytes missing! 10.0.0.1.32896 > ")
        .endsWith("length 5");
    assertThat(PacketText.ip(place(b), 0, 52, b.length, null))
        .as("a snap length is no damage")
        .isEqualTo(
            "IP 10.0.0.1.32896 > 10.0.0.2.6378: Flags [P.], seq 1001:1006, ack 5000, win 64240, options [nop,nop,TS val 77 ecr 78], length 5");
    assertThat(PacketText.ip(place(b), 0, 45, b.length, null))
        .contains("win 64240 [|tcp], length 5");
    assertThat(PacketText.ip(place(b), 0, 30, b.length, null)).endsWith("10.0.0.2.6378: [|tcp]");
    assertThat(PacketText.ip(place(b), 0, 10)).isEqualTo("IP [|ip]");
    assertThat(PacketText.ip(place(b), 0, 0)).isEqualTo("IP [|ip]");
    assertThat(PacketText.ip(place(packet("v6 UDP")), 0, 39)).isEqualTo("IP6 [|ip6]");
    assertThat(PacketText.ip(place(packet("v6 UDP")), 0, 46, 80, null)).endsWith("[|udp]");
    assertThat(PacketText.ip(place(packet("v4 ICMP echo 8")), 0, 27, 44, null))
        .endsWith("ICMP [|icmp]");
  }

  @Test
  void malformedHeaders() {
    byte[] b = packet("v4 data without options");
    b[32] = 0x40;
    assertThat(text(b)).endsWith("Flags [P.] [bad hdr length 16 - too short, < 20]");
    b[32] = (byte) 0xf0;
    assertThat(text(b)).endsWith("Flags [P.] [bad hdr length 60 - too long, > 25]");
    b[0] = 0x44;
    assertThat(text(b)).isEqualTo("IP 10.0.0.1 > 10.0.0.2: [bad ip header, length 45]");
    b[0] = 0x50;
    assertThat(text(b)).isEqualTo("IP5, length 45");
    byte[] x = packet("v6 destination options");
    x[42] = (byte) 0x80;
    assertThat(text(x)).isEqualTo("IP6 2001:db8::1 > 2001:db8::2: [bad extension header at 48]");
    byte[] udp = packet("v4 UDP");
    udp[25] = 41;
    assertThat(text(udp)).contains("truncated-udp - 1 bytes missing! UDP, length 33");
    udp[25] = 7;
    assertThat(text(udp)).endsWith("truncated-udplength 7");
  }

  @Test
  void sequenceNumbersBecomeRelativeOnceBothSidesAreKnown() {
    RelativeSequences relative = new RelativeSequences();
    assertThat(line(relative, TcpHeader.SYN, 1000, 0, true, 0)).contains("[S], seq 1000,");
    assertThat(line(relative, TcpHeader.SYN | TcpHeader.ACK, 5000, 1001, false, 0))
        .contains("[S.], seq 5000, ack 1001,");
    assertThat(line(relative, TcpHeader.ACK, 1001, 5001, true, 0)).contains("[.], ack 1,");
    assertThat(line(relative, TcpHeader.ACK, 1001, 5001, true, 10))
        .contains("[.], seq 1:11, ack 1,");
    assertThat(line(relative, TcpHeader.ACK, 5001, 1011, false, 3))
        .contains("[.], seq 1:4, ack 11,");
    assertThat(line(relative, TcpHeader.RST, 1011, 0, true, 0)).contains("[R], seq 11,");
    assertThat(line(relative, TcpHeader.SYN, 99, 0, true, 0))
        .as("a new connection")
        .contains("[S], seq 99,");
    assertThat(line(relative, TcpHeader.SYN | TcpHeader.ACK, 70, 100, false, 0))
        .contains("[S.], seq 70, ack 100,");
    assertThat(line(relative, TcpHeader.ACK, 100, 71, true, 1)).contains("[.], seq 1:2, ack 1,");
  }

  @Test
  void aConnectionSeenFromTheMiddleBeginsWhereItWasFirstSeen() {
    RelativeSequences relative = new RelativeSequences();
    assertThat(line(relative, TcpHeader.ACK, -2, 5000, true, 4))
        .contains("[.], seq 4294967294:2, ack 5000,");
    assertThat(line(relative, TcpHeader.ACK, 2, 5000, true, 4)).contains("[.], seq 4:8, ack 1,");
  }

  @Test
  void theTwoEndsOfAConnectionOfAHostWithItselfAreToldApartByPort() {
    RelativeSequences relative = new RelativeSequences();
    IpPacket ip = new IpPacket();
    Segment s = new Segment();
    see(relative, ip, s, 9000, 80, 500, 100);
    assertThat(relative.seqBase()).as("seen first").isZero();
    see(relative, ip, s, 80, 9000, 100, 501);
    assertThat(relative.seqBase()).isEqualTo(99);
    assertThat(relative.ackBase()).isEqualTo(500);
    see(relative, ip, s, 9000, 80, 501, 101);
    assertThat(relative.seqBase()).isEqualTo(500);
    assertThat(relative.ackBase()).isEqualTo(99);
  }

  @Test
  void onlySoManyConnectionsAreRemembered() {
    RelativeSequences relative = new RelativeSequences();
    IpPacket ip = new IpPacket();
    Segment s = new Segment();
    for (int port = 0; port < 5000; port++) {
      see(relative, ip, s, port, 60_000, 7, 8);
    }
    see(relative, ip, s, 4999, 60_000, 9, 8);
    assertThat(relative.seqBase()).as("known").isEqualTo(7);
    see(relative, ip, s, 0, 60_000, 9, 8);
    assertThat(relative.seqBase()).as("forgotten").isZero();
  }

  private static void see(
      RelativeSequences r, IpPacket ip, Segment s, int from, int to, int seq, int ack) {
    s.sourcePort = from;
    s.destinationPort = to;
    s.seq = seq;
    s.ack = ack;
    s.flags = TcpHeader.ACK;
    r.see(ip, s);
  }

  private static String line(
      RelativeSequences relative, int flags, int seq, int ack, boolean forth, int data) {
    byte[] b =
        PacketCorpus.write(
            40 + data,
            m -> {
              long a = 0xffff_0a00_0001L;
              long z = 0xffff_0a00_0002L;
              Ipv4Header.write(m, 0, 0, 40 + data, 1, 0, 64, 6, forth ? a : z, forth ? z : a);
              TcpHeader.write(
                  m, 20, forth ? 9000 : 80, forth ? 80 : 9000, seq, ack, 20, flags, 100, 0);
              PacketCorpus.repairChecksums(m, 40 + data);
              return 40 + data;
            });
    return PacketText.ip(place(b), 0, b.length, b.length, relative);
  }
}
