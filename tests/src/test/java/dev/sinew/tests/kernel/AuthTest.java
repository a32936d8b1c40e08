package dev.sinew.tests.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.Counter;
import dev.sinew.cli.serve.SmallServices;
import dev.sinew.cli.serve.TcpServer;
import dev.sinew.cli.serve.Traffic;
import dev.sinew.sockets.SinewSocketOptions;
import dev.sinew.tcp.auth.AuthKey;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** TCP-MD5 (RFC 2385) with the kernel, which has the option TCP_MD5SIG, from Python. */
@ExtendWith(KernelCases.class)
class AuthTest {
  /** A socket with a key for a peer: {@code md5(family, address, key)}. */
  private static final String KEY =
      """
      import socket, struct, sys
      def md5(host, key):
          six = ':' in host
          s = socket.socket(socket.AF_INET6 if six else socket.AF_INET)
          if six:
              a = struct.pack('=H', socket.AF_INET6) + bytes(6) + socket.inet_pton(socket.AF_INET6, host)
          else:
              a = struct.pack('=H', socket.AF_INET) + bytes(2) + socket.inet_aton(host)
          opt = a.ljust(128, b'\\0') + struct.pack('=BBHI', 0, 0, len(key), 0) + key.ljust(80, b'\\0')
          s.setsockopt(socket.IPPROTO_TCP, 14, opt)
          s.settimeout(20)
          return s
      """;

  private static final String CLIENT =
      KEY
          + """
          host, port, key, patience = sys.argv[1], int(sys.argv[2]), sys.argv[3].encode(), float(sys.argv[4])
          s = md5(host, key)
          s.settimeout(patience)
          data = bytes(i * 7 & 255 for i in range(200000))
          try:
              s.connect((host, port))
              s.settimeout(20)
              got = bytearray()
              for at in range(0, len(data), 20000):
                  s.sendall(data[at:at + 20000])
                  while len(got) < at + 20000:
                      got += s.recv(65536)
              s.shutdown(socket.SHUT_WR)
              end = s.recv(1)
              print('same' if got == data and end == b'' else 'different')
          except socket.timeout:
              print('timeout')
          """;

  private static final String SERVER =
      KEY
          + """
          host, peer, key = sys.argv[1], sys.argv[2], sys.argv[3].encode()
          s = md5(peer, key)
          s.bind((host, 2000))
          s.listen(1)
          print('listening', flush=True)
          c, _ = s.accept()
          while True:
              data = c.recv(65536)
              if not data:
                  break
              c.sendall(data)
          """;

  private static AuthKey key(Version v, String secret) {
    return AuthKey.md5(
        Lab.prefix(v.kernel + "/" + (v.isV4() ? 32 : 128)),
        secret.getBytes(StandardCharsets.US_ASCII));
  }

  private static void echoWithKey(Lab lab, AuthKey key) throws Exception {
    ServerSocket listener = lab.closing(lab.sockets.serverSocket());
    listener.setOption(SinewSocketOptions.TCP_AUTH_KEY, key);
    listener.bind(new java.net.InetSocketAddress(7), 16);
    var unused =
        new TcpServer(listener, SmallServices::echo, new Traffic("echo"), lab.runner::start)
            .start();
  }

  @ParameterizedTest
  @EnumSource
  void the_kernel_connects_with_the_right_key_and_not_with_a_wrong_one(Version v) throws Exception {
    try (Lab lab = Lab.open()) {
      echoWithKey(lab, key(v, "secret"));
      assertThat(lab.must("python3", "-c", CLIENT, v.stack, "7", "secret", "20").strip())
          .isEqualTo("same");
      assertThat(lab.counter(Counter.TcpExtTCPMD5Failure)).isZero();
      assertThat(lab.must("python3", "-c", CLIENT, v.stack, "7", "wrong", "1.5").strip())
          .isEqualTo("timeout");
      assertThat(lab.counter(Counter.TcpExtTCPMD5Failure)).isPositive();
      Program.Result plain = lab.run("nc", "-w", "1", v.stack, "7");
      assertThat(plain.exitCode()).isEqualTo(1);
      assertThat(lab.counter(Counter.TcpExtTCPMD5NotFound)).isPositive();
      assertThat(lab.counter(Counter.TcpOutRsts)).isZero();
    }
  }

  @ParameterizedTest
  @EnumSource
  void the_stack_connects_to_a_kernel_that_wants_a_key(Version v) throws Exception {
    try (Lab lab = Lab.open()) {
      Program server = lab.start("python3", "-c", SERVER, v.kernel, v.stack, "secret");
      Waiting.until("a listener", 10, server::soFar, out -> out.contains("listening"));
      Socket s = lab.closing(lab.sockets.socket());
      s.setOption(SinewSocketOptions.TCP_AUTH_KEY, key(v, "secret"));
      s.setSoTimeout(20_000);
      s.connect(v.kernel(2000), 10_000);
      byte[] data = new byte[100_000];
      new Random(1).nextBytes(data);
      s.getOutputStream().write(data);
      assertThat(s.getInputStream().readNBytes(data.length)).isEqualTo(data);
      s.shutdownOutput();
      assertThat(s.getInputStream().read()).isEqualTo(-1);
      assertThat(server.result(10).exitCode()).isZero();
      assertThat(lab.counter(Counter.TcpExtTCPMD5Failure)).isZero();
    }
  }
}
