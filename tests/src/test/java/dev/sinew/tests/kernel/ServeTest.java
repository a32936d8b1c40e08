package dev.sinew.tests.kernel;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.linux.NetworkNamespace;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The command itself, as its users have it: {@code sinew serve} in a process of its own, looked at
 * with {@code ss} and {@code sinew ss}.
 */
@ExtendWith(KernelCases.class)
class ServeTest {
  private static final String V4 = "10.77.0.2";
  private static final String V6 = "fd77::2";

  @TempDir Path root;
  @TempDir Path runtime;
  private NetworkNamespace ns;
  private final List<Program> started = new ArrayList<>();

  @BeforeEach
  void makeNamespace() throws Exception {
    ns = Lab.namespace("serve");
    Files.writeString(root.resolve("index.html"), "0123456789");
  }

  @AfterEach
  void end() {
    started.reversed().forEach(Program::close);
    if (ns != null) {
      ns.close();
    }
  }

  // ---- the command

  /** What {@code ./sinew} starts, with the classes of this build. */
  private Program sinew(String... args) throws IOException {
    String modules =
        String.join(
            File.pathSeparator,
            Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(e ->
                    !e.contains("test")
                        && e.matches(".*(/classes|/sinew-[^/]*\\.jar|/picocli-[^/]*\\.jar)$"))
                .toList());
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-p",
                modules,
                "--enable-native-access=dev.sinew.linux",
                "-m",
                "dev.sinew.cli/dev.sinew.cli.Main"));
    command.addAll(List.of(args));
    ProcessBuilder b = new ProcessBuilder(command);
    b.environment()
        .put("XDG_RUNTIME_DIR", runtime.toString()); // so that only this test's processes are seen
    Program p = Program.start(ns, b);
    started.add(p);
    return p;
  }

  private Program.Result sinewToItsEnd(String... args) throws Exception {
    try (Program p = sinew(args)) {
      p.stdin().close();
      return p.result(30);
    }
  }

  private Program serve(String... options) throws Exception {
    List<String> words = new ArrayList<>(List.of("serve", "--json", "--root", root.toString()));
    words.addAll(List.of(options));
    Program serve = sinew(words.toArray(String[]::new));
    Waiting.until(
        "serve has started",
        30,
        () -> serve.soFar() + serve.errorsSoFar(),
        out -> {
          if (!serve.isAlive()) {
            throw new AssertionError("serve ended: " + out);
          }
          return out.contains("\"event\":\"started\"");
        });
    return serve;
  }

  private String must(String... command) throws Exception {
    return Program.must(ns, command);
  }

  private Program kernel(String... command) throws IOException {
    Program p = Program.start(ns, command);
    started.add(p);
    return p;
  }

  // ---- cases

  /** Blocking sockets, event handlers and an orderly end, however the device is waited for. */
  @ParameterizedTest
  @ValueSource(strings = {"spin", "adaptive", "block"})
  void every_way_to_wait_serves_threads_and_handlers(String mode) throws Exception {
    Program serve = serve("--poll", mode, "--bench");
    String url = "http://" + V4 + "/";
    assertThat(must("curl", "-sS", "--max-time", "10", url)).isEqualTo("0123456789");
    for (String host : new String[] {V4, V6}) {
      try (Program nc = kernel("nc", "-N", host, "7")) {
        nc.stdin().write("echoed".getBytes(US_ASCII));
        nc.stdin().close();
        assertThat(nc.result(10).out()).isEqualTo("echoed");
      }
      for (int i = 0; i < 20; i++) {
        try (Program nc = kernel("nc", "-N", host, "8")) {
          nc.stdin().write('x');
          nc.stdin().close();
          assertThat(nc.result(10).out()).isEqualTo("x");
        }
      }
    }
    serve.terminate();
    Program.Result end = serve.result(20);
    assertThat(end.exitCode()).isZero();
    assertThat(end.err()).isEmpty();
  }

  @Test
  void curl_ping_and_nc_are_served() throws Exception {
    Program serve = serve();
    for (String host : new String[] {V4, "[" + V6 + "]"}) {
      String url = "http://" + host + "/";
      assertThat(must("curl", "-sS", "-g", "--max-time", "10", url)).isEqualTo("0123456789");
      assertThat(must("curl", "-sS", "-g", "--max-time", "10", "-r", "3-5", url)).isEqualTo("345");
      Path file = Files.writeString(runtime.resolve("upload"), "sent over " + host);
      must("curl", "-sS", "-g", "-f", "--max-time", "10", "-T", file.toString(), url + "copy");
      assertThat(root.resolve("copy")).hasContent("sent over " + host);
    }
    for (String host : new String[] {V4, V6}) {
      assertThat(must("ping", "-n", "-c", "2", "-i", "0.2", "-W", "5", host))
          .contains(" 2 received");
      try (Program nc = kernel("nc", "-N", host, "7")) {
        nc.stdin().write("echoed".getBytes(US_ASCII));
        nc.stdin().close();
        assertThat(nc.result(10).out()).isEqualTo("echoed");
      }
    }
    serve.terminate();
    Program.Result end = serve.result(20);
    assertThat(end.exitCode()).isZero();
    assertThat(end.out()).contains("\"event\":\"ended\"");
    assertThat(end.err()).isEmpty();
    assertThat(Program.run(ns, "ip", "link", "show", "sinew0").text()).contains("does not exist");
  }

  @ParameterizedTest
  @CsvSource({"10.77.0.1," + V4, "fd77::1," + V6})
  void both_commands_ss_show_the_same_connection(String kernel, String stack) throws Exception {
    Program serve = serve();
    assertThat(
            sinewToItsEnd("ss", "-tlH")
                .out()
                .lines()
                .filter(l -> l.contains("pid=" + serve.pid() + ")"))
                .map(l -> l.split("\\s+")[3]))
        .contains("*:80", "*:7", "*:9", "*:13", "*:19");

    // The kernel's side closes first.
    Program nc = kernel("nc", "-N", stack, "7");
    nc.stdin().write("a".getBytes(US_ASCII));
    nc.stdin().flush();
    Waiting.until("an echo", 10, nc::soFar, "a"::equals);
    assertThat(kernelStates(7)).containsExactly("ESTAB");
    assertThat(sinewStates(serve, 7)).containsExactly("ESTAB");
    nc.stdin().close();
    assertThat(nc.result(10).exitCode()).isZero();
    assertThat(kernelStates(7)).containsExactly("TIME-WAIT");
    Waiting.until("no connection", 10, () -> sinewStates(serve, 7), List::isEmpty);

    // The stack's side closes first: daytime says one line and is done.
    assertThat(must("nc", "-d", stack, "13")).matches("(?s).*20\\d\\d.*\\r\\n");
    Waiting.until("TIME-WAIT", 10, () -> sinewStates(serve, 13), List.of("TIME-WAIT")::equals);
    assertThat(kernelStates(13)).isEmpty();

    assertThat(
            sinewToItsEnd("stat", "--json")
                .out()
                .lines()
                .filter(l -> l.contains("\"pid\":" + serve.pid() + ",")))
        .hasSize(1)
        .first()
        .asString()
        .contains("\"TcpPassiveOpens\":2,");
  }

  private List<String> kernelStates(int port) throws Exception {
    return SocketRow.ofKernel(must("ss", "-tanoH", "dport = :" + port)).stream()
        .map(SocketRow::state)
        .toList();
  }

  /** Others may run on this machine, too. */
  private List<String> sinewStates(Program serve, int port) throws Exception {
    Program.Result r = sinewToItsEnd("ss", "-tanH", "sport", "=", ":" + port);
    assertThat(r.exitCode()).as(r.text()).isZero();
    return r.out()
        .lines()
        .filter(l -> l.contains("pid=" + serve.pid() + ")"))
        .map(l -> l.split("\\s+")[0])
        .filter(s -> !s.equals("LISTEN"))
        .toList();
  }

  @ParameterizedTest
  @CsvSource({"10.77.1.1,10.77.1.2", "fd77:1::1,fd77:1::2"})
  void sinew_ping_and_nc_reach_the_kernel(String kernel, String stack) throws Exception {
    Program.Result ping = sinewToItsEnd("ping", "-c", "2", "-i", "0.2", kernel);
    assertThat(ping.exitCode()).as(ping.text()).isZero();
    assertThat(ping.out()).contains("2 received");

    Program.Result refused = sinewToItsEnd("nc", kernel, "4444");
    assertThat(refused.exitCode()).isEqualTo(1);
    assertThat(refused.err().lines()).hasSize(1).first().asString().contains("refused");

    // The other way round: the kernel's nc calls ours.
    try (Program ours = sinew("nc", "-N", "-l", "2000")) {
      Waiting.until(
          "a listener",
          30,
          () -> Program.run(ns, "nc", "-z", "-w", "1", stack, "9").text() + ours.errorsSoFar(),
          x -> ready());
      Program nc = kernel("nc", "-N", stack, "2000");
      nc.stdin().write("from the kernel".getBytes(US_ASCII));
      nc.stdin().close();
      Waiting.until("what the kernel said", 10, ours::soFar, "from the kernel"::equals);
      ours.stdin().write("from the stack".getBytes(US_ASCII));
      ours.stdin().close();
      assertThat(nc.result(10).out()).isEqualTo("from the stack");
      Program.Result end = ours.result(10);
      assertThat(end.exitCode()).as(end.text()).isZero();
    }
  }

  private boolean ready() throws RuntimeException {
    try {
      return sinewToItsEnd("ss", "-tlH").out().contains(":2000");
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void a_killed_serve_leaves_no_device_and_the_next_one_starts() throws Exception {
    Program first = serve();
    Program nc = kernel("nc", V4, "7");
    nc.stdin().write("a".getBytes(US_ASCII));
    nc.stdin().flush();
    Waiting.until("an echo", 10, nc::soFar, "a"::equals);
    first.kill();
    Waiting.until(
        "no device",
        10,
        () -> Program.run(ns, "ip", "link", "show", "sinew0").text(),
        t -> t.contains("does not exist"));
    serve();
    // The new stack does not know the connection, and says so.
    nc.stdin().write("b".getBytes(US_ASCII));
    nc.stdin().flush();
    Waiting.until("the reset", 30, () -> kernelStates(7), List::isEmpty);
  }

  @Test
  void a_device_in_use_is_one_clear_line_and_exit_code_4() throws Exception {
    serve();
    Program.Result second = sinewToItsEnd("serve");
    assertThat(second.exitCode()).isEqualTo(4);
    assertThat(second.err().lines())
        .hasSize(1)
        .first()
        .asString()
        .startsWith("sinew serve: ")
        .contains("sinew0");
    assertThat(second.out()).isEmpty();
  }
}
