package dev.sinew.sockets;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What a program may expect of {@link Socket} and {@link ServerSocket}. It runs over the kernel's sockets, which are the oracle, and over
 * ours.
 */
@Timeout(20)
abstract class StreamSocketSuite {
  private final List<AutoCloseable> open = new ArrayList<>();

  abstract Side client();

  abstract Side server();

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

  // ---- fixtures

  final ServerSocket listening() throws IOException {
    ServerSocket s = closing(server().serverSocket());
    s.bind(new InetSocketAddress(server().address(), 0));
    return s;
  }

  final Socket connectedTo(ServerSocket s) throws IOException {
    Socket c = closing(client().socket());
    c.connect(new InetSocketAddress(server().address(), s.getLocalPort()));
    return c;
  }

  /** A client's socket and the server's of one connection. */
  final class Pair {
    final ServerSocket listener = listening();
    final Socket client = connectedTo(listener);
    final Socket server = closing(listener.accept());

    Pair() throws IOException {}

    void say(Socket from, String text) throws IOException {
      from.getOutputStream().write(text.getBytes(US_ASCII));
    }

    String hear(Socket at, int length) throws IOException {
      return new String(at.getInputStream().readNBytes(length), US_ASCII);
    }
  }

  private int closedPort() throws IOException {
    try (ServerSocket s = server().serverSocket()) {
      s.bind(new InetSocketAddress(server().address(), 0));
      return s.getLocalPort();
    }
  }

  static void assertFails(ThrowingCallable call, Class<? extends Throwable> type, String message) {
    assertThatThrownBy(call).isExactlyInstanceOf(type).hasMessage(message);
  }

  private static void await(Condition condition) throws Exception {
    for (int i = 0; i < 500 && !condition.holds(); i++) {
      Thread.sleep(2);
    }
    assertThat(condition.holds()).isTrue();
  }

  private interface Condition {
    boolean holds() throws Exception;
  }

  // ---- opening

  @Test
  void both_ends_know_their_addresses() throws Exception {
    Pair p = new Pair();
    assertThat(p.client.getInetAddress()).isEqualTo(server().address());
    assertThat(p.client.getPort()).isEqualTo(p.listener.getLocalPort());
    assertThat(p.client.getLocalPort()).isPositive().isEqualTo(p.server.getPort());
    assertThat(p.server.getLocalPort()).isEqualTo(p.listener.getLocalPort());
    assertThat(p.server.getLocalAddress()).isEqualTo(server().address());
    assertThat(p.client.getLocalAddress()).isEqualTo(client().address()).isEqualTo(p.server.getInetAddress());
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
        () -> c.connect(new InetSocketAddress(server().address(), port)), ConnectException.class, "Connection refused");
    assertThat(c.isClosed()).isTrue();
    assertThat(c.isConnected()).isFalse();
    assertFails(
        () -> c.connect(new InetSocketAddress(server().address(), port)), SocketException.class, "Socket is closed");
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
        () -> s.bind(Literal.of("192.0.2.77", 0)), BindException.class, "Cannot assign requested address");
    Socket c = closing(client().socket());
    assertFails(
        () -> c.bind(Literal.of("192.0.2.77", 0)), BindException.class, "Cannot assign requested address");
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
        Tasks.virtual(
            () -> {
              p.server.getOutputStream().write(data);
              return null;
            });
    Tasks<byte[]> atClient = Tasks.platform(() -> p.client.getInputStream().readNBytes(data.length));
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
        Tasks.virtual(
            () -> {
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
          Tasks.virtual(
              () -> {
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
        Tasks.virtual(
            () -> {
              for (int i = 0; i < 100; i++) {
                Socket a = s.accept();
                Thread.ofVirtual()
                    .start(
                        () -> {
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
          Tasks.virtual(
              () -> {
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

  // ---- the end

  @Test
  void the_end_of_the_stream_is_minus_one_again_and_again() throws Exception {
    Pair p = new Pair();
    p.say(p.client, "x");
    p.client.close();
    InputStream in = p.server.getInputStream();
    assertThat(in.readAllBytes()).hasSize(1);
    assertThat(in.read()).isEqualTo(-1);
    assertThat(in.read(new byte[10])).isEqualTo(-1);
    p.server.close();
    assertThat(in.read()).isEqualTo(-1);
  }

  @Test
  void a_half_closed_connection_still_carries_the_other_direction() throws Exception {
    Pair p = new Pair();
    p.say(p.client, "question");
    p.client.shutdownOutput();
    assertThat(p.client.isOutputShutdown()).isTrue();
    assertThat(p.server.getInputStream().readAllBytes()).hasSize(8);
    p.say(p.server, "answer");
    p.server.close();
    assertThat(p.client.getInputStream().readAllBytes()).hasSize(6);
  }

  @Test
  void nothing_can_be_written_after_shutdown_output() throws Exception {
    Pair p = new Pair();
    OutputStream out = p.client.getOutputStream();
    p.client.shutdownOutput();
    assertFails(() -> out.write(1), SocketException.class, "Broken pipe");
    assertFails(p.client::getOutputStream, SocketException.class, "Socket output is shutdown");
    assertFails(p.client::shutdownOutput, SocketException.class, "Socket output is already shutdown");
  }

  @Test
  void reads_end_after_shutdown_input() throws Exception {
    Pair p = new Pair();
    InputStream in = p.server.getInputStream();
    p.say(p.client, "unread");
    await(() -> in.available() == 6);
    p.server.shutdownInput();
    assertThat(in.available()).isZero();
    assertThat(in.read()).isEqualTo(-1);
    assertFails(p.server::getInputStream, SocketException.class, "Socket input is shutdown");
    p.say(p.server, "ok");
    assertThat(p.hear(p.client, 2)).isEqualTo("ok");
  }

  @Test
  void a_waiting_read_ends_when_the_input_is_shut() throws Exception {
    Pair p = new Pair();
    InputStream in = p.client.getInputStream();
    Tasks<Integer> reader = Tasks.virtual(in::read).untilWaiting();
    p.client.shutdownInput();
    assertThat(reader.get()).isEqualTo(-1);
  }

  @Test
  void a_read_that_waits_ends_with_close() throws Exception {
    for (boolean virtual : new boolean[] {true, false}) {
      Pair p = new Pair();
      InputStream in = p.client.getInputStream();
      Tasks<Integer> reader = (virtual ? Tasks.virtual(in::read) : Tasks.platform(in::read)).untilWaiting();
      p.client.close();
      assertFails(reader::get, SocketException.class, "Socket closed");
      assertFails(in::read, SocketException.class, "Socket closed");
    }
  }

  @Test
  void a_write_that_waits_ends_with_close() throws Exception {
    for (boolean virtual : new boolean[] {true, false}) {
      Pair p = new Pair();
      OutputStream out = p.client.getOutputStream();
      byte[] data = new byte[16 << 20];
      Tasks<Void> writer =
          (virtual ? Tasks.<Void>virtual(() -> writeAll(out, data)) : Tasks.<Void>platform(() -> writeAll(out, data)))
              .untilWaiting();
      Thread.sleep(100);
      p.client.close();
      assertFails(writer::get, SocketException.class, "Socket closed");
      assertFails(() -> out.write(1), SocketException.class, "Socket closed");
    }
  }

  private static Void writeAll(OutputStream out, byte[] data) throws IOException {
    out.write(data);
    return null;
  }

  @Test
  void an_accept_that_waits_ends_with_close() throws Exception {
    for (boolean virtual : new boolean[] {true, false}) {
      ServerSocket s = listening();
      Tasks<Socket> acceptor = (virtual ? Tasks.virtual(s::accept) : Tasks.platform(s::accept)).untilWaiting();
      s.close();
      assertFails(acceptor::get, SocketException.class, "Socket closed");
      assertFails(s::accept, SocketException.class, "Socket is closed");
    }
  }

  @Test
  void a_closed_socket_says_so() throws Exception {
    Pair p = new Pair();
    int port = p.client.getPort();
    p.client.close();
    p.client.close();
    assertThat(p.client.isClosed()).isTrue();
    assertThat(p.client.isConnected()).isTrue();
    assertThat(p.client.getPort()).isEqualTo(port);
    assertFails(p.client::getInputStream, SocketException.class, "Socket is closed");
    assertFails(p.client::getTcpNoDelay, SocketException.class, "Socket is closed");
    assertFails(p.client::shutdownInput, SocketException.class, "Socket is closed");
  }

  // ---- resets

  @Test
  void a_peer_that_resets_gives_connection_reset_to_every_read() throws Exception {
    Pair p = new Pair();
    p.server.setSoLinger(true, 0);
    p.server.close();
    InputStream in = p.client.getInputStream();
    assertFails(in::read, SocketException.class, "Connection reset");
    assertFails(in::read, SocketException.class, "Connection reset");
    assertThat(in.available()).isZero();
  }

  @Test
  void a_reset_wakes_a_read_that_waits() throws Exception {
    Pair p = new Pair();
    Tasks<Integer> reader = Tasks.virtual(() -> p.client.getInputStream().read()).untilWaiting();
    p.server.setSoLinger(true, 0);
    p.server.close();
    assertFails(reader::get, SocketException.class, "Connection reset");
  }

  @Test
  void a_write_after_the_reset_was_read_finds_a_broken_pipe() throws Exception {
    Pair p = new Pair();
    p.server.setSoLinger(true, 0);
    p.server.close();
    assertFails(() -> p.client.getInputStream().read(), SocketException.class, "Connection reset");
    OutputStream out = p.client.getOutputStream();
    assertFails(() -> out.write(1), SocketException.class, "Broken pipe");
    assertFails(() -> out.write(1), SocketException.class, "Broken pipe");
  }

  @Test
  void the_first_write_after_a_reset_hears_of_it_and_the_next_finds_a_broken_pipe() throws Exception {
    Pair p = new Pair();
    Tasks<Integer> reader = Tasks.virtual(() -> p.client.getInputStream().read());
    p.server.setSoLinger(true, 0);
    p.server.close();
    assertFails(reader::get, SocketException.class, "Connection reset");
    // Again without a read.
    Pair q = new Pair();
    q.server.setSoLinger(true, 0);
    q.server.close();
    Thread.sleep(50);
    OutputStream out = q.client.getOutputStream();
    assertFails(() -> out.write(1), SocketException.class, "Connection reset by peer");
    assertFails(() -> out.write(1), SocketException.class, "Broken pipe");
    assertThat(q.client.getInputStream().read()).isEqualTo(-1);
  }

  @Test
  void a_close_with_unread_data_resets_the_peer() throws Exception {
    Pair p = new Pair();
    p.say(p.client, "unread");
    await(() -> p.server.getInputStream().available() == 6);
    p.server.close();
    InputStream in = p.client.getInputStream();
    assertThatThrownBy(
            () -> {
              // The end of the stream may be seen before the reset that follows it.
              if (in.read() == -1) {
                Thread.sleep(50);
                p.client.getOutputStream().write(1);
              }
            })
        .isExactlyInstanceOf(SocketException.class)
        .message()
        .isIn("Connection reset", "Broken pipe", "Connection reset by peer");
  }

  @Test
  void writing_to_a_peer_that_has_closed_ends_in_a_broken_pipe() throws Exception {
    Pair p = new Pair();
    p.server.close();
    assertThat(p.client.getInputStream().read()).isEqualTo(-1);
    OutputStream out = p.client.getOutputStream();
    out.write(1);
    Thread.sleep(50);
    assertFails(() -> out.write(1), SocketException.class, "Broken pipe");
  }

  @Test
  void an_abort_of_the_writer_reaches_the_reader_at_once() throws Exception {
    Pair p = new Pair();
    p.say(p.server, "lost or not");
    p.server.setSoLinger(true, 0);
    p.server.close();
    assertThatThrownBy(() -> p.client.getInputStream().readAllBytes())
        .isExactlyInstanceOf(SocketException.class)
        .hasMessage("Connection reset");
  }

  @Test
  void a_close_that_lingers_returns_when_everything_is_delivered() throws Exception {
    Pair p = new Pair();
    p.client.setSoLinger(true, 10);
    p.say(p.client, "last words");
    long start = System.nanoTime();
    p.client.close();
    assertThat(System.nanoTime() - start).isLessThan(5_000_000_000L);
    assertThat(p.server.getInputStream().readAllBytes()).hasSize(10);
  }

  // ---- time

  @Test
  void a_read_times_out_and_the_socket_lives_on() throws Exception {
    Pair p = new Pair();
    p.client.setSoTimeout(60);
    long start = System.nanoTime();
    assertFails(() -> p.client.getInputStream().read(), SocketTimeoutException.class, "Read timed out");
    assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(60_000_000L);
    p.say(p.server, "late");
    assertThat(p.hear(p.client, 4)).isEqualTo("late");
  }

  @Test
  void an_accept_times_out_and_the_server_lives_on() throws Exception {
    ServerSocket s = listening();
    s.setSoTimeout(60);
    assertFails(s::accept, SocketTimeoutException.class, "Accept timed out");
    connectedTo(s);
    closing(s.accept());
  }

  @Test
  void what_arrives_in_time_does_not_time_out() throws Exception {
    Pair p = new Pair();
    p.client.setSoTimeout(5000);
    Tasks<Integer> reader = Tasks.virtual(() -> p.client.getInputStream().read()).untilWaiting();
    p.say(p.server, "A");
    assertThat(reader.get()).isEqualTo('A');
  }

  // ---- interrupts

  @Test
  void an_interrupted_virtual_thread_loses_the_socket_that_it_reads() throws Exception {
    Pair p = new Pair();
    Tasks<Boolean> reader =
        Tasks.virtual(
                () -> {
                  assertFails(
                      () -> p.client.getInputStream().read(), SocketException.class, "Closed by interrupt");
                  return Thread.currentThread().isInterrupted();
                })
            .untilWaiting();
    reader.thread.interrupt();
    assertThat(reader.get()).isTrue();
    assertThat(p.client.isClosed()).isTrue();
  }

  @Test
  void an_interrupted_virtual_thread_loses_the_socket_that_it_writes() throws Exception {
    Pair p = new Pair();
    Tasks<Boolean> writer =
        Tasks.virtual(
                () -> {
                  assertFails(
                      () -> p.client.getOutputStream().write(new byte[16 << 20]),
                      SocketException.class,
                      "Closed by interrupt");
                  return Thread.currentThread().isInterrupted();
                })
            .untilWaiting();
    Thread.sleep(50);
    writer.thread.interrupt();
    assertThat(writer.get()).isTrue();
    assertThat(p.client.isClosed()).isTrue();
  }

  @Test
  void an_interrupted_virtual_thread_loses_the_server_that_it_accepts_on() throws Exception {
    ServerSocket s = listening();
    Tasks<Boolean> acceptor =
        Tasks.virtual(
                () -> {
                  assertFails(s::accept, SocketException.class, "Closed by interrupt");
                  return Thread.currentThread().isInterrupted();
                })
            .untilWaiting();
    acceptor.thread.interrupt();
    assertThat(acceptor.get()).isTrue();
    assertThat(s.isClosed()).isTrue();
  }

  @Test
  void a_platform_thread_is_not_disturbed_by_an_interrupt() throws Exception {
    Pair p = new Pair();
    Tasks<Boolean> reader =
        Tasks.platform(
                () -> {
                  assertThat(p.client.getInputStream().read()).isEqualTo('B');
                  return Thread.currentThread().isInterrupted();
                })
            .untilWaiting();
    reader.thread.interrupt();
    Thread.sleep(30);
    p.say(p.server, "B");
    assertThat(reader.get()).isTrue();
    assertThat(p.client.isClosed()).isFalse();
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
    assertThat(c.supportedOptions())
        .contains(
            StandardSocketOptions.SO_RCVBUF,
            StandardSocketOptions.SO_SNDBUF,
            StandardSocketOptions.SO_KEEPALIVE,
            StandardSocketOptions.SO_REUSEADDR,
            StandardSocketOptions.SO_REUSEPORT,
            StandardSocketOptions.SO_LINGER,
            StandardSocketOptions.TCP_NODELAY,
            StandardSocketOptions.IP_TOS);
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
    s.bind(new InetSocketAddress(server().address(), 0));
    assertThat(s.getReceiveBufferSize()).isEqualTo(50_000);
    Socket c = connectedTo(s);
    Socket a = closing(s.accept());
    assertThat(a.getReceiveBufferSize()).isEqualTo(50_000);
    assertThat(c.getReceiveBufferSize()).isPositive();
    assertThatThrownBy(() -> s.setOption(StandardSocketOptions.TCP_NODELAY, true))
        .isInstanceOf(UnsupportedOperationException.class);
  }
}
