package dev.sinew.sockets;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.BindException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What a program may expect of {@link DatagramSocket}, over the kernel's sockets (the oracle) and
 * ours.
 */
@Timeout(20)
abstract class DatagramSocketSuite {
  private final List<AutoCloseable> open = new ArrayList<>();

  abstract Side client();

  abstract Side server();

  @AfterEach
  void closeAll() throws Exception {
    for (AutoCloseable c : open.reversed()) {
      c.close();
    }
  }

  private DatagramSocket closing(DatagramSocket s) {
    open.add(s);
    return s;
  }

  private DatagramSocket atClient() throws IOException {
    return closing(client().datagramSocket(new InetSocketAddress(client().address(), 0)));
  }

  private DatagramSocket atServer() throws IOException {
    DatagramSocket s =
        closing(server().datagramSocket(new InetSocketAddress(server().address(), 0)));
    s.setSoTimeout(5000);
    return s;
  }

  private int closedPort() throws IOException {
    DatagramSocket s = server().datagramSocket(new InetSocketAddress(server().address(), 0));
    int port = s.getLocalPort();
    s.close();
    return port;
  }

  private static DatagramPacket packet(byte[] data, DatagramSocket to) {
    return new DatagramPacket(data, data.length, to.getLocalAddress(), to.getLocalPort());
  }

  private static DatagramPacket packet(String text, DatagramSocket to) {
    return packet(text.getBytes(US_ASCII), to);
  }

  private static String text(DatagramPacket p) {
    return new String(p.getData(), p.getOffset(), p.getLength(), US_ASCII);
  }

  private static void assertFails(
      ThrowingCallable call, Class<? extends Throwable> type, String message) {
    assertThatThrownBy(call).isExactlyInstanceOf(type).hasMessage(message);
  }

  // ---- data

  @Test
  void a_datagram_comes_with_its_sender_and_can_be_answered() throws Exception {
    DatagramSocket c = atClient();
    DatagramSocket s = atServer();
    c.send(packet("ping", s));
    DatagramPacket p = new DatagramPacket(new byte[100], 100);
    s.receive(p);
    assertThat(text(p)).isEqualTo("ping");
    assertThat(p.getSocketAddress()).isEqualTo(c.getLocalSocketAddress());
    p.setData("pong".getBytes(US_ASCII));
    s.send(p);
    c.setSoTimeout(5000);
    DatagramPacket answer = new DatagramPacket(new byte[100], 100);
    c.receive(answer);
    assertThat(text(answer)).isEqualTo("pong");
  }

  @Test
  void an_empty_datagram_is_a_datagram() throws Exception {
    DatagramSocket c = atClient();
    DatagramSocket s = atServer();
    c.send(packet("", s));
    DatagramPacket p = new DatagramPacket(new byte[10], 10);
    s.receive(p);
    assertThat(p.getLength()).isZero();
    assertThat(p.getPort()).isEqualTo(c.getLocalPort());
  }

  @Test
  void a_datagram_larger_than_the_packet_is_cut_and_the_rest_is_gone() throws Exception {
    DatagramSocket c = atClient();
    DatagramSocket s = atServer();
    c.send(packet("0123456789", s));
    c.send(packet("next", s));
    DatagramPacket p = new DatagramPacket(new byte[100], 2, 4);
    s.receive(p);
    assertThat(p.getLength()).isEqualTo(4);
    assertThat(text(p)).isEqualTo("0123");
    assertThat(p.getOffset()).isEqualTo(2);
    s.receive(p);
    assertThat(text(p)).isEqualTo("next");
  }

  @Test
  void a_packet_that_is_received_into_again_keeps_its_capacity() throws Exception {
    DatagramSocket c = atClient();
    DatagramSocket s = atServer();
    DatagramPacket p = new DatagramPacket(new byte[100], 100);
    for (String text : List.of("a", "longer", "b", "the longest of them")) {
      c.send(packet(text, s));
      s.receive(p);
      assertThat(text(p)).isEqualTo(text);
    }
    p.setLength(3);
    c.send(packet("abcdef", s));
    s.receive(p);
    assertThat(text(p)).isEqualTo("abc");
  }

  @Test
  void the_largest_datagram_arrives_and_one_byte_more_is_too_long() throws Exception {
    int largest = server().address().getAddress().length == 4 ? 65_507 : 65_527;
    DatagramSocket c = atClient();
    DatagramSocket s = atServer();
    byte[] data = new byte[largest];
    new Random(3).nextBytes(data);
    c.send(packet(data, s));
    DatagramPacket p = new DatagramPacket(new byte[70_000], 70_000);
    s.receive(p);
    assertThat(p.getLength()).isEqualTo(largest);
    assertThat(java.util.Arrays.mismatch(data, 0, largest, p.getData(), 0, largest)).isEqualTo(-1);
    assertFails(
        () -> c.send(packet(new byte[largest + 1], s)), SocketException.class, "Message too long");
  }

  @Test
  void a_socket_on_the_wildcard_hears_every_address() throws Exception {
    DatagramSocket s = closing(server().datagramSocket(new InetSocketAddress(0)));
    s.setSoTimeout(5000);
    assertThat(s.getLocalAddress().isAnyLocalAddress()).isTrue();
    DatagramSocket c = atClient();
    c.send(new DatagramPacket(new byte[3], 3, server().address(), s.getLocalPort()));
    DatagramPacket p = new DatagramPacket(new byte[10], 10);
    s.receive(p);
    assertThat(p.getSocketAddress()).isEqualTo(c.getLocalSocketAddress());
  }

  @Test
  void many_senders_at_once_lose_nothing_to_each_other() throws Exception {
    DatagramSocket s = atServer();
    List<Tasks<String>> senders = new ArrayList<>();
    Tasks<Void> echo =
        Tasks.virtual(() -> {
          DatagramPacket p = new DatagramPacket(new byte[100], 100);
          for (int i = 0; i < 50; i++) {
            s.receive(p);
            s.send(p);
          }
          return null;
        });
    for (int i = 0; i < 50; i++) {
      String text = "sender " + i;
      senders.add(
          Tasks.virtual(() -> {
            try (DatagramSocket c =
                client().datagramSocket(new InetSocketAddress(client().address(), 0))) {
              c.setSoTimeout(5000);
              c.send(packet(text, s));
              DatagramPacket p = new DatagramPacket(new byte[100], 100);
              c.receive(p);
              return text(p);
            }
          }));
    }
    for (int i = 0; i < 50; i++) {
      assertThat(senders.get(i).get()).isEqualTo("sender " + i);
    }
    echo.get();
  }

  // ---- connected

  @Test
  void a_connected_socket_hears_its_peer_alone() throws Exception {
    DatagramSocket s = atServer();
    DatagramSocket c = atClient();
    DatagramSocket stranger = atServer();
    c.connect(s.getLocalSocketAddress());
    assertThat(c.isConnected()).isTrue();
    assertThat(c.getRemoteSocketAddress()).isEqualTo(s.getLocalSocketAddress());
    assertThat(c.getInetAddress()).isEqualTo(server().address());
    assertThat(c.getPort()).isEqualTo(s.getLocalPort());
    stranger.send(packet("stranger", c));
    s.send(packet("peer", c));
    c.setSoTimeout(5000);
    DatagramPacket p = new DatagramPacket(new byte[100], 100);
    c.receive(p);
    assertThat(text(p)).isEqualTo("peer");
    c.setSoTimeout(50);
    assertFails(() -> c.receive(p), SocketTimeoutException.class, "Receive timed out");
  }

  @Test
  void a_connected_socket_needs_no_destination_and_refuses_another() throws Exception {
    DatagramSocket s = atServer();
    DatagramSocket c = atClient();
    c.connect(s.getLocalSocketAddress());
    DatagramPacket p = new DatagramPacket("x".getBytes(US_ASCII), 1);
    c.send(p);
    assertThat(p.getSocketAddress()).isEqualTo(s.getLocalSocketAddress());
    DatagramPacket got = new DatagramPacket(new byte[100], 100);
    s.receive(got);
    assertThat(text(got)).isEqualTo("x");
    p.setPort(s.getLocalPort() == 9 ? 10 : 9);
    assertFails(
        () -> c.send(p), IllegalArgumentException.class, "Connected and packet address differ");
  }

  @Test
  void a_disconnected_socket_hears_everybody_again() throws Exception {
    DatagramSocket s = atServer();
    DatagramSocket stranger = atServer();
    DatagramSocket c = atClient();
    c.connect(s.getLocalSocketAddress());
    c.disconnect();
    assertThat(c.isConnected()).isFalse();
    assertThat(c.getPort()).isEqualTo(-1);
    assertThat(c.getInetAddress()).isNull();
    assertThat(c.isBound()).isTrue();
    stranger.send(
        new DatagramPacket("hi".getBytes(US_ASCII), 2, client().address(), c.getLocalPort()));
    c.setSoTimeout(5000);
    DatagramPacket p = new DatagramPacket(new byte[10], 10);
    c.receive(p);
    assertThat(text(p)).isEqualTo("hi");
  }

  @Test
  void a_connected_socket_hears_on_receive_that_nobody_is_there() throws Exception {
    DatagramSocket c = atClient();
    c.connect(new InetSocketAddress(server().address(), closedPort()));
    c.send(new DatagramPacket(new byte[1], 1));
    c.setSoTimeout(5000);
    assertThatThrownBy(() -> c.receive(new DatagramPacket(new byte[10], 10)))
        .isExactlyInstanceOf(PortUnreachableException.class)
        .hasMessage(null);
    // Told once.
    c.setSoTimeout(50);
    assertFails(
        () -> c.receive(new DatagramPacket(new byte[10], 10)),
        SocketTimeoutException.class,
        "Receive timed out");
  }

  @Test
  void a_receive_that_waits_hears_that_nobody_is_there() throws Exception {
    DatagramSocket c = atClient();
    c.connect(new InetSocketAddress(server().address(), closedPort()));
    Tasks<Void> receiver =
        Tasks.<Void>virtual(
                () -> {
                  c.receive(new DatagramPacket(new byte[10], 10));
                  return null;
                })
            .untilWaiting();
    c.send(new DatagramPacket(new byte[1], 1));
    assertThatThrownBy(receiver::get).isExactlyInstanceOf(PortUnreachableException.class);
  }

  @Test
  void a_connected_socket_hears_on_the_next_send_that_nobody_is_there() throws Exception {
    DatagramSocket c = atClient();
    c.connect(new InetSocketAddress(server().address(), closedPort()));
    c.send(new DatagramPacket(new byte[1], 1));
    Thread.sleep(50);
    assertThatThrownBy(() -> c.send(new DatagramPacket(new byte[1], 1)))
        .isExactlyInstanceOf(PortUnreachableException.class)
        .hasMessage(null);
  }

  @Test
  void an_unconnected_socket_hears_nothing_of_that() throws Exception {
    DatagramSocket c = atClient();
    c.send(new DatagramPacket(new byte[1], 1, server().address(), closedPort()));
    c.setSoTimeout(60);
    assertFails(
        () -> c.receive(new DatagramPacket(new byte[10], 10)),
        SocketTimeoutException.class,
        "Receive timed out");
  }

  // ---- errors

  @Test
  void a_packet_needs_a_destination() throws Exception {
    DatagramSocket c = atClient();
    assertFails(
        () -> c.send(new DatagramPacket(new byte[1], 1)),
        IllegalArgumentException.class,
        "Address not set");
    assertFails(
        () -> c.send(new DatagramPacket(new byte[1], 1, server().address(), 0)),
        SocketException.class,
        "Can't send to port 0");
    assertFails(
        () -> c.connect(new InetSocketAddress(server().address(), 0)),
        SocketException.class,
        "Can't connect to port 0");
  }

  @Test
  void a_port_in_use_can_not_be_bound() throws Exception {
    DatagramSocket s = atServer();
    assertFails(
        () -> server().datagramSocket(s.getLocalSocketAddress()),
        BindException.class,
        "Address already in use");
  }

  @Test
  void two_sockets_share_a_port_if_both_agree() throws Exception {
    DatagramSocket a = closing(server().datagramSocket(null));
    assertThat(a.isBound()).isFalse();
    a.setOption(StandardSocketOptions.SO_REUSEPORT, true);
    a.bind(new InetSocketAddress(server().address(), 0));
    DatagramSocket b = closing(server().datagramSocket(null));
    b.setOption(StandardSocketOptions.SO_REUSEPORT, true);
    b.bind(a.getLocalSocketAddress());
    assertThat(b.getLocalPort()).isEqualTo(a.getLocalPort());
  }

  @Test
  void an_address_of_others_can_not_be_bound() throws Exception {
    assertFails(
        () -> client().datagramSocket(Literal.of("192.0.2.77", 0)),
        BindException.class,
        "Cannot assign requested address");
  }

  @Test
  void a_receive_times_out() throws Exception {
    DatagramSocket s = atServer();
    s.setSoTimeout(60);
    long start = System.nanoTime();
    assertFails(
        () -> s.receive(new DatagramPacket(new byte[10], 10)),
        SocketTimeoutException.class,
        "Receive timed out");
    assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(60_000_000L);
  }

  @Test
  void a_receive_that_waits_ends_with_close() throws Exception {
    for (boolean virtual : new boolean[] {true, false}) {
      DatagramSocket s =
          closing(server().datagramSocket(new InetSocketAddress(server().address(), 0)));
      Tasks<Void> receiver =
          (virtual
              ? Tasks.<Void>virtual(() -> receive(s))
              : Tasks.<Void>platform(() -> receive(s)));
      receiver.untilWaiting();
      s.close();
      assertFails(receiver::get, SocketException.class, "Socket closed");
      assertFails(() -> receive(s), SocketException.class, "Socket closed");
      assertFails(() -> s.send(packet("x", atServer())), SocketException.class, "Socket closed");
    }
  }

  private static Void receive(DatagramSocket s) throws IOException {
    s.receive(new DatagramPacket(new byte[10], 10));
    return null;
  }

  @Test
  void an_interrupted_virtual_thread_loses_the_socket() throws Exception {
    DatagramSocket s =
        closing(server().datagramSocket(new InetSocketAddress(server().address(), 0)));
    Tasks<Boolean> receiver =
        Tasks.virtual(
                () -> {
                  assertFails(() -> receive(s), SocketException.class, "Closed by interrupt");
                  return Thread.currentThread().isInterrupted();
                })
            .untilWaiting();
    receiver.thread.interrupt();
    assertThat(receiver.get()).isTrue();
    assertThat(s.isClosed()).isTrue();
  }

  @Test
  void a_closed_socket_says_so() throws Exception {
    DatagramSocket s = atServer();
    s.close();
    s.close();
    assertThat(s.isClosed()).isTrue();
    assertThat(s.getLocalPort()).isEqualTo(-1);
    assertThat(s.getLocalAddress()).isNull();
    assertThat(s.getLocalSocketAddress()).isNull();
    assertFails(s::getSoTimeout, SocketException.class, "Socket is closed");
  }

  // ---- options

  @Test
  void options_are_what_they_were_set_to() throws Exception {
    DatagramSocket s = atServer();
    assertThat(s.getSoTimeout()).isEqualTo(5000);
    assertThat(s.getBroadcast()).isTrue();
    s.setBroadcast(false);
    assertThat(s.getBroadcast()).isFalse();
    s.setReceiveBufferSize(50_000);
    assertThat(s.getReceiveBufferSize()).isEqualTo(50_000);
    s.setSendBufferSize(60_000);
    assertThat(s.getSendBufferSize()).isEqualTo(60_000);
    s.setTrafficClass(0x28);
    assertThat(s.getTrafficClass()).isEqualTo(0x28);
    s.setReuseAddress(true);
    assertThat(s.getReuseAddress()).isTrue();
    assertThat(s.supportedOptions())
        .contains(StandardSocketOptions.SO_REUSEPORT, StandardSocketOptions.IP_TOS);
    assertThatThrownBy(() -> s.setOption(StandardSocketOptions.TCP_NODELAY, true))
        .isInstanceOf(UnsupportedOperationException.class);
  }
}
