package dev.sinew.bench.run;

import dev.sinew.base.Counter;
import dev.sinew.base.Endpoint;
import dev.sinew.base.TcpError;
import dev.sinew.cli.BenchServices;
import dev.sinew.ip.IpAddress;
import dev.sinew.ip.NetworkInterface;
import dev.sinew.ip.Prefix;
import dev.sinew.linux.TunLink;
import dev.sinew.linux.TunOptions;
import dev.sinew.sockets.EventHandler;
import dev.sinew.sockets.PollMode;
import dev.sinew.sockets.RealTimeRunner;
import dev.sinew.sockets.StackSockets;
import dev.sinew.stack.Stack;
import dev.sinew.udp.UdpEndpoint;
import java.io.IOException;
import java.security.SecureRandom;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/** The services on a stack of ours on a TUN device, as {@code sinew serve --bench} has them. */
final class StackServices implements ServerMain.Services {
  static final String DEVICE = "tun0";
  static final String NET4 = "10.231.0.0/24";
  static final String HOST4 = "10.231.0.1";
  static final String STACK4 = "10.231.0.2";
  static final String NET6 = "fd00:231::/64";
  static final String STACK6 = "fd00:231::2";
  private static final String HOST6 = "fd00:231::1";

  private static final int UDP_BATCH = 64;

  private final RealTimeRunner runner;
  private volatile long datagramCount;

  StackServices(String mode, boolean offload, int mtu) throws IOException {
    TunLink link =
        TunLink.open(
            TunOptions.of(DEVICE, List.of(prefix(HOST4 + "/24"), prefix(HOST6 + "/64")))
                .withMtu(mtu)
                .withOffload(offload));
    Stack stack = Stack.builder().entropy(new SecureRandom()::nextLong).build();
    NetworkInterface unused =
        stack.addInterface(link, prefix(STACK4 + "/24"), prefix(STACK6 + "/64"));
    runner = RealTimeRunner.start(stack, PollMode.valueOf(mode.toUpperCase(Locale.ROOT)));
    BenchServices.start(runner);
    runner.enter();
    try {
      UdpEndpoint sink = stack.udp();
      check(sink.bind(IpAddress.ANY_V6, ServerMain.DISCARD));
      runner.handle(sink, new Sink());
    } finally {
      runner.exit();
    }
    IperfService.start(
        StackSockets.of(runner).serverSocketFactory().createServerSocket(IperfService.PORT));
  }

  private static Prefix prefix(String text) {
    return Objects.requireNonNull(Prefix.parse(text), text);
  }

  private static void check(int code) throws IOException {
    if (code < 0) {
      throw new IOException("UDP: " + TcpError.of(code));
    }
  }

  private final class Sink implements EventHandler {
    private final byte[] data = new byte[2048];
    private long count;

    @Override
    public void onReadable(Endpoint endpoint) {
      runner.enter();
      try {
        while (((UdpEndpoint) endpoint).receive(data, 0, data.length) != null) {
          count++;
        }
        datagramCount = count;
      } finally {
        runner.exit();
      }
    }
  }

  private long counter(Counter... counters) {
    long[] sum = new long[1];
    runner.run(stack -> {
      for (Counter c : counters) {
        sum[0] += stack.counters().get(c);
      }
    });
    return sum[0];
  }

  @Override
  public long segments() {
    return counter(Counter.TcpInSegs, Counter.TcpOutSegs);
  }

  @Override
  public long retransmissions() {
    return counter(Counter.TcpRetransSegs);
  }

  @Override
  public long datagrams() {
    return datagramCount;
  }

  @Override
  public void sendDatagrams(String to, int port, int bytes, long nanos) throws IOException {
    IpAddress address = Objects.requireNonNull(IpAddress.parse(to));
    byte[] data = new byte[bytes];
    UdpEndpoint[] source = new UdpEndpoint[1];
    runner.run(stack -> source[0] = stack.udp());
    int connected;
    runner.enter();
    try {
      connected = source[0].connect(address, port);
    } finally {
      runner.exit();
    }
    check(connected);
    for (long begin = System.nanoTime(); System.nanoTime() - begin < nanos; ) {
      runner.enter();
      try {
        int n = 0;
        // Until the device's queue is full: leaving the stack empties it.
        while (n < UDP_BATCH && source[0].send(data, 0, bytes, null, 0) >= 0) {
          n++;
        }
      } finally {
        runner.exit();
      }
    }
    runner.run(stack -> source[0].close());
  }

  @Override
  public void close() {
    runner.close();
  }
}
