package dev.sinew.ip;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.Counter;
import dev.sinew.testing.Packets;
import dev.sinew.testing.TestEntropy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever comes in: no exception, no leak, no storm of answers, and only sound packets go out. */
class HostilePacketsTest {
  /**
   * A packet of 1,500 bytes may be passed on in two fragments, and an answer to it comes in one.
   */
  private static final int MOST_ANSWERS = 2;

  private static List<byte[]> corpus() {
    List<byte[]> all = new ArrayList<>();
    for (String peer : new String[] {"10.0.0.9", "fd00:a::9"}) {
      boolean v4 = peer.equals("10.0.0.9");
      String us = v4 ? "10.0.0.1" : "fd00:a::1";
      String beyond = v4 ? "10.0.1.9" : "fd00:b::9";
      for (String to : new String[] {us, beyond}) {
        all.add(Packets.ip(peer, to, 17, Packets.udp(peer, 1, to, 2, Packets.pattern(20))));
        all.add(
            Packets.ip(
                peer,
                to,
                6,
                Packets.tcp(peer, 1, to, 2, 7, 8, 16, 9, new byte[4], Packets.pattern(9))));
        all.add(Packets.icmpPacket(peer, to, v4 ? 8 : 128, 0, 1, Packets.pattern(16)));
        all.add(Packets.ip(peer, to, 17, Packets.udp(peer, 1, to, 2, Packets.pattern(1400))));
      }
      byte[] ours = Packets.ip(us, peer, 17, Packets.udp(us, 1, peer, 2, Packets.pattern(20)));
      all.add(Packets.icmpPacket(peer, us, v4 ? 3 : 1, v4 ? 3 : 4, 0, ours));
      all.add(Packets.icmpPacket(peer, us, v4 ? 3 : 2, v4 ? 4 : 0, 1300, ours));
    }
    byte[] data = Packets.pattern(32);
    byte[] options = {7, 7, 4, 0, 0, 0, 0, (byte) 136, 4, 1, 2, 1};
    all.add(Packets.ipv4("10.0.0.9", "10.0.0.1", 17, 64, 5, 0x2000, options, data));
    all.add(Packets.ipv4("10.0.0.9", "10.0.0.1", 17, 64, 5, 4, new byte[0], data));
    all.add(Packets.ipv4("10.0.0.9", "10.0.1.9", 17, 2, 5, 0x2000, options, Packets.pattern(1440)));
    byte[] hop = {60, 0, 5, 2, 0, 0, 1, 0};
    byte[] dest = {44, 0, 1, 4, 0, 0, 0, 0};
    all.add(
        Packets.ipv6(
            "fd00:a::9",
            "fd00:a::1",
            0,
            64,
            Packets.concat(hop, dest, Packets.fragmentHeader(17, 0, true, 9, data))));
    all.add(
        Packets.ipv6(
            "fd00:a::9", "fd00:a::1", 44, 64, Packets.fragmentHeader(17, 32, false, 9, data)));
    return all;
  }

  private static final class Judge {
    final IpHarness h = new IpHarness(true);

    void in(byte[] packet) {
      h.in(packet);
      assertThat(judge()).isLessThanOrEqualTo(MOST_ANSWERS);
      h.drops.clear();
      h.delivered.clear();
      h.told.clear();
    }

    /** Time passes; what falls due (fragments are given up) is no answer to the next packet. */
    void pass(long nanos) {
      h.pass(nanos);
      judge();
    }

    private int judge() {
      List<byte[]> out = new ArrayList<>(h.out());
      out.addAll(h.otherOut());
      for (byte[] p : out) {
        // What is passed on has a transport as broken as it was; what we wrote ourselves is sound.
        IpAddress source = Packets.source(p);
        if (h.ip.isLocal(source.high(), source.low()) && !Packets.isSound(p)) {
          throw new AssertionError(Arrays.toString(p));
        }
      }
      return out.size();
    }

    void end() {
      h.pass(20_000_000_000L);
      assertThat(h.used()).isZero();
      assertThat(h.context.timers.armedCount()).isZero();
      assertThat(h.count(Counter.SinewInternalErrors)).isZero();
    }
  }

  @Test
  void everyPrefixAndEveryFlippedBit() {
    Judge j = new Judge();
    for (byte[] packet : corpus()) {
      for (int n = 0; n <= Math.min(packet.length, 120); n++) {
        j.in(Arrays.copyOf(packet, n));
      }
      for (int bit = 0; bit < Math.min(packet.length, 100) * 8; bit++) {
        byte[] p = packet.clone();
        p[bit / 8] ^= (byte) (1 << bit % 8);
        j.in(p);
        repair(p);
        j.in(p);
        j.pass(1_000_000);
      }
    }
    j.end();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void randomDamageWithRepairedChecksums(long seed) {
    TestEntropy random = new TestEntropy(seed);
    List<byte[]> corpus = corpus();
    Judge j = new Judge();
    for (int i = 0; i < 10_000; i++) {
      byte[] p = corpus.get(random.nextInt(corpus.size())).clone();
      for (int n = random.nextInt(4); n >= 0; n--) {
        p[random.nextInt(Math.min(p.length, 96))] =
            (byte)
                (random.nextInt(3) == 0
                    ? new int[] {0, 1, 255, 44, 60, 43}[random.nextInt(6)]
                    : random.nextInt(256));
      }
      if (random.nextInt(8) == 0) {
        p = Arrays.copyOf(p, random.nextInt(p.length + 1));
      }
      repair(p);
      j.in(p);
      j.pass(random.nextInt(3_000_000));
    }
    j.end();
  }

  /**
   * Makes the IPv4 header's and an ICMP message's checksum good again, so that the damage gets past
   * them.
   */
  private static void repair(byte[] p) {
    if (p.length < 20) {
      return;
    }
    int header = Packets.isV4(p) ? (p[0] & 0xf) * 4 : 40;
    if (header < 20 || header + 8 > p.length) {
      return;
    }
    if (Packets.isV4(p)) {
      Packets.fixIpv4Checksum(p);
    }
    byte[] message = Packets.payload(p);
    if (Packets.protocol(p) == (Packets.isV4(p) ? 1 : 58)) {
      Packets.put16(message, 2, 0);
      int sum =
          Packets.isV4(p)
              ? ~Packets.sum(message, 0, message.length, 0) & 0xffff
              : Packets.transportChecksum(
                  Packets.source(p).toString(), Packets.destination(p).toString(), 58, message);
      Packets.put16(p, header + 2, sum);
    }
  }
}
