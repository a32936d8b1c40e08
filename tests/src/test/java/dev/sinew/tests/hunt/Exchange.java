package dev.sinew.tests.hunt;

import dev.sinew.sim.Payload;
import dev.sinew.sim.SimHost;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;

/** One connection: both ends write what they have, shut their output, and read to the end. */
final class Exchange {
  private final SimHost client;
  private final SimHost server;
  private final int port;
  private final int localPort;
  private final long up;
  private final long down;
  private boolean mustSucceed = true;
  private boolean keepAlive;
  private boolean v4 = true;
  private long clientPause;
  private long serverPause;
  private long listenNanos;
  private int ends;
  private int readersDone;
  private String failure = "";

  /**
   * @param localPort the client's, or 0
   * @param up bytes from the client to the server
   */
  Exchange(
      Scenario scenario,
      SimHost client,
      SimHost server,
      int localPort,
      int port,
      long up,
      long down) {
    this.client = client;
    this.server = server;
    this.localPort = localPort;
    this.port = port;
    this.up = up;
    this.down = down;
    scenario.exchanges.add(this);
  }

  /** Errors are allowed: the network is too bad. */
  Exchange mayFail() {
    mustSucceed = false;
    keepAlive = true;
    return this;
  }

  /** For how long the server listens after it has accepted. */
  Exchange listens(long nanos) {
    listenNanos = nanos;
    return this;
  }

  Exchange v6() {
    v4 = false;
    return this;
  }

  /** How long the ends wait between two reads. */
  Exchange pauses(long clientNanos, long serverNanos) {
    clientPause = clientNanos;
    serverPause = serverNanos;
    return this;
  }

  Exchange start(long delay) {
    server.start(
        "listener" + port,
        () -> {
          try (ServerSocket l = server.sockets().serverSocketFactory().createServerSocket(port)) {
            l.setSoTimeout(mustSucceed ? 0 : 600_000);
            Socket s = l.accept();
            server.start("server" + port, () -> end(server, s, 2, down, 1, up, serverPause));
            server.runner().sleep(listenNanos);
          } catch (IOException e) {
            failed("accept", e);
            ends++;
          }
        });
    client.start(
        "client" + port,
        () -> {
          client.runner().sleep(delay);
          Socket s = client.sockets().socket();
          try {
            s.bind(new InetSocketAddress(localPort));
            s.connect(
                new InetSocketAddress(InetAddress.getByAddress(server.address(v4).bytes()), port));
          } catch (IOException e) {
            s.close();
            failed("connect", e);
            ends++;
            return;
          }
          end(client, s, 1, up, 2, down, clientPause);
        });
    return this;
  }

  void end(SimHost me, Socket s, long mine, long write, long other, long read, long pause)
      throws Exception {
    boolean[] done = {false};
    try (s) {
      s.setKeepAlive(keepAlive);
      InputStream in = s.getInputStream();
      me.start(
          "reader" + port,
          () -> {
            try {
              read(me, in, new Payload(other), read, pause);
            } catch (IOException e) {
              failed("read", e);
            } finally {
              done[0] = true;
              readersDone++;
            }
          });
      write(s.getOutputStream(), new Payload(mine), write);
      s.shutdownOutput();
      // Nobody waits for a connection that was closed: what the peer has yet to read would get
      // lost with it after some retries. So both ends close when both have read everything.
      for (long wait = 10 * Scenario.MS;
          !done[0] || mustSucceed && readersDone < 2 && failure.isEmpty(); ) {
        me.runner().sleep(wait);
        wait = Math.min(wait * 2, 30 * Scenario.S);
      }
    } catch (IOException e) {
      failed("write", e);
    } finally {
      ends++;
    }
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

  private void read(SimHost me, InputStream in, Payload payload, long expected, long pause)
      throws IOException, InterruptedException {
    byte[] buffer = new byte[4096];
    long at = 0;
    if (pause > 0) {
      me.runner().sleep(pause);
    }
    for (int n; (n = in.read(buffer)) >= 0; ) {
      long wrong = payload.firstWrong(buffer, 0, n, at);
      Scenario.require(wrong < 0, "I1: byte " + wrong + " is not as it was written");
      at += n;
      if (pause > 0 && at < expected) {
        me.runner().sleep(pause);
      }
    }
    Scenario.require(
        at == expected, "I1: the stream ended after " + at + " of " + expected + " bytes");
  }

  private void failed(String call, IOException e) {
    failure += (failure.isEmpty() ? "" : ", ") + call + ": " + e.getMessage();
  }

  boolean mustSucceed() {
    return mustSucceed;
  }

  String failure() {
    return failure;
  }

  boolean isOver() {
    return ends == 2;
  }
}
