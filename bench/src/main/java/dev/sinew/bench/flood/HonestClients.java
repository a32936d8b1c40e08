package dev.sinew.bench.flood;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;

/**
 * Clients of the kernel that connect, so many a second, send a byte, wait for it to come back, and
 * reset the connection.
 */
final class HonestClients {
  private static final long PATIENCE_NANOS = 3_000_000_000L;
  private static final long SECOND = 1_000_000_000L;

  private static final class Client {
    final SocketChannel channel;
    final long begun = System.nanoTime();
    boolean connected;

    Client(SocketChannel channel) {
      this.channel = channel;
    }
  }

  private final InetSocketAddress server;
  private final Deque<Client> waiting = new ArrayDeque<>();
  private final ByteBuffer octet = ByteBuffer.allocate(1);
  private long[] times = new long[1024];
  int begun;
  int connected;
  int answered;
  int failed;

  HonestClients(InetSocketAddress server) {
    this.server = server;
  }

  /** Runs in the calling thread, in whose namespace the sockets are. */
  void run(int perSecond, long nanos) throws IOException {
    long start = System.nanoTime();
    try (Selector selector = Selector.open()) {
      while (true) {
        long now = System.nanoTime();
        boolean over = now - start >= nanos;
        if (over && waiting.isEmpty()) {
          return;
        }
        long next = start + begun * SECOND / perSecond;
        if (!over && now >= next) {
          begin(selector);
          continue;
        }
        selector.select(
            key -> ready((Client) key.attachment(), key), Math.max(1, (next - now) / 1_000_000));
        giveUp();
      }
    }
  }

  private void begin(Selector selector) throws IOException {
    SocketChannel channel = SocketChannel.open();
    channel.configureBlocking(false);
    channel.setOption(StandardSocketOptions.SO_LINGER, 0);
    channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    Client client = new Client(channel);
    channel.register(selector, SelectionKey.OP_CONNECT, client);
    begun++;
    waiting.add(client);
    if (channel.connect(server)) {
      throw new IOException("connected at once");
    }
  }

  private void ready(Client client, SelectionKey key) {
    try {
      octet.clear();
      if (!client.connected) {
        if (!client.channel.finishConnect()) {
          return;
        }
        client.connected = true;
        long took = System.nanoTime() - client.begun;
        if (took <= PATIENCE_NANOS) {
          note(took);
        }
        client.channel.write(octet);
        key.interestOps(SelectionKey.OP_READ);
      } else if (client.channel.read(octet) != 0) {
        answered += octet.position();
        client.channel.close();
      }
    } catch (IOException e) {
      failed++;
      close(client);
    }
  }

  private void note(long took) {
    if (connected == times.length) {
      times = Arrays.copyOf(times, connected * 2);
    }
    times[connected++] = took;
  }

  /** Whoever has waited for long enough, for the connection or for the answer. */
  private void giveUp() {
    long now = System.nanoTime();
    while (!waiting.isEmpty()
        && (!waiting.element().channel.isOpen()
            || now - waiting.element().begun > 2 * PATIENCE_NANOS)) {
      close(waiting.remove());
    }
  }

  private static void close(Client client) {
    try {
      client.channel.close();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Milliseconds until connected, of those that were within 3 s. */
  double millis(double quantile) {
    if (connected == 0) {
      return -1;
    }
    long[] sorted = Arrays.copyOf(times, connected);
    Arrays.sort(sorted);
    return sorted[(int) Math.min(connected - 1, Math.floor(quantile * connected))] / 1e6;
  }
}
