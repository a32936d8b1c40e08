package dev.sinew.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.sim.PcapRecorder;
import dev.sinew.sim.SimHost;
import dev.sinew.sim.SimLink;
import dev.sinew.sim.Simulation;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code sinew trace -r}. */
class TraceTest {
  /** As people paste it: brackets among the bytes, and another line between the packets. */
  private static final String PASTED =
      """
      18:19:17.089579 IP 192.168.1.11.33964 > 192.168.1.10.6378: Flags [.], ack 2221282036, win 229
        0x0000:  {4510 0034} 6eee 4000 4006 5cde 0af9 ac2a  E..4n.@.@.\\....*
      \t0x0010:  0af9 accb 84ac 18ea 04e1 9f46 8466 12f4  ...........F.f..
      \t0x0020: 【8010】00e5 f4e3 0000 0101 080a b5d1 4f9d  ..............O.
      \t0x0030:  87f6 ab8e                                ....
      and then the client closes, too:
      18:19:17.089787 IP 192.168.1.11.33964 > 192.168.1.10.6378: Flags [F.], seq 81895238
      \t0x0000:  4510 0034 6eef 4000 4006 5cdd 0af9 ac2a  E..4n.@.@.\\....*
      \t0x0010:  0af9 accb 84ac 18ea 04e1 9f46 8466 12f5  ...........F.f..
      \t0x0020:  8010 00e5 f4e0 0000 0101 080a b5d1 4f9e  ..............O.
      \t0x0030:  87f6 ab8e                                ....
      """;

  @TempDir Path folder;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private int trace(String... args) {
    out.reset();
    err.reset();
    String[] all = new String[args.length + 1];
    all[0] = "trace";
    System.arraycopy(args, 0, all, 1, args.length);
    return Main.run(
        all,
        new Console(new PrintStream(out, true, UTF_8), new PrintStream(err, true, UTF_8), false));
  }

  private String file(String name, byte[] content) throws IOException {
    return Files.write(folder.resolve(name), content).toString();
  }

  /** A transfer that loses a segment, as its client's host captures it. */
  private String recorded() throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (Simulation sim = Simulation.of(1)) {
      SimHost client = sim.host("client");
      SimHost server = sim.host("server");
      SimLink link = sim.link(client, server, "delay 10ms");
      link.forward().dropDataSegments(3);
      try (PcapRecorder recorder = new PcapRecorder(sim, client, bytes)) {
        server.start(
            "server",
            () -> {
              try (ServerSocket l = server.sockets().serverSocketFactory().createServerSocket(80);
                  Socket s = l.accept();
                  InputStream in = s.getInputStream()) {
                assertThat(in.readAllBytes()).hasSize(20_000);
              }
            });
        client.start(
            "client",
            () -> {
              try (Socket s = client.sockets().socket()) {
                s.connect(server.socketAddress(80));
                s.getOutputStream().write(new byte[20_000]);
              }
            });
        sim.run();
      }
    }
    return file("recorded.pcapng", bytes.toByteArray());
  }

  @Test
  void aCaptureOfALossySession() throws Exception {
    String file = recorded();
    assertThat(trace("-r", file)).isEqualTo(ExitCode.OK);
    String text = out.toString(UTF_8);
    assertThat(err.toString(UTF_8)).isEmpty();
    assertThat(text.lines().findFirst().orElseThrow())
        .startsWith("00:00:00.000000 IP 10.0.1.1.")
        .contains(" > 10.0.1.2.80: Flags [S], seq ");
    assertThat(text)
        .contains(
            "    client: CLOSED > SYN-SENT\n    asks for a connection; takes segments of 1460 bytes")
        .contains("    server: LISTEN > SYN-RECEIVED\n    client: SYN-SENT > ESTABLISHED\n")
        .contains("holds beyond a gap: bytes ")
        .contains("sent again after a SACK")
        .contains("acknowledges bytes ")
        .contains("the client, 10.0.1.1:")
        .contains(" closed first")
        .contains("10.0.1.2:80 sent ")
        .contains(" with 20000 bytes, ", " of them again")
        .doesNotContain("checksum");
  }

  @Test
  void numbersFilterCountAndBytes() throws Exception {
    String file = recorded();
    assertThat(trace("-r", file, "-c", "2", "-n", "src", "port", "80")).isEqualTo(ExitCode.OK);
    List<String> packets = out.toString(UTF_8).lines().filter(l -> l.startsWith("00:")).toList();
    assertThat(packets).hasSize(2).allMatch(l -> l.contains(" IP 10.0.1.2.80 > "));
    assertThat(packets.get(1)).containsPattern("ack \\d{1,5}, win");
    trace("-r", file, "-S", "-c", "3");
    assertThat(out.toString(UTF_8).lines().filter(l -> l.startsWith("00:")).toList().get(2))
        .doesNotContain("ack 1,");
    trace("-r", file, "-X", "-c", "1");
    assertThat(out.toString(UTF_8)).contains("\n\t0x0000:  4500 003c ").contains("  E..<");
  }

  @Test
  void pastedText() throws Exception {
    String file = file("pasted.txt", PASTED.getBytes(UTF_8));
    assertThat(trace("-r", file, "-S")).isEqualTo(ExitCode.OK);
    assertThat(out.toString(UTF_8))
        .contains(
            "18:19:17.089579 IP 10.249.172.42.33964 > 10.249.172.203.6378: Flags [.], ack 2221282036, win 229")
        .contains("note: the line says Flags [F.], the bytes say [.]")
        .contains("it becomes valid if FIN is set");
  }

  @Test
  void theHexOfATraceIsReadAgain() throws Exception {
    trace("-r", recorded(), "-X");
    byte[] first = out.toByteArray();
    trace("-r", file("again.txt", first), "-X");
    String again = out.toString(UTF_8);
    assertThat(again.lines().filter(l -> l.startsWith("\t")).toList())
        .isEqualTo(new String(first, UTF_8).lines().filter(l -> l.startsWith("\t")).toList());
  }

  @Test
  void json() throws Exception {
    assertThat(trace("-r", recorded(), "--json")).isEqualTo(ExitCode.OK);
    List<Map<String, Object>> objects = out.toString(UTF_8).lines().map(Json::parseObject).toList();
    assertThat(objects.getFirst())
        .containsEntry("type", "packet")
        .containsEntry("number", 1L)
        .containsEntry("timeNanos", 0L)
        .containsEntry("from", "client")
        .containsEntry("connection", 1L);
    assertThat(objects.getLast())
        .containsEntry("type", "connection")
        .containsEntry("server", "10.0.1.2:80");
    assertThat(objects.get(1).get("states").toString()).contains("SYN-RECEIVED");
  }

  @Test
  void aFileThatEndsTooEarlyIsReadAsFarAsItGoes() throws Exception {
    byte[] whole = Files.readAllBytes(Path.of(recorded()));
    String file = file("cut.pcapng", Arrays.copyOf(whole, whole.length - 30));
    assertThat(trace("-r", file)).isEqualTo(ExitCode.OK);
    assertThat(err.toString(UTF_8).strip())
        .isEqualTo("sinew trace: " + file + " ends within a packet; what is there was read");
    assertThat(out.toString(UTF_8)).contains("holds beyond a gap");
  }

  @Test
  void whatIsNoCaptureIsOneLineAndCode3() throws Exception {
    for (byte[] content : List.of(new byte[100], "just words\n".getBytes(UTF_8), new byte[0])) {
      assertThat(trace("-r", file("none", content))).isEqualTo(ExitCode.INPUT);
      assertThat(err.toString(UTF_8).strip())
          .startsWith("sinew trace: ")
          .contains("none: not a capture file: ")
          .doesNotContain("\n");
      assertThat(out.size()).isZero();
    }
    assertThat(trace("-r", folder.resolve("absent").toString())).isEqualTo(ExitCode.INPUT);
    assertThat(err.toString(UTF_8)).contains("no such file or folder");
  }

  @Test
  void wrongUsage() {
    assertThat(trace()).isEqualTo(ExitCode.USAGE);
    assertThat(err.toString(UTF_8)).contains("-r FILE is missing").contains("--trace");
    assertThat(trace("-r", "x", "port", "http")).isEqualTo(ExitCode.USAGE);
    assertThat(trace("-r", "x", "-c", "0")).isEqualTo(ExitCode.USAGE);
  }
}
