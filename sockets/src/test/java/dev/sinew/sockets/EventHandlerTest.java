package dev.sinew.sockets;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.Counter;
import dev.sinew.base.Endpoint;
import dev.sinew.base.Profile;
import dev.sinew.base.TcpError;
import dev.sinew.ip.IpAddress;
import dev.sinew.stack.Stack;
import dev.sinew.tcp.TcpEndpoint;
import dev.sinew.tcp.TcpListener;
import dev.sinew.udp.Datagram;
import dev.sinew.udp.UdpEndpoint;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class EventHandlerTest {
  private final List<RealTimeRunner> runners = new ArrayList<>();

  @AfterEach
  void close() {
    runners.forEach(RealTimeRunner::close);
  }

  private RealTimeRunner running(Stack stack) {
    return running(stack, PollMode.ADAPTIVE);
  }

  private RealTimeRunner running(Stack stack, PollMode mode) {
    RealTimeRunner r = RealTimeRunner.start(stack, mode);
    runners.add(r);
    return r;
  }

  /** Two stacks on a cable. */
  private final class Wire {
    final PairLink[] cable;
    final RealTimeRunner left;
    final RealTimeRunner right;

    Wire(int packets, PollMode mode) {
      cable = PairLink.cable(1500, packets);
      left = running(Stacks.on(cable[0], 1, Profile.STANDARD), mode);
      right = running(Stacks.on(cable[1], 2, Profile.STANDARD), mode);
    }
  }

  // ---- event handlers

  /** Echoes datagrams from within the driver's thread. */
  private static final class Echo implements EventHandler {
    private final RealTimeRunner runner;
    private final byte[] buffer = new byte[2048];
    volatile String thread = "";

    Echo(RealTimeRunner runner) {
      this.runner = runner;
    }

    @Override
    public void onReadable(Endpoint endpoint) {
      thread = Thread.currentThread().getName();
      UdpEndpoint udp = (UdpEndpoint) endpoint;
      runner.run(_ -> {
        Datagram d = udp.receive(buffer, 0, buffer.length);
        while (d != null) {
          udp.send(buffer, 0, d.length(), d.source(), d.sourcePort());
          d = udp.receive(buffer, 0, buffer.length);
        }
      });
    }
  }

  private static UdpEndpoint bound(RealTimeRunner r, int port) {
    UdpEndpoint[] udp = new UdpEndpoint[1];
    r.run(stack -> {
      udp[0] = stack.udp();
      assertThat(udp[0].bind(IpAddress.ANY_V6, port)).isZero();
    });
    return udp[0];
  }

  @Test
  void a_handler_serves_an_endpoint_from_the_drivers_thread() throws Exception {
    for (RealTimeRunner r :
        List.of(running(Stacks.loopback()), new Wire(64, PollMode.ADAPTIVE).left)) {
      Echo echo = new Echo(r);
      UdpEndpoint udp = bound(r, 7);
      r.run(_ -> r.handle(udp, echo));
      try (DatagramSocket c = StackSockets.of(r).datagramSocket()) {
        c.setSoTimeout(5000);
        for (int i = 0; i < 100; i++) {
          c.send(new DatagramPacket(new byte[] {(byte) i}, 1, Literal.of("127.0.0.1"), 7));
          DatagramPacket p = new DatagramPacket(new byte[9], 9);
          c.receive(p);
          assertThat(p.getData()[0]).isEqualTo((byte) i);
        }
      }
      assertThat(echo.thread).startsWith("sinew-driver");
    }
  }

  @Test
  void what_was_there_before_the_handler_is_told_to_it() throws Exception {
    RealTimeRunner r = running(Stacks.loopback());
    UdpEndpoint udp = bound(r, 7);
    try (DatagramSocket c = StackSockets.of(r).datagramSocket()) {
      c.send(new DatagramPacket(new byte[] {5}, 1, Literal.of("127.0.0.1"), 7));
      CompletableFuture<Endpoint> told = new CompletableFuture<>();
      r.run(_ ->
          r.handle(
              udp,
              new EventHandler() {
                @Override
                public void onReadable(Endpoint e) {
                  told.complete(e);
                }
              }));
      assertThat(told.get(5, TimeUnit.SECONDS)).isSameAs(udp);
    }
  }

  @Test
  void a_handler_that_left_work_over_is_called_again_when_it_asks() throws Exception {
    RealTimeRunner r = running(Stacks.loopback());
    UdpEndpoint udp = bound(r, 7);
    CompletableFuture<Integer> third = new CompletableFuture<>();
    AtomicInteger calls = new AtomicInteger();
    r.run(_ ->
        r.handle(
            udp,
            new EventHandler() {
              @Override
              public void onReadable(Endpoint e) {
                r.run(_ -> {
                  if (udp.receive(new byte[9], 0, 9) != null && calls.incrementAndGet() == 3) {
                    third.complete(3);
                  }
                  r.again(e);
                });
              }
            }));
    try (DatagramSocket c = StackSockets.of(r).datagramSocket()) {
      for (int i = 0; i < 3; i++) {
        c.send(new DatagramPacket(new byte[1], 1, Literal.of("127.0.0.1"), 7));
      }
      assertThat(third.get(5, TimeUnit.SECONDS)).isEqualTo(3);
    }
  }

  @Test
  void a_handler_that_throws_loses_its_endpoint_and_no_other() throws Exception {
    RealTimeRunner r = running(Stacks.loopback());
    UdpEndpoint bad = bound(r, 8);
    UdpEndpoint good = bound(r, 7);
    r.run(_ -> {
      r.handle(
          bad,
          new EventHandler() {
            @Override
            public void onReadable(Endpoint e) {
              throw new IllegalStateException("a handler's defect (a test's own)");
            }
          });
      r.handle(good, new Echo(r));
    });
    try (DatagramSocket c = StackSockets.of(r).datagramSocket()) {
      c.setSoTimeout(5000);
      c.send(new DatagramPacket(new byte[1], 1, Literal.of("127.0.0.1"), 8));
      c.send(new DatagramPacket(new byte[1], 1, Literal.of("127.0.0.1"), 7));
      c.receive(new DatagramPacket(new byte[1], 1));
    }
    long[] errors = new long[1];
    boolean[] closed = new boolean[1];
    r.run(s -> {
      errors[0] = s.counters().get(Counter.SinewInternalErrors);
      closed[0] = bad.isClosed();
    });
    assertThat(errors[0]).isEqualTo(1);
    assertThat(closed[0]).isTrue();
  }

  /** Echoes a stream as far as the send buffer takes it, and goes on when there is room. */
  private static final class StreamEcho implements EventHandler {
    private final RealTimeRunner runner;
    private final byte[] buffer = new byte[8192];
    private int kept;
    private boolean ended;

    StreamEcho(RealTimeRunner runner) {
      this.runner = runner;
    }

    @Override
    public void onReadable(Endpoint endpoint) {
      onWritable(endpoint);
    }

    @Override
    public void onWritable(Endpoint endpoint) {
      TcpEndpoint tcp = (TcpEndpoint) endpoint;
      runner.run(_ -> pump(tcp));
    }

    private void pump(TcpEndpoint tcp) {
      while (true) {
        int n = ended ? 0 : tcp.read(buffer, kept, buffer.length - kept);
        ended |= n == TcpError.END_OF_STREAM.code();
        kept += Math.max(n, 0);
        int m = kept == 0 ? 0 : tcp.write(buffer, 0, kept);
        if (m > 0) {
          System.arraycopy(buffer, m, buffer, 0, kept - m);
          kept -= m;
        } else if (kept == 0 && ended) {
          tcp.close();
          return;
        } else {
          return;
        }
      }
    }
  }

  @Test
  void handlers_accept_read_and_write_streams() throws Exception {
    Wire w = new Wire(256, PollMode.ADAPTIVE);
    w.right.run(stack -> {
      TcpListener listener =
          Objects.requireNonNull(stack.listen(IpAddress.ANY_V6, 7, 50, true, false));
      w.right.handle(
          listener,
          new EventHandler() {
            @Override
            public void onAccept(TcpListener l) {
              w.right.run(_ -> {
                for (TcpEndpoint e = l.accept(); e != null; e = l.accept()) {
                  w.right.handle(e, new StreamEcho(w.right));
                }
              });
            }
          });
    });
    List<Tasks<Boolean>> clients = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      byte[] data = new byte[300_000];
      new Random(i).nextBytes(data);
      clients.add(
          Tasks.virtual(() -> {
            try (Socket s =
                StackSockets.of(w.left).socketFactory().createSocket(Literal.of("10.9.0.2"), 7)) {
              Tasks<byte[]> back = Tasks.virtual(() -> s.getInputStream().readAllBytes());
              s.getOutputStream().write(data);
              s.shutdownOutput();
              return Arrays.equals(data, back.get());
            }
          }));
    }
    for (Tasks<Boolean> c : clients) {
      assertThat(c.get()).isTrue();
    }
  }

  @Test
  void a_handler_may_close_the_runner() throws Exception {
    RealTimeRunner r = running(Stacks.loopback());
    UdpEndpoint udp = bound(r, 7);
    CompletableFuture<Boolean> closed = new CompletableFuture<>();
    try (DatagramSocket c = StackSockets.of(r).datagramSocket()) {
      c.send(new DatagramPacket(new byte[1], 1, Literal.of("127.0.0.1"), 7));
      r.run(_ ->
          r.handle(
              udp,
              new EventHandler() {
                @Override
                public void onReadable(Endpoint e) {
                  r.close();
                  closed.complete(r.isClosed());
                }
              }));
      assertThat(closed.get(5, TimeUnit.SECONDS)).isTrue();
    }
  }
}
