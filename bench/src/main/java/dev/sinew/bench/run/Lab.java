package dev.sinew.bench.run;

import dev.sinew.linux.NetworkNamespace;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * The namespaces, and a serving process for each peer. Namespaces have no name: they end with the
 * processes that are in them, and those end with this one, whatever ends it, because their standard
 * input does.
 *
 * <p>On both devices: CUBIC by a property of the route, because the system's own choice may be
 * another; veth with back pressure by a queue of 2,000 packets, without which it drops.
 */
final class Lab implements AutoCloseable {
  private static final String VETH = "10.230.0.";
  private static final String VETH6 = "fd00:230::";

  private final NetworkNamespace left = NetworkNamespace.create("bench-left");
  private final NetworkNamespace right = NetworkNamespace.create("bench-right");
  private final List<Process> holders = new ArrayList<>();
  private final Place veth =
      new Place(
          left, right, Place.literal(VETH + 1), Place.literal(VETH + 2), Place.literal(VETH6 + 2));

  Lab() throws IOException, InterruptedException {
    Process holder = hold(right);
    String unused =
        Commands.run(left, "ip link add pva type veth peer name pvb netns " + holder.pid());
    plug(left, "pva", 1);
    plug(right, "pvb", 2);
  }

  private static void plug(NetworkNamespace n, String device, int host)
      throws IOException, InterruptedException {
    Commands.run(
        n,
        List.of(
            "ip addr add " + VETH + host + "/24 dev " + device,
            "ip addr add " + VETH6 + host + "/64 dev " + device + " nodad",
            "ip link set " + device + " up",
            "tc qdisc replace dev " + device + " root pfifo limit 2000"));
    cubic(n, device, VETH + "0/24", VETH6 + "/64", VETH + host);
  }

  /** The route that the address has brought, with a property more. */
  private static void cubic(
      NetworkNamespace n, String device, String net4, String net6, String source4)
      throws IOException, InterruptedException {
    Commands.run(
        n,
        List.of(
            "ip route replace "
                + net4
                + " dev "
                + device
                + " proto kernel scope link src "
                + source4
                + " congctl cubic",
            "ip -6 route replace "
                + net6
                + " dev "
                + device
                + " proto kernel metric 256 congctl cubic"));
  }

  /** A process that keeps a namespace, and has a number to name it by. */
  private Process hold(NetworkNamespace n) throws IOException {
    Process p = n.start(new ProcessBuilder("cat"));
    holders.add(p);
    return p;
  }

  /** Starts whoever serves, ready to be loaded. */
  ServerProcess start(Peer peer, Config config, List<String> jvmOptions)
      throws IOException, InterruptedException {
    return switch (peer) {
      case KERNEL -> {
        setUpVeth(config);
        yield ServerProcess.java(veth, peer, config, jvmOptions);
      }
      case SINEW, SINEW_BLOCK, SINEW_SPIN -> {
        Place place = tun("bench-" + peer.label);
        ServerProcess p = ServerProcess.java(place, peer, config, jvmOptions);
        cubic(
            place.client(),
            StackServices.DEVICE,
            StackServices.NET4,
            StackServices.NET6,
            StackServices.HOST4);
        yield p;
      }
      case LWIP -> Lwip.start();
    };
  }

  private static Place tun(String name) throws IOException {
    NetworkNamespace n = NetworkNamespace.create(name);
    return new Place(
        n,
        n,
        Place.literal(StackServices.HOST4),
        Place.literal(StackServices.STACK4),
        Place.literal(StackServices.STACK6));
  }

  private void setUpVeth(Config config) throws IOException, InterruptedException {
    String on = config.offload() ? "on" : "off";
    for (String end : new String[] {"pva", "pvb"}) {
      NetworkNamespace n = end.equals("pva") ? left : right;
      Commands.run(
          n,
          List.of(
              "ip link set " + end + " mtu " + config.mtu(),
              "ethtool -K " + end + " tso " + on + " gso " + on + " gro " + on));
    }
  }

  @Override
  public void close() {
    holders.forEach(Process::destroy);
    left.close();
    right.close();
  }
}
