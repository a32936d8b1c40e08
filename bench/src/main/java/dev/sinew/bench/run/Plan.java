package dev.sinew.bench.run;

import java.util.ArrayList;
import java.util.List;

/** The rows that the kernel and Sinew share, in the order in which they are measured. */
final class Plan {
  private static final List<Peer> ALL_MODES =
      List.of(Peer.KERNEL, Peer.SINEW, Peer.SINEW_BLOCK, Peer.SINEW_SPIN);
  private static final List<Peer> TWO = List.of(Peer.KERNEL, Peer.SINEW);
  private static final List<Config> USUAL = List.of(Config.USUAL);

  private Plan() {}

  static List<Group> groups(boolean quick) {
    List<Load> bulk = new ArrayList<>();
    for (boolean v4 : new boolean[] {true, false}) {
      for (int connections : new int[] {1, 4, 64}) {
        bulk.add(new BulkLoad(true, connections, v4));
        bulk.add(new BulkLoad(false, connections, v4));
      }
    }
    List<BulkLoad> single = List.of(new BulkLoad(true, 1, true), new BulkLoad(false, 1, true));
    List<PingLoad> pings =
        List.of(
            new PingLoad(1, false),
            new PingLoad(1, true),
            new PingLoad(4096, false),
            new PingLoad(4096, true));
    List<UdpLoad> udp =
        List.of(
            new UdpLoad(true, 64, false),
            new UdpLoad(true, 64, true),
            new UdpLoad(false, 64, false),
            new UdpLoad(true, 1472, false),
            new UdpLoad(true, 1472, true),
            new UdpLoad(false, 1472, false));
    return List.of(
        Group.of(
            "bulk", "Bulk: connections, IP, MTU; Gbit/s, more is better", Config.ALL, TWO, bulk),
        Group.of(
            "modes",
            "Bulk, 1 connection, in each poll mode; Gbit/s, more is better",
            USUAL,
            ALL_MODES,
            single),
        Group.of(
            "lwip",
            "Beside Debian's lwIP, on a TAP device, plain packets",
            List.of(new Config(false, 1500)),
            List.of(Peer.KERNEL, Peer.SINEW, Peer.LWIP),
            List.of(pings.get(0), pings.get(1), new RateLoad())),
        Group.of(
            "iperf3",
            "iperf3's client, 1 connection; Gbit/s, more is better",
            USUAL,
            TWO,
            List.of(new IperfLoad(true), new IperfLoad(false))),
        Group.of("latency", "Request and response; us, less is better", USUAL, ALL_MODES, pings),
        Group.of(
                "latency-awake",
                "Request and response, processors kept awake; us, less is better",
                USUAL,
                ALL_MODES,
                pings)
            .withIdler(),
        Group.of(
            "rate",
            "Connections one after the other; per second, more is better",
            USUAL,
            ALL_MODES,
            List.of(new RateLoad())),
        Group.of("udp", "Datagrams that arrived per second; more is better", USUAL, TWO, udp),
        Group.of(
                "no-gc",
                "Long bulk transfers with a heap of 256 MiB; collections and garbage",
                USUAL,
                List.of(Peer.SINEW),
                List.of(new GarbageLoad(single.get(0)), new GarbageLoad(single.get(1))))
            .once(quick ? 4 : 60, List.of("-Xmx256m")));
  }
}
