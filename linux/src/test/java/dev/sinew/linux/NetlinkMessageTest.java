package dev.sinew.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The bytes are those that {@code strace -e trace=sendmsg ip …} shows, or what the kernel's headers
 * say.
 */
class NetlinkMessageTest {
  @BeforeAll
  static void theBytesBelowAreLittleEndian() {
    Assumptions.assumeTrue(ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN);
  }

  @Test
  void aQuestionForALinkIsPaddedToFourBytesAndItsLengthIsNot() {
    assertThat(hex(NetlinkMessage.getLink(1, "tun0")))
        .isEqualTo(
            "2c000000"
                + "1200"
                + "0100"
                + "01000000"
                + "00000000" // length 44, RTM_GETLINK, REQUEST
                + "00"
                + "00"
                + "0000"
                + "00000000"
                + "00000000"
                + "00000000" // ifinfomsg
                + "0900"
                + "0300"
                + "74756e3000"
                + "000000"); // IFNAME "tun0\0", 9 bytes, 3 of padding
  }

  @Test
  void mtuAndQueueAreInThirtyTwoBits() {
    assertThat(hex(NetlinkMessage.setLink(2, 5, 1400, 4000)))
        .isEqualTo(
            "30000000"
                + "1000"
                + "0500"
                + "02000000"
                + "00000000" // RTM_NEWLINK, REQUEST | ACK
                + "00"
                + "00"
                + "0000"
                + "05000000"
                + "00000000"
                + "00000000"
                + "0800"
                + "0400"
                + "78050000"
                + "0800"
                + "0d00"
                + "a00f0000");
    assertThat(hex(NetlinkMessage.setLink(2, 5, 1400, 0)))
        .endsWith("0800" + "0400" + "78050000")
        .hasSize(2 * 40);
  }

  @Test
  void upChangesThatFlagAndNoOther() {
    assertThat(hex(NetlinkMessage.setUp(3, 7)))
        .endsWith("07000000" + "01000000" + "01000000")
        .hasSize(2 * 32);
  }

  @Test
  void theAddressModeIsTwoNestsDeep() {
    assertThat(hex(NetlinkMessage.withoutLinkLocal(3, 7)))
        .endsWith("1000" + "1a00" + "0c00" + "0a00" + "0500" + "0800" + "01" + "000000")
        .hasSize(2 * 48);
  }

  @Test
  void anIpv4AddressIsItsOwnPeer() {
    assertThat(hex(NetlinkMessage.newAddress(4, 5, Lab.prefix("10.77.0.1", 24))))
        .isEqualTo(
            "28000000"
                + "1400"
                + "0506"
                + "04000000"
                + "00000000" // RTM_NEWADDR, REQUEST | ACK | EXCL | CREATE
                + "02"
                + "18"
                + "00"
                + "00"
                + "05000000"
                + "0800"
                + "0200"
                + "0a4d0001"
                + "0800"
                + "0100"
                + "0a4d0001");
  }

  @Test
  void anIpv6AddressSkipsDuplicateDetection() {
    assertThat(hex(NetlinkMessage.newAddress(5, 5, Lab.prefix("fd77::1", 64))))
        .isEqualTo(
            "48000000"
                + "1400"
                + "0506"
                + "05000000"
                + "00000000"
                + "0a"
                + "40"
                + "00"
                + "00"
                + "05000000"
                + "1400"
                + "0200"
                + "fd770000000000000000000000000001"
                + "1400"
                + "0100"
                + "fd770000000000000000000000000001"
                + "0800"
                + "0800"
                + "02000000");
  }

  @Test
  void aRouteHasItsHostBitsCleared() {
    assertThat(hex(NetlinkMessage.newRoute(6, 5, Lab.prefix("192.0.2.77", 28))))
        .isEqualTo(
            "2c000000"
                + "1800"
                + "0506"
                + "06000000"
                + "00000000"
                + "02"
                + "1c"
                + "00"
                + "00"
                + "fe"
                + "04"
                + "fd"
                + "01"
                + "00000000"
                + "0800"
                + "0100"
                + "c0000240"
                + "0800"
                + "0400"
                + "05000000");
    assertThat(hex(NetlinkMessage.newRoute(6, 5, Lab.prefix("2001:db8::1", 127))))
        .contains("20010db8000000000000000000000000");
    assertThat(hex(NetlinkMessage.newRoute(6, 5, Lab.prefix("255.255.255.255", 0))))
        .contains("0800" + "0100" + "00000000");
    assertThat(hex(NetlinkMessage.newRoute(6, 5, Lab.prefix("255.255.255.255", 32))))
        .contains("0800" + "0100" + "ffffffff");
  }

  @Test
  void anAcknowledgementHasErrorZero() {
    NetlinkReply r =
        new NetlinkReply(
            bytes(
                "24000000"
                    + "0200"
                    + "0001"
                    + "07000000"
                    + "00000000"
                    + "00000000"
                    + "14000000"
                    + "1000"
                    + "0500"
                    + "07000000"
                    + "00000000"));
    assertThat(r.next()).isTrue();
    assertThat(r.type()).isEqualTo(NetlinkMessage.NLMSG_ERROR);
    assertThat(r.sequence()).isEqualTo(7);
    assertThat(r.errno()).isZero();
    assertThat(r.errorText()).isNull();
    assertThat(r.next()).isFalse();
  }

  @Test
  void anErrorBringsTheKernelsWordsBehindTheCappedRequest() {
    NetlinkReply r = new NetlinkReply(bytes(error("0003", "")));
    assertThat(r.next()).isTrue();
    assertThat(r.errno()).isEqualTo(Errno.EACCES);
    assertThat(r.errorText()).isEqualTo("IPv6");
  }

  @Test
  void anErrorBringsTheKernelsWordsBehindTheWholeRequest() {
    NetlinkReply r = new NetlinkReply(bytes(error("0002", "deadbeef")));
    assertThat(r.next()).isTrue();
    assertThat(r.errorText()).isEqualTo("IPv6");
  }

  /** -EACCES, the request's header (and body), then the attribute MSG "IPv6\0". */
  private static String error(String flags, String body) {
    int request = 16 + body.length() / 2;
    int length = 16 + 4 + request + 12;
    return le(length)
        + "0200"
        + flags
        + "07000000"
        + "00000000"
        + "f3ffffff"
        + le(request)
        + "1400"
        + "0500"
        + "07000000"
        + "00000000"
        + body
        + "0900"
        + "0100"
        + "4950763600"
        + "000000";
  }

  @Test
  void severalMessagesInOneDatagramAreReadInTurn() {
    String done = "14000000" + "0300" + "0200" + "09000000" + "00000000" + "00000000";
    NetlinkReply r =
        new NetlinkReply(
            bytes("11000000" + "1400" + "0200" + "09000000" + "00000000" + "02" + "000000" + done));
    assertThat(r.next()).isTrue();
    assertThat(r.type()).isEqualTo(NetlinkMessage.RTM_NEWADDR);
    assertThat(r.uint8(0)).isEqualTo(2);
    assertThat(r.uint8(1)).as("behind the end").isZero();
    assertThat(r.int32(0)).as("half behind the end").isZero();
    assertThat(r.next()).isTrue();
    assertThat(r.type()).isEqualTo(NetlinkMessage.NLMSG_DONE);
    assertThat(r.next()).isFalse();
  }

  @Test
  void everyPrefixAndEveryFlippedBitOfAReplyIsReadWithoutAnException() {
    byte[] whole = bytes(error("0003", "") + error("0002", "deadbeef"));
    for (int cut = 0; cut <= whole.length; cut++) {
      readAll(java.util.Arrays.copyOf(whole, cut));
    }
    for (int bit = 0; bit < whole.length * 8; bit++) {
      byte[] broken = whole.clone();
      broken[bit / 8] ^= (byte) (1 << bit % 8);
      readAll(broken);
    }
  }

  @Test
  void attributesWithinAttributesAreFound() {
    // An attribute 18 with an attribute 2 with an attribute 8: 7, and behind each another one.
    String inner = "08000800" + "07000000" + "08000900" + "02000000";
    String middle = "14000200" + inner + "05000100" + "61000000";
    String outer = "20001280" + middle + "08000400" + "dc050000";
    NetlinkReply r =
        new NetlinkReply(bytes(le(16 + 40) + "1000" + "0000" + "00000000" + "00000000" + outer));
    assertThat(r.next()).isTrue();
    NetlinkReply data = r.nested(0, 18).nested(0, 2);
    assertThat(data.int32Attribute(0, 8)).isEqualTo(7);
    assertThat(data.int32Attribute(0, 9)).isEqualTo(2);
    assertThat(data.int32Attribute(0, 10)).isZero();
    assertThat(r.nested(0, 17).nested(0, 2).int32Attribute(0, 8)).as("not there").isZero();
    assertThat(r.int32Attribute(0, 4)).isEqualTo(1500);
  }

  private static void readAll(byte[] datagram) {
    NetlinkReply r = new NetlinkReply(datagram);
    int messages = 0;
    while (r.next()) {
      assertThat(++messages).isLessThanOrEqualTo(datagram.length / NetlinkMessage.HEADER);
      r.errno();
      r.errorText();
      r.attribute(8, 1);
      r.int32Attribute(16, 4);
      assertThat(r.nested(20, 1).nested(0, 1).int32Attribute(0, 1)).isZero();
    }
  }

  private static String le(int value) {
    return HexFormat.of()
        .formatHex(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array());
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  private static byte[] bytes(String hex) {
    return HexFormat.of().parseHex(hex);
  }
}
