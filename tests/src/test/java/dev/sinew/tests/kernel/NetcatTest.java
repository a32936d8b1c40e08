package dev.sinew.tests.kernel;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sinew.base.Counter;
import java.net.ConnectException;
import java.net.Socket;
import java.net.SocketException;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** nc, and programs that die. */
@ExtendWith(KernelCases.class)
class NetcatTest {
  private static final byte[] MEGABYTE = new byte[1 << 20];

  static {
    new Random(3).nextBytes(MEGABYTE);
  }

  // ---- half-close

  @ParameterizedTest
  @EnumSource
  void nc_N_to_the_echo_service_gets_everything_back_after_its_fin(Version v) throws Exception {
    try (Lab lab = Lab.open().withServices()) {
      for (byte[] data : new byte[][] {"hello\n".getBytes(US_ASCII), MEGABYTE}) {
        Program nc = lab.start("nc", "-N", v.stack, "7");
        nc.stdin().write(data);
        nc.stdin().close(); // nc -N: shutdown(SHUT_WR)
        Program.Result r = nc.result(30);
        assertThat(r.exitCode()).isZero();
        assertThat(Arrays.equals(r.bytes(), data)).as(data.length + " bytes came back").isTrue();
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void nc_N_listens_and_reads_the_answer_after_its_fin(Version v) throws Exception {
    try (Lab lab = Lab.open()) {
      Program nc = lab.start("nc", v.flag(), "-l", "-N", v.kernel, "2000");
      awaitListener(lab, 2000);
      Socket s = lab.stackSocket(v.kernel(2000));
      CompletableFuture<byte[]> question = Waiting.start(() -> s.getInputStream().readAllBytes());
      nc.stdin().write(MEGABYTE);
      nc.stdin().close();
      assertThat(Arrays.equals(Waiting.get(question, 20), MEGABYTE)).isTrue();
      lab.awaitStates(2000, "FIN-WAIT-2/CLOSE-WAIT");
      s.getOutputStream().write("answer".getBytes(US_ASCII));
      Waiting.until("the answer", 10, nc::soFar, "answer"::equals);
      s.close();
      assertThat(nc.result(10).exitCode()).isZero();
      lab.awaitStates(2000, "TIME-WAIT/-");
    }
  }

  // ---- refused

  @ParameterizedTest
  @EnumSource
  void the_kernel_is_refused_where_nobody_listens(Version v) throws Exception {
    try (Lab lab = Lab.open()) {
      Program.Result nc = lab.run("nc", "-v", "-w", "5", v.stack, "4444");
      assertThat(nc.text()).contains("Connection refused");
      assertThat(nc.exitCode()).isEqualTo(1);
      Program.Result curl =
          lab.run("curl", "-sS", "-g", "--max-time", "5", "http://" + v.urlHost() + "/");
      assertThat(curl.text()).contains("Failed to connect").contains("Couldn't connect to server");
      assertThat(curl.exitCode()).isEqualTo(7);
      assertThat(lab.counter(Counter.TcpOutRsts)).isEqualTo(2);
    }
  }

  @ParameterizedTest
  @EnumSource
  void the_stack_is_refused_where_nobody_listens(Version v) throws Exception {
    try (Lab lab = Lab.open()) {
      Socket s = lab.closing(lab.sockets.socket());
      assertThatThrownBy(() -> s.connect(v.kernel(4444)))
          .isExactlyInstanceOf(ConnectException.class)
          .hasMessage("Connection refused");
      assertThat(lab.stackRows(4444)).isEmpty();
    }
  }

  // ---- kill -9

  @ParameterizedTest
  @EnumSource
  void a_client_killed_while_the_line_is_silent_ends_the_stream(Version v) throws Exception {
    try (Lab lab = Lab.open().withServices()) {
      Program nc = lab.start("nc", v.stack, "7");
      nc.stdin().write("a\n".getBytes(US_ASCII));
      nc.stdin().flush();
      Waiting.until("the echo", 10, nc::soFar, "a\n"::equals);
      lab.awaitStates(7, "ESTAB/ESTAB");
      nc.kill();
      // Its kernel sends a FIN; echo hears the end and closes.
      lab.awaitStates(7, "TIME-WAIT/-");
    }
  }

  @ParameterizedTest
  @EnumSource
  void a_client_killed_with_unread_data_resets_a_stack_that_sends(Version v) throws Exception {
    try (Lab lab = Lab.open().withServices()) {
      // It connects and never reads: cat's output goes into a pipe that is full.
      Program nc =
          lab.start("bash", "-c", "exec 3<>/dev/tcp/" + v.stack + "/19; echo open; exec sleep 100");
      Waiting.until("connected", 10, nc::soFar, "open\n"::equals);
      Waiting.until(
          "a shut window",
          20,
          () -> lab.stackRows(19),
          rows -> rows.size() == 1 && rows.getFirst().timer().equals("persist"));
      nc.kill();
      lab.awaitStates(19, "-/-");
      assertThat(lab.counter(Counter.TcpEstabResets)).isEqualTo(1);
      Waiting.until("empty buffers", 10, lab::usedBytes, n -> n == 0);
    }
  }

  @ParameterizedTest
  @EnumSource
  void a_server_killed_while_the_stack_reads_and_writes(Version v) throws Exception {
    try (Lab lab = Lab.open()) {
      Program nc = lab.start("nc", v.flag(), "-l", v.kernel, "2000");
      awaitListener(lab, 2000);
      Socket s = lab.stackSocket(v.kernel(2000));
      lab.awaitStates(2000, "ESTAB/ESTAB");
      nc.kill();
      assertThat(s.getInputStream().read()).isEqualTo(-1);
      s.getOutputStream().write('x'); // nobody is there any more: answered by a reset
      Waiting.until("the reset", 10, () -> lab.stackRows(2000), java.util.List::isEmpty);
      assertThatThrownBy(() -> s.getOutputStream().write('y'))
          .isExactlyInstanceOf(SocketException.class)
          .hasMessage("Broken pipe");
    }
  }

  static void awaitListener(Lab lab, int port) throws Exception {
    Waiting.until(
        "a listener", 10, () -> lab.must("ss", "-tlnH", "sport = :" + port), out -> !out.isBlank());
  }
}
