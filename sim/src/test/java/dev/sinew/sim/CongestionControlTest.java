package dev.sinew.sim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.Counter;
import dev.sinew.base.Profile;
import dev.sinew.tcp.congestion.AckSample;
import dev.sinew.tcp.congestion.CongestionControl;
import dev.sinew.tcp.congestion.CongestionControls;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whole transfers under each congestion controller, with all invariants checked: that data leaves
 * at the pace that a controller names, and that nothing a controller does stalls a connection.
 */
class CongestionControlTest {
  private static final long MS = 1_000_000L;
  private static final long S = 1_000_000_000L;

  /** Everything at once, at a fixed rate. */
  private static class Fixed implements CongestionControl {
    private final long rate;

    Fixed(long rate) {
      this.rate = rate;
    }

    @Override
    public String name() {
      return "fixed";
    }

    @Override
    public void start(int mss, long initialWindow) {}

    @Override
    public long window() {
      return 1 << 20;
    }

    @Override
    public long threshold() {
      return 1 << 20;
    }

    @Override
    public long pacingRate() {
      return rate;
    }

    @Override
    public void onAck(AckSample ack) {}

    @Override
    public void onCongestion(Cause cause, long inFlight, long now) {}

    @Override
    public void onRepeatedTimeout() {}

    @Override
    public void onRecovered(long inFlight) {}

    @Override
    public void onUndo(long inFlight) {}

    @Override
    public void onIdleRestart() {}

    @Override
    public void mss(int bytes) {}
  }

  private static CongestionControls with(CongestionControls.Factory factory) {
    return CongestionControls.STANDARD.with("fixed", factory);
  }

  private static Profile profile(String controller) {
    return Profile.STANDARD.with(v -> v.congestionControl = controller);
  }

  /** Sends so many bytes from the first host to the second; returns when the last one came. */
  private static long transfer(Simulation sim, SimHost from, SimHost to, int bytes) {
    Payload payload = new Payload(1);
    long[] done = new long[1];
    to.start(
        "server",
        () -> {
          try (ServerSocket server = to.sockets().serverSocketFactory().createServerSocket(80);
              Socket s = server.accept()) {
            assertThat(TcpTest.read(s.getInputStream(), payload)).isEqualTo(bytes);
            done[0] = sim.now();
          }
        });
    from.start(
        "client",
        () -> {
          try (Socket s = from.sockets().socketFactory().createSocket()) {
            s.connect(TcpTest.address(to, true, 80));
            TcpTest.write(s.getOutputStream(), payload, bytes);
          }
        });
    sim.run();
    sim.finish();
    return done[0];
  }

  /**
   * Without SACK a burst into a queue of five packets loses most of itself, and is repaired segment
   * by segment. BBR must learn from it how little the path holds (draft-ietf-ccwg-bbr sections
   * 5.3.1.3 and 5.5.10.2): else each repair ends with the next burst, and one segment that is lost
   * again costs a timeout, which doubles.
   */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4})
  void withoutSackBbrLearnsHowLittleAShortQueueHolds(int seed) {
    Profile old =
        profile("bbr")
            .with(v -> {
              v.sack = false;
              v.timestamps = false;
            });
    try (Simulation sim = Simulation.of(seed)) {
      SimHost a = sim.host("a", b -> b.profile(old));
      SimHost b = sim.host("b");
      a.offload();
      sim.link(a, b, "loss 0.7% rate 535mbit limit 5").backward().impair("loss 1.5%");
      assertThat(transfer(sim, a, b, 3_000_000)).isLessThan(60 * S);
    }
  }

  /** A megabyte per second on a link of a hundred: quanta of two segments, evenly spread. */
  @Test
  void dataLeavesAtTheRateThatTheControllerNames() {
    try (Simulation sim = Simulation.of(1)) {
      SimHost a =
          sim.host(
              "a",
              b ->
                  b.congestionControls(with((p, e) -> new Fixed(1_000_000)))
                      .profile(profile("fixed")));
      SimHost b = sim.host("b");
      sim.link(a, b, "delay 10ms rate 100mbit");
      List<Long> times = new ArrayList<>();
      sim.observe(
          new SimObserver() {
            @Override
            public void packetSent(long now, Direction direction, long number, PacketView packet) {
              if (packet.isData()) {
                times.add(now);
              }
            }
          });
      long done = transfer(sim, a, b, 2_000_000);
      assertThat(done / MS).isBetween(2000L, 2050L);
      for (int i = 2; i < times.size(); i++) {
        assertThat(times.get(i) - times.get(i - 2))
            .as("packets " + (i - 2) + " to " + i)
            .isGreaterThanOrEqualTo(2 * 1448 * 1000L - 10);
      }
    }
  }

  /** Timers of 1, 4 and 15 ms cost nothing of the rate. */
  @ParameterizedTest
  @ValueSource(longs = {1, 4, 15})
  void coarseClocksDoNotStarveThePacer(long tickMillis) {
    try (Simulation sim = Simulation.of(1)) {
      SimHost a =
          sim.host(
              "a",
              b ->
                  b.congestionControls(with((p, e) -> new Fixed(1_000_000)))
                      .clockResolution(tickMillis * MS)
                      .profile(profile("fixed")));
      SimHost b = sim.host("b");
      sim.link(a, b, "delay 10ms rate 100mbit");
      assertThat(transfer(sim, a, b, 2_000_000) / MS).isBetween(1990L, 2100L);
    }
  }

  /** A byte per second: what is held leaves after five seconds all the same. */
  @Test
  void noRateStallsAConnection() {
    try (Simulation sim = Simulation.of(1)) {
      SimHost a =
          sim.host(
              "a",
              b -> b.congestionControls(with((p, e) -> new Fixed(1))).profile(profile("fixed")));
      SimHost b = sim.host("b");
      sim.link(a, b, "delay 10ms");
      assertThat(transfer(sim, a, b, 20_000)).isLessThan(60 * S);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"cubic", "reno", "bbr"})
  void eachControllerSurvivesLossReorderingAndAPartition(String controller) {
    for (long tick : new long[] {1, 4 * MS}) {
      try (Simulation sim = Simulation.of(3)) {
        SimHost a = sim.host("a", b -> b.profile(profile(controller)).clockResolution(tick));
        SimHost b = sim.host("b");
        SimLink link =
            sim.link(a, b, "delay 20ms 5ms loss 2% duplicate 1% reorder 2% rate 20mbit limit 50");
        sim.at(300 * MS, () -> link.impair("delay 20ms loss 100%"));
        sim.at(2 * S, () -> link.impair("delay 60ms loss 1% rate 5mbit limit 20"));
        assertThat(transfer(sim, a, b, 3_000_000)).isLessThan(60 * S);
      }
    }
  }

  /** A controller that throws in the middle: Reno brings the rest over, and it is counted. */
  @Test
  void aControllerThatThrowsDoesNotHarmItsConnection() {
    try (Simulation sim = Simulation.of(1)) {
      SimHost a =
          sim.host(
              "a",
              b ->
                  b.congestionControls(
                          with((p, e) ->
                              new Fixed(0) {
                                private int acks;

                                @Override
                                public void onAck(AckSample ack) {
                                  if (++acks == 50) {
                                    throw new IllegalStateException("planted");
                                  }
                                }
                              }))
                      .profile(profile("fixed")));
      SimHost b = sim.host("b");
      sim.link(a, b, "delay 10ms loss 1% rate 20mbit limit 50");
      transfer(sim, a, b, 1_000_000);
      assertThat(a.stack().counters().get(Counter.SinewControllerFailures)).isEqualTo(1);
    }
  }
}
