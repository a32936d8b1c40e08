package dev.sinew.tests.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sinew.base.Counter;
import dev.sinew.linux.LinkException;
import dev.sinew.linux.PacketLink;
import dev.sinew.linux.PacketOptions;
import dev.sinew.neighbor.AddressState;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A packet socket on a veth cable: the kernel at the other end resolves us, and we it. */
@ExtendWith(KernelCases.class)
class EthernetTest {
  private static final String NEW_MAC = "02:00:00:00:00:11";

  @ParameterizedTest
  @EnumSource
  void the_kernel_finds_and_pings_the_stack(Version v) throws Exception {
    try (EthernetLab lab = EthernetLab.open()) {
      Program.Result r =
          Program.run(
              lab.peer,
              "ping",
              v.flag(),
              "-n",
              "-c",
              "3",
              "-i",
              "0.2",
              "-W",
              "5",
              EthernetLab.ourAddress(v));
      assertThat(r.text()).contains("3 packets transmitted, 3 received, 0% packet loss");
      assertThat(lab.kernelsNeighbor(v)).contains(EthernetLab.OUR_MAC);
      assertThat(lab.ourNeighbor(v)).startsWith(EthernetLab.PEER_MAC);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "V4,true,true",
    "V6,true,true",
    "V4,false,true",
    "V6,false,true",
    "V4,true,false",
    "V6,false,false"
  })
  void data_comes_back_as_it_went(Version v, boolean offload, boolean ring) throws Exception {
    try (EthernetLab lab =
            EthernetLab.open(o -> o.withOffload(offload).withRing(ring), false).withServices();
        Socket s = lab.inside(() -> connect(new Socket(), EthernetLab.stack(v, 7)))) {
      echo(s);
    }
  }

  @ParameterizedTest
  @EnumSource
  void the_stack_connects_to_the_kernel(Version v) throws Exception {
    try (EthernetLab lab = EthernetLab.open();
        ServerSocket listener =
            lab.inside(() ->
                new ServerSocket(
                    0, 1, InetAddress.ofLiteral(EthernetLab.peerAddress(v).toString())));
        Socket s = lab.sockets.socket()) {
      Thread server = Thread.startVirtualThread(() -> reflect(listener));
      echo(connect(s, EthernetLab.kernel(v, listener.getLocalPort())));
      server.join();
    }
  }

  private static Socket connect(Socket s, InetSocketAddress to) throws IOException {
    s.connect(to, 10_000);
    s.setSoTimeout(20_000);
    return s;
  }

  private static void reflect(ServerSocket listener) {
    try (Socket s = listener.accept()) {
      s.getInputStream().transferTo(s.getOutputStream());
      s.shutdownOutput();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void echo(Socket s) throws Exception {
    byte[] data = new byte[4_000_000];
    new Random(1).nextBytes(data);
    Thread writer =
        Thread.startVirtualThread(() -> {
          try {
            s.getOutputStream().write(data);
            s.shutdownOutput();
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
    assertThat(s.getInputStream().readAllBytes()).isEqualTo(data);
    writer.join();
  }

  @ParameterizedTest
  @EnumSource
  void nc_talks_to_the_stack(Version v) throws Exception {
    try (EthernetLab lab = EthernetLab.open()) {
      lab.serve(
          13,
          (client, traffic) ->
              client.getOutputStream().write("a day\n".getBytes(StandardCharsets.US_ASCII)));
      Program.Result nc = Program.run(lab.peer, "nc", "-w", "5", EthernetLab.ourAddress(v), "13");
      assertThat(nc.out()).isEqualTo("a day\n");
    }
  }

  @ParameterizedTest
  @EnumSource
  void the_kernel_probes_us_and_is_answered(Version v) throws Exception {
    try (EthernetLab lab = EthernetLab.open()) {
      String ip = v.isV4() ? "ipv4" : "ipv6";
      for (String set : new String[] {"base_reachable_time_ms 500", "delay_first_probe_time 1"}) {
        String[] nameAndValue = set.split(" ");
        lab.inside(() ->
            java.nio.file.Files.writeString(
                java.nio.file.Path.of(
                    "/proc/sys/net/" + ip + "/neigh/" + EthernetLab.DEVICE + "/" + nameAndValue[0]),
                nameAndValue[1]));
      }
      Program.run(lab.peer, "ping", v.flag(), "-c", "1", "-W", "5", EthernetLab.ourAddress(v));
      for (String state : new String[] {"REACHABLE", "DELAY", "REACHABLE"}) {
        Waiting.until(
            state,
            10,
            () -> lab.kernelsNeighbor(v),
            s -> s.endsWith(state) && s.contains(EthernetLab.OUR_MAC));
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void when_the_kernel_changes_its_hardware_address_the_stack_finds_it(Version v) throws Exception {
    try (EthernetLab lab = EthernetLab.open();
        DatagramSocket ours = lab.sockets.datagramSocket(0);
        DatagramSocket kernels = lab.inside(() -> new DatagramSocket(EthernetLab.kernel(v, 0)))) {
      DatagramPacket out =
          new DatagramPacket(new byte[1], 1, EthernetLab.kernel(v, kernels.getLocalPort()));
      kernels.setSoTimeout(5_000);
      ours.send(out);
      kernels.receive(new DatagramPacket(new byte[9], 9));
      assertThat(lab.ourNeighbor(v)).startsWith(EthernetLab.PEER_MAC);
      lab.ip("link", "set", EthernetLab.DEVICE, "address", NEW_MAC);
      // The kernel knows us and has nothing to ask: only our own doubts bring it to light.
      kernels.setSoTimeout(100);
      long failures = lab.counter(Counter.SinewNeighborFailures);
      int lost = 0;
      for (boolean arrived = false; !arrived; ) {
        ours.send(out);
        try {
          kernels.receive(new DatagramPacket(new byte[9], 9));
          arrived = true;
        } catch (java.net.SocketTimeoutException e) {
          assertThat(++lost).isLessThan(200);
        }
      }
      assertThat(lost).isPositive();
      assertThat(lab.counter(Counter.SinewNeighborFailures)).isEqualTo(failures + 1);
      assertThat(lab.ourNeighbor(v)).isEqualTo(NEW_MAC + " REACHABLE");
    }
  }

  @ParameterizedTest
  @EnumSource
  void an_address_that_the_kernel_gives_up_is_unreachable_until_it_is_back(Version v)
      throws Exception {
    try (EthernetLab lab = EthernetLab.open();
        DatagramSocket ours = lab.sockets.datagramSocket(0)) {
      String address = EthernetLab.peerAddress(v) + "/" + v.prefixLength;
      lab.ip("addr", "del", address, "dev", EthernetLab.DEVICE);
      ours.connect(EthernetLab.kernel(v, 9));
      ours.send(new DatagramPacket(new byte[1], 1));
      Waiting.until("INCOMPLETE", 5, () -> lab.ourNeighbor(v), s -> s.endsWith("INCOMPLETE"));
      Waiting.until("forgotten", 10, () -> lab.ourNeighbor(v), "none"::equals);
      assertThat(lab.counter(Counter.SinewNeighborFailures)).isEqualTo(1);
      lab.ip("addr", "add", address, "dev", EthernetLab.DEVICE, "nodad");
      Waiting.until(
          "found",
          10,
          () -> {
            ours.send(new DatagramPacket(new byte[1], 1));
            return lab.ourNeighbor(v);
          },
          s -> s.endsWith("REACHABLE"));
    }
  }

  @ParameterizedTest
  @EnumSource
  void an_address_that_the_kernel_has_is_not_taken(Version v) throws Exception {
    String theirs = EthernetLab.ourAddress(v) + "/" + v.prefixLength;
    try (EthernetLab lab = EthernetLab.open(o -> o, true, theirs)) {
      Waiting.until("a duplicate", 10, () -> lab.addressState(v), AddressState.DUPLICATE::equals);
      Version other = v.isV4() ? Version.V6 : Version.V4;
      Waiting.until("ours", 10, () -> lab.addressState(other), AddressState.PREFERRED::equals);
    }
  }

  @Test
  void the_kernel_sees_that_the_stack_has_an_ipv6_address() throws Exception {
    try (EthernetLab lab = EthernetLab.open()) {
      String ours = EthernetLab.ourAddress(Version.V6);
      lab.ip("addr", "add", ours + "/64", "dev", EthernetLab.DEVICE);
      Waiting.until(
          "dadfailed",
          10,
          () -> lab.ip("-6", "addr", "show", "dev", EthernetLab.DEVICE),
          s -> s.lines().anyMatch(l -> l.contains(ours + "/") && l.contains("dadfailed")));
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void an_interface_that_was_down_works_again_and_a_deleted_one_has_failed(boolean offload)
      throws Exception {
    try (EthernetLab lab = EthernetLab.open(o -> o.withOffload(offload), false);
        DatagramSocket ours = lab.sockets.datagramSocket(0)) {
      ours.send(new DatagramPacket(new byte[1], 1, EthernetLab.kernel(Version.V4, 9)));
      Waiting.until(
          "a neighbour",
          5,
          () -> lab.ourNeighbor(Version.V4),
          s -> s.startsWith(EthernetLab.PEER_MAC));
      Program.must(lab.ours, "ip", "link", "set", EthernetLab.DEVICE, "down");
      long errors = lab.counter(Counter.SinewLinkErrors);
      for (int i = 0; i < 2_000; i++) { // more than a ring holds
        ours.send(new DatagramPacket(new byte[1], 1, EthernetLab.kernel(Version.V4, 9)));
      }
      assertThat(lab.counter(Counter.SinewLinkErrors)).isGreaterThanOrEqualTo(errors + 2_000);
      Program.must(lab.ours, "ip", "link", "set", EthernetLab.DEVICE, "up");
      Waiting.until(
          "an answer",
          10,
          () -> Program.run(lab.peer, "ping", "-c", "1", "-W", "1", "10.93.0.2").exitCode(),
          code -> code == 0);
      PacketLink link = (PacketLink) lab.itf.link();
      assertThat(link.failure()).isNull();
      Program.must(lab.ours, "ip", "link", "del", EthernetLab.DEVICE);
      Waiting.until(
          "a failure", 10, () -> String.valueOf(link.failure()), s -> s.contains("deleted"));
    }
  }

  @Test
  void what_can_not_be_opened_says_why() throws Exception {
    try (EthernetLab lab = EthernetLab.open()) {
      assertRefused(
          lab,
          PacketOptions.of("eth7", EthernetLab.addresses()),
          "no network interface eth7",
          "ip link");
      assertRefused(
          lab, PacketOptions.of("lo", EthernetLab.addresses()), "lo is no Ethernet interface");
      assertRefused(lab, PacketOptions.of("a b", EthernetLab.addresses()), "not the name");
      Program.must(lab.ours, "ip", "addr", "add", "10.93.0.2/24", "dev", EthernetLab.DEVICE);
      assertRefused(
          lab,
          PacketOptions.of(EthernetLab.DEVICE, EthernetLab.addresses()),
          "the kernel has the address 10.93.0.2",
          "ip addr del 10.93.0.2/24 dev eth0");
      Program.must(lab.ours, "ip", "addr", "flush", "dev", EthernetLab.DEVICE);
      Program.must(lab.ours, "ip", "link", "set", EthernetLab.DEVICE, "down");
      assertRefused(
          lab,
          PacketOptions.of(EthernetLab.DEVICE, EthernetLab.addresses()),
          "ip link set eth0 up");
    }
  }

  private static void assertRefused(EthernetLab lab, PacketOptions options, String... words) {
    assertThatThrownBy(() -> lab.ours.call(() -> PacketLink.open(options)))
        .isInstanceOf(LinkException.class)
        .satisfies(e -> assertThat(e.getMessage()).contains(words).doesNotContain("\n"));
  }
}
