package dev.sinew.malformed;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Every prefix and every single-bit corruption (and some more) of a corpus of sound packets, in
 * every connection state, each as corrupted and with the checksums repaired. As corrupted nothing
 * comes of them: no reader wakes, nothing changes, somebody counts them. Repaired they reach
 * parsers and state machine: nothing is thrown, and I1 to I4, I7 and I9 hold.
 *
 * <p>No checksum covers IPv6's traffic class, flow label and hop limit, its extension headers,
 * padding behind the packet or behind a UDP datagram, and IPv4 UDP with checksum 0: damage there is
 * judged like repaired damage ({@link RawPacket#uncovered}).
 */
class MalformedPacketsTest {
  private static final Attack.Tally TOTAL = new Attack.Tally();

  @ParameterizedTest
  @EnumSource
  void everyPrefixAndBitOfEveryPacketAsItIsAndRepaired(Situation situation) {
    // One thread for each version of IP: two hosts share nothing.
    Stream.of(true, false).parallel().forEach(v4 -> attack(situation, v4));
  }

  private static void attack(Situation situation, boolean v4) {
    Host host = situation.build(new Host.Ground(), v4);
    int corpus = ConnectionCorpus.of(host, host.known(situation.state)).size();
    assertThat(corpus).isGreaterThan(90);
    Attack.Tally t = new Attack(situation, v4).run();
    System.out.println("malformed " + situation + (v4 ? " IPv4: " : " IPv6: ") + t);
    // The attack is one: repaired packets arrive where they do harm, if there is harm to do.
    assertThat(t.rejected).isGreaterThan(t.asIs * 3 / 4);
    assertThat(t.repaired).isGreaterThan(t.asIs / 2);
    assertThat(t.hosts).isGreaterThan(corpus);
    synchronized (TOTAL) {
      TOTAL.add(t);
    }
  }

  @AfterAll
  static void report() {
    System.out.println("malformed in all: " + TOTAL);
  }
}
