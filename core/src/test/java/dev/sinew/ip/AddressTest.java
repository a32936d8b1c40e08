package dev.sinew.ip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sinew.testing.Packets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@link IpAddress} and {@link Prefix}. */
class AddressTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "0.0.0.0",
        "10.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fd00::1:2",
        "2001:db8::8:800:200c:417a",
        "ff02::1"
      })
  void textAndBytesAndBack(String text) {
    IpAddress a = Packets.address(text);
    assertThat(a).hasToString(text);
    assertThat(IpAddress.of(a.bytes())).isEqualTo(a);
    assertThat(a.bytes()).hasSize(text.contains(":") ? 16 : 4);
    assertThat(a.isV4()).isEqualTo(!text.contains(":"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "localhost", "1.2.3", "256.1.1.1", "1::2::3", "::g", "1.2.3.4 "})
  void whatIsNoAddressIsNull(String text) {
    assertThat(IpAddress.parse(text)).isNull();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 3, 5, 15, 17})
  void otherNumbersOfBytesAreRefused(int length) {
    assertThatThrownBy(() -> IpAddress.of(new byte[length]))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aMappedAddressIsTheIpv4Address() {
    byte[] mapped = new byte[16];
    mapped[10] = -1;
    mapped[11] = -1;
    mapped[12] = 10;
    assertThat(IpAddress.of(mapped)).isEqualTo(IpAddress.v4(0x0a000000));
  }

  @ParameterizedTest
  @CsvSource({
    "0.0.0.0,any",
    "::,any",
    "127.0.0.1,loopback",
    "127.255.0.9,loopback",
    "::1,loopback",
    "224.0.0.0,multicast",
    "239.255.255.255,multicast",
    "ff00::,multicast",
    "223.255.255.255,plain",
    "240.0.0.0,plain",
    "128.0.0.1,plain",
    "::2,plain",
    "feff::1,plain",
    "0.0.0.1,plain"
  })
  void kinds(String text, String kind) {
    IpAddress a = Packets.address(text);
    assertThat(a.isAny()).isEqualTo(kind.equals("any"));
    assertThat(a.isLoopback()).isEqualTo(kind.equals("loopback"));
    assertThat(a.isMulticast()).isEqualTo(kind.equals("multicast"));
  }

  @ParameterizedTest
  @CsvSource({
    "10.0.0.2/24,10.0.0.255,true",
    "10.0.0.2/24,10.0.1.0,false",
    "10.0.0.2/24,9.255.255.255,false",
    "0.0.0.0/0,255.255.255.255,true",
    "0.0.0.0/0,::1,false",
    "::/0,10.0.0.1,false",
    "::/0,ffff::,true",
    "10.0.0.2/32,10.0.0.2,true",
    "10.0.0.2/32,10.0.0.3,false",
    "10.0.0.2/31,10.0.0.3,true",
    "fd00::2/64,fd00::ffff:ffff:ffff:ffff,true",
    "fd00::2/64,fd00:0:0:1::,false",
    "fd00::2/65,fd00::8000:0:0:0,false",
    "fd00::2/128,fd00::2,true",
    "fd00::2/63,fd00:0:0:1::,true",
    "10.0.0.2,10.0.0.2,true",
    "10.0.0.2,10.0.0.3,false"
  })
  void aPrefixContains(String prefix, String address, boolean inside) {
    IpAddress a = Packets.address(address);
    assertThat(IpHarness.prefix(prefix).contains(a.high(), a.low())).isEqualTo(inside);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "10.0.0.1/33",
        "10.0.0.1/-1",
        "10.0.0.1/",
        "10.0.0.1/a",
        "10.0.0.1/08",
        "10.0.0.1/1 ",
        "::/129",
        "::/1000",
        "/8",
        "x/8",
        "10.0.0.1/8/8"
      })
  void whatIsNoPrefixIsNull(String text) {
    assertThat(Prefix.parse(text)).isNull();
  }

  @Test
  void aPrefixSaysItself() {
    assertThat(IpHarness.prefix("10.0.0.2/24")).hasToString("10.0.0.2/24");
    assertThat(IpHarness.prefix("::1")).hasToString("::1/128");
    assertThatThrownBy(() -> new Prefix(IpAddress.ANY_V4, 33))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Prefix(IpAddress.ANY_V6, -1))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
