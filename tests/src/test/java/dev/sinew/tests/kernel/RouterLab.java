package dev.sinew.tests.kernel;

import dev.sinew.base.Profile;
import dev.sinew.ip.IpAddress;
import dev.sinew.ip.NetworkInterface;
import dev.sinew.ip.Prefix;
import dev.sinew.linux.LinkException;
import dev.sinew.linux.NetworkNamespace;
import dev.sinew.linux.TunLink;
import dev.sinew.linux.TunOptions;
import dev.sinew.sockets.RealTimeRunner;
import dev.sinew.sockets.StackSockets;
import dev.sinew.stack.Stack;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/**
 * A router between clients and a server, each in a namespace of its own:
 *
 * <pre>
 *   kernel's client  10.91.1.2 --\
 *   stack, standard  10.91.2.2 --- router --- 10.91.3.2 server (kernel)
 *   stack, linux     10.91.4.2 --/
 * </pre>
 *
 * IPv6 is the same under fd91. The clients have routes to 10.91.0.0/16 and 10.92.0.0/16 only; to
 * the latter the router says no, in a way for each network.
 */
final class RouterLab implements AutoCloseable {
  final NetworkNamespace client;
  final NetworkNamespace router;
  final NetworkNamespace server;
  final StackSockets standard;
  final StackSockets linux;
  private final List<AutoCloseable> open = new ArrayList<>();

  private RouterLab() throws Exception {
    try {
      client = namespace("client");
      router = namespace("router");
      server = namespace("server");
      sysctl(router, "net/ipv4/ip_forward", "1");
      sysctl(router, "net/ipv6/conf/all/forwarding", "1");
      for (NetworkNamespace ns : List.of(router, server)) { // every error is to be heard
        sysctl(ns, "net/ipv4/icmp_ratelimit", "0");
        sysctl(ns, "net/ipv6/icmp/ratelimit", "0");
      }
      // The kernel gives up as early as the stacks do below.
      sysctl(client, "net/ipv4/tcp_syn_retries", "1");
      sysctl(client, "net/ipv4/tcp_retries2", "3");
      cable(client, "c", 1);
      cable(server, "s", 3);
      for (NetworkNamespace ns : List.of(client, server)) {
        int net = ns == client ? 1 : 3;
        for (String to : List.of("10.91.0.0/16", "10.92.0.0/16")) {
          ip(ns, "-4", "route", "add", to, "via", "10.91." + net + ".1");
        }
        for (String to : List.of("fd91::/32", "fd92::/32")) {
          ip(ns, "-6", "route", "add", to, "via", "fd91:0:" + net + "::1");
        }
      }
      for (Version v : Version.values()) {
        ip(router, v.flag(), "route", "add", "blackhole", network(v, 3));
        for (int network : new int[] {1, 2}) {
          ip(
              router,
              v.flag(),
              "route",
              "add",
              network(v, network),
              "via",
              server(v, 0).getAddress().getHostAddress());
        }
        // To network 4 the router itself knows no way. It says so a few times a second, so most
        // refusals are the firewall's.
      }
      nft(
          "add table inet filter",
          "add chain inet filter forward { type filter hook forward priority 0; }");
      for (Version v : Version.values()) {
        String to = v.isV4() ? "ip daddr " : "ip6 daddr ";
        nft(
            "add rule inet filter forward "
                + to
                + network(v, 1)
                + " reject with icmpx type host-unreachable");
        nft(
            "add rule inet filter forward "
                + to
                + network(v, 2)
                + " reject with icmpx type no-route");
      }
      nft("add rule inet filter forward tcp dport 81 reject with tcp reset");
      nft(
          "add rule inet filter forward meta l4proto { tcp, udp } th dport 82 reject with icmpx type port-unreachable");
      nft(
          "add rule inet filter forward meta nfproto ipv4 th dport 83 reject with icmp type prot-unreachable");
      nft(
          "add rule inet filter forward meta l4proto { tcp, udp } th dport 84 reject with icmpx type admin-prohibited");
      nft(
          "add rule inet filter forward meta nfproto ipv6 th dport 85 reject with icmpv6 type policy-fail");
      nft(
          "add rule inet filter forward meta nfproto ipv4 th dport 86 reject with icmp type net-prohibited");
      standard = stack(2, patient(Profile.STANDARD));
      linux = stack(4, patient(Profile.LINUX));
    } catch (Exception | Error e) {
      close();
      throw e;
    }
  }

  static RouterLab open() throws Exception {
    try {
      return new RouterLab();
    } catch (LinkException e) {
      return Assumptions.abort(e.getMessage());
    }
  }

  /** Less patient, that is: a test does not wait three minutes for a timeout. */
  private static Profile patient(Profile profile) {
    return profile.with(v -> {
      v.synRetries = 1;
      v.synTimeoutNanos = 3_000_000_000L;
      v.dataRetriesR2 = 3;
      v.dataTimeoutR2Nanos = 0;
      v.keepAliveIdleNanos = 1_000_000_000L;
      v.keepAliveIntervalNanos = 1_000_000_000L;
      v.keepAliveCount = 2;
    });
  }

  private NetworkNamespace namespace(String name) throws LinkException {
    NetworkNamespace ns = NetworkNamespace.create(name);
    open.add(ns);
    return ns;
  }

  /** A pair of Ethernet devices between a namespace and the router. */
  private void cable(NetworkNamespace ns, String name, int net) throws Exception {
    // A process is what iproute2 finds a nameless namespace by.
    try (Program inside = Program.start(ns, "sleep", "60")) {
      ip(
          router,
          "link",
          "add",
          name,
          "type",
          "veth",
          "peer",
          "name",
          "eth0",
          "netns",
          "" + inside.pid());
    }
    ends(router, name, net, 1);
    ends(ns, "eth0", net, 2);
  }

  private static void ends(NetworkNamespace ns, String device, int net, int host) throws Exception {
    ip(ns, "addr", "add", "10.91." + net + "." + host + "/24", "dev", device);
    ip(ns, "addr", "add", "fd91:0:" + net + "::" + host + "/64", "dev", device, "nodad");
    ip(ns, "link", "set", device, "up");
  }

  private StackSockets stack(int net, Profile profile) throws Exception {
    String v4 = "10.91." + net + ".";
    String v6 = "fd91:0:" + net + "::";
    TunLink link =
        router.call(() ->
            TunLink.open(
                TunOptions.of(
                    "tun" + net, List.of(Lab.prefix(v4 + "1/24"), Lab.prefix(v6 + "1/64")))));
    Stack stack = Stack.builder().entropy(new SecureRandom()::nextLong).profile(profile).build();
    NetworkInterface itf =
        stack.addInterface(link, Lab.prefix(v4 + "2/24"), Lab.prefix(v6 + "2/64"));
    for (String to : List.of("10.91.0.0/16", "10.92.0.0/16", "fd91::/32", "fd92::/32")) {
      Prefix p = Lab.prefix(to);
      stack.addRoute(p, itf, IpAddress.parse((p.address().isV4() ? v4 : v6) + "1"));
    }
    RealTimeRunner runner = RealTimeRunner.start(stack);
    open.add(runner);
    return StackSockets.of(runner);
  }

  // ---- addresses

  InetSocketAddress server(Version v, int port) {
    return new InetSocketAddress(
        InetAddress.ofLiteral(v.isV4() ? "10.91.3.2" : "fd91:0:3::2"), port);
  }

  /**
   * A host in one of the networks that the router does not reach: 1 host unreachable, 2 network
   * unreachable, 3 a black hole, 4 no route.
   */
  InetSocketAddress nowhere(Version v, int network) {
    return new InetSocketAddress(
        InetAddress.ofLiteral(v.isV4() ? "10.92." + network + ".9" : "fd92:0:" + network + "::9"),
        80);
  }

  /** A host to which the clients have no route. */
  InetSocketAddress noRoute(Version v) {
    return new InetSocketAddress(
        InetAddress.ofLiteral(v.isV4() ? "198.51.100.9" : "2001:db8::9"), 80);
  }

  private static String network(Version v, int network) {
    return v.isV4() ? "10.92." + network + ".0/24" : "fd92:0:" + network + "::/64";
  }

  // ---- what the router does from now on

  /** Packets to and from the server vanish. */
  void silence() throws Exception {
    nft("add chain inet filter silence { type filter hook forward priority -10; policy drop; }");
  }

  void endSilence() throws Exception {
    nft("delete chain inet filter silence");
  }

  /** The way to the server ends here, and the router says so: the host is unreachable. */
  void loseServer(Version v) throws Exception {
    nft(
        "add chain inet filter lost { type filter hook forward priority -10; }",
        "add rule inet filter lost "
            + (v.isV4() ? "ip daddr 10.91.3.2" : "ip6 daddr fd91:0:3::2")
            + " reject with icmpx type host-unreachable");
  }

  void findServer() throws Exception {
    nft("flush chain inet filter lost", "delete chain inet filter lost");
  }

  /** The cable to the server carries no larger packets from now on; only the router knows. */
  void narrow(int mtu) throws Exception {
    ip(router, "link", "set", "s", "mtu", "" + mtu);
  }

  private void nft(String... commands) throws Exception {
    Program.nft(router, commands);
  }

  private static void ip(NetworkNamespace ns, String... words) throws Exception {
    List<String> command = new ArrayList<>(List.of("ip"));
    command.addAll(List.of(words));
    Program.must(ns, command.toArray(String[]::new));
  }

  private static void sysctl(NetworkNamespace ns, String name, String value) throws Exception {
    ns.call(() -> Files.writeString(Path.of("/proc/sys", name), value));
  }

  @Override
  public void close() throws IOException {
    for (AutoCloseable c : open.reversed()) {
      try {
        c.close();
      } catch (Exception e) {
        throw new IOException(e);
      }
    }
  }
}
