package dev.sinew.sockets.control;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sinew.base.Counter;
import dev.sinew.base.TcpState;
import dev.sinew.ip.IpAddress;
import dev.sinew.sockets.RealTimeRunner;
import dev.sinew.sockets.StackSockets;
import dev.sinew.stack.SocketInfo;
import dev.sinew.stack.Stack;
import dev.sinew.tcp.RecoverySnapshot;
import dev.sinew.tcp.TcpInfo;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(20)
class ControlTest {
  @TempDir Path temp;
  private Path folder;
  private RealTimeRunner runner;

  @BeforeEach
  void start() {
    folder = temp.resolve("sinew");
    runner = RealTimeRunner.start(Stack.builder().entropy(new SecureRandom()::nextLong).build());
  }

  @AfterEach
  void stop() {
    runner.close();
  }

  private static String mode(Path p) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(p));
  }

  @Test
  void a_server_is_found_asked_and_gone_after_close() throws Exception {
    ControlServer server = ControlServer.start(runner, "serve", folder);
    assertThat(mode(folder)).isEqualTo("rwx------");
    assertThat(mode(server.path())).isEqualTo("rw-------");
    List<ControlClient.Target> found = ControlClient.list(folder);
    long pid = ProcessHandle.current().pid();
    assertThat(found).containsExactly(new ControlClient.Target(pid, "serve", server.path()));
    assertThat(server.path().getFileName()).hasToString(pid + "-serve.sock");
    server.close();
    server.close();
    assertThat(server.path()).doesNotExist();
    assertThat(ControlClient.list(folder)).isEmpty();
    assertThatThrownBy(() -> ControlClient.query(server.path(), "ss"))
        .isInstanceOf(IOException.class);
  }

  @Test
  void it_tells_the_sockets_and_the_counters() throws Exception {
    try (ControlServer server = ControlServer.start(runner, "serve", folder);
        DatagramSocket udp = StackSockets.of(runner).datagramSocket(4242)) {
      assertThat(udp.isBound()).isTrue();
      assertThat(ControlClient.query(server.path(), "ss"))
          .singleElement()
          .asString()
          .startsWith("{\"transport\":\"udp\",\"state\":\"CLOSED\",\"receiveQueue\":0,")
          .contains("\"localPort\":4242");
      List<String> counters = ControlClient.query(server.path(), "stat");
      assertThat(counters).hasSize(Counter.values().length);
      assertThat(counters.getFirst()).isEqualTo("{\"name\":\"IpInReceives\",\"value\":0}");
    }
  }

  @Test
  void what_it_does_not_know_is_answered_with_an_error() throws Exception {
    try (ControlServer server = ControlServer.start(runner, "serve", folder)) {
      assertThat(ControlClient.query(server.path(), "halt"))
          .containsExactly("{\"error\":\"unknown command: halt\"}");
      assertThat(ControlClient.query(server.path(), "\"\\\n"))
          .containsExactly("{\"error\":\"not a request\"}");
      assertThat(ask(server.path(), "x".repeat(5000))).isEqualTo("{\"error\":\"not a request\"}\n");
      runner.close();
      assertThat(ControlClient.query(server.path(), "ss"))
          .containsExactly("{\"error\":\"the stack is closed\"}");
    }
  }

  private static String ask(Path socket, String request) throws IOException {
    try (SocketChannel c = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
      c.write(ByteBuffer.wrap(request.substring(0, 1024).getBytes(UTF_8)));
      ByteBuffer answer = ByteBuffer.allocate(1000);
      while (c.read(answer) >= 0) {
        continue;
      }
      return new String(answer.array(), 0, answer.position(), UTF_8);
    }
  }

  @Test
  void clients_that_say_nothing_keep_nobody_from_asking() throws Exception {
    try (ControlServer server = ControlServer.start(runner, "serve", folder);
        SocketChannel a = SocketChannel.open(UnixDomainSocketAddress.of(server.path()));
        SocketChannel b = SocketChannel.open(UnixDomainSocketAddress.of(server.path()))) {
      assertThat(a.isConnected() && b.isConnected()).isTrue();
      assertThat(ControlClient.query(server.path(), "stat")).isNotEmpty();
    }
  }

  @Test
  void two_servers_of_one_process_have_two_sockets_and_strange_names_are_tamed() throws Exception {
    try (ControlServer a = ControlServer.start(runner, "../x y", folder);
        ControlServer b = ControlServer.start(runner, "../x y", folder);
        ControlServer c = ControlServer.start(runner, "n".repeat(300), folder)) {
      assertThat(a.path().getParent()).isEqualTo(folder);
      assertThat(ControlClient.list(folder))
          .extracting(ControlClient.Target::name)
          .containsExactlyInAnyOrder(".._x_y", ".._x_y-2", "n".repeat(32));
      assertThat(List.of(b.path(), c.path())).allMatch(Files::exists);
    }
  }

  @Test
  void sockets_of_dead_processes_are_removed() throws Exception {
    ControlFolder.prepare(folder);
    // Larger than any process number of Linux.
    Path stale = folder.resolve("4194999-serve.sock");
    ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    dead.bind(UnixDomainSocketAddress.of(stale));
    dead.close();
    Path other = Files.createFile(folder.resolve("notes.txt"));
    assertThat(stale).exists();
    try (ControlServer server = ControlServer.start(runner, "serve", folder)) {
      assertThat(stale).doesNotExist();
      assertThat(server.path()).exists();
      assertThat(other).exists();
    }
  }

  @Test
  void a_folder_that_others_may_enter_is_refused() throws Exception {
    Files.createDirectory(
        folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
    assertThatThrownBy(() -> ControlServer.start(runner, "serve", folder))
        .isInstanceOf(IOException.class)
        .hasMessage(folder + " is open to other users; its mode must be 0700");
    assertThatThrownBy(() -> ControlClient.list(folder)).isInstanceOf(IOException.class);
  }

  @Test
  void a_link_in_the_place_of_the_folder_is_refused() throws Exception {
    Files.createSymbolicLink(folder, Files.createDirectory(temp.resolve("elsewhere")));
    assertThatThrownBy(() -> ControlServer.start(runner, "serve", folder))
        .isInstanceOf(IOException.class)
        .hasMessage(folder + " is not a folder");
  }

  @Test
  void no_folder_means_no_process() throws Exception {
    assertThat(ControlClient.list(folder)).isEmpty();
  }

  @Test
  void a_row_has_the_connections_variables() {
    TcpInfo info =
        new TcpInfo(
            TcpState.ESTABLISHED,
            5,
            true,
            true,
            7,
            8,
            200,
            10,
            5,
            9,
            1460,
            1448,
            14480,
            1L << 62,
            65535,
            65536,
            1,
            2,
            3,
            4,
            6,
            7,
            0,
            100,
            20,
            30,
            "newreno",
            new TcpInfo.Path(1500, 1460, false, "md5", "ecn"),
            new RecoverySnapshot("open", 1, 2, 3, true, 1, 3, 4, 5),
            new TcpInfo.Sender(0, 0, 1, 2, 3, 4, 5, 6, true, 7, 0, 0, 0, 8, 9, 10, 11),
            new TcpInfo.Receiver(1, 2, 3, 4, 5, 6, 7),
            "on",
            180);
    SocketInfo row =
        new SocketInfo(
            "tcp",
            TcpState.ESTABLISHED,
            30,
            120,
            IpAddress.v4(0x0a000001),
            80,
            IpAddress.v4(0x0a000002),
            4000,
            "on",
            180,
            0,
            info);
    assertThat(Rows.line(row))
        .startsWith(
            "{\"transport\":\"tcp\",\"state\":\"ESTABLISHED\",\"receiveQueue\":30,\"sendQueue\":120,")
        .contains(
            "\"timer\":\"on\",\"timerNanos\":180,\"retransmits\":0,\"info\":{\"connection\":5,\"timestamps\":true,")
        .contains("\"ssthresh\":4611686018427387904,")
        .contains("\"unread\":30,\"congestionControl\":\"newreno\",\"path\":{\"pathMtu\":1500,")
        .contains(
            "\"signature\":\"md5\",\"ecn\":\"ecn\"},\"recovery\":{\"state\":\"open\",\"sackedSegments\":1,")
        .endsWith("\"sinceDataNanos\":6,\"sinceAckNanos\":7}}}");
  }

  @Test
  void texts_are_written_as_json_wants_them() {
    assertThat(
            new JsonLine()
                .put("a\"b", "\\ \n\r\t\u0001\u007f ü")
                .put("n", (String) null)
                .put("t", true)
                .end())
        .isEqualTo("{\"a\\\"b\":\"\\\\ \\n\\r\\t\\u0001\\u007f ü\",\"n\":null,\"t\":true}");
    assertThat(new JsonLine().end()).isEqualTo("{}");
  }
}
