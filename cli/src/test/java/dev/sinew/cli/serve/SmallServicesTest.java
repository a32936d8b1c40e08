package dev.sinew.cli.serve;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;

class SmallServicesTest {
  private static final Clock CLOCK =
      Clock.fixed(Instant.parse("2026-01-02T03:04:05Z"), ZoneOffset.UTC);
  private final Traffic traffic = new Traffic("test");

  private static Thread thread(String name, Runnable program) {
    return Thread.ofVirtual().name(name).start(program);
  }

  @FunctionalInterface
  private interface Client {
    void run(Socket socket) throws IOException;
  }

  private void with(TcpService service, Client client) throws IOException {
    ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    try (TcpServer server =
            new TcpServer(listener, service, traffic, SmallServicesTest::thread).start();
        Socket socket = new Socket(listener.getInetAddress(), listener.getLocalPort())) {
      assertThat(server).isNotNull();
      socket.setSoTimeout(10_000);
      client.run(socket);
    }
  }

  @Test
  void echoSendsBackEverythingAndThenTheEnd() throws IOException {
    byte[] bytes = "round and round".repeat(10_000).getBytes(US_ASCII);
    with(
        SmallServices::echo,
        socket -> {
          Thread unused =
              thread(
                  "writer",
                  () -> {
                    try {
                      socket.getOutputStream().write(bytes);
                      socket.shutdownOutput();
                    } catch (IOException e) {
                      throw new IllegalStateException(e);
                    }
                  });
          assertThat(socket.getInputStream().readAllBytes()).isEqualTo(bytes);
        });
    assertThat(traffic.bytesIn()).isEqualTo(bytes.length);
    assertThat(traffic.bytesOut()).isEqualTo(bytes.length);
    assertThat(traffic.connections()).isEqualTo(1);
  }

  @Test
  void discardSaysNothing() throws IOException {
    with(
        SmallServices::discard,
        socket -> {
          socket.getOutputStream().write(new byte[100_000]);
          socket.shutdownOutput();
          assertThat(socket.getInputStream().readAllBytes()).isEmpty();
        });
    assertThat(traffic.bytesIn()).isEqualTo(100_000);
  }

  @Test
  void daytimeSaysTheTimeAndCloses() throws IOException {
    with(
        SmallServices.daytime(CLOCK),
        socket ->
            assertThat(new String(socket.getInputStream().readAllBytes(), US_ASCII))
                .isEqualTo("Friday, January 2, 2026 03:04:05-Z\r\n"));
  }

  @Test
  void chargenSendsTheRotatingPatternUntilTheClientCloses() throws IOException {
    with(
        SmallServices.chargen(SmallServicesTest::thread),
        socket -> {
          String text = new String(socket.getInputStream().readNBytes(74 * 1000), US_ASCII);
          String[] lines = text.split("\r\n");
          assertThat(lines).hasSize(1000).allMatch(l -> l.length() == 72);
          assertThat(lines[0]).startsWith(" !\"#$%&'()*+,-./0123456789").endsWith("fg");
          assertThat(lines[1]).startsWith("!\"#").endsWith("gh");
          assertThat(lines[24]).startsWith("89:").endsWith("|}~ ");
          assertThat(lines[95]).isEqualTo(lines[0]);
          assertThat(lines[999]).isEqualTo(lines[999 % 95]);
        });
  }

  @Test
  void aDatagramIsAnsweredByOne() throws IOException {
    assertThat(exchange(UdpServer.echo(), "hello")).isEqualTo("hello");
    assertThat(exchange(UdpServer.echo(), "")).isEmpty();
    assertThat(exchange(UdpServer.daytime(CLOCK), "?"))
        .isEqualTo("Friday, January 2, 2026 03:04:05-Z\r\n");
    assertThat(exchange(UdpServer.chargen(), "?"))
        .startsWith(" !\"#")
        .endsWith("fg\r\n")
        .hasSize(74);
    assertThat(UdpServer.discard().to(new byte[1], 1)).isNull();
  }

  private String exchange(UdpServer.Answer answer, String question) throws IOException {
    InetAddress loopback = InetAddress.getLoopbackAddress();
    DatagramSocket socket = new DatagramSocket(new InetSocketAddress(loopback, 0));
    try (UdpServer server =
            new UdpServer(socket, answer, traffic).start(SmallServicesTest::thread);
        DatagramSocket client = new DatagramSocket(new InetSocketAddress(loopback, 0))) {
      assertThat(server).isNotNull();
      client.setSoTimeout(10_000);
      byte[] bytes = question.getBytes(US_ASCII);
      client.send(new DatagramPacket(bytes, bytes.length, socket.getLocalSocketAddress()));
      DatagramPacket packet = new DatagramPacket(new byte[2000], 2000);
      client.receive(packet);
      return new String(packet.getData(), 0, packet.getLength(), US_ASCII);
    }
  }

  @Test
  void twoServicesCanNotBeMadeToAnswerEachOtherForEver() {
    assertThat(UdpServer.isService(7)).isTrue();
    assertThat(UdpServer.isService(19)).isTrue();
    assertThat(UdpServer.isService(8)).isFalse();
    assertThat(UdpServer.isService(50_000)).isFalse();
  }
}
