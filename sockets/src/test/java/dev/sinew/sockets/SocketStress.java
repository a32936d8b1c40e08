package dev.sinew.sockets;

import dev.sinew.base.BufferPool;
import dev.sinew.base.Counter;
import dev.sinew.base.Profile;
import dev.sinew.stack.SocketInfo;
import dev.sinew.stack.Stack;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Many threads open, use, interrupt, time out and close sockets of two stacks, at random, in real
 * time: no call may last longer than what it waits for, no byte may differ, and in the end nothing
 * may be left. A run by hand: {@code SocketStress [SECONDS [SEED [THREADS [POOL_KIB]]]]}.
 */
final class SocketStress {
  private static final int PORT = 7;
  private static final int CLOSED_PORT = 8;
  private static final long PATIENCE_NANOS = 30_000_000_000L;

  private record Call(String what, Thread thread, long since) {}

  private final RealTimeRunner left;
  private final RealTimeRunner right;
  private final BufferPool leftPool;
  private final BufferPool rightPool;
  private final StackSockets clients;
  private final StackSockets servers;
  private final long seed;
  private final Map<Thread, Call> calls = new ConcurrentHashMap<>();
  private final Map<String, AtomicLong> outcomes = new ConcurrentHashMap<>();
  private final ConcurrentLinkedQueue<Thread> threads = new ConcurrentLinkedQueue<>();
  private final ConcurrentLinkedQueue<String> failures = new ConcurrentLinkedQueue<>();
  private volatile boolean over;

  private SocketStress(long seed, int poolKib) {
    this.seed = seed;
    Profile profile =
        Profile.STANDARD.with(v -> {
          v.timeWaitNanos = 300_000_000L;
          v.finWait2Nanos = 1_000_000_000L;
          v.synTimeoutNanos = 5_000_000_000L;
        });
    PairLink[] cable = PairLink.cable(1500, 256);
    leftPool = new BufferPool((long) poolKib << 10);
    rightPool = new BufferPool((long) poolKib << 10);
    left = RealTimeRunner.start(stack(cable[0], 1, profile, leftPool));
    right = RealTimeRunner.start(stack(cable[1], 2, profile, rightPool));
    clients = StackSockets.of(left);
    servers = StackSockets.of(right);
  }

  private static Stack stack(PairLink link, int host, Profile profile, BufferPool pool) {
    Stack stack = Stacks.builder().profile(profile).pool(pool).build();
    stack.addInterface(link, Stacks.prefix("10.9.0." + host + "/24"));
    return stack;
  }

  public static void main(String[] args) throws Exception {
    int seconds = args.length > 0 ? Integer.parseInt(args[0]) : 20;
    long seed = args.length > 1 ? Long.parseLong(args[1]) : System.nanoTime() & 0xffff;
    int threads = args.length > 2 ? Integer.parseInt(args[2]) : 48;
    int poolKib = args.length > 3 ? Integer.parseInt(args[3]) : 8192;
    System.out.println("seed " + seed + ", " + threads + " threads, " + seconds + " s");
    boolean good = new SocketStress(seed, poolKib).run(seconds, threads);
    System.exit(good ? 0 : 1);
  }

  private boolean run(int seconds, int count) throws Exception {
    ServerSocket server = servers.serverSocketFactory().createServerSocket(PORT, 16);
    DatagramSocket echo = servers.datagramSocket(PORT);
    for (int i = 0; i < 3; i++) {
      start("acceptor", i, r -> acceptor(server, r));
    }
    start("datagrams", 0, r -> datagramEcho(echo));
    for (int i = 0; i < count; i++) {
      if (i % 8 == 7) {
        start("datagram client", i, this::datagramClient);
      } else {
        start("client", i, this::client);
      }
    }
    long end = System.nanoTime() + seconds * 1_000_000_000L;
    while (System.nanoTime() < end && failures.isEmpty()) {
      Thread.sleep(200);
      watch();
      left.run(s -> check("left", s));
      right.run(s -> check("right", s));
    }
    over = true;
    long patience = System.nanoTime() + PATIENCE_NANOS;
    while (threads.stream().anyMatch(t -> t.isAlive() && !t.getName().startsWith("acceptor"))
        && System.nanoTime() < patience
        && failures.isEmpty()) {
      Thread.sleep(50);
      watch();
      // The listener stays until its clients are gone; then who still waits for it hears of it.
      if (threads.stream().noneMatch(t -> t.isAlive() && t.getName().contains("client"))) {
        server.close();
        echo.close();
      }
    }
    if (failures.isEmpty()) {
      for (Thread t : threads) {
        t.join(5000);
        if (t.isAlive()) {
          failures.add(t.getName() + " has not ended: " + calls.get(t));
        }
      }
      Thread.sleep(2500);
      nothingLeft("left", left, leftPool);
      nothingLeft("right", right, rightPool);
      left.close();
      right.close();
    }
    new TreeMap<>(outcomes).forEach((k, v) -> System.out.println(v + " " + k));
    failures.forEach(f -> System.out.println("FAILED: " + f));
    return failures.isEmpty();
  }

  private interface Body {
    void run(Random r) throws Exception;
  }

  private Thread start(String name, int number, Body body) {
    Random r = new Random(seed * 1_000_003 + number * 31L + name.hashCode());
    Thread t =
        Thread.ofVirtual()
            .name(name + " " + number)
            .unstarted(() -> {
              try {
                body.run(r);
              } catch (Throwable e) {
                failures.add(name + " " + number + ": " + trace(e));
              }
            });
    threads.add(t);
    t.start();
    return t;
  }

  private static String trace(Throwable e) {
    StringBuilder b = new StringBuilder(e.toString());
    for (StackTraceElement s : e.getStackTrace()) {
      b.append("\n    ").append(s);
    }
    return b.toString();
  }

  /** No call may last longer than anything that it can wait for. */
  private void watch() {
    long now = System.nanoTime();
    for (Call c : calls.values()) {
      if (now - c.since() > PATIENCE_NANOS) {
        StringBuilder b = new StringBuilder(c.what() + " of " + c.thread().getName() + " hangs");
        for (StackTraceElement s : c.thread().getStackTrace()) {
          b.append("\n    ").append(s);
        }
        left.run(s -> s.forEachSocket(x -> b.append("\n  left  ").append(x)));
        right.run(s -> s.forEachSocket(x -> b.append("\n  right ").append(x)));
        failures.add(b.toString());
      }
    }
  }

  private void check(String name, Stack s) {
    String wrong = s.violation(name.equals("left") ? left.now() : right.now());
    // In real time a timer may be a little late.
    if (wrong != null && !wrong.contains("overdue")) {
      failures.add(name + ": " + wrong);
    }
    if (s.counters().get(Counter.SinewInternalErrors) > 0) {
      failures.add(name + ": internal errors");
    }
  }

  private void nothingLeft(String name, RealTimeRunner runner, BufferPool pool) {
    ArrayList<SocketInfo> rest = new ArrayList<>();
    runner.run(s -> s.forEachSocket(rest::add));
    rest.forEach(x -> failures.add(name + " has left " + x));
    if (pool.usedBytes() != 0) {
      failures.add(name + " holds " + pool.usedBytes() + " bytes");
    }
    runner.run(s -> check(name, s));
  }

  private void count(String what) {
    outcomes.computeIfAbsent(what, k -> new AtomicLong()).incrementAndGet();
  }

  private void began(String what) {
    calls.put(Thread.currentThread(), new Call(what, Thread.currentThread(), System.nanoTime()));
  }

  private void done() {
    calls.remove(Thread.currentThread());
  }

  // ---- servers

  private void acceptor(ServerSocket server, Random r) throws Exception {
    int n = 0;
    while (true) {
      Socket s;
      try {
        server.setSoTimeout(r.nextInt(4) == 0 ? 1 + r.nextInt(50) : 0);
        s = server.accept();
      } catch (SocketTimeoutException e) {
        count("accept timed out");
        continue;
      } catch (SocketException e) {
        if (server.isClosed()) {
          return;
        }
        throw e;
      }
      count("accepted");
      start("handler", r.nextInt(), x -> handler(s, x));
      if (++n % 64 == 0) {
        threads.removeIf(t -> t.getState() == Thread.State.TERMINATED);
      }
    }
  }

  private void handler(Socket s, Random r) {
    byte[] b = new byte[1 + r.nextInt(20_000)];
    long most = r.nextInt(4) == 0 ? r.nextInt(100_000) : Long.MAX_VALUE;
    try {
      try (s) {
        s.setSoTimeout(20_000);
        InputStream in = s.getInputStream();
        OutputStream out = s.getOutputStream();
        long total = 0;
        while (total < most) {
          began("echo's read");
          int n = in.read(b);
          done();
          if (n < 0) {
            break;
          }
          if (r.nextInt(50) == 0) {
            Thread.sleep(r.nextInt(20));
          }
          began("echo's write");
          out.write(b, 0, n);
          done();
          total += n;
        }
        if (r.nextInt(4) == 0) {
          s.setSoLinger(true, r.nextInt(3));
        }
        began("echo's close");
      }
      count("echo ended");
    } catch (SocketTimeoutException e) {
      failures.add("an echo's client is silent: " + s);
    } catch (IOException e) {
      count("echo: " + e.getMessage());
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    } finally {
      done();
    }
  }

  // ---- clients

  private void client(Random r) throws Exception {
    while (!over && failures.isEmpty()) {
      Thread.interrupted();
      Socket s = clients.socket();
      Thread me = Thread.currentThread();
      Thread troubler = r.nextInt(3) == 0 ? trouble(s, me, r.nextInt(3), r.nextInt(20_000)) : null;
      try {
        talk(s, r);
        count("talked");
      } catch (IOException e) {
        count(
            "client: "
                + e.getClass().getSimpleName()
                + " "
                + e.getMessage()
                + (troubler == null ? "" : " (troubled)"));
        if (e.getMessage() != null
            && troubler == null
            && (e.getMessage().contains("interrupt") || e.getMessage().contains("Socket closed"))) {
          failures.add("out of the blue: " + trace(e));
        }
      } finally {
        done();
        if (troubler != null) {
          troubler.interrupt();
          joinQuietly(troubler);
        }
        Thread.interrupted();
        began("client's close");
        s.close();
        done();
      }
    }
  }

  private static void joinQuietly(Thread t) {
    while (t.isAlive()) {
      try {
        t.join();
      } catch (InterruptedException e) {
        // its own interrupt, which came late
      }
    }
  }

  /** Interrupts a client, or closes or shuts its socket, after a while. */
  private Thread trouble(Socket s, Thread client, int kind, int micros) {
    return Thread.ofVirtual()
        .start(() -> {
          LockSupport.parkNanos(micros * 1000L);
          try {
            switch (kind) {
              case 0 -> client.interrupt();
              case 1 -> s.close();
              default -> s.shutdownInput();
            }
          } catch (IOException e) {
            count("trouble: " + e.getMessage());
          }
        });
  }

  private void talk(Socket s, Random r) throws IOException {
    boolean refused = r.nextInt(20) == 0;
    int timeout = r.nextInt(5) == 0 ? 1 + r.nextInt(5) : r.nextInt(2) * 10_000;
    s.setTcpNoDelay(r.nextBoolean());
    if (r.nextInt(4) == 0) {
      s.setReceiveBufferSize(2048 + r.nextInt(20_000));
    }
    if (r.nextInt(4) == 0) {
      s.setSendBufferSize(2048 + r.nextInt(20_000));
    }
    began("connect");
    s.connect(new InetSocketAddress(Literal.of("10.9.0.2"), refused ? CLOSED_PORT : PORT), timeout);
    done();
    if (refused) {
      throw new AssertionError("connected to nobody");
    }
    int bytes = r.nextInt(r.nextInt(10) == 0 ? 2_000_000 : 50_000);
    byte[] data = new byte[bytes];
    r.nextBytes(data);
    InputStream in = s.getInputStream();
    OutputStream out = s.getOutputStream();
    boolean halfClose = r.nextBoolean();
    int chunk = 1 + r.nextInt(60_000);
    Thread writer =
        Thread.ofVirtual()
            .start(() -> {
              try {
                for (int at = 0; at < bytes; at += chunk) {
                  began("client's write");
                  out.write(data, at, Math.min(chunk, bytes - at));
                  done();
                }
                if (halfClose) {
                  began("client's shutdown");
                  s.shutdownOutput();
                }
              } catch (IOException e) {
                count("writer: " + e.getMessage());
              } finally {
                done();
              }
            });
    try {
      s.setSoTimeout(r.nextInt(8) == 0 ? 1 + r.nextInt(20) : 0);
      byte[] b = new byte[1 + r.nextInt(30_000)];
      int got = 0;
      while (got < bytes) {
        began("client's read");
        int n = in.read(b);
        done();
        if (n < 0) {
          count("ended early");
          break;
        }
        for (int i = 0; i < n; i++) {
          if (b[i] != data[got + i]) {
            throw new AssertionError("byte " + (got + i) + " differs");
          }
        }
        got += n;
        if (r.nextInt(200) == 0) {
          LockSupport.parkNanos(r.nextInt(20_000_000));
        }
      }
      if (r.nextInt(6) == 0) {
        s.setSoLinger(true, r.nextInt(2));
      }
    } finally {
      done();
      began("client's early close");
      s.close();
      done();
      joinQuietly(writer);
    }
  }

  // ---- datagrams

  private void datagramEcho(DatagramSocket s) throws IOException {
    DatagramPacket p = new DatagramPacket(new byte[3000], 3000);
    while (true) {
      try {
        p.setLength(3000);
        s.receive(p);
        s.send(p);
      } catch (IOException e) {
        if (s.isClosed()) {
          return;
        }
        throw e;
      }
    }
  }

  private void datagramClient(Random r) throws Exception {
    InetAddress to = Literal.of("10.9.0.2");
    while (!over && failures.isEmpty()) {
      Thread.interrupted();
      Thread me = Thread.currentThread();
      boolean troubled = r.nextInt(3) == 0;
      Thread troubler = null;
      try (DatagramSocket s = clients.datagramSocket()) {
        if (troubled) {
          int micros = r.nextInt(5000);
          boolean close = r.nextBoolean();
          troubler =
              Thread.ofVirtual()
                  .start(() -> {
                    LockSupport.parkNanos(micros * 1000L);
                    if (close) {
                      s.close();
                    } else {
                      me.interrupt();
                    }
                  });
        }
        boolean nobody = r.nextInt(10) == 0;
        if (nobody || r.nextBoolean()) {
          s.connect(new InetSocketAddress(to, nobody ? CLOSED_PORT : PORT));
        }
        s.setSoTimeout(1 + r.nextInt(200));
        for (int i = 0; i < 20; i++) {
          byte[] b = new byte[r.nextInt(2000)];
          began("datagram");
          s.send(new DatagramPacket(b, b.length, to, nobody ? CLOSED_PORT : PORT));
          s.receive(new DatagramPacket(new byte[2000], 2000));
          done();
          count("datagram answered");
        }
      } catch (IOException e) {
        count(
            "datagram: "
                + e.getClass().getSimpleName()
                + " "
                + e.getMessage()
                + (troubled ? " (troubled)" : ""));
      } finally {
        done();
        if (troubler != null) {
          joinQuietly(troubler);
        }
      }
    }
  }
}
