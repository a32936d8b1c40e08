package dev.sinew.tcp.auth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.Counter;
import dev.sinew.ip.IpAddress;
import dev.sinew.ip.Prefix;
import dev.sinew.tcp.auth.AuthKey.Algorithm;
import dev.sinew.testing.Packets;
import dev.sinew.wire.IpPacket;
import dev.sinew.wire.Segment;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Key derivation and signatures against the numbers of RFC 9235, and CMAC's of RFC 4493. */
class AoVectorsTest {
  private static final byte[] MASTER = "testvector".getBytes(StandardCharsets.US_ASCII);

  private static Prefix everyone(boolean v4) {
    return new Prefix(v4 ? IpAddress.ANY_V4 : IpAddress.ANY_V6, 0);
  }

  private static byte[] signed(AoMac mac, byte[] message) {
    AuthContext c = new AuthContext();
    c.begin();
    c.put(message);
    mac.sign(c);
    return Arrays.copyOf(c.mac(), mac.fullLength());
  }

  /** RFC 9235 sections 4 to 7: the traffic keys; a derived code must sign as the key's own does. */
  @ParameterizedTest
  @CsvSource({
    "HMAC_SHA_1_96, 10.11.12.13, 59863, 172.27.28.29, 179, fbfbab5a, 00000000, 6d63ef1b02fe1509d4b1402707fd7b0416abb74f",
    "HMAC_SHA_1_96, 172.27.28.29, 179, 10.11.12.13, 59863, 11c14261, fbfbab5a, d9e217e4834a80ca2f3fd8de2e41b8e6797fea96",
    "HMAC_SHA_1_96, 10.11.12.13, 59863, 172.27.28.29, 179, fbfbab5a, 11c14261, d2e59c65ffc7b1a39347656463b70edc24a13d71",
    "AES_128_CMAC_96, 10.11.12.13, 50426, 172.27.28.29, 179, 787a1ddf, 00000000, f5b8b3d5f34fdbb6eb8d4ab9660e60e3",
    "AES_128_CMAC_96, 172.27.28.29, 179, 10.11.12.13, 50426, fadd6de9, 787a1ddf, 4bc7571a486f3264bbd888474066b4b1",
    "AES_128_CMAC_96, 10.11.12.13, 50426, 172.27.28.29, 179, 787a1ddf, fadd6de9, 8c8ae0e8371ec5cbb97ea79d90418391",
    "HMAC_SHA_1_96, fd00::1, 63460, fd00::2, 179, 176a833f, 00000000, 625ec09d575836edc9b6428418bbf06989a361bb",
    "HMAC_SHA_1_96, fd00::2, 179, fd00::1, 63460, 3f51994b, 176a833f, e4a37ada2a0afca8711434913fe138c771ebcb4a",
    "HMAC_SHA_1_96, fd00::1, 63460, fd00::2, 179, 176a833f, 3f51994b, 1ed82975f4ea444c61580c5bd90dbd61bbc91b7e",
    "AES_128_CMAC_96, fd00::1, 63578, fd00::2, 179, 193cccec, 00000000, fa5a2108882d39d0c71929175ab1b7b8",
    "AES_128_CMAC_96, fd00::2, 179, fd00::1, 63578, a6744ecb, 193cccec, cf1b1e225e06a63616764a067b46f4b1",
    "AES_128_CMAC_96, fd00::1, 63578, fd00::2, 179, 193cccec, a6744ecb, 6174c3557abed27574dba37185f00300",
  })
  void trafficKeys(
      Algorithm algorithm,
      String from,
      int fromPort,
      String to,
      int toPort,
      String fromIsn,
      String toIsn,
      String key) {
    IpAddress a = Packets.address(from);
    IpAddress b = Packets.address(to);
    AoMac derived =
        AoMac.derive(
            new AuthContext(),
            AuthKey.ao(everyone(a.isV4()), 1, 1, algorithm, MASTER),
            a.isV4(),
            a.high(),
            a.low(),
            fromPort,
            b.high(),
            b.low(),
            toPort,
            HexFormat.fromHexDigits(fromIsn),
            HexFormat.fromHexDigits(toIsn));
    byte[] message = "any message".getBytes(StandardCharsets.US_ASCII);
    assertThat(signed(derived, message))
        .isEqualTo(signed(AoMac.of(algorithm, HexFormat.of().parseHex(key)), message));
  }

  /**
   * RFC 9235 sections 4.1.1 to 7.2.1: the SYN of each connection, both ways of covering options.
   */
  @ParameterizedTest
  @CsvSource({
    "HMAC_SHA_1_96, true, 45e0004cdd0f4000ff06bf6b0a0b0c0dac1b1c1de9d700b3fbfbab5a00000000e002ffffcac40000020405b4010303080402080a00155ab7000000001d103d542ee437c6f8ede6d7c4d602e7",
    "HMAC_SHA_1_96, false, 45e0004c53994000ff0648e20a0b0c0dac1b1c1dff1200b3cb0efbee00000000e002ffff541f0000020405b4010303080402080a00024cce000000001d103d5480af3cfeb85368937b8f9ec2",
    "AES_128_CMAC_96, true, 45e0004c7b9f4000ff0620dc0a0b0c0dac1b1c1dc4fa00b3787a1ddf00000000e002ffff5a0f0000020405b4010303080402080a00017ed0000000001d103d54e477e99c8040765498e55091",
    "AES_128_CMAC_96, false, 45e0004cf22e4000ff06aa4c0a0b0c0dac1b1c1dda1c00b3389bed7100000000e002ffff70bf0000020405b4010303080402080a000185e1000000001d103d54c44e60cb31f7c0b1de3d2749",
    "HMAC_SHA_1_96, true, 6e0891dc00380640fd000000000000000000000000000001fd000000000000000000000000000002f7e400b3176a833f00000000e002ffff47210000020405a0010303080402080a0041d087000000001d103d549033ec3d7334b64c5edd039f",
    "HMAC_SHA_1_96, false, 6e078fcd00380640fd000000000000000000000000000001fd000000000000000000000000000002c6cd00b3020c1e6900000000e002ffffa41a0000020405a0010303080402080a009db95b000000001d103d54885698b0530ed4d5a15f8346",
    "AES_128_CMAC_96, true, 6e04a70600380640fd000000000000000000000000000001fd000000000000000000000000000002f85a00b3193cccec00000000e002ffffde5d0000020405a0010303080402080a13e4ab99000000001d103d5459b588107481ac6dc3927040",
    "AES_128_CMAC_96, false, 6e093d7600380640fd000000000000000000000000000001fd000000000000000000000000000002f28800b3b01da74a00000000e002ffff75ff0000020405a0010303080402080a14275b3b000000001d103d543d45b4342de8bb1530847898",
  })
  void signatures(Algorithm algorithm, boolean options, String hex) {
    byte[] packet = HexFormat.of().parseHex(hex);
    assertThat(verify(algorithm, options, packet, 0x3d)).isNull();
    assertThat(verify(algorithm, options, packet, 0x3c)).isEqualTo(Counter.TcpExtTCPAOKeyNotFound);
    assertThat(verify(algorithm, !options, packet, 0x3d)).isEqualTo(Counter.TcpExtTCPAOBad);
    int header = packet.length - 56;
    for (int i = header - 8; i < packet.length; i++) {
      boolean checksum = i == header + 16 || i == header + 17;
      // The option's kind and length, and what decides how far the header reaches.
      boolean frame = i == packet.length - 16 || i == packet.length - 15 || i == header + 12;
      boolean otherOption = i >= header + 20 && i < packet.length - 16;
      boolean keyId = i == packet.length - 14;
      if (frame || keyId || otherOption) {
        continue;
      }
      byte[] forged = packet.clone();
      forged[i] ^= 1;
      if (checksum) {
        assertThat(verify(algorithm, options, forged, 0x3d)).isNull();
      } else {
        assertThat(verify(algorithm, options, forged, 0x3d)).as("byte %d", i).isNotNull();
      }
    }
    byte[] timestamp = packet.clone();
    timestamp[packet.length - 17] ^= 1;
    assertThat(verify(algorithm, options, timestamp, 0x3d) == null).isEqualTo(!options);
  }

  private static @Nullable Counter verify(
      Algorithm algorithm, boolean options, byte[] packet, int receiveId) {
    MemorySegment m = Arena.ofAuto().allocate(packet.length);
    MemorySegment.copy(packet, 0, m, ValueLayout.JAVA_BYTE, 0, packet.length);
    IpPacket p = new IpPacket();
    assertThat(p.parse(m, 0, packet.length)).isEqualTo(IpPacket.OK);
    Segment s = new Segment();
    s.parse(m, p.payloadOffset, p.payloadLength);
    AuthKeys keys = new AuthKeys();
    AuthKey key = AuthKey.ao(everyone(p.v4), 0x54, receiveId, algorithm, MASTER);
    keys.add(options ? key : key.withoutOptions());
    SegmentAuth auth =
        keys.open(
            new AuthContext(),
            p.destinationHigh,
            p.destinationLow,
            s.destinationPort,
            p.sourceHigh,
            p.sourceLow,
            s.sourcePort);
    assertThat(auth).isNotNull();
    return auth.verify(p, s);
  }

  /** RFC 4493 section 4: empty, one block, a block and a half, whole blocks. */
  @Test
  void cmac() {
    HexFormat hex = HexFormat.of();
    AoMac mac =
        AoMac.of(Algorithm.AES_128_CMAC_96, hex.parseHex("2b7e151628aed2a6abf7158809cf4f3c"));
    byte[] message =
        hex.parseHex(
            "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
                + "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710");
    String[] expected = {
      "bb1d6929e95937287fa37d129b756746",
      "070a16b46b4d4144f79bdd9dd04a287c",
      "dfa66747de9ae63030ca32611497c827",
      "51f0bebf7e3b9d92fc49741779363cfe"
    };
    int[] lengths = {0, 16, 40, 64};
    for (int i = 0; i < lengths.length; i++) {
      byte[] got = signed(mac, Arrays.copyOf(message, lengths[i]));
      assertThat(hex.formatHex(got)).isEqualTo(expected[i]);
    }
  }
}
