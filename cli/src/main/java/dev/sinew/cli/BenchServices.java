package dev.sinew.cli;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.sinew.base.Endpoint;
import dev.sinew.base.SharedBytes;
import dev.sinew.base.TcpError;
import dev.sinew.cli.serve.SmallServices;
import dev.sinew.ip.IpAddress;
import dev.sinew.sockets.EventHandler;
import dev.sinew.sockets.RealTimeRunner;
import dev.sinew.tcp.TcpEndpoint;
import dev.sinew.tcp.TcpListener;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The four services that the benchmark loads, without a thread per connection: echo 7, port 8 (one
 * byte and back, then silence until the client closes), discard 9, chargen 19. Handlers run on the
 * driver's thread, one after another, so they share one buffer.
 */
public final class BenchServices {
  private static final int BACKLOG = 4096;
  private static final int BUFFER = 256 * 1024;
  private static final int WOULD_BLOCK = TcpError.WOULD_BLOCK.code();

  private final RealTimeRunner runner;
  private final MemorySegment buffer = Arena.ofAuto().allocate(BUFFER, 64);
  private final SharedBytes pattern;

  private BenchServices(RealTimeRunner runner) {
    this.runner = runner;
    byte[] lines = SmallServices.pattern();
    int times = BUFFER / lines.length; // a call for each few lines would be the load itself
    MemorySegment all = Arena.ofAuto().allocate((long) times * lines.length);
    for (int i = 0; i < times; i++) {
      MemorySegment.copy(lines, 0, all, JAVA_BYTE, (long) i * lines.length, lines.length);
    }
    runner.enter();
    try {
      pattern =
          Objects.requireNonNull(
              SharedBytes.copyOf(all, 0, all.byteSize(), runner.stack().pool()),
              "no memory for the pattern");
    } finally {
      runner.exit();
    }
  }

  /** Listens on the four ports; the connections are the driver's until they end. */
  public static void start(RealTimeRunner runner) throws IOException {
    BenchServices services = new BenchServices(runner);
    services.listen(7, services::echo);
    services.listen(8, services::oneByte);
    services.listen(9, services::discard);
    services.listen(19, services::chargen);
  }

  private EventHandler echo() {
    return new Echo();
  }

  private EventHandler oneByte() {
    return new OneByte();
  }

  private EventHandler discard() {
    return new Discard();
  }

  private EventHandler chargen() {
    return new Chargen();
  }

  private void listen(int port, Supplier<EventHandler> handlers) throws IOException {
    runner.enter();
    try {
      TcpListener listener = runner.stack().listen(IpAddress.ANY_V6, port, BACKLOG, true, false);
      if (listener == null) {
        TcpError error = TcpError.of(runner.stack().lastError());
        throw new IOException(
            "port " + port + ": " + (error == null ? "can't listen" : error.text()));
      }
      runner.handle(listener, new Acceptor(handlers));
    } finally {
      runner.exit();
    }
  }

  private final class Acceptor implements EventHandler {
    private final Supplier<EventHandler> handlers;

    Acceptor(Supplier<EventHandler> handlers) {
      this.handlers = handlers;
    }

    @Override
    public void onAccept(TcpListener listener) {
      runner.enter();
      try {
        for (TcpEndpoint c = listener.accept(); c != null; c = listener.accept()) {
          c.setNoDelay(true);
          runner.handle(c, handlers.get());
        }
      } finally {
        runner.exit();
      }
    }
  }

  /** A service whose work is one method, called with the stack in hand. */
  private abstract class Service implements EventHandler {
    @Override
    public final void onReadable(Endpoint endpoint) {
      enterAndWork(endpoint);
    }

    @Override
    public final void onWritable(Endpoint endpoint) {
      if (waitsToWrite()) {
        enterAndWork(endpoint);
      }
    }

    private void enterAndWork(Endpoint endpoint) {
      runner.enter();
      try {
        work((TcpEndpoint) endpoint);
      } finally {
        runner.exit();
      }
    }

    /**
     * Asked without the stack: an endpoint is writable nearly always, and most services don't care.
     */
    abstract boolean waitsToWrite();

    /** Reads and writes until that would block; closes at the end. */
    abstract void work(TcpEndpoint c);
  }

  private final class Echo extends Service {
    /** What was read and not yet written. */
    private byte @Nullable [] rest;

    private int restAt;

    @Override
    boolean waitsToWrite() {
      return rest != null;
    }

    @Override
    void work(TcpEndpoint c) {
      if (!writeRest(c)) {
        return;
      }
      while (true) {
        int n = c.read(buffer, 0, BUFFER);
        if (n <= 0) {
          if (n != WOULD_BLOCK) {
            c.close();
          }
          return;
        }
        int done = 0;
        while (done < n) {
          int written = c.write(buffer, done, n - done);
          if (written == WOULD_BLOCK) {
            rest = buffer.asSlice(done, n - done).toArray(JAVA_BYTE);
            restAt = 0;
            return;
          }
          if (written <= 0) {
            c.close();
            return;
          }
          done += written;
        }
      }
    }

    /** False when more has to wait, or the connection ended. */
    private boolean writeRest(TcpEndpoint c) {
      byte[] bytes = rest;
      while (bytes != null) {
        int written = c.write(bytes, restAt, bytes.length - restAt);
        if (written == WOULD_BLOCK) {
          return false;
        }
        if (written <= 0) {
          rest = null;
          c.close();
          return false;
        }
        restAt += written;
        if (restAt == bytes.length) {
          rest = null;
          return true;
        }
      }
      return true;
    }
  }

  private final class OneByte extends Service {
    private boolean answered;

    @Override
    boolean waitsToWrite() {
      return false;
    }

    @Override
    void work(TcpEndpoint c) {
      if (!answered) {
        int n = c.read(buffer, 0, 1);
        if (n == WOULD_BLOCK) {
          return;
        }
        if (n <= 0 || c.write(buffer, 0, 1) <= 0) { // the first byte always finds room
          c.close();
          return;
        }
        answered = true;
      }
      skipAll(c);
    }
  }

  private final class Discard extends Service {
    @Override
    boolean waitsToWrite() {
      return false;
    }

    @Override
    void work(TcpEndpoint c) {
      skipAll(c);
    }
  }

  private final class Chargen extends Service {
    private int at;

    @Override
    boolean waitsToWrite() {
      return true;
    }

    @Override
    void work(TcpEndpoint c) {
      if (!skipAll(c)) {
        return;
      }
      // One at a time: what was written leaves before more is, while the caches still hold it.
      int written = c.write(pattern, at, (int) pattern.length() - at);
      if (written > 0) {
        at = (at + written) % (int) pattern.length();
        runner.again(c);
      } else if (written != WOULD_BLOCK) {
        c.close();
      }
    }
  }

  /** Forgets what has come; false when the connection ended, and was closed. */
  private static boolean skipAll(TcpEndpoint c) {
    int n;
    do {
      n = c.skip(Integer.MAX_VALUE);
    } while (n > 0);
    if (n != WOULD_BLOCK) {
      c.close();
      return false;
    }
    return true;
  }
}
