package dev.sinew.tests.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.Counter;
import dev.sinew.ip.IpAddress;
import dev.sinew.sockets.RealTimeRunner;
import dev.sinew.sockets.StackSockets;
import dev.sinew.udp.UdpEndpoint;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Many datagrams at once cross the device as a few super-datagrams, and each arrives as it was
 * sent: on a TUN device and on a cable, both ways.
 */
@ExtendWith(KernelCases.class)
class SuperDatagramsTest {
  private static final int ROUNDS = 5;
  private static final int COUNT = 45;

  /** What differs between a TUN device and a cable. */
  private record Wire(
      AutoCloseable lab,
      RealTimeRunner runner,
      String device,
      InetSocketAddress kernel,
      InetSocketAddress stack,
      Inside inside)
      implements AutoCloseable {
    interface Inside {
      <T> T call(Callable<T> work) throws Exception;
    }

    static Wire open(boolean tun, Version v) throws Exception {
      if (tun) {
        Lab lab = Lab.open();
        return new Wire(lab, lab.runner, Lab.DEVICE, v.kernel(4000), v.stack(4000), lab::inside);
      }
      EthernetLab lab = EthernetLab.open();
      return new Wire(
          lab,
          lab.runner,
          EthernetLab.DEVICE,
          EthernetLab.kernel(v, 4000),
          EthernetLab.stack(v, 4000),
          lab::inside);
    }

    /** False with a kernel older than 6.2. */
    boolean joins() {
      return runner.stack().interfaces().getLast().link().properties().datagramOffload();
    }

    /** Packets that the kernel's device has received and sent. */
    long[] packets() throws Exception {
      List<String> lines =
          inside.call(() -> Files.readAllLines(Path.of("/proc/thread-self/net/dev")));
      for (String line : lines) {
        if (line.strip().startsWith(device + ":")) {
          String[] words = line.substring(line.indexOf(':') + 1).strip().split(" +");
          return new long[] {Long.parseLong(words[1]), Long.parseLong(words[9])};
        }
      }
      throw new AssertionError("no device " + device);
    }

    @Override
    public void close() throws Exception {
      lab.close();
    }
  }

  /** Equal ones and a shorter last one. */
  private static List<byte[]> datagrams(int size, int round) {
    Random random = new Random(100L * size + round);
    List<byte[]> all = new ArrayList<>();
    for (int i = 0; i < COUNT; i++) {
      byte[] data = new byte[i == COUNT - 1 ? size - 1 - round : size];
      random.nextBytes(data);
      all.add(data);
    }
    return all;
  }

  private static void assertArrive(DatagramSocket socket, List<byte[]> sent) throws Exception {
    DatagramPacket p = new DatagramPacket(new byte[2000], 2000);
    for (int i = 0; i < sent.size(); i++) {
      p.setLength(2000);
      socket.receive(p);
      assertThat(Arrays.copyOf(p.getData(), p.getLength()))
          .as("datagram %d", i)
          .isEqualTo(sent.get(i));
    }
  }

  private static void prepare(DatagramSocket socket) throws Exception {
    socket.setReceiveBufferSize(1 << 20);
    socket.setSoTimeout(10_000);
  }

  @ParameterizedTest
  @CsvSource({
    "true,V4,64", "true,V4,1452", "true,V6,64", "true,V6,1452",
    "false,V4,64", "false,V4,1452", "false,V6,64", "false,V6,1452"
  })
  void the_kernel_gets_each_datagram(boolean tun, Version v, int size) throws Exception {
    try (Wire wire = Wire.open(tun, v);
        DatagramSocket kernel = wire.inside.call(() -> new DatagramSocket(wire.kernel))) {
      prepare(kernel);
      UdpEndpoint[] e = new UdpEndpoint[1];
      IpAddress to = IpAddress.of(wire.kernel.getAddress().getAddress());
      wire.runner.run(stack -> {
        e[0] = stack.udp();
        assertThat(e[0].connect(to, 4000)).isZero();
        assertThat(e[0].send(new byte[3], 0, 3, null, 0)).isEqualTo(3);
      });
      assertArrive(kernel, List.of(new byte[3]));
      long before = wire.packets()[0];
      for (int round = 0; round < ROUNDS; round++) {
        List<byte[]> all = datagrams(size, round);
        wire.runner.run(stack -> {
          for (byte[] data : all) {
            assertThat(e[0].send(data, 0, data.length, null, 0)).isEqualTo(data.length);
          }
        });
        assertArrive(kernel, all);
      }
      // 45 are 65,340 bytes at most: one packet, and what else the kernel hears meanwhile.
      if (wire.joins()) {
        assertThat(wire.packets()[0] - before).isBetween((long) ROUNDS, (long) ROUNDS * COUNT / 5);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "true,V4,64", "true,V4,1452", "true,V6,64", "true,V6,1452",
    "false,V4,64", "false,V4,1452", "false,V6,64", "false,V6,1452"
  })
  void the_stack_gets_each_datagram(boolean tun, Version v, int size) throws Exception {
    try (Wire wire = Wire.open(tun, v);
        DatagramSocket stack = StackSockets.of(wire.runner).datagramSocket(4000)) {
      prepare(stack);
      wire.inside.call(() -> {
        SegmentedDatagrams.send(wire.stack, new byte[3], 100);
        return null;
      });
      assertArrive(stack, List.of(new byte[3]));
      long before = wire.packets()[1];
      for (int round = 0; round < ROUNDS; round++) {
        List<byte[]> all = datagrams(size, round);
        ByteBuffer joined = ByteBuffer.allocate(65_536);
        all.forEach(joined::put);
        wire.inside.call(() -> {
          SegmentedDatagrams.send(
              wire.stack, Arrays.copyOf(joined.array(), joined.position()), size);
          return null;
        });
        assertArrive(stack, all);
      }
      if (wire.joins()) {
        assertThat(wire.packets()[1] - before).isBetween((long) ROUNDS, (long) ROUNDS * COUNT / 5);
      }
      wire.runner.run(s -> {
        assertThat(s.counters().get(Counter.SinewLinkErrors)).isZero();
        assertThat(s.counters().get(Counter.UdpInErrors)).isZero();
        assertThat(s.counters().get(Counter.UdpInDatagrams)).isEqualTo(1L + ROUNDS * COUNT);
      });
    }
  }
}
