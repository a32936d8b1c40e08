package dev.sinew.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/** The writers, against bytes written out by hand. */
class HeadersTest {
  private final MemorySegment m = Arena.ofAuto().allocate(64);

  private String hex(int length) {
    return HexFormat.of().formatHex(m.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE));
  }

  @Test
  void ipv4() {
    int flags = Ipv4Header.DONT_FRAGMENT;
    int n =
        Ipv4Header.write(m, 0, 0, 60, 0x1c46, flags, 64, 6, 0xffff_ac10_0a63L, 0xffff_ac10_0a0cL);
    assertThat(n).isEqualTo(20);
    assertThat(hex(20)).isEqualTo("4500003c1c4640004006b1e6ac100a63ac100a0c");
  }

  @Test
  void ipv6() {
    assertThat(
            Ipv6Header.write(
                m, 0, 0xff, 0xfffff, 0xabcd, 58, 255, 0x2001_0db8_0000_0000L, 1, -1, 2))
        .isEqualTo(40);
    assertThat(hex(40))
        .isEqualTo(
            "6fffffffabcd3aff"
                + "20010db8000000000000000000000001"
                + "ffffffffffffffff0000000000000002");
    assertThat(Ipv6Header.writeFragment(m, 0, 17, 65528, true, 0x01020304)).isEqualTo(8);
    assertThat(hex(8)).isEqualTo("1100fff901020304");
  }

  @Test
  void udpChecksumZeroIsSentAsAllOnes() {
    assertThat(UdpHeader.write(m, 0, 65535, 53, 12)).isEqualTo(8);
    assertThat(hex(8)).isEqualTo("ffff0035000c0000");
    UdpHeader.putChecksum(m, 0, 0x1234);
    assertThat(Bytes.u16(m, UdpHeader.CHECKSUM)).isEqualTo(0x1234);
    UdpHeader.putChecksum(m, 0, 0);
    assertThat(Bytes.u16(m, UdpHeader.CHECKSUM)).isEqualTo(0xffff);
  }

  @Test
  void tcp() {
    assertThat(
            TcpHeader.write(m, 0, 1, 2, 0x01020304, -1, 60, TcpHeader.AE | TcpHeader.SYN, 65535, 7))
        .isEqualTo(20);
    assertThat(hex(20)).isEqualTo("0001000201020304fffffffff102ffff00000007");
  }

  @Test
  void icmpEchoWithItsChecksum() {
    assertThat(IcmpHeader.writeEcho(m, 0, IcmpHeader.V4_ECHO_REQUEST, 0x10001, 0xffff))
        .isEqualTo(8);
    IcmpHeader.fillChecksumV4(m, 0, 8);
    assertThat(hex(8)).isEqualTo("0800f7fe0001ffff");
    IcmpHeader.write(m, 0, IcmpHeader.V6_PACKET_TOO_BIG, 0, 1280);
    IcmpHeader.fillChecksumV6(m, 0, 8, 1, 2, 3, 4);
    long pseudo = Checksum.addPseudoHeader(0, false, 1, 2, 3, 4, 58, 8);
    assertThat(Checksum.isGood(Checksum.add(pseudo, m, 0, 8))).isTrue();
  }

  @Test
  void whichIcmpMessagesAreErrors() {
    for (int type = 0; type < 256; type++) {
      boolean v4 = type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
      assertThat(IcmpHeader.isError(true, type)).as("ICMP %d", type).isEqualTo(v4);
      assertThat(IcmpHeader.isError(false, type)).as("ICMPv6 %d", type).isEqualTo(type < 128);
    }
  }

  @Test
  void ethernet() {
    long mac = 0x0200_5e00_0001L;
    EthernetHeader.write(m, 0, EthernetHeader.BROADCAST, mac, EthernetHeader.TYPE_IPV6);
    assertThat(hex(14)).isEqualTo("ffffffffffff02005e00000186dd");
    assertThat(EthernetHeader.mac(m, EthernetHeader.SOURCE)).isEqualTo(mac);
    assertThat(EthernetHeader.type(m, 0, 14)).isEqualTo(EthernetHeader.TYPE_IPV6);
    assertThat(EthernetHeader.type(m, 0, 13)).as("too short").isEqualTo(-1);
    Bytes.put16(m, 12, 0x5ff);
    assertThat(EthernetHeader.type(m, 0, 14)).as("a length").isEqualTo(-1);
    assertThat(EthernetHeader.isGroup(EthernetHeader.BROADCAST)).isTrue();
    assertThat(EthernetHeader.isGroup(0x0100_5e00_0001L)).isTrue();
    assertThat(EthernetHeader.isGroup(mac)).isFalse();
  }

  @Test
  void arp() {
    long sender = 0x0200_0000_0001L;
    assertThat(
            ArpPacket.write(
                m, 0, ArpPacket.REPLY, sender, 0x0a000001, 0x0200_0000_0002L, 0x0a000002))
        .isEqualTo(28);
    assertThat(hex(28))
        .isEqualTo("0001080006040002" + "020000000001" + "0a000001" + "020000000002" + "0a000002");
    assertThat(ArpPacket.isValid(m, 0, 28)).isTrue();
    assertThat(ArpPacket.isValid(m, 0, 46)).as("padding").isTrue();
    assertThat(ArpPacket.isValid(m, 0, 27)).isFalse();
    assertThat(ArpPacket.operation(m, 0)).isEqualTo(ArpPacket.REPLY);
    assertThat(ArpPacket.senderMac(m, 0)).isEqualTo(sender);
    assertThat(ArpPacket.senderAddress(m, 0)).isEqualTo(0x0a000001);
    assertThat(ArpPacket.targetMac(m, 0)).isEqualTo(0x0200_0000_0002L);
    assertThat(ArpPacket.targetAddress(m, 0)).isEqualTo(0x0a000002);
    for (int at = 0; at < 8; at++) {
      int before = Bytes.u8(m, at);
      Bytes.put8(m, at, before ^ 0x40);
      assertThat(ArpPacket.isValid(m, 0, 28)).as("byte %d", at).isFalse();
      Bytes.put8(m, at, before);
    }
    Bytes.put8(m, ArpPacket.SENDER_MAC, 1);
    assertThat(ArpPacket.isValid(m, 0, 28)).as("a group can't send").isFalse();
  }
}
