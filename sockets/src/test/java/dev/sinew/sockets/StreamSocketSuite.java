package dev.sinew.sockets;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.StandardSocketOptions;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import jdk.net.ExtendedSocketOptions;
import org.junit.jupiter.api.Test;

/**
 * What a program may expect of {@link Socket} and {@link ServerSocket}: opening, data, urgent data,
 * options. It runs over the kernel's sockets, which are the oracle, and over ours.
 */
abstract class StreamSocketSuite extends StreamFixture {
  // ---- opening

  @Test
  void both_ends_know_their_addresses() throws Exception {
    Pair p = new Pair();
    assertThat(p.client.getInetAddress()).isEqualTo(server().address());
    assertThat(p.client.getPort()).isEqualTo(p.listener.getLocalPort());
    assertThat(p.client.getLocalPort()).isPositive().isEqualTo(p.server.getPort());
    assertThat(p.server.getLocalPort()).isEqualTo(p.listener.getLocalPort());
    assertThat(p.server.getLocalAddress()).isEqualTo(server().address());
    assertThat(p.client.getLocalAddress())
        .isEqualTo(client().address())
        .isEqualTo(p.server.getInetAddress());
    assertThat(p.client.getRemoteSocketAddress()).isEqualTo(p.server.getLocalSocketAddress());
    assertThat(p.client.getLocalSocketAddress()).isEqualTo(p.server.getRemoteSocketAddress());
    assertThat(p.client.isConnected()).isTrue();
    assertThat(p.client.isBound()).isTrue();
    assertThat(p.listener.getInetAddress()).isEqualTo(server().address());
    assertThat(p.listener.getLocalSocketAddress()).isEqualTo(p.server.getLocalSocketAddress());
  }

  @Test
  void a_server_on_the_wildcard_takes_connections() throws Exception {
    ServerSocket s = closing(server().serverSocket());
    s.bind(new InetSocketAddress(0));
    Socket c = connectedTo(s);
    Socket a = closing(s.accept());
    assertThat(a.getLocalAddress()).isEqualTo(server().address());
    assertThat(a.getPort()).isEqualTo(c.getLocalPort());
    assertThat(s.getInetAddress().isAnyLocalAddress()).isTrue();
  }

  @Test
  void a_port_where_nobody_listens_refuses() throws Exception {
    int port = closedPort();
    Socket c = closing(client().socket());
    assertFails(
        () -> c.connect(new InetSocketAddress(server().address(), port)),
        ConnectException.class,
        "Connection refused");
    assertThat(c.isClosed()).isTrue();
    assertThat(c.isConnected()).isFalse();
    assertFails(
        () -> c.connect(new InetSocketAddress(server().address(), port)),
        SocketException.class,
        "Socket is closed");
  }

  @Test
  void a_port_where_nobody_listens_refuses_a_connect_with_a_timeout_too() throws Exception {
    int port = closedPort();
    Socket c = closing(client().socket());
    assertFails(
        () -> c.connect(new InetSocketAddress(server().address(), port), 5000),
        ConnectException.class,
        "Connection refused");
  }

  @Test
  void a_name_that_was_not_resolved_is_an_unknown_host() throws Exception {
    Socket c = closing(client().socket());
    assertFails(
        () -> c.connect(InetSocketAddress.createUnresolved("nowhere.invalid", 80)),
        UnknownHostException.class,
        "nowhere.invalid");
    assertThat(c.isClosed()).isTrue();
  }

  @Test
  void a_client_keeps_the_port_that_it_was_bound_to() throws Exception {
    ServerSocket s = listening();
    Socket c = closing(client().socket());
    c.bind(new InetSocketAddress(client().address(), 0));
    int port = c.getLocalPort();
    assertThat(port).isPositive();
    assertFails(() -> c.bind(null), SocketException.class, "Already bound");
    c.connect(new InetSocketAddress(server().address(), s.getLocalPort()));
    assertThat(closing(s.accept()).getPort()).isEqualTo(port);
    assertThat(c.getLocalPort()).isEqualTo(port);
    assertFails(
        () -> c.connect(new InetSocketAddress(server().address(), s.getLocalPort())),
        SocketException.class,
        "Already connected");
  }

  @Test
  void a_port_in_use_can_not_be_bound() throws Exception {
    ServerSocket s = listening();
    ServerSocket other = closing(server().serverSocket());
    assertFails(
        () -> other.bind(new InetSocketAddress(server().address(), s.getLocalPort())),
        BindException.class,
        "Address already in use");
    Socket c = closing(server().socket());
    assertFails(
        () -> c.bind(new InetSocketAddress(server().address(), s.getLocalPort())),
        BindException.class,
        "Address already in use");
  }

  @Test
  void an_address_of_others_can_not_be_bound() throws Exception {
    ServerSocket s = closing(server().serverSocket());
    assertFails(
        () -> s.bind(Literal.of("192.0.2.77", 0)),
        BindException.class,
        "Cannot assign requested address");
    Socket c = closing(client().socket());
    assertFails(
        () -> c.bind(Literal.of("192.0.2.77", 0)),
        BindException.class,
        "Cannot assign requested address");
  }

  @Test
  void a_server_gets_its_port_back_while_old_connections_are_in_time_wait() throws Exception {
    Pair p = new Pair();
    int port = p.listener.getLocalPort();
    p.server.close();
    assertThat(p.client.getInputStream().read()).isEqualTo(-1);
    p.client.close();
    p.listener.close();
    ServerSocket again = closing(server().serverSocket());
    again.bind(new InetSocketAddress(server().address(), port));
    assertThat(again.getLocalPort()).isEqualTo(port);
  }

  @Test
  void two_servers_share_a_port_if_both_agree() throws Exception {
    ServerSocket a = closing(server().serverSocket());
    a.setOption(StandardSocketOptions.SO_REUSEPORT, true);
    a.bind(new InetSocketAddress(server().address(), 0));
    ServerSocket b = closing(server().serverSocket());
    b.setOption(StandardSocketOptions.SO_REUSEPORT, true);
    b.bind(new InetSocketAddress(server().address(), a.getLocalPort()));
    assertThat(b.getLocalPort()).isEqualTo(a.getLocalPort());
  }

  // ---- data

  @Test
  void bytes_go_both_ways() throws Exception {
    Pair p = new Pair();
    p.say(p.client, "hello");
    assertThat(p.hear(p.server, 5)).isEqualTo("hello");
    p.server.getOutputStream().write(0xff);
    assertThat(p.client.getInputStream().read()).isEqualTo(0xff);
  }

  @Test
  void reads_and_writes_of_nothing_do_nothing() throws Exception {
    Pair p = new Pair();
    p.client.getOutputStream().write(new byte[0]);
    assertThat(p.client.getInputStream().read(new byte[0])).isZero();
    assertThat(p.server.getInputStream().available()).isZero();
    p.client.shutdownOutput();
    assertThat(p.server.getInputStream().read()).isEqualTo(-1);
    assertThat(p.server.getInputStream().read(new byte[0])).isZero();
  }

  @Test
  void bad_bounds_are_refused() throws Exception {
    Pair p = new Pair();
    assertThatThrownBy(() -> p.client.getInputStream().read(new byte[4], 2, 3))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> p.client.getOutputStream().write(new byte[4], -1, 3))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void available_tells_what_a_read_would_get() throws Exception {
    Pair p = new Pair();
    InputStream in = p.server.getInputStream();
    assertThat(in.available()).isZero();
    p.say(p.client, "12345");
    await(() -> in.available() == 5);
    assertThat(in.read(new byte[2])).isEqualTo(2);
    assertThat(in.available()).isEqualTo(3);
    p.client.shutdownOutput();
    assertThat(in.readAllBytes()).hasSize(3);
    assertThat(in.available()).isZero();
    p.server.close();
    assertFails(in::available, SocketException.class, "Socket closed");
  }

  @Test
  void large_transfers_in_both_directions_at_once_arrive_whole() throws Exception {
    Pair p = new Pair();
    byte[] data = new byte[3 << 20];
    new Random(7).nextBytes(data);
    Tasks<byte[]> atServer = Tasks.virtual(() -> p.server.getInputStream().readNBytes(data.length));
    Tasks<Void> fromServer =
        Tasks.virtual(() -> {
          p.server.getOutputStream().write(data);
          return null;
        });
    Tasks<byte[]> atClient =
        Tasks.platform(() -> p.client.getInputStream().readNBytes(data.length));
    p.client.getOutputStream().write(data);
    fromServer.get();
    assertThat(Arrays.equals(atServer.get(), data)).isTrue();
    assertThat(Arrays.equals(atClient.get(), data)).isTrue();
  }

  @Test
  void a_writer_waits_for_a_slow_reader() throws Exception {
    Pair p = new Pair();
    byte[] data = new byte[16 << 20];
    Tasks<Void> writer =
        Tasks.virtual(() -> {
          p.client.getOutputStream().write(data);
          return null;
        });
    writer.untilWaiting();
    assertThat(writer.thread.isAlive()).isTrue();
    assertThat(p.server.getInputStream().readNBytes(data.length)).hasSameSizeAs(data);
    writer.get();
  }

  @Test
  void writes_of_two_threads_do_not_mix() throws Exception {
    Pair p = new Pair();
    int size = 2 << 20;
    List<Tasks<Void>> writers = new ArrayList<>();
    for (byte b = 1; b <= 2; b++) {
      byte[] data = new byte[size];
      Arrays.fill(data, b);
      writers.add(
          Tasks.virtual(() -> {
            p.client.getOutputStream().write(data);
            return null;
          }));
    }
    byte[] got = p.server.getInputStream().readNBytes(2 * size);
    for (Tasks<Void> w : writers) {
      w.get();
    }
    int changes = 0;
    for (int i = 1; i < got.length; i++) {
      changes += got[i] == got[i - 1] ? 0 : 1;
    }
    assertThat(changes).isEqualTo(1);
  }

  @Test
  void a_hundred_connections_at_once_with_a_virtual_thread_each() throws Exception {
    ServerSocket s = closing(server().serverSocket());
    s.bind(new InetSocketAddress(server().address(), 0), 200);
    Tasks<Void> acceptor =
        Tasks.virtual(() -> {
          for (int i = 0; i < 100; i++) {
            Socket a = s.accept();
            Thread.ofVirtual()
                .start(() -> {
                  try (a) {
                    a.getInputStream().transferTo(a.getOutputStream());
                  } catch (IOException e) {
                    throw new IllegalStateException(e);
                  }
                });
          }
          return null;
        });
    List<Tasks<String>> clients = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      String text = "connection " + i;
      clients.add(
          Tasks.virtual(() -> {
            try (Socket c = client().socket()) {
              c.connect(new InetSocketAddress(server().address(), s.getLocalPort()));
              c.getOutputStream().write(text.getBytes(US_ASCII));
              c.shutdownOutput();
              return new String(c.getInputStream().readAllBytes(), US_ASCII);
            }
          }));
    }
    acceptor.get();
    for (int i = 0; i < 100; i++) {
      assertThat(clients.get(i).get()).isEqualTo("connection " + i);
    }
  }

  // ---- urgent data

  @Test
  void an_urgent_byte_is_discarded() throws Exception {
    Pair p = new Pair();
    p.say(p.client, "ab");
    p.client.sendUrgentData('!');
    p.say(p.client, "cd");
    assertThat(p.hear(p.server, 4)).isEqualTo("abcd");
    assertThat(p.server.getOOBInline()).isFalse();
  }

  @Test
  void an_urgent_byte_stays_in_the_stream_if_asked_for() throws Exception {
    Pair p = new Pair();
    p.server.setOOBInline(true);
    p.say(p.client, "ab");
    p.client.sendUrgentData('!');
    p.say(p.client, "cd");
    assertThat(p.hear(p.server, 5)).isEqualTo("ab!cd");
  }

  // ---- options

  @Test
  void options_are_what_they_were_set_to() throws Exception {
    Pair p = new Pair();
    Socket c = p.client;
    assertThat(c.getTcpNoDelay()).isFalse();
    c.setTcpNoDelay(true);
    assertThat(c.getTcpNoDelay()).isTrue();
    assertThat(c.getKeepAlive()).isFalse();
    c.setKeepAlive(true);
    assertThat(c.getKeepAlive()).isTrue();
    assertThat(c.getSoLinger()).isEqualTo(-1);
    c.setSoLinger(true, 7);
    assertThat(c.getSoLinger()).isEqualTo(7);
    assertThat(c.getOption(StandardSocketOptions.SO_LINGER)).isEqualTo(7);
    c.setSoLinger(false, 0);
    assertThat(c.getSoLinger()).isEqualTo(-1);
    assertThat(c.getSoTimeout()).isZero();
    c.setSoTimeout(1234);
    assertThat(c.getSoTimeout()).isEqualTo(1234);
    c.setOOBInline(true);
    assertThat(c.getOOBInline()).isTrue();
    c.setTrafficClass(0x28);
    assertThat(c.getTrafficClass()).isEqualTo(0x28);
    c.setSendBufferSize(100_000);
    assertThat(c.getSendBufferSize()).isEqualTo(100_000);
    c.setReceiveBufferSize(100_000);
    assertThat(c.getReceiveBufferSize()).isEqualTo(100_000);
    c.setReuseAddress(true);
    assertThat(c.getReuseAddress()).isTrue();
    c.setOption(StandardSocketOptions.TCP_NODELAY, false);
    assertThat(c.getOption(StandardSocketOptions.TCP_NODELAY)).isFalse();
    c.setOption(ExtendedSocketOptions.TCP_KEEPIDLE, 30);
    assertThat(c.getOption(ExtendedSocketOptions.TCP_KEEPIDLE)).isEqualTo(30);
    c.setOption(ExtendedSocketOptions.TCP_KEEPINTERVAL, 7);
    assertThat(c.getOption(ExtendedSocketOptions.TCP_KEEPINTERVAL)).isEqualTo(7);
    c.setOption(ExtendedSocketOptions.TCP_KEEPCOUNT, 3);
    assertThat(c.getOption(ExtendedSocketOptions.TCP_KEEPCOUNT)).isEqualTo(3);
    c.setOption(ExtendedSocketOptions.TCP_QUICKACK, true);
    assertThat(c.getOption(ExtendedSocketOptions.TCP_QUICKACK)).isTrue();
    assertFails(
        () -> c.setOption(ExtendedSocketOptions.TCP_KEEPCOUNT, 0),
        SocketException.class,
        "Invalid argument");
    assertThat(c.supportedOptions())
        .contains(
            StandardSocketOptions.SO_RCVBUF,
            StandardSocketOptions.SO_SNDBUF,
            StandardSocketOptions.SO_KEEPALIVE,
            StandardSocketOptions.SO_REUSEADDR,
            StandardSocketOptions.SO_REUSEPORT,
            StandardSocketOptions.SO_LINGER,
            StandardSocketOptions.TCP_NODELAY,
            StandardSocketOptions.IP_TOS,
            ExtendedSocketOptions.TCP_KEEPIDLE,
            ExtendedSocketOptions.TCP_KEEPINTERVAL,
            ExtendedSocketOptions.TCP_KEEPCOUNT,
            ExtendedSocketOptions.TCP_QUICKACK);
    assertThatThrownBy(() -> c.setOption(StandardSocketOptions.IP_MULTICAST_TTL, 3))
        .isInstanceOf(UnsupportedOperationException.class);
  }

  @Test
  void options_of_a_server_are_what_they_were_set_to() throws Exception {
    ServerSocket s = closing(server().serverSocket());
    assertThat(s.getReuseAddress()).isTrue();
    s.setReceiveBufferSize(50_000);
    assertThat(s.getReceiveBufferSize()).isEqualTo(50_000);
    s.setSoTimeout(50);
    assertThat(s.getSoTimeout()).isEqualTo(50);
    s.setOption(ExtendedSocketOptions.TCP_KEEPIDLE, 40);
    assertThat(s.getOption(ExtendedSocketOptions.TCP_KEEPIDLE)).isEqualTo(40);
    s.bind(new InetSocketAddress(server().address(), 0));
    assertThat(s.getReceiveBufferSize()).isEqualTo(50_000);
    Socket c = connectedTo(s);
    Socket a = closing(s.accept());
    assertThat(a.getReceiveBufferSize()).isEqualTo(50_000);
    assertThat(a.getOption(ExtendedSocketOptions.TCP_KEEPIDLE)).isEqualTo(40);
    assertThat(c.getReceiveBufferSize()).isPositive();
    assertThatThrownBy(() -> s.setOption(StandardSocketOptions.TCP_NODELAY, true))
        .isInstanceOf(UnsupportedOperationException.class);
  }
}
