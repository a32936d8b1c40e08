package dev.sinew.bench.run;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;

/**
 * The client's sockets of one run. They are closed with a RST, so that no TIME-WAIT state is left,
 * and also when the server keeps silent for too long: then whoever waits for it gets an exception.
 */
final class Sockets implements AutoCloseable {
  private final List<Closeable> open = new ArrayList<>();
  private final Thread watchdog;
  private volatile boolean closed;

  Sockets(long limitNanos) {
    watchdog =
        Thread.ofPlatform()
            .daemon()
            .name("watchdog")
            .start(() -> {
              try {
                Thread.sleep(limitNanos / 1_000_000);
                close();
              } catch (InterruptedException e) {
                // The run is over in time.
              }
            });
  }

  SocketChannel connect(InetSocketAddress to) throws IOException {
    SocketChannel s = SocketChannel.open();
    add(s);
    s.setOption(StandardSocketOptions.TCP_NODELAY, true);
    s.setOption(StandardSocketOptions.SO_LINGER, 0);
    s.connect(to);
    return s;
  }

  synchronized void add(Closeable c) throws IOException {
    if (closed) {
      c.close();
    }
    open.add(c);
  }

  /** Whoever added it closes it itself. */
  synchronized void forget(Closeable c) {
    open.remove(c);
  }

  @Override
  public synchronized void close() {
    closed = true;
    watchdog.interrupt();
    for (Closeable c : open) {
      try {
        c.close();
      } catch (IOException e) {
        // It is gone, which is what was wanted.
      }
    }
    open.clear();
  }
}
