package dev.sinew.sim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.Counter;
import dev.sinew.base.Limits;
import dev.sinew.base.Profile;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What loss recovery promises, in numbers: a flow over a simulated path. */
class RecoveryNumbersTest {
  private static final long MS = 1_000_000;

  /** A transfer from one host to another. */
  private static final class Flow {
    final Simulation sim;
    final SimHost sender;
    final SimHost receiver;
    SimLink link;
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

  private static long median(int seeds, Profile profile, String there, long bytes) {
    long[] times = new long[seeds];
    for (int i = 0; i < seeds; i++) {
      Flow f = new Flow(i + 1, profile, "delay 25ms rate 20mbit limit 1000");
      f.link.forward().impair(there);
      times[i] = f.run(bytes);
    }
    java.util.Arrays.sort(times);
    return times[seeds / 2];
  }

  /**
   * Reordering by up to half a round trip, without loss, costs a flow of 2,000 segments less than 5
   * % of its time.
   */
  @ParameterizedTest
  @CsvSource({"1, 5", "5, 25", "10, 10", "30, 5", "30, 25"})
  void reorderingCostsLittle(int percent, int millis) {
    long bytes = 2000 * 1448;
    String path = "delay 25ms rate 20mbit limit 1000";
    long plain = median(1, Profile.STANDARD, path, bytes);
    long reordered =
        median(
            5,
            Profile.STANDARD,
            path + String.format(Locale.ROOT, " reorder %d%% %dms", percent, millis),
            bytes);
    // The last segment itself may be late by that much, which is not recovery's.
    assertThat((double) (reordered - millis * MS) / plain)
        .as("reorder %d %% by %d ms", percent, millis)
        .isLessThan(1.05);
  }

  /**
   * The last segments of a flight are lost, the probe is not: repaired within 2 SRTT and 2 RTT, and
   * what the peer delays its acknowledgement, without a timeout.
   */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5, 9})
  void aLostTailIsRepairedWithoutATimeout(int lost) {
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
      long repaired = f.run(segments * 1448L);
      assertThat((repaired - plain) / MS)
          .as("rtt %d ms, %d lost", rttMillis, lost)
          .isLessThanOrEqualTo(2L * rttMillis + 40 + 2L * rttMillis + 2);
      assertThat(f.count(Counter.TcpExtTCPTimeouts)).isZero();
      assertThat(f.count(Counter.TcpExtTCPLossProbes)).isPositive();
    }
  }

  /** A clock that ticks in milliseconds tells less, but nothing wrong. */
  @Test
  void printsWhatReorderingCosts() {
    StringBuilder s = new StringBuilder();
    String path = "delay 25ms rate 20mbit limit 1000";
    for (int percent : new int[] {0, 1, 5, 10, 30}) {
      for (int millis : new int[] {5, 25}) {
        Flow f = new Flow(1, Profile.STANDARD, path);
        f.link.forward().impair(path + (percent == 0 ? "" : " reorder " + percent + "% " + millis + "ms"));
        long t = f.run(2000 * 1448);
        s.append(percent).append("% ").append(millis).append("ms: ").append(t / MS).append(" ms, again ")
            .append(f.count(Counter.TcpRetransSegs)).append(" recoveries ").append(f.count(Counter.TcpExtTCPSackRecovery))
            .append(" undo ").append(f.count(Counter.TcpExtTCPFullUndo)).append('+').append(f.count(Counter.TcpExtTCPPartialUndo))
            .append(" dsack ").append(f.count(Counter.TcpExtTCPDSACKRecv)).append(" rto ").append(f.count(Counter.TcpExtTCPTimeouts)).append('\n');
      }
    }
    System.out.println(s);
  }
}
