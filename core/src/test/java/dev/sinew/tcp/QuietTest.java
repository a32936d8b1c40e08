package dev.sinew.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.Limits;
import dev.sinew.base.Profile;
import dev.sinew.base.TcpState;
import dev.sinew.ip.IpAddress;
import dev.sinew.testing.Packets;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Invariant I6: two ends that disagree about everything answer each other a few times, and then
 * there is silence.
 */
class QuietTest {
  private static final IpAddress B = Packets.address("10.0.0.2");

  /** Brings a connection to some state by calls and by time. */
  private static void wander(Random r, FaultyPair w, TcpEndpoint[] ends) {
    for (int i = 0; i < 2 + r.nextInt(6); i++) {
      for (TcpEndpoint e : ends) {
        switch (r.nextInt(8)) {
          case 0 -> e.write(new byte[3000], 0, 1 + r.nextInt(2999));
          case 1 -> e.read(new byte[3000], 0, 1 + r.nextInt(2999));
          case 2 -> e.shutdownOutput();
          default -> {}
        }
      }
      w.pump();
      w.step(w.now + 1 + r.nextLong(300_000_000L));
    }
  }

  /**
   * Changes numbers that no peer could change: the two ends are in states that do not belong
   * together.
   */
  private static void confuse(Random r, TcpEndpoint e) {
    Connection c = e.connection;
    if (c == null || !c.state.synchronizedState()) {
      return;
    }
    int by = r.nextInt(3) == 0 ? r.nextInt() >>> 2 : r.nextInt(100_000) - 50_000;
    switch (r.nextInt(3)) {
      case 0 -> {
        c.rcvNxt += by;
        c.rcvAdv += by;
        c.lastAckSent += by;
        c.finSeq += by;
        c.sndWl1 += by;
      }
      case 1 -> {
        if (c.recovery().records().isEmpty()) {
          c.sndUna += by;
          c.sndNxt += by;
          c.headSeq += by;
          c.iss += by;
          c.sndWl2 += by;
        }
      }
      default -> {}
    }
  }

  @Test
  void confusedEndsBecomeQuiet() {
    long worst = 0;
    for (int seed = 0; seed < 300; seed++) {
      Random r = new Random(seed);
      Profile profile =
          Peer.profile(
              r.nextBoolean() ? Profile.STANDARD : Profile.FREEBSD, "timestamps", r.nextBoolean());
      FaultyPair w =
          new FaultyPair(
              seed,
              profile,
              Limits.DEFAULT.with(v -> {
                v.sendBufferBytes = 4096;
                v.receiveBufferBytes = 4096;
              }),
              8 << 20,
              1500);
      w.delayNanos = r.nextInt(3) == 0 ? 0 : 1_000_000L;
      TcpListener l = w.b.listen(IpAddress.ANY_V4, 80, 0, true, false);
      assertThat(l).isNotNull();
      TcpEndpoint client = w.a.tcp();
      client.connect(B, 80);
      w.pump();
      for (int i = 0; i < 5; i++) {
        w.step(w.now + 10_000_000L);
        w.pump();
      }
      TcpEndpoint server = l.accept();
      assertThat(server).isNotNull();
      wander(r, w, new TcpEndpoint[] {client, server});
      // What is under way is lost; then both ends are out of step.
      w.loss = 1000;
      w.pump();
      confuse(r, client);
      confuse(r, server);
      w.loss = 0;
      long before = w.packets;
      client.write(new byte[10], 0, 10);
      long end = w.now + 5_000_000_000L;
      while (w.now < end) {
        w.pumpUnchecked();
        w.step(end);
      }
      worst = Math.max(worst, w.packets - before);
      assertThat(w.packets - before).as("packets of seed %d in five seconds", seed).isLessThan(150);
      // Timers back off: an hour later it is quiet, or one of them has given up.
      end = w.now + 3600_000_000_000L;
      while (w.now < end) {
        w.pumpUnchecked();
        w.step(end);
      }
      before = w.packets;
      end = w.now + 600_000_000_000L;
      while (w.now < end) {
        w.pumpUnchecked();
        w.step(end);
      }
      assertThat(w.packets - before)
          .as("packets of seed %d in the last ten minutes", seed)
          .isLessThan(60);
    }
    assertThat(worst).isPositive();
  }

  /** Two windows of zero probing each other (esp-lwip 2425, xarxa 018). */
  @Test
  void twoShutWindowsProbeEachOtherWithoutALoop() {
    FaultyPair w =
        new FaultyPair(
            5,
            Profile.STANDARD,
            Limits.DEFAULT.with(v -> {
              v.sendBufferBytes = 8192;
              v.receiveBufferBytes = 2048;
            }),
            8 << 20,
            1500);
    TcpListener l = w.b.listen(IpAddress.ANY_V4, 80, 0, true, false);
    assertThat(l).isNotNull();
    TcpEndpoint a = w.a.tcp();
    a.connect(B, 80);
    run(w, 100_000_000L);
    TcpEndpoint b = l.accept();
    assertThat(b).isNotNull();
    a.write(new byte[8192], 0, 8192);
    b.write(new byte[8192], 0, 8192);
    run(w, 10_000_000_000L);
    assertThat(a.available()).isBetween(2048, 2304 + 128);
    assertThat(b.available()).isBetween(2048, 2304 + 128);
    long before = w.packets;
    run(w, 600_000_000_000L);
    assertThat(w.packets - before).isLessThan(100);
    assertThat(a.state()).isEqualTo(TcpState.ESTABLISHED);
    assertThat(b.state()).isEqualTo(TcpState.ESTABLISHED);
    int got = 0;
    for (int i = 0; i < 100; i++) {
      got +=
          Math.max(0, a.read(new byte[8192], 0, 8192))
              + Math.max(0, b.read(new byte[8192], 0, 8192));
      run(w, 1_000_000_000L);
    }
    assertThat(got).isEqualTo(2 * 8192);
  }

  private static void run(FaultyPair w, long nanos) {
    long end = w.now + nanos;
    while (w.now < end) {
      w.pump();
      w.step(end);
    }
    w.pump();
  }
}
