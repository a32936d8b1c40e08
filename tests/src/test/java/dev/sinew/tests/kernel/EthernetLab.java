package dev.sinew.tests.kernel;

import dev.sinew.base.Counter;
import dev.sinew.base.Limits;
import dev.sinew.cli.serve.SmallServices;
import dev.sinew.cli.serve.TcpServer;
import dev.sinew.cli.serve.TcpService;
import dev.sinew.cli.serve.Traffic;
import dev.sinew.ip.IpAddress;
import dev.sinew.ip.NetworkInterface;
import dev.sinew.ip.Prefix;
import dev.sinew.linux.LinkException;
import dev.sinew.linux.NetworkNamespace;
import dev.sinew.linux.PacketLink;
import dev.sinew.linux.PacketOptions;
import dev.sinew.neighbor.AddressState;
import dev.sinew.neighbor.Neighbor;
import dev.sinew.sockets.RealTimeRunner;
import dev.sinew.sockets.StackSockets;
import dev.sinew.stack.Stack;
import dev.sinew.wire.EthernetHeader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Assumptions;

/**
 * A cable: the kernel at one end ({@code eth0} in the namespace {@code peer}), a stack with a
 * packet socket at the other ({@code eth0} in {@code ours}, which the kernel has no address on).
 */
final class EthernetLab implements AutoCloseable {
  static final String DEVICE = "eth0";
  static final String PEER_MAC = "02:00:00:00:00:01";
  static final String OUR_MAC = "02:00:00:00:00:02";

  /** Shorter than usual, so that a test sees a neighbour get stale. */
  private static final long REACHABLE_NANOS = 1_000_000_000L;

  final NetworkNamespace peer;
  final NetworkNamespace ours;
  final RealTimeRunner runner;
  final StackSockets sockets;
  final NetworkInterface itf;
  private final List<AutoCloseable> open = new ArrayList<>();

  private EthernetLab(UnaryOperator<PacketOptions> how, boolean checkAddresses, String... before)
      throws Exception {
    this.peer = Lab.namespace("peer");
    open.add(peer);
    this.ours = Lab.namespace("ours");
    open.add(ours);
    try {
      cable(peer, ours);
      for (String address : before) {
        ip("addr", "add", address, "dev", DEVICE, "nodad");
      }
      PacketLink link =
          ours.call(() -> PacketLink.open(how.apply(PacketOptions.of(DEVICE, addresses()))));
      Stack stack =
          Stack.builder()
              .entropy(new SecureRandom()::nextLong)
              .limits(Limits.DEFAULT.with(v -> v.neighborReachableNanos = REACHABLE_NANOS))
              .build();
      itf = stack.addInterface(link, checkAddresses, addresses().toArray(Prefix[]::new));
      for (Version v : Version.values()) {
        stack.addRoute(Lab.prefix(v.isV4() ? "0.0.0.0/0" : "::/0"), itf, peerAddress(v));
      }
      runner = RealTimeRunner.start(stack);
      open.add(runner);
      sockets = StackSockets.of(runner);
    } catch (Exception e) {
      close();
      throw e;
    }
  }

  /** With offloads, the addresses ours at once. */
  static EthernetLab open() throws Exception {
    return open(o -> o, false);
  }

  /**
   * @param before addresses that the kernel has too
   */
  static EthernetLab open(
      UnaryOperator<PacketOptions> how, boolean checkAddresses, String... before) throws Exception {
    try {
      return new EthernetLab(how, checkAddresses, before);
    } catch (LinkException e) {
      return Assumptions.abort(e.getMessage());
    }
  }

  static void cable(NetworkNamespace peer, NetworkNamespace ours) throws Exception {
    // A process is what iproute2 finds a nameless namespace by.
    try (Program inside = Program.start(ours, "sleep", "60")) {
      Program.must(
          peer,
          "ip",
          "link",
          "add",
          DEVICE,
          "address",
          PEER_MAC,
          "type",
          "veth",
          "peer",
          "name",
          DEVICE,
          "address",
          OUR_MAC,
          "netns",
          "" + inside.pid());
    }
    ours.call(() ->
        java.nio.file.Files.writeString(
            java.nio.file.Path.of("/proc/sys/net/ipv6/conf/eth0/disable_ipv6"), "1"));
    Program.must(ours, "ip", "link", "set", DEVICE, "up");
    Program.must(peer, "ip", "link", "set", DEVICE, "up");
    for (Version v : Version.values()) {
      Program.must(
          peer, "ip", "addr", "add", peerAddress(v) + "/" + v.prefixLength, "dev", DEVICE, "nodad");
    }
  }

  static List<Prefix> addresses() {
    return List.of(Lab.prefix("10.93.0.2/24"), Lab.prefix("fd93::2/64"));
  }

  static IpAddress peerAddress(Version v) {
    return Objects.requireNonNull(IpAddress.parse(v.isV4() ? "10.93.0.1" : "fd93::1"));
  }

  static String ourAddress(Version v) {
    return v.isV4() ? "10.93.0.2" : "fd93::2";
  }

  static InetSocketAddress stack(Version v, int port) {
    return new InetSocketAddress(InetAddress.ofLiteral(ourAddress(v)), port);
  }

  static InetSocketAddress kernel(Version v, int port) {
    return new InetSocketAddress(InetAddress.ofLiteral(peerAddress(v).toString()), port);
  }

  /** Echo on port 7, discard on 9, chargen on 19. */
  EthernetLab withServices() throws IOException {
    serve(7, SmallServices::echo);
    serve(9, SmallServices::discard);
    serve(19, SmallServices.chargen(runner::start));
    return this;
  }

  void serve(int port, TcpService service) throws IOException {
    ServerSocket listener = closing(sockets.serverSocket());
    listener.bind(new InetSocketAddress(port), 64);
    var unused =
        new TcpServer(listener, service, new Traffic("port " + port), runner::start).start();
  }

  <T extends AutoCloseable> T closing(T resource) {
    open.add(resource);
    return resource;
  }

  /** Runs work on a thread on the kernel's side. */
  <T> T inside(Callable<T> work) throws Exception {
    return peer.call(work);
  }

  /** {@code ip} on the kernel's side. */
  String ip(String... words) throws Exception {
    List<String> command = new ArrayList<>(List.of("ip"));
    command.addAll(List.of(words));
    return Program.must(peer, command.toArray(String[]::new));
  }

  /** What the kernel knows of our address. */
  String kernelsNeighbor(Version v) throws Exception {
    return ip("neigh", "show", "to", ourAddress(v), "dev", DEVICE).strip();
  }

  /** What the stack knows of the kernel's: its hardware address and the state. */
  String ourNeighbor(Version v) {
    String[] text = {"none"};
    IpAddress a = peerAddress(v);
    runner.run(stack -> {
      Neighbor n = Objects.requireNonNull(itf.neighborhood()).find(a.high(), a.low());
      if (n != null) {
        text[0] = EthernetHeader.text(n.hardwareAddress()) + " " + n.state();
      }
    });
    return text[0];
  }

  long counter(Counter counter) {
    long[] value = new long[1];
    runner.run(stack -> value[0] = stack.counters().get(counter));
    return value[0];
  }

  AddressState addressState(Version v) {
    AddressState[] state = new AddressState[1];
    runner.run(stack ->
        state[0] = itf.addressState(Objects.requireNonNull(IpAddress.parse(ourAddress(v)))));
    return state[0];
  }

  @Override
  public void close() throws Exception {
    for (AutoCloseable c : open.reversed()) {
      c.close();
    }
  }
}
