package dev.sinew.sockets;

import static dev.sinew.sockets.StreamFixture.assertFails;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.Profile;
import dev.sinew.stack.Stack;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Our sockets where routes are missing and peers silent; {@link KernelFailureTest} holds the
 * kernel's to the same {@link Failure}s.
 */
@Timeout(20)
class StackFailureTest {
  private static final long MS = 1_000_000L;

  /** Gives up soon: SYNs after 3 sendings of 20 ms and double, data after 3 retries. */
  private static final Profile IMPATIENT =
      Profile.LINUX.with(v -> {
        v.name = "impatient";
        v.initialRtoNanos = 20 * MS;
        v.minRtoNanos = 20 * MS;
        v.maxRtoNanos = 40 * MS;
        v.synRetries = 2;
        v.synTimeoutNanos = 100 * MS;
        v.synAckRetries = 2;
        v.dataRetriesR1 = 1;
        v.dataRetriesR2 = 3;
        v.orphanRetries = 2;
        v.delayedAckNanos = 5 * MS;
        v.quickAckSegments = 0;
        v.keepAliveIdleNanos = 30 * MS;
        v.keepAliveIntervalNanos = 20 * MS;
        v.keepAliveCount = 3;
        v.challengeAckBurst = 3;
        v.minSendMss = 216;
        v.persistMinNanos = 20 * MS;
        v.persistMaxNanos = 40 * MS;
      });

  private final List<AutoCloseable> open = new ArrayList<>();

  @AfterEach
  void closeAll() throws Exception {
    for (AutoCloseable c : open.reversed()) {
      c.close();
    }
  }

  private <T extends AutoCloseable> T closing(T c) {
    open.add(c);
    return c;
  }

  private static void connect(StackSockets sockets, String to) throws IOException {
    try (Socket s = sockets.socket()) {
      s.connect(Literal.of(to, 80));
    }
  }

  private static void send(StackSockets sockets, String to) throws IOException {
    try (DatagramSocket s = sockets.datagramSocket()) {
      s.send(new DatagramPacket(new byte[1], 1, Literal.of(to), 80));
    }
  }

  @Test
  void without_a_route_the_network_is_unreachable() {
    StackSockets sockets = StackSockets.of(closing(RealTimeRunner.start(Stacks.loopback())));
    Failure.CONNECT_NO_ROUTE_V4.isThrownBy(() -> connect(sockets, "192.0.2.1"));
    Failure.CONNECT_NO_ROUTE_V6.isThrownBy(() -> connect(sockets, "2001:db8::1"));
    for (String to : List.of("192.0.2.1", "2001:db8::1")) {
      Failure.SEND_NO_ROUTE.isThrownBy(() -> send(sockets, to));
      Failure.ASSOCIATE_NO_ROUTE.isThrownBy(
          () -> closing(sockets.datagramSocket()).connect(Literal.of(to, 80)));
    }
  }

  @Test
  void a_connect_that_nobody_answers_gives_up() {
    TwoStacks stacks = closing(new TwoStacks(IMPATIENT));
    StackSockets sockets = StackSockets.of(stacks.left);
    Failure.CONNECT_SILENT.isThrownBy(() -> connect(sockets, "10.9.0.77"));
    Failure.CONNECT_SILENT.isThrownBy(() -> connect(sockets, "fd09::77"));
  }

  /** Left, a router, and what the router says about the networks beyond it. */
  private StackSockets beyondARouter(Profile profile) {
    PairLink[] cable = PairLink.cable(1500, 64);
    RealTimeRunner left = closing(RealTimeRunner.start(Stacks.on(cable[0], 1, profile)));
    Stack router = Stacks.builder().forwarding(true).build();
    router.addInterface(cable[1], Stacks.prefix("10.9.0.2/24"), Stacks.prefix("fd09::2/64"));
    closing(RealTimeRunner.start(router));
    return StackSockets.of(left);
  }

  @Test
  void a_router_that_knows_no_way_makes_the_network_unreachable() {
    StackSockets sockets = beyondARouter(IMPATIENT);
    assertFails(
        () -> connect(sockets, "198.51.100.1"), SocketException.class, "Network is unreachable");
  }

  @Test
  void broadcast_needs_permission() throws Exception {
    TwoStacks stacks = closing(new TwoStacks());
    DatagramSocket s = closing(StackSockets.of(stacks.left).datagramSocket());
    s.setBroadcast(false);
    Failure.SEND_BROADCAST.isThrownBy(
        () -> s.send(new DatagramPacket(new byte[1], 1, Literal.of("10.9.0.255"), 80)));
  }

  /** An established connection on a cable that is then cut. */
  private final class Cut {
    final TwoStacks stacks = closing(new TwoStacks(IMPATIENT));
    final Socket client;

    Cut() throws IOException {
      ServerSocket listener = closing(stacks.right(true).serverSocket());
      listener.bind(new InetSocketAddress(0));
      client = closing(stacks.left(true).socket());
      client.connect(Literal.of("10.9.0.2", listener.getLocalPort()));
      closing(listener.accept());
      stacks.cable[0].cut();
      stacks.cable[1].cut();
    }
  }

  @Test
  void data_that_nobody_acknowledges_times_out_the_reader_and_then_the_stream_has_ended()
      throws Exception {
    Cut c = new Cut();
    InputStream in = c.client.getInputStream();
    OutputStream out = c.client.getOutputStream();
    Tasks<Integer> reader = Tasks.virtual(in::read).untilWaiting();
    out.write(1);
    Failure.READ_UNACKNOWLEDGED.isThrownBy(reader::get);
    assertThat(in.read()).isEqualTo(-1);
    Failure.WRITE_AFTERWARDS.isThrownBy(() -> out.write(1));
  }

  @Test
  void data_that_nobody_acknowledges_times_out_the_writer() throws Exception {
    Cut c = new Cut();
    OutputStream out = c.client.getOutputStream();
    Failure.WRITE_UNACKNOWLEDGED.isThrownBy(() -> out.write(new byte[16 << 20]));
    assertThat(c.client.getInputStream().read()).isEqualTo(-1);
  }

  @Test
  void keepalive_finds_a_peer_that_is_gone() throws Exception {
    Cut c = new Cut();
    c.client.setKeepAlive(true);
    assertFails(
        () -> c.client.getInputStream().read(), SocketException.class, "Connection timed out");
  }

  @Test
  void a_lingering_close_returns_when_its_time_is_over() throws Exception {
    TwoStacks stacks = closing(new TwoStacks());
    ServerSocket listener = closing(stacks.right(true).serverSocket());
    listener.bind(new InetSocketAddress(0));
    Socket client = closing(stacks.left(true).socket());
    client.connect(Literal.of("10.9.0.2", listener.getLocalPort()));
    stacks.cable[0].cut();
    client.setSoLinger(true, 1);
    client.getOutputStream().write(1);
    long start = System.nanoTime();
    client.close();
    assertThat(System.nanoTime() - start).isBetween(950 * MS, 5000 * MS);
  }

  @Test
  void a_peer_whose_stack_is_closed_resets() throws Exception {
    TwoStacks stacks = closing(new TwoStacks());
    ServerSocket listener = closing(stacks.right(true).serverSocket());
    listener.bind(new InetSocketAddress(0));
    Socket client = closing(stacks.left(true).socket());
    client.connect(Literal.of("10.9.0.2", listener.getLocalPort()));
    Socket server = closing(listener.accept());
    Tasks<Integer> reader = Tasks.virtual(() -> client.getInputStream().read()).untilWaiting();
    Tasks<Integer> own = Tasks.virtual(() -> server.getInputStream().read()).untilWaiting();
    Tasks<Socket> acceptor = Tasks.virtual(listener::accept).untilWaiting();
    stacks.right.close();
    assertFails(reader::get, SocketException.class, "Connection reset");
    assertFails(own::get, SocketException.class, "Socket closed");
    assertFails(acceptor::get, SocketException.class, "Socket closed");
    assertFails(() -> server.getOutputStream().write(1), SocketException.class, "Socket closed");
    assertFails(server::getTcpNoDelay, SocketException.class, "Socket closed");
    server.close();
    listener.close();
  }
}
