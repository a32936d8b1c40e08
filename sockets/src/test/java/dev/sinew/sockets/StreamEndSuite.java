package dev.sinew.sockets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import org.junit.jupiter.api.Test;

/**
 * How a stream ends: in order, by close from another thread, by reset, by a timeout, by an
 * interrupt. It runs over the kernel's sockets, which are the oracle, and over ours.
 */
abstract class StreamEndSuite extends StreamFixture {
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
    assertFails(
        p.client::shutdownOutput, SocketException.class, "Socket output is already shutdown");
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
      Tasks<Integer> reader =
          (virtual ? Tasks.virtual(in::read) : Tasks.platform(in::read)).untilWaiting();
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
          (virtual
                  ? Tasks.<Void>virtual(() -> writeAll(out, data))
                  : Tasks.<Void>platform(() -> writeAll(out, data)))
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
      Tasks<Socket> acceptor =
          (virtual ? Tasks.virtual(s::accept) : Tasks.platform(s::accept)).untilWaiting();
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
  void the_first_write_after_a_reset_hears_of_it_and_the_next_finds_a_broken_pipe()
      throws Exception {
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
    assertFails(
        () -> p.client.getInputStream().read(), SocketTimeoutException.class, "Read timed out");
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
                      () -> p.client.getInputStream().read(),
                      SocketException.class,
                      "Closed by interrupt");
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
}
