package dev.sinew.tests.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sinew.base.Counter;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Datagrams of every size, whole and in fragments, and ports where nobody is. */
@ExtendWith(KernelCases.class)
class UdpTest {
  /** 0; one byte; the largest that needs no fragment and one more; the largest that there is. */
  @ParameterizedTest
  @CsvSource({"V4,'0,1,1472,1473,8000,65506,65507'", "V6,'0,1,1452,1453,8000,65526,65527'"})
  void the_stack_echoes_the_kernels_datagrams(Version v, String sizes) throws Exception {
    try (Lab lab = Lab.open().withServices()) {
      lab.inside(() -> {
        try (DatagramSocket s = new DatagramSocket(0, v.kernel(0).getAddress())) {
          exchange(s, v.stack(7), sizes);
          return null;
        }
      });
      assertThat(lab.counter(Counter.IpReasmOKs)).isPositive();
      assertThat(lab.counter(Counter.IpFragOKs)).isPositive();
    }
  }

  @ParameterizedTest
  @CsvSource({"V4,'0,1,1472,1473,8000,65506,65507'", "V6,'0,1,1452,1453,8000,65526,65527'"})
  void the_kernel_echoes_the_stacks_datagrams(Version v, String sizes) throws Exception {
    try (Lab lab = Lab.open()) {
      DatagramSocket kernel = lab.closing(lab.inside(() -> new DatagramSocket(v.kernel(0))));
      CompletableFuture<Void> echo =
          Waiting.start(() -> {
            DatagramPacket p = new DatagramPacket(new byte[65536], 65536);
            for (int i = 0; i < sizes.split(",").length; i++) {
              p.setLength(65536);
              kernel.receive(p);
              kernel.send(p);
            }
            return null;
          });
      try (DatagramSocket s = lab.sockets.datagramSocket()) {
        exchange(s, v.kernel(kernel.getLocalPort()), sizes);
      }
      Waiting.get(echo, 10);
    }
  }

  private static void exchange(DatagramSocket s, InetSocketAddress to, String sizes)
      throws Exception {
    s.setSoTimeout(10_000);
    for (String size : sizes.split(",")) {
      byte[] data = new byte[Integer.parseInt(size)];
      new Random(data.length).nextBytes(data);
      s.send(new DatagramPacket(data, data.length, to));
      DatagramPacket answer = new DatagramPacket(new byte[65536], 65536);
      s.receive(answer);
      assertThat(answer.getLength()).isEqualTo(data.length);
      assertThat(Arrays.equals(answer.getData(), 0, data.length, data, 0, data.length))
          .as(size)
          .isTrue();
      assertThat(answer.getSocketAddress()).isEqualTo(to);
    }
  }

  @ParameterizedTest
  @EnumSource
  void the_kernel_hears_that_a_port_of_the_stack_is_closed(Version v) throws Exception {
    try (Lab lab = Lab.open()) {
      DatagramSocket s =
          lab.closing(
              lab.inside(() -> {
                DatagramSocket d = new DatagramSocket(0, v.kernel(0).getAddress());
                d.connect(v.stack(4444));
                d.setSoTimeout(10_000);
                return d;
              }));
      assertUnreachable(s);
    }
  }

  @ParameterizedTest
  @EnumSource
  void the_stack_hears_that_a_port_of_the_kernel_is_closed(Version v) throws Exception {
    try (Lab lab = Lab.open();
        DatagramSocket s = lab.sockets.datagramSocket()) {
      s.connect(v.kernel(4444));
      s.setSoTimeout(10_000);
      assertUnreachable(s);
    }
  }

  private static void assertUnreachable(DatagramSocket s) throws Exception {
    s.send(new DatagramPacket(new byte[5], 5));
    assertThatThrownBy(() -> s.receive(new DatagramPacket(new byte[5], 5)))
        .isExactlyInstanceOf(PortUnreachableException.class);
  }
}
