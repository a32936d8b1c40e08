package dev.sinew.sim.sweep;

import dev.sinew.sim.Payload;
import dev.sinew.sim.Program;
import dev.sinew.sim.SimHost;
import dev.sinew.sim.Simulation;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import org.jspecify.annotations.Nullable;

/** Plain blocking programs at both ends, one to four connections with every way to end. */
final class Conversations {
  private static final long MS = 1_000_000;
  private static final int PORT = 80;

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

  private final Simulation sim;
  private final SimHost client;
  private final SimHost server;
  private final boolean v4;
  private final Draws draws;

  Conversations(Simulation sim, SimHost client, SimHost server, boolean v4) {
    this.sim = sim;
    this.client = client;
    this.server = server;
    this.v4 = v4;
    this.draws = new Draws(sim.seed(), "conversations");
  }

  void run() {
    int connections = draws.between(1, 4);
    server.onBoot("listener", () -> listen(connections));
    for (int i = 0; i < connections; i++) {
      long start = draws.between(0, 1000) * MS;
      client.start("client" + i, () -> connect(start));
    }
    sim.run();
  }

  private void listen(int connections) throws IOException {
    try (ServerSocket listener = server.sockets().serverSocketFactory().createServerSocket(PORT)) {
      // A client may give up while it connects, so the listener does too.
      listener.setSoTimeout(300_000);
      for (int i = 0; i < connections; i++) {
        Socket s = listener.accept();
        server.start("serve" + i, () -> converse(server, s, false));
      }
    } catch (SocketTimeoutException e) {
      // Those that came are served.
    }
  }

  private void connect(long start) throws Exception {
    client.runner().sleep(start);
    Socket s = client.sockets().socket();
    try {
      s.connect(new InetSocketAddress(InetAddress.getByAddress(server.address(v4).bytes()), PORT));
      s.getOutputStream().write(1);
    } catch (IOException e) {
      s.close();
      return;
    }
    converse(client, s, true);
  }

  /** Both ends do the same, each with a way to end of its own. */
  private void converse(SimHost me, Socket s, boolean isClient) throws Exception {
    Ending ending = draws.pick(Ending.values());
    int bytes = draws.size(400_000);
    boolean slowReader = draws.chance(0.2);
    s.setTcpNoDelay(draws.chance(0.5));
    s.setSoTimeout(600_000);
    try (s) {
      InputStream in = s.getInputStream();
      OutputStream out = s.getOutputStream();
      if (!isClient && in.read() < 0) {
        throw new EOFException();
      }
      Payload mine = new Payload(isClient ? 1 : 2);
      Reader reader = new Reader(me, in, new Payload(isClient ? 2 : 1), slowReader);
      switch (ending) {
        case HALF_CLOSE -> {
          me.start("reader", reader);
          write(out, mine, bytes);
          s.shutdownOutput();
          await(me, reader);
        }
        case READ_FIRST -> {
          reader.run();
          await(me, reader);
          write(out, mine, bytes);
        }
        case CLOSE_EARLY -> {
          closeLater(me, s);
          write(out, mine, bytes);
        }
        case RESET -> {
          closeLater(me, s);
          write(out, mine, bytes);
          s.setSoLinger(true, 0);
        }
      }
    } catch (SocketException | SocketTimeoutException | EOFException e) {
      // The peer reset or the network was too bad: the application was told.
    }
  }

  /** Two ends that both write and never read would wait for each other for ever. */
  private void closeLater(SimHost me, Socket s) {
    long after = draws.between(1, 20_000) * MS;
    me.start(
        "closer",
        () -> {
          me.runner().sleep(after);
          s.close();
        });
  }

  private static void write(OutputStream out, Payload payload, long bytes) throws IOException {
    byte[] buffer = new byte[8192];
    for (long at = 0; at < bytes; ) {
      int n = (int) Math.min(buffer.length, bytes - at);
      payload.fill(buffer, 0, n, at);
      out.write(buffer, 0, n);
      at += n;
    }
  }

  private static void await(SimHost me, Reader reader) throws Exception {
    while (!reader.done) {
      me.runner().sleep(50 * MS);
    }
    if (reader.failure != null) {
      throw reader.failure;
    }
  }

  /** Reads to the end and checks each byte. */
  private final class Reader implements Program {
    private final SimHost me;
    private final InputStream in;
    private final Payload payload;
    private final boolean slow;
    private volatile boolean done;
    private volatile @Nullable IOException failure;

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
          if (wrong >= 0) {
            throw sim.violation("I1: another byte at position " + wrong + " than was written");
          }
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
