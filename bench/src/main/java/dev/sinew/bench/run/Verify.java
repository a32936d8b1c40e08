package dev.sinew.bench.run;

import dev.sinew.cli.serve.SmallServices;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Each byte is the right one: random bytes to the echo service and back, and then as many of the
 * pattern that the chargen service sends, in every configuration, on one, 4 and 64 connections,
 * over both versions of IP.
 */
final class Verify {
  private static final int BLOCK = 64 << 10;

  private Verify() {}

  /** True when all was right. */
  static boolean run(Lab lab, boolean quick) throws IOException, InterruptedException {
    long total = quick ? 32L << 20 : 1L << 30;
    boolean right = true;
    for (Config config : Config.ALL) {
      try (ServerProcess server = lab.start(Peer.SINEW, config, List.of())) {
        for (boolean v4 : new boolean[] {true, false}) {
          for (int connections : new int[] {1, 4, 64}) {
            String name =
                config + ", " + (v4 ? "IPv4" : "IPv6") + ", " + connections + " connections";
            long each = total / connections;
            String wrong = check(server, v4, connections, each);
            right &= wrong.isEmpty();
            System.out.println(
                name
                    + ": "
                    + (wrong.isEmpty()
                        ? (each * connections >> 20)
                            + " MiB there and back and as many sent, each byte right"
                        : wrong));
          }
        }
      }
    }
    return right;
  }

  /** Empty, or what is wrong. */
  private static String check(ServerProcess server, boolean v4, int connections, long bytes)
      throws IOException, InterruptedException {
    AtomicReference<String> wrong = new AtomicReference<>("");
    List<Thread> threads = new ArrayList<>();
    try (Sockets sockets = new Sockets(600_000_000_000L)) {
      for (int i = 0; i < connections; i++) {
        long seed = i;
        SocketChannel s = connect(server, v4, ServerMain.ECHO, sockets);
        threads.add(Thread.ofPlatform().daemon().start(() -> send(s, seed, bytes)));
        threads.add(Thread.ofPlatform().daemon().start(() -> receive(s, seed, bytes, wrong)));
      }
      join(threads);
    }
    try (Sockets sockets = new Sockets(600_000_000_000L)) {
      for (int i = 0; i < connections; i++) {
        SocketChannel s = connect(server, v4, ServerMain.CHARGEN, sockets);
        threads.add(Thread.ofPlatform().daemon().start(() -> receivePattern(s, bytes, wrong)));
      }
      join(threads);
    }
    return wrong.get();
  }

  private static void join(List<Thread> threads) throws InterruptedException {
    for (Thread t : threads) {
      t.join();
    }
    threads.clear();
  }

  private static SocketChannel connect(ServerProcess server, boolean v4, int port, Sockets sockets)
      throws IOException {
    try {
      return server.place().client().call(() -> sockets.connect(server.address(v4, port)));
    } catch (IOException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private static void fill(ByteBuffer block, SplittableRandom random) {
    block.clear();
    while (block.hasRemaining()) {
      block.putLong(random.nextLong());
    }
    block.flip();
  }

  private static void send(SocketChannel s, long seed, long bytes) {
    SplittableRandom random = new SplittableRandom(seed);
    ByteBuffer block = ByteBuffer.allocateDirect(BLOCK);
    try {
      for (long sent = 0; sent < bytes; sent += BLOCK) {
        fill(block, random);
        while (block.hasRemaining()) {
          s.write(block);
        }
      }
    } catch (IOException e) {
      // The reader says what is missing.
    }
  }

  private static void receive(
      SocketChannel s, long seed, long bytes, AtomicReference<String> wrong) {
    SplittableRandom random = new SplittableRandom(seed);
    ByteBuffer expected = ByteBuffer.allocateDirect(BLOCK);
    ByteBuffer block = ByteBuffer.allocateDirect(BLOCK);
    long at = 0;
    try {
      while (at < bytes) {
        fill(expected, random);
        block.clear();
        while (block.hasRemaining()) {
          if (s.read(block) < 0) {
            throw new EOFException("the server closed the connection");
          }
        }
        block.flip();
        int difference = expected.mismatch(block);
        if (difference >= 0) {
          wrong.set("WRONG: byte " + (at + difference) + " is another one");
          return;
        }
        at += BLOCK;
      }
    } catch (IOException e) {
      wrong.set("WRONG: ended after " + at + " bytes: " + e.getMessage());
    }
  }

  private static void receivePattern(SocketChannel s, long bytes, AtomicReference<String> wrong) {
    ByteBuffer pattern = ByteBuffer.wrap(SmallServices.pattern());
    ByteBuffer block = ByteBuffer.allocateDirect(BLOCK);
    long at = 0;
    try {
      while (at < bytes) {
        int from = (int) (at % pattern.capacity());
        block.clear().limit(Math.min(BLOCK, pattern.capacity() - from));
        int n = s.read(block);
        if (n < 0) {
          throw new EOFException("the server closed the connection");
        }
        int difference = pattern.slice(from, n).mismatch(block.flip());
        if (difference >= 0) {
          wrong.set("WRONG: byte " + (at + difference) + " of what it sends is another one");
          return;
        }
        at += n;
      }
    } catch (IOException e) {
      wrong.set("WRONG: ended after " + at + " bytes of what it sends: " + e.getMessage());
    }
  }
}
