package dev.sinew.sim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.Counter;
import dev.sinew.base.Limits;
import dev.sinew.base.Profile;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Arrays;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What loss recovery promises, in numbers: a flow over a simulated path. */
class RecoveryNumbersTest {
  private static final long MS = 1_000_000;

  /** A round trip of 50 ms. */
  private static final String PATH = "delay 25ms rate 10mbit limit 1000";

  /** A transfer from one host to another. */
  private static final class Flow {
    final Simulation sim;
    final SimHost sender;
    final SimHost receiver;
    final SimLink link;
    long began;
    long ended;

    Flow(long seed, Profile profile, String path) {
      sim = Simulation.of(seed);
      Limits limits =
          Limits.DEFAULT.with(v -> {
            v.sendBufferBytes = 4 << 20;
            v.receiveBufferBytes = 4 << 20;
          });
      sender = sim.host("sender", b -> b.profile(profile).limits(limits));
      receiver = sim.host("receiver", b -> b.profile(profile).limits(limits));
      link = sim.link(sender, receiver, path);
    }

    /** Returns the nanoseconds from the first byte to the last. */
    long run(long bytes) {
      receiver.start(
          "server",
          () -> {
            try (ServerSocket server =
                    receiver.sockets().serverSocketFactory().createServerSocket(80);
                Socket s = server.accept()) {
              assertThat(TcpTest.read(s.getInputStream(), new Payload(1))).isEqualTo(bytes);
              ended = sim.now();
            }
          });
      sender.start(
          "client",
          () -> {
            try (Socket s = sender.sockets().socket()) {
              s.connect(TcpTest.address(receiver, true, 80));
              began = sim.now();
              TcpTest.write(s.getOutputStream(), new Payload(1), bytes);
            }
          });
      sim.run();
      sim.finish();
      return ended - began;
    }

    long count(Counter c) {
      return sender.stack().counters().get(c);
    }
  }

  private static long median(int seeds, String there, long bytes) {
    long[] times = new long[seeds];
    for (int i = 0; i < seeds; i++) {
      Flow f = new Flow(i + 1, Profile.STANDARD, PATH);
      f.link.forward().impair(there);
      times[i] = f.run(bytes);
    }
    Arrays.sort(times);
    return times[seeds / 2];
  }

  /**
   * Reordering by up to half a round trip, without loss, costs a flow of 1,000 segments less than 5
   * % of its time.
   */
  @ParameterizedTest
  @CsvSource({"1, 5", "5, 25", "10, 10", "30, 5", "30, 25"})
  void reorderingCostsLittle(int percent, int millis) {
    long bytes = 1000 * 1448;
    long plain = median(1, PATH, bytes);
    long reordered =
        median(5, PATH + String.format(Locale.ROOT, " reorder %d%% %dms", percent, millis), bytes);
    // The last segment itself may be late by that much, which is not recovery's.
    assertThat((double) (reordered - millis * MS) / plain)
        .as("reorder %d %% by %d ms", percent, millis)
        .isLessThan(1.05);
  }

  /**
   * The last segments of a flight are lost, the probe is not: repaired within 2 SRTT and 2 RTT, as
   * long as the flight that congestion leaves holds them, and never by a timeout.
   */
  @ParameterizedTest
  @CsvSource({"1, 2", "2, 2", "3, 2", "5, 2", "7, 3", "9, 3"})
  void aLostTailIsRepairedWithoutATimeout(int lost, int rounds) {
    for (int rttMillis : new int[] {1, 10, 50, 200}) {
      String path = "delay " + rttMillis / 2.0 + "ms";
      int segments = 10;
      long plain = new Flow(1, Profile.STANDARD, path).run(segments * 1448L);
      Flow f = new Flow(1, Profile.STANDARD, path);
      long[] numbers = new long[lost];
      for (int i = 0; i < lost; i++) {
        numbers[i] = segments - lost + 1 + i;
      }
      f.link.forward().dropDataSegments(numbers);
      long took = f.run(segments * 1448L) - plain;
      assertThat(took)
          .as("rtt %d ms, %d lost", rttMillis, lost)
          .isLessThanOrEqualTo((2L + rounds) * rttMillis * MS);
      assertThat(f.count(Counter.TcpExtTCPTimeouts)).isZero();
      assertThat(f.count(Counter.TcpExtTCPLossProbes)).isEqualTo(1);
    }
  }

  /**
   * 70 segments over a path and a queue that hold 33 together: slow start slows down when the
   * window fills the path, so that nothing is lost (8 segments by the round's minimum alone).
   */
  @Test
  void slowStartSlowsDownBeforeAShortQueueOverflows() {
    Flow f = new Flow(1, Profile.STANDARD, "delay 10ms rate 10mbit limit 16");
    f.run(100_000);
    assertThat(f.count(Counter.TcpRetransSegs)).isZero();
  }
}
