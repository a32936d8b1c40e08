package dev.sinew.cli;

import dev.sinew.cli.serve.SmallServices;
import dev.sinew.cli.serve.TcpServer;
import dev.sinew.cli.serve.TcpService;
import dev.sinew.cli.serve.Traffic;
import dev.sinew.cli.serve.UdpServer;
import dev.sinew.sockets.Runner;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Clock;
import java.util.function.Function;

/** Starts the services of {@code sinew serve} on a device; closing the device ends them. */
final class Services {
  private static final int BACKLOG = 1024;

  private Services() {}

  /**
   * Echo, discard, daytime and chargen, TCP and UDP.
   *
   * @param bench those that the benchmark loads have event handlers instead
   * @param traffic makes the count of a service
   */
  static void startSmall(Device device, boolean bench, Function<String, Traffic> traffic)
      throws IOException {
    Runner runner = device.runner();
    Clock clock = Clock.systemDefaultZone();
    if (!bench) {
      startTcp(device, 7, SmallServices::echo, traffic.apply("echo"));
      startTcp(device, 9, SmallServices::discard, traffic.apply("discard"));
      startTcp(device, 19, SmallServices.chargen(runner::start), traffic.apply("chargen"));
    }
    startTcp(device, 13, SmallServices.daytime(clock), traffic.apply("daytime"));
    startUdp(device, 7, UdpServer.echo(), traffic.apply("echo udp"));
    startUdp(device, 9, UdpServer.discard(), traffic.apply("discard udp"));
    startUdp(device, 13, UdpServer.daytime(clock), traffic.apply("daytime udp"));
    startUdp(device, 19, UdpServer.chargen(), traffic.apply("chargen udp"));
  }

  static void startTcp(Device device, int port, TcpService service, Traffic traffic)
      throws IOException {
    ServerSocket listener = device.sockets().serverSocket();
    listener.bind(new InetSocketAddress(port), BACKLOG); // of both IP versions
    var unused = new TcpServer(listener, service, traffic, device.runner()::start).start();
  }

  private static void startUdp(Device device, int port, UdpServer.Answer answer, Traffic traffic)
      throws IOException {
    var unused =
        new UdpServer(device.sockets().datagramSocket(port), answer, traffic)
            .start(device.runner()::start);
  }
}
