package dev.sinew.tests.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import jdk.net.ExtendedSocketOptions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceAccessMode;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What a network does to a connection, a program hears as an exception: the same program runs over
 * the JDK's own sockets, in a namespace, and over ours, and hears the same class with the same
 * text. The first is the oracle; what is written down beside it only shows that the event has
 * really happened.
 */
@ExtendWith(KernelCases.class)
@Execution(ExecutionMode.CONCURRENT)
class NetworkErrorsTest {
  /** The router as it was built: many may use it at once, but whoever changes it has it alone. */
  private static final String ROUTER = "dev.sinew.tests.kernel.router";

  private static RouterLab lab;

  /** Not once for the class: each case shall say for itself that it was skipped. */
  @BeforeEach
  void build() throws Exception {
    synchronized (NetworkErrorsTest.class) {
      if (lab == null) {
        lab = RouterLab.open();
      }
    }
  }

  @AfterAll
  static void tearDown() throws Exception {
    if (lab != null) {
      lab.close();
    }
  }

  /** Where the sockets come from. */
  interface Sockets {
    Socket socket() throws IOException;

    DatagramSocket datagramSocket() throws IOException;

    /** Sets the same times that the stacks' profiles have. */
    void hurryKeepAlive(Socket socket) throws IOException;
  }

  private static final Sockets JDK =
      new Sockets() {
        @Override
        public Socket socket() {
          return new Socket();
        }

        @Override
        public DatagramSocket datagramSocket() throws IOException {
          return new DatagramSocket();
        }

        @Override
        public void hurryKeepAlive(Socket socket) throws IOException {
          socket.setOption(ExtendedSocketOptions.TCP_KEEPIDLE, 1);
          socket.setOption(ExtendedSocketOptions.TCP_KEEPINTERVAL, 1);
          socket.setOption(ExtendedSocketOptions.TCP_KEEPCOUNT, 2);
        }
      };

  private static Sockets ours(dev.sinew.sockets.StackSockets stack) {
    return new Sockets() {
      @Override
      public Socket socket() throws IOException {
        return stack.socket();
      }

      @Override
      public DatagramSocket datagramSocket() throws IOException {
        return stack.datagramSocket();
      }

      @Override
      public void hurryKeepAlive(Socket socket) {}
    };
  }

  /** A program, and what it heard at each step. */
  interface Client {
    void run(Sockets sockets, List<String> heard) throws Exception;
  }

  private interface Step {
    void run() throws IOException;
  }

  private static void hear(List<String> heard, Step step) {
    try {
      step.run();
      heard.add("nothing");
    } catch (IOException e) {
      heard.add(e.getClass().getName() + ": " + e.getMessage());
    }
  }

  /**
   * Runs the client over the JDK's sockets and over those of both stacks, at the same time, and
   * compares.
   */
  private static void compare(Client client, String expected) throws Exception {
    CompletableFuture<List<String>> jdk =
        Waiting.start(() -> lab.client.call(() -> heardBy(client, JDK)));
    CompletableFuture<List<String>> linux = Waiting.start(() -> heardBy(client, ours(lab.linux)));
    CompletableFuture<List<String>> standard =
        Waiting.start(() -> heardBy(client, ours(lab.standard)));
    List<String> oracle = Waiting.get(jdk, 60);
    assertThat(oracle.toString()).as("the JDK's own sockets").contains(expected);
    assertThat(Waiting.get(linux, 60)).as("profile linux").isEqualTo(oracle);
    assertThat(Waiting.get(standard, 60)).as("profile standard").isEqualTo(oracle);
  }

  private interface Change {
    void run() throws Exception;
  }

  /** Something that happens to the network when all three clients are there. */
  private static final class Event {
    private final CyclicBarrier barrier;

    Event(Change change) {
      barrier =
          new CyclicBarrier(
              3,
              () -> {
                try {
                  change.run();
                } catch (Exception e) {
                  throw new IllegalStateException(e);
                }
              });
    }

    void await() throws Exception {
      int unused = barrier.await(40, TimeUnit.SECONDS);
    }
  }

  private static List<String> heardBy(Client client, Sockets sockets) throws Exception {
    List<String> heard = new ArrayList<>();
    client.run(sockets, heard);
    return heard;
  }

  // ---- connections that don't come about

  private static Client connecting(InetSocketAddress to, int timeoutMillis) {
    return (sockets, heard) -> {
      try (Socket s = sockets.socket()) {
        hear(heard, () -> s.connect(to, timeoutMillis));
        heard.add(s.isClosed() ? "closed" : "open");
        heard.add(s.isConnected() ? "connected" : "not connected");
      }
    };
  }

  @ParameterizedTest
  @EnumSource
  @ResourceLock(value = ROUTER, mode = ResourceAccessMode.READ)
  void nobody_listens(Version v) throws Exception {
    compare(connecting(lab.server(v, 4444), 0), "java.net.ConnectException: Connection refused");
    compare(connecting(lab.server(v, 4444), 5000), "java.net.ConnectException: Connection refused");
  }

  /** A router answers in the server's place. */
  @ParameterizedTest
  @CsvSource({
    "V4,81,java.net.ConnectException: Connection refused",
    "V6,81,java.net.ConnectException: Connection refused",
    "V4,82,java.net.ConnectException: Connection refused",
    "V6,82,java.net.ConnectException: Connection refused",
    "V4,83,java.net.SocketException: Protocol not available",
    "V4,84,java.net.NoRouteToHostException: No route to host",
    "V6,84,java.net.BindException: Permission denied",
    "V6,85,java.net.BindException: Permission denied",
    "V4,86,java.net.SocketException: Network is unreachable",
  })
  @ResourceLock(value = ROUTER, mode = ResourceAccessMode.READ)
  void a_firewall_says_no(Version v, int port, String exception) throws Exception {
    compare(connecting(lab.server(v, port), 0), exception);
  }

  @ParameterizedTest
  @CsvSource({
    "V4,1,java.net.NoRouteToHostException: No route to host",
    "V6,1,java.net.NoRouteToHostException: No route to host",
    "V4,2,java.net.SocketException: Network is unreachable",
    "V6,2,java.net.SocketException: Network is unreachable",
  })
  @ResourceLock(value = ROUTER, mode = ResourceAccessMode.READ)
  void a_router_knows_no_way(Version v, int network, String exception) throws Exception {
    compare(connecting(lab.nowhere(v, network), 0), exception);
  }

  /** The router's own words, without a firewall. */
  @ParameterizedTest
  @EnumSource
  @ResourceLock(value = ROUTER, mode = ResourceAccessMode.READ_WRITE)
  void a_router_has_no_route(Version v) throws Exception {
    Thread.sleep(
        1500); // about this Linux talks to a host once a second, whatever icmp_ratelimit says
    compare(connecting(lab.nowhere(v, 4), 0), "java.net.SocketException: Network is unreachable");
  }

  @ParameterizedTest
  @EnumSource
  @ResourceLock(value = ROUTER, mode = ResourceAccessMode.READ)
  void nothing_ever_comes_back(Version v) throws Exception {
    compare(connecting(lab.nowhere(v, 3), 0), "java.net.ConnectException: Connection timed out");
    compare(
        connecting(lab.nowhere(v, 3), 300), "java.net.SocketTimeoutException: Connect timed out");
  }

  @ParameterizedTest
  @EnumSource
  @ResourceLock(value = ROUTER, mode = ResourceAccessMode.READ)
  void the_host_itself_has_no_route(Version v) throws Exception {
    compare(connecting(lab.noRoute(v), 0), "java.net.SocketException: Network is unreachable");
    compare(connecting(lab.noRoute(v), 1000), "java.net.SocketException: Network is unreachable");
  }

  // ---- connections that end

  private interface Talk {
    void run(Sockets sockets, Socket client, Socket server, List<String> heard) throws Exception;
  }

  /** A client connected to a kernel's socket on the server. */
  private static Client connected(Version v, Talk talk) {
    return (sockets, heard) -> {
      ServerSocket listener =
          lab.server.call(() -> {
            ServerSocket s = new ServerSocket();
            s.setSoTimeout(10_000);
            s.bind(lab.server(v, 0));
            return s;
          });
      try (listener;
          Socket client = sockets.socket()) {
        client.connect(lab.server(v, listener.getLocalPort()), 5000);
        client.setSoTimeout(30_000);
        try (Socket server = listener.accept()) {
          talk.run(sockets, client, server, heard);
        }
      }
    };
  }

  @ParameterizedTest
  @EnumSource
  @ResourceLock(value = ROUTER, mode = ResourceAccessMode.READ)
  void the_server_resets(Version v) throws Exception {
    compare(
        connected(
            v,
            (sockets, client, server, heard) -> {
              server.setSoLinger(true, 0);
              server.close();
              hear(heard, () -> client.getInputStream().read());
              hear(heard, () -> client.getOutputStream().write(1));
            }),
        "java.net.SocketException: Connection reset");
  }

  @ParameterizedTest
  @EnumSource
  @ResourceLock(value = ROUTER, mode = ResourceAccessMode.READ_WRITE)
  void the_server_falls_silent_while_the_client_sends(Version v) throws Exception {
    Event silence = new Event(lab::silence);
    Event end = new Event(lab::endSilence);
    compare(
        connected(
            v,
            (sockets, client, server, heard) -> {
              silence.await();
              hear(heard, () -> client.getOutputStream().write(1));
              hear(heard, () -> client.getInputStream().read());
              hear(heard, () -> client.getInputStream().read());
              hear(heard, () -> client.getOutputStream().write(1));
              end.await();
            }),
        "java.net.SocketException: Connection timed out");
  }

  @ParameterizedTest
  @EnumSource
  @ResourceLock(value = ROUTER, mode = ResourceAccessMode.READ_WRITE)
  void the_server_falls_silent_and_keepalive_notices(Version v) throws Exception {
    Event silence = new Event(lab::silence);
    Event end = new Event(lab::endSilence);
    compare(
        connected(
            v,
            (sockets, client, server, heard) -> {
              sockets.hurryKeepAlive(client);
              client.setKeepAlive(true);
              silence.await();
              hear(heard, () -> client.getInputStream().read());
              end.await();
            }),
        "java.net.SocketException: Connection timed out");
  }

  /**
   * RFC 1122 section 4.2.3.9: a soft error does not end the connection; it is the reason when the
   * connection gives up.
   */
  @ParameterizedTest
  @EnumSource
  @ResourceLock(value = ROUTER, mode = ResourceAccessMode.READ_WRITE)
  void the_way_to_the_server_is_lost_while_the_client_sends(Version v) throws Exception {
    Event lost = new Event(() -> lab.loseServer(v));
    Event found = new Event(lab::findServer);
    compare(
        connected(
            v,
            (sockets, client, server, heard) -> {
              lost.await();
              hear(heard, () -> client.getOutputStream().write(1));
              hear(heard, () -> client.getInputStream().read());
              found.await();
            }),
        "java.net.SocketException: No route to host");
  }

  /** And when the way is found again in time, nobody has noticed. */
  @ParameterizedTest
  @EnumSource
  @ResourceLock(value = ROUTER, mode = ResourceAccessMode.READ_WRITE)
  void the_way_to_the_server_is_lost_and_found(Version v) throws Exception {
    Event lost = new Event(() -> lab.loseServer(v));
    Event found = new Event(lab::findServer);
    compare(
        connected(
            v,
            (sockets, client, server, heard) -> {
              lost.await();
              hear(heard, () -> client.getOutputStream().write(1));
              Thread.sleep(100);
              found.await();
              server.setSoTimeout(10_000);
              heard.add("read " + server.getInputStream().read());
              server.getOutputStream().write(2);
              heard.add("read " + client.getInputStream().read());
            }),
        "nothing, read 1, read 2");
  }

  // ---- datagrams

  private static Client sending(InetSocketAddress to, boolean connect, int timeoutMillis) {
    return (sockets, heard) -> {
      try (DatagramSocket s = sockets.datagramSocket()) {
        s.setSoTimeout(timeoutMillis);
        if (connect) {
          hear(heard, () -> s.connect(to));
        }
        DatagramPacket p = new DatagramPacket(new byte[3], 3, to);
        hear(heard, () -> s.send(p));
        hear(heard, () -> s.receive(new DatagramPacket(new byte[3], 3)));
        hear(heard, () -> s.send(p));
      }
    };
  }

  @ParameterizedTest
  @CsvSource({
    "V4,4444,java.net.PortUnreachableException: null",
    "V6,4444,java.net.PortUnreachableException: null",
    "V4,82,java.net.PortUnreachableException: null",
    "V6,82,java.net.PortUnreachableException: null",
    "V4,83,java.net.SocketException: Protocol not available",
    "V4,84,java.net.NoRouteToHostException: No route to host",
    "V6,84,Permission denied",
  })
  @ResourceLock(value = ROUTER, mode = ResourceAccessMode.READ)
  void a_datagram_that_nobody_takes(Version v, int port, String exception) throws Exception {
    compare(sending(lab.server(v, port), true, 5000), exception);
    compare(
        sending(lab.server(v, port), false, 500),
        "java.net.SocketTimeoutException: Receive timed out");
  }

  @ParameterizedTest
  @CsvSource({"V4,1", "V6,1", "V4,2", "V6,2", "V4,3", "V6,3"})
  @ResourceLock(value = ROUTER, mode = ResourceAccessMode.READ)
  void a_datagram_to_a_network_without_a_way(Version v, int network) throws Exception {
    compare(sending(lab.nowhere(v, network), true, 500), "nothing, ");
    compare(
        sending(lab.nowhere(v, network), false, 500),
        "java.net.SocketTimeoutException: Receive timed out");
  }

  @ParameterizedTest
  @EnumSource
  @ResourceLock(value = ROUTER, mode = ResourceAccessMode.READ)
  void a_datagram_without_a_route(Version v) throws Exception {
    compare(sending(lab.noRoute(v), true, 500), "Network is unreachable");
    compare(
        sending(lab.noRoute(v), false, 500), "java.net.SocketException: Network is unreachable");
  }

  @ParameterizedTest
  @CsvSource({"V4,65507,65508", "V6,65527,65528"})
  @ResourceLock(value = ROUTER, mode = ResourceAccessMode.READ)
  void a_datagram_that_is_too_long(Version v, int fits, int tooLong) throws Exception {
    Client client =
        (sockets, heard) -> {
          try (DatagramSocket s = sockets.datagramSocket()) {
            hear(heard, () -> s.send(new DatagramPacket(new byte[fits], fits, lab.server(v, 9))));
            hear(
                heard,
                () -> s.send(new DatagramPacket(new byte[tooLong], tooLong, lab.server(v, 9))));
          }
        };
    compare(client, "nothing, java.net.SocketException: Message too long");
  }
}
