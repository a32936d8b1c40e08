package dev.sinew.sim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.Limits;
import dev.sinew.base.Profile;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ServerSocket;
import java.net.Socket;
import org.junit.jupiter.api.Test;

/** Buffers that grow to what a path needs, and no further. */
class AutoTuningTest {
  private static final long MS = 1_000_000;
  private static final long S = 1_000_000_000;

  private final Simulation sim = Simulation.of(3);
  private long received;
  private int receiveBuffer;

  private void transfer(SimHost from, SimHost to, long until, long readEachMilli) {
    to.start(
        "server",
        () -> {
          try (ServerSocket server = to.sockets().serverSocketFactory().createServerSocket(80);
              Socket s = server.accept()) {
            InputStream in = s.getInputStream();
            byte[] b = new byte[1 << 18];
            for (int n = 0; n >= 0; ) {
              n = in.read(b, 0, (int) Math.min(b.length, readEachMilli));
              received += Math.max(n, 0);
              receiveBuffer = s.getReceiveBufferSize();
              if (readEachMilli < b.length) {
                to.runner().sleep(MS);
              }
            }
          }
        });
    from.start(
        "client",
        () -> {
          try (Socket s = from.sockets().socket()) {
            s.connect(TcpTest.address(to, true, 80));
            OutputStream out = s.getOutputStream();
            byte[] b = new byte[1 << 18];
            while (sim.now() < until) {
              out.write(b);
            }
          }
        });
  }

  /**
   * 1 Gbit/s and 100 ms: 12.5 MB are in flight, from buffers that begin with 1 MiB and may have
   * twice that. The queue holds the rest: it is the buffers that are tried, not recovery.
   */
  @Test
  void aLongFatPathIsFilled() {
    Limits limits =
        Limits.DEFAULT.with(v -> {
          v.maxReceiveBufferBytes = 25_000_000;
          v.maxSendBufferBytes = 25_000_000;
        });
    sim.withoutChecks();
    SimHost a = sim.host("a", s -> s.limits(limits));
    SimHost b = sim.host("b", s -> s.limits(limits));
    sim.link(a, b, "delay 50ms rate 1gbit limit 16mb");
    transfer(a, b, 2600 * MS, Long.MAX_VALUE);
    sim.runUntil(2 * S);
    long before = received;
    sim.runUntil(2500 * MS);
    long rate = (received - before) * 8 * 2;
    System.out.printf("auto-tuning: %.0f Mbit/s of 1000, buffer %d%n", rate / 1e6, receiveBuffer);
    assertThat(rate).isGreaterThan(900_000_000L);
    sim.run();
    sim.finish();
  }

  @Test
  void aSlowReaderKeepsWhatItBeganWith() {
    SimHost a = sim.host("a");
    SimHost b = sim.host("b");
    sim.link(a, b, "delay 10ms rate 100mbit limit 200");
    transfer(a, b, 3 * S, 100);
    sim.runUntil(20 * S);
    assertThat(receiveBuffer).isEqualTo(Limits.DEFAULT.receiveBufferBytes());
    sim.close();
  }

  @Test
  void theProfileSwitchesItOff() {
    Profile off =
        Profile.STANDARD.with(v -> {
          v.autoTuneReceive = false;
          v.autoTuneSend = false;
        });
    SimHost a = sim.host("a", s -> s.profile(off));
    SimHost b = sim.host("b", s -> s.profile(off));
    sim.link(a, b, "delay 50ms");
    transfer(a, b, 2 * S, Long.MAX_VALUE);
    sim.run();
    assertThat(receiveBuffer).isEqualTo(Limits.DEFAULT.receiveBufferBytes());
    assertThat(received).isLessThan(24L * Limits.DEFAULT.receiveBufferBytes());
    sim.finish();
  }
}
