package dev.sinew.tests.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.Socket;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** A packet socket on a veth cable: the kernel at the other end resolves us, and we it. */
@ExtendWith(KernelCases.class)
class EthernetTest {
  @ParameterizedTest
  @EnumSource
  void the_kernel_finds_and_pings_the_stack(Version v) throws Exception {
    try (EthernetLab lab = EthernetLab.open()) {
      Program.Result r =
          Program.run(
              lab.peer, "ping", v.flag(), "-n", "-c", "3", "-i", "0.2", "-W", "5",
              EthernetLab.ourAddress(v));
      assertThat(r.text()).contains("3 packets transmitted, 3 received, 0% packet loss");
      assertThat(lab.kernelsNeighbor(v)).contains(EthernetLab.OUR_MAC);
      assertThat(lab.ourNeighbor(v)).startsWith(EthernetLab.PEER_MAC);
    }
  }

  @ParameterizedTest
  @CsvSource({"V4,true", "V6,true", "V4,false", "V6,false"})
  void data_comes_back_as_it_went(Version v, boolean offload) throws Exception {
    try (EthernetLab lab = EthernetLab.open(offload, false).withServices();
        Socket s = lab.inside(() -> new Socket(EthernetLab.stack(v, 7).getAddress(), 7))) {
      byte[] data = new byte[4_000_000];
      new java.util.Random(1).nextBytes(data);
      Thread writer =
          Thread.startVirtualThread(() -> {
            try {
              s.getOutputStream().write(data);
              s.shutdownOutput();
            } catch (java.io.IOException e) {
              throw new java.io.UncheckedIOException(e);
            }
          });
      s.setSoTimeout(20_000);
      assertThat(s.getInputStream().readAllBytes()).isEqualTo(data);
      writer.join();
    }
  }
}
