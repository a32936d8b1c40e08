package dev.sinew.sim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.Limits;
import dev.sinew.base.Profile;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.util.Locale;
import org.junit.jupiter.api.Test;

/**
 * Random networks and random programs, a seed each: loss, duplication, reordering, corruption,
 * small queues, MTUs and buffers, both versions, every way to close. All invariants are checked on
 * the way; in the end every byte has arrived or an error has told that it has not, and nothing is
 * left.
 *
 * <p>{@code -Dsinew.sweep.seeds=10000} runs more, {@code -Dsinew.sweep.first=N} begins elsewhere.
 */
class TcpSweepTest {
  private static final long MS = 1_000_000;

  /** How an end finishes. */
  private enum Ending {
    /** Writes all, half-closes, reads to the end. */
    HALF_CLOSE,
    /** Reads to the end, writes all, closes. */
    READ_FIRST,
    /** Writes all and closes at once, whatever the peer still sends. */
    CLOSE_EARLY,
    /** Writes a part and resets. */
    RESET
  }

  @Test
  void everyRandomNetworkDeliversItsStreamsOrSaysThatItCannot() {
    int seeds = Integer.getInteger("sinew.sweep.seeds", 300);
    long first = Long.getLong("sinew.sweep.first", 1);
    for (long seed = first; seed < first + seeds; seed++) {
      new Scenario(seed).run();
    }
  }

  static final class Scenario {
    final Simulation sim;
    final NamedRandom random;
    final boolean v4;
    String words = "";
    int cleanEnds;

    Scenario(long seed) {
      sim = Simulation.of(seed);
      random = sim.random("scenario");
      v4 = random.chance(0.5);
    }

    private int between(int low, int high) {
      return low + (int) Math.floorMod(random.nextLong(), (long) high - low + 1);
    }

    /** Mostly small numbers, sometimes large ones. */
    private int size(int max) {
      return (int) (max * Math.pow(random.nextDouble(), 4));
    }

    private String impairments() {
      int delay = between(0, 3) == 0 ? 0 : between(1, 80);
      StringBuilder s = new StringBuilder("delay " + delay + "ms");
      if (delay > 0 && random.chance(0.3)) {
        s.append(' ').append(between(1, delay)).append("ms");
      }
      if (random.chance(0.5)) {
        s.append(String.format(Locale.ROOT, " loss %.2f%%", 15 * random.nextDouble()));
      }
      if (random.chance(0.3)) {
        s.append(String.format(Locale.ROOT, " duplicate %.2f%%", 10 * random.nextDouble()));
      }
      if (random.chance(0.3)) {
        s.append(
            String.format(
                Locale.ROOT, " reorder %.2f%% %dms", 20 * random.nextDouble(), between(1, 50)));
      }
      if (random.chance(0.3)) {
        s.append(String.format(Locale.ROOT, " corrupt %.2f%%", 5 * random.nextDouble()));
      }
      if (random.chance(0.5)) {
        s.append(" rate ").append(between(1, 100)).append("mbit limit ").append(between(4, 200));
      }
      return s.toString();
    }

    private SimHost host(String name) {
      Profile profile =
          switch (between(0, 2)) {
            case 0 -> Profile.STANDARD;
            case 1 -> Profile.LINUX;
            default -> Profile.FREEBSD;
          };
      String controller =
          switch (between(0, 3)) {
            case 0 -> "reno";
            case 1 -> "bbr";
            default -> "cubic";
          };
      boolean pacing = random.chance(0.5);
      Profile with =
          profile.with(v -> {
            v.congestionControl = controller;
            v.pacing = pacing;
          });
      Limits limits = Limits.DEFAULT;
      if (random.chance(0.5)) {
        int sendBuffer = 2048 + size(200_000);
        int receiveBuffer = 2048 + size(200_000);
        limits =
            limits.with(v -> {
              v.sendBufferBytes = sendBuffer;
              v.receiveBufferBytes = receiveBuffer;
            });
      }
      Limits chosen = limits;
      return sim.host(name, b -> b.profile(with).limits(chosen));
    }

    /** Runs it and returns the trace hash. */
    long run() {
      SimHost client = host("client");
      SimHost server = host("server");
      int mtu = random.chance(0.3) ? between(v4 ? 576 : 1280, 9000) : 1500;
      SimLink link =
          random.chance(0.3) ? throughRouter(client, server, mtu) : direct(client, server, mtu);
      int connections = between(1, 4);
      try {
        server.start("listener", () -> listen(server, connections));
        for (int i = 0; i < connections; i++) {
          long stream = i;
          long start = between(0, 1000) * MS;
          client.start("client" + i, () -> connect(client, server, stream, start));
        }
        if (random.chance(0.1)) {
          long at = between(1, 2000) * MS;
          sim.at(at, () -> link.partition(Direction.InFlight.DROP));
          sim.at(at + between(1, 10_000) * MS, link::heal);
        }
        sim.run();
        assertThat(sim.now()).as("I5: it took too long").isLessThan(3600_000 * MS);
        sim.finish();
        return sim.traceHash();
      } catch (AssertionError e) {
        throw new AssertionError("seed " + sim.seed() + ", " + words + "\n" + e.getMessage(), e);
      }
    }

    private SimLink direct(SimHost client, SimHost server, int mtu) {
      String there = impairments();
      String back = impairments();
      SimLink link = sim.link(client, server, there + " mtu " + mtu);
      link.backward().impair(back + " mtu " + mtu);
      words = "mtu " + mtu + "; to the server: " + there + "; back: " + back;
      return link;
    }

    /** The second link may be narrower than both ends know: path MTU discovery has to find out. */
    private SimLink throughRouter(SimHost client, SimHost server, int mtu) {
      SimHost router = sim.router("router");
      int narrow = between(v4 ? 576 : 1280, 2000);
      String first = impairments();
      String second = impairments();
      SimLink left = sim.link(client, router, first + " mtu " + mtu);
      SimLink right = sim.link(router, server, second + " mtu " + narrow);
      sim.defaultRoute(client, left, router);
      sim.defaultRoute(server, right, router);
      words = "through a router: " + first + " mtu " + mtu + ", then " + second + " mtu " + narrow;
      return right;
    }

    private void listen(SimHost server, int connections) throws IOException {
      try (ServerSocket listener = server.sockets().serverSocketFactory().createServerSocket(80)) {
        // A client may give up while it connects, so the listener does too.
        listener.setSoTimeout(300_000);
        for (int i = 0; i < connections; i++) {
          Socket s = listener.accept();
          String name = "serve" + i;
          server.start(name, () -> converse(server, s, false));
        }
      } catch (SocketTimeoutException e) {
        // Those that came are served.
      }
    }

    private void connect(SimHost client, SimHost server, long stream, long start) throws Exception {
      client.runner().sleep(start);
      Socket s = client.sockets().socket();
      try {
        s.connect(TcpTest.address(server, v4, 80));
        s.getOutputStream().write((int) stream);
      } catch (IOException e) {
        s.close();
        return;
      }
      converse(client, s, true);
    }

    /** Both ends do the same, each with a way to end of its own. */
    private void converse(SimHost me, Socket s, boolean client) throws Exception {
      Ending ending = Ending.values()[Math.floorMod(random.nextLong(), Ending.values().length)];
      int bytes = size(400_000);
      boolean slowReader = random.chance(0.2);
      s.setTcpNoDelay(random.chance(0.5));
      s.setSoTimeout(600_000);
      try (s) {
        InputStream in = s.getInputStream();
        OutputStream out = s.getOutputStream();
        if (!client) {
          // The first byte names the stream that follows.
          int stream = in.read();
          if (stream < 0) {
            throw new EOFException();
          }
        }
        Payload mine = new Payload(client ? 1 : 2);
        Payload other = new Payload(client ? 2 : 1);
        Reader reader = new Reader(me, in, other, slowReader);
        switch (ending) {
          case HALF_CLOSE -> {
            Thread t = me.start("reader", reader);
            TcpTest.write(out, mine, bytes);
            s.shutdownOutput();
            await(me, reader);
            assertThat(t.getName()).isNotEmpty();
          }
          case READ_FIRST -> {
            reader.run();
            await(me, reader);
            TcpTest.write(out, mine, bytes);
          }
          case CLOSE_EARLY -> {
            closeLater(me, s);
            TcpTest.write(out, mine, bytes);
          }
          case RESET -> {
            closeLater(me, s);
            TcpTest.write(out, mine, bytes);
            s.setSoLinger(true, 0);
          }
        }
        cleanEnds++;
      } catch (SocketException | SocketTimeoutException | EOFException e) {
        // The peer reset or the network was too bad: the application was told.
      }
    }

    /** Two ends that both write and never read would wait for each other for ever. */
    private void closeLater(SimHost me, Socket s) {
      long after = between(1, 20_000) * MS;
      me.start(
          "closer",
          () -> {
            me.runner().sleep(after);
            s.close();
          });
    }

    private static void await(SimHost me, Reader reader) throws Exception {
      while (!reader.done) {
        me.runner().sleep(50 * MS);
      }
      if (reader.failure != null) {
        throw reader.failure;
      }
    }
  }

  /** Reads to the end and checks each byte. */
  private static final class Reader implements Program {
    private final SimHost me;
    private final InputStream in;
    private final Payload payload;
    private final boolean slow;
    volatile boolean done;
    volatile IOException failure;

    Reader(SimHost me, InputStream in, Payload payload, boolean slow) {
      this.me = me;
      this.in = in;
      this.payload = payload;
      this.slow = slow;
    }

    @Override
    public void run() throws InterruptedException, IOException {
      byte[] buffer = new byte[8192];
      long at = 0;
      try {
        while (true) {
          int n = in.read(buffer);
          if (n < 0) {
            return;
          }
          long wrong = payload.firstWrong(buffer, 0, n, at);
          assertThat(wrong).as("I1: the first byte that is not as written").isEqualTo(-1);
          at += n;
          if (slow) {
            me.runner().sleep(20 * MS);
          }
        }
      } catch (IOException e) {
        failure = e;
      } finally {
        done = true;
      }
    }
  }
}
