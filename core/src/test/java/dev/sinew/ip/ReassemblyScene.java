package dev.sinew.ip;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.Limits;
import dev.sinew.testing.Packets;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;

/**
 * What the tests of reassembly share: pieces, and the check that no memory is out after every test.
 */
abstract class ReassemblyScene {
  static final int UDP = 17;
  static final long TIMEOUT = Limits.DEFAULT.reassemblyTimeoutNanos();
  static final String V4 = "10.0.0.9";
  static final String V6 = "fd00:a::9";

  IpHarness h = new IpHarness(false);

  @AfterEach
  void nothingIsKept() {
    h.pass(TIMEOUT);
    assertThat(h.used()).isZero();
    assertThat(h.context.timers.armedCount()).isZero();
  }

  static String us(String source) {
    return source.contains(":") ? "fd00:a::1" : "10.0.0.1";
  }

  /** A piece of a datagram's payload. */
  static byte[] piece(String source, int id, byte[] payload, int from, int to) {
    return piece(source, id, from, to < payload.length, Arrays.copyOfRange(payload, from, to));
  }

  static byte[] piece(String source, int id, int from, boolean more, byte[] bytes) {
    return source.contains(":")
        ? Packets.ipv6(
            source, us(source), 44, 64, Packets.fragmentHeader(UDP, from, more, id, bytes))
        : Packets.ipv4(
            source, us(source), UDP, 64, id, from / 8 | (more ? 0x2000 : 0), new byte[0], bytes);
  }

  static byte[] datagram(String source, int size) {
    return Packets.udp(source, 1000, us(source), 2000, Packets.pattern(size - 8));
  }

  void assertDelivered(byte[] payload) {
    assertThat(h.delivered).hasSize(1);
    assertThat(h.delivered.getFirst().payload()).isEqualTo(payload);
    h.delivered.clear();
  }
}
