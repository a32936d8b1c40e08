package dev.sinew.bench.edge;

import com.sun.management.ThreadMXBean;
import dev.sinew.base.BufferPool;
import dev.sinew.base.Endpoint;
import dev.sinew.base.TcpError;
import dev.sinew.ip.IpAddress;
import dev.sinew.ip.Prefix;
import dev.sinew.sockets.EventHandler;
import dev.sinew.sockets.PollMode;
import dev.sinew.sockets.RealTimeRunner;
import dev.sinew.sockets.StackSockets;
import dev.sinew.stack.Stack;
import dev.sinew.tcp.TcpEndpoint;
import dev.sinew.tcp.TcpListener;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Arrays;
import java.util.Locale;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;

/**
 * How long an answer takes and how many bytes a call allocates at the application's edge: two
 * stacks in one process on a {@link Pipe}, in each poll mode; a client that blocks, on a platform
 * or a virtual thread, and a server that is an event handler, a platform or a virtual thread.
 *
 * <p>{@code dev/bench calls} runs it. Bytes are those of all threads of the process, by {@link
 * ThreadMXBean#getTotalThreadAllocatedBytes}, per call of read or write at either end.
 */
public final class CallCost {
  private static final int WARM_UP = 60_000;
  private static final int ROUNDS = 40_000;
  private static final int BULK_BYTES = 64 << 20;
  private static final int PORT = 7;
  private static final InetSocketAddress SERVER = server();

  /** Who reads and writes. */
  private enum Kind {
    HANDLER,
    PLATFORM,
    VIRTUAL;

    Thread start(Runnable program) {
      return this == VIRTUAL
          ? Thread.ofVirtual().start(program)
          : Thread.ofPlatform().daemon().start(program);
    }
  }

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private CallCost() {}

  /** All combinations, or the mode that is named. */
  public static void main(String[] args) throws Exception {
    System.out.printf(
        Locale.ROOT,
        "%-9s %-9s %-9s %12s %12s %14s %14s%n",
        "poll",
        "client",
        "server",
        "p50 us",
        "p99 us",
        "bytes/call",
        "bytes/segment");
    for (PollMode mode : PollMode.values()) {
      if (args.length > 0 && !args[0].equalsIgnoreCase(mode.name())) {
        continue;
      }
      for (Kind client : new Kind[] {Kind.PLATFORM, Kind.VIRTUAL}) {
        for (Kind server : Kind.values()) {
          measure(mode, client, server);
        }
      }
    }
  }

  private static void measure(PollMode mode, Kind client, Kind server) throws Exception {
    Pipe[] wire = Pipe.wire();
    RealTimeRunner left = RealTimeRunner.start(stack(wire[0], 1), mode);
    RealTimeRunner right = RealTimeRunner.start(stack(wire[1], 2), mode);
    try {
      serve(right, server);
      Result result = new Result();
      CountDownLatch done = new CountDownLatch(1);
      Thread unused =
          client.start(() -> {
            try {
              talk(left, result);
            } catch (IOException e) {
              System.err.println(mode + " " + client + " " + server + ": " + e);
            } finally {
              done.countDown();
            }
          });
      done.await();
      System.out.printf(
          Locale.ROOT,
          "%-9s %-9s %-9s %12.1f %12.1f %14.2f %14.2f%n",
          lower(mode),
          lower(client),
          lower(server),
          result.p50Nanos / 1e3,
          result.p99Nanos / 1e3,
          result.bytesPerCall,
          result.bytesPerSegment);
    } finally {
      left.close();
      right.close();
    }
  }

  private static String lower(Enum<?> e) {
    return e.name().toLowerCase(Locale.ROOT);
  }

  private static final class Result {
    long p50Nanos;
    long p99Nanos;
    double bytesPerCall;
    double bytesPerSegment;
  }

  private static Stack stack(Pipe link, int host) {
    Stack stack =
        Stack.builder()
            .entropy(new SplittableRandom(host)::nextLong)
            .pool(new BufferPool(64L << 20))
            .build();
    stack.addInterface(link, Objects.requireNonNull(Prefix.parse("10.0.0." + host + "/24")));
    return stack;
  }

  private static InetSocketAddress server() {
    try {
      return new InetSocketAddress(InetAddress.getByAddress(new byte[] {10, 0, 0, 2}), PORT);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  // ---- the client

  /** One byte and its echo, many times; then a bulk transfer, echoed as well. */
  private static void talk(RealTimeRunner runner, Result result) throws IOException {
    long[] nanos = new long[ROUNDS];
    try (Socket s = StackSockets.of(runner).socketFactory().createSocket()) {
      s.setTcpNoDelay(true);
      s.connect(SERVER);
      InputStream in = s.getInputStream();
      OutputStream out = s.getOutputStream();
      byte[] one = new byte[1];
      pingPong(in, out, one, nanos, WARM_UP);
      long before = THREADS.getTotalThreadAllocatedBytes();
      pingPong(in, out, one, nanos, ROUNDS);
      long after = THREADS.getTotalThreadAllocatedBytes();
      result.bytesPerCall = (after - before) / (4.0 * ROUNDS);
      Arrays.sort(nanos);
      result.p50Nanos = nanos[ROUNDS / 2];
      result.p99Nanos = nanos[ROUNDS / 100 * 99];
      byte[] block = new byte[64 << 10];
      bulk(in, out, block, BULK_BYTES);
      before = THREADS.getTotalThreadAllocatedBytes();
      bulk(in, out, block, BULK_BYTES);
      after = THREADS.getTotalThreadAllocatedBytes();
      result.bytesPerSegment = (after - before) / (2.0 * BULK_BYTES / 1460);
    }
  }

  private static void pingPong(
      InputStream in, OutputStream out, byte[] one, long[] nanos, int rounds) throws IOException {
    for (int i = 0; i < rounds; i++) {
      long begin = System.nanoTime();
      out.write(one, 0, 1);
      if (in.read(one, 0, 1) != 1) {
        throw new IOException("the server went away");
      }
      nanos[i % nanos.length] = System.nanoTime() - begin;
    }
  }

  private static void bulk(InputStream in, OutputStream out, byte[] block, int bytes)
      throws IOException {
    for (int sent = 0; sent < bytes; sent += block.length) {
      out.write(block, 0, block.length);
      if (in.readNBytes(block, 0, block.length) != block.length) {
        throw new IOException("the server went away");
      }
    }
  }

  // ---- the server

  private static void serve(RealTimeRunner runner, Kind kind) throws IOException {
    if (kind == Kind.HANDLER) {
      runner.enter();
      try {
        TcpListener listener =
            Objects.requireNonNull(runner.stack().listen(IpAddress.ANY_V6, PORT, 5, true, false));
        runner.handle(listener, new EchoHandler(runner));
      } finally {
        runner.exit();
      }
      return;
    }
    ServerSocket listener = StackSockets.of(runner).serverSocketFactory().createServerSocket(PORT);
    Thread unused =
        kind.start(() -> {
          try (Socket s = listener.accept()) {
            s.setTcpNoDelay(true);
            echo(s);
          } catch (IOException e) {
            // The measurement is over.
          }
        });
  }

  private static void echo(Socket s) throws IOException {
    InputStream in = s.getInputStream();
    OutputStream out = s.getOutputStream();
    byte[] block = new byte[64 << 10];
    for (int n; (n = in.read(block, 0, block.length)) > 0; ) {
      out.write(block, 0, n);
    }
  }

  /** Echoes; what the send buffer does not take stays unread until it does. */
  private static final class EchoHandler implements EventHandler {
    private final RealTimeRunner runner;
    private final MemorySegment block = Arena.ofAuto().allocate(64 << 10, 64);
    private int kept;

    EchoHandler(RealTimeRunner runner) {
      this.runner = runner;
    }

    @Override
    public void onAccept(TcpListener listener) {
      runner.enter();
      try {
        TcpEndpoint e = listener.accept();
        if (e != null) {
          e.setNoDelay(true);
          runner.handle(e, this);
        }
      } finally {
        runner.exit();
      }
    }

    @Override
    public void onWritable(Endpoint endpoint) {
      if (kept > 0) {
        onReadable(endpoint);
      }
    }

    @Override
    public void onReadable(Endpoint endpoint) {
      TcpEndpoint e = (TcpEndpoint) endpoint;
      runner.enter();
      try {
        while (true) {
          if (kept == 0) {
            int n = e.read(block, 0, (int) block.byteSize());
            if (n <= 0) {
              if (n != TcpError.WOULD_BLOCK.code()) {
                e.close();
              }
              return;
            }
            kept = n;
          }
          int written = e.write(block, 0, kept);
          if (written <= 0) {
            return;
          }
          kept -= written;
          MemorySegment.copy(block, written, block, 0, kept);
        }
      } finally {
        runner.exit();
      }
    }
  }
}
