package dev.sinew.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AddressTextTest {
  private static String canonical(String text) {
    long[] a = AddressText.parse(text);
    assertThat(a).as(text).isNotNull();
    return AddressText.format(a[0], a[1]);
  }

  /**
   * The rules of RFC 5952: lower case, no leading zeros, the first longest run of at least two
   * zeros.
   */
  @ParameterizedTest
  @CsvSource({
    "0.0.0.0, 0.0.0.0",
    "255.255.255.255, 255.255.255.255",
    "10.0.0.1, 10.0.0.1",
    "::, ::",
    "::1, ::1",
    "1::, 1::",
    "0:0:0:0:0:0:0:0, ::",
    "2001:0DB8::0001, 2001:db8::1",
    "2001:db8:0:0:0:0:2:1, 2001:db8::2:1",
    "2001:db8:0:1:1:1:1:1, 2001:db8:0:1:1:1:1:1",
    "2001:0:0:1:0:0:0:1, 2001:0:0:1::1",
    "2001:db8:0:0:1:0:0:1, 2001:db8::1:0:0:1",
    "1:0:0:0:0:0:0:0, 1::",
    "0:0:1:1:1:1:0:0, ::1:1:1:1:0:0",
    "1:2:3:4:5:6:7:8, 1:2:3:4:5:6:7:8",
    "1:2:3:4:5:6:7::, 1:2:3:4:5:6:7:0",
    "::2:3:4:5:6:7:8, 0:2:3:4:5:6:7:8",
    "64:ff9b::1.2.3.4, 64:ff9b::102:304",
    "1:2:3:4:5:6:1.2.3.4, 1:2:3:4:5:6:102:304",
    "::ffff:10.0.0.1, 10.0.0.1",
    "::1.2.3.4, ::102:304"
  })
  void canonicalText(String text, String expected) {
    assertThat(canonical(text)).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        ".",
        "1",
        "1.2.3",
        "1.2.3.",
        ".1.2.3",
        "1.2.3.4.",
        "1.2.3.4.5",
        "1..2.3",
        "256.1.1.1",
        "1.2.3.256",
        "01.2.3.4",
        "1.2.3.04",
        "0x1.2.3.4",
        "1.2.3.4 ",
        " 1.2.3.4",
        "1.2.3.-4",
        "1.2.3.4444",
        ":",
        ":::",
        "1:",
        ":1",
        "1::2::3",
        "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:8:9",
        "1:2:3:4:5:6:7:8::",
        "::1:2:3:4:5:6:7:8",
        "1:2:3:4::5:6:7:8",
        "12345::",
        "g::",
        "fe80::1%eth0",
        "[::1]",
        "::1.2.3",
        "::1.2.3.4.5",
        "::1.2.3.4:1",
        "1:2:3:4:5:6:7:1.2.3.4",
        "1.2.3.4::",
        "::.1.2.3",
        "١.2.3.4",
        "::１",
        "host",
        "localhost"
      })
  void noAddress(String text) {
    assertThat(AddressText.parse(text)).isNull();
  }

  @Test
  void everyTextReadsBackAsTheSameAddress() throws Exception {
    Random random = new Random(3);
    for (int i = 0; i < 20_000; i++) {
      byte[] b = new byte[16];
      for (int g = 0; g < 8; g++) {
        if (random.nextInt(5) < 2) {
          b[g * 2] = (byte) random.nextInt(256);
          b[g * 2 + 1] = (byte) random.nextInt(16);
        }
      }
      ByteBuffer v = ByteBuffer.wrap(b);
      String text = AddressText.format(v.getLong(0), v.getLong(8));
      assertThat(AddressText.parse(text)).as(text).containsExactly(v.getLong(0), v.getLong(8));
      assertThat(InetAddress.ofLiteral(text)).isEqualTo(InetAddress.getByAddress(b));
    }
  }

  @Test
  void hardwareAddresses() {
    StringBuilder out = new StringBuilder();
    AddressText.appendMac(out, 0x02_00_5e_10_00_ffL);
    assertThat(out).hasToString("02:00:5e:10:00:ff");
  }
}
