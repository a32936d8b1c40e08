package dev.sinew.cli;

import dev.sinew.ip.IpAddress;
import dev.sinew.ip.Prefix;
import dev.sinew.linux.TunOptions;
import dev.sinew.sockets.PollMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of every command that runs a stack on a TUN device. */
final class DeviceOptions {
  /** The values of {@code --poll}. */
  enum Poll {
    spin,
    adaptive,
    block
  }

  private static final int MOST_QUEUES_BY_DEFAULT = 4;

  /** The values of {@code --offload}. */
  enum Offload {
    on,
    off
  }

  @Option(
      names = "--tun",
      paramLabel = "NAME",
      description = {
        "TUN device; it is made, and removed at the end, unless it exists already.",
        "Default: sinew0 for serve, else the first free of sinew1 to sinew9."
      })
  private @Nullable String tun;

  @Option(
      names = "--interface",
      paramLabel = "NAME",
      description = {
        "Instead of a TUN device: frames of this network interface (Ethernet, veth), by a packet socket.",
        "Needs --addr with addresses that the kernel has not; see docs/linux.md."
      })
  private @Nullable String networkInterface;

  @Option(
      names = "--gateway",
      paramLabel = "ADDR",
      converter = Values.AddressConverter.class,
      description = "With --interface: the next router; may be given for each IP version.")
  private List<IpAddress> gateways = new ArrayList<>();

  @Option(
      names = "--conflict-check",
      paramLabel = "on|off",
      description =
          "With --interface: ask first, for some seconds, whether somebody has the addresses. Default: on.")
  private Offload conflictCheck = Offload.on;

  @Option(
      names = "--host",
      paramLabel = "CIDR",
      converter = Values.PrefixConverter.class,
      description = {
        "Address of the kernel's side; may be repeated, for both IP versions.",
        "Default: 10.77.0.1/24 and fd77::1/64 on sinew0, 10.77.N.1/24 and fd77:N::1/64 on sinewN."
      })
  private List<Prefix> hosts = new ArrayList<>();

  @Option(
      names = {"--addr", "--address"},
      paramLabel = "CIDR",
      converter = Values.PrefixConverter.class,
      description = {
        "Address of the stack's side, in a network of --host or of --interface; may be repeated.",
        "Default: 10.77.0.2/24 and fd77::2/64 on sinew0, 10.77.N.2/24 and fd77:N::2/64 on sinewN."
      })
  private List<Prefix> addresses = new ArrayList<>();

  @Option(
      names = "--mtu",
      paramLabel = "BYTES",
      description = "Largest IP packet: 68 to 65535, with IPv6 at least 1280. Default: 1500.")
  private @Nullable Integer mtu;

  @Option(
      names = "--netns",
      paramLabel = "NAME",
      description = "Make the device in this network namespace (of ip netns add NAME, or a path).")
  private @Nullable String netns;

  @Option(
      names = "--poll",
      paramLabel = "MODE",
      description =
          "How to wait for packets: spin (never sleep), adaptive (look for 50 us, then sleep), block. Default: adaptive.")
  private Poll poll = Poll.adaptive;

  @Option(
      names = "--offload",
      paramLabel = "on|off",
      description = "Leave segmentation and checksums to the kernel, where it can. Default: on.")
  private Offload offload = Offload.on;

  @Option(
      names = "--queues",
      paramLabel = "N",
      description = {
        "Queues of the TUN device, each with a thread: 1 to 8. More than one are used while several connections bring",
        "more than one thread can take. Default: one for each processor, at most 4; 1 with --poll spin."
      })
  private @Nullable Integer queues;

  @Option(
      names = "--trace",
      paramLabel = "FILTER",
      arity = "0..1",
      fallbackValue = "",
      description = {
        "Print each packet as tcpdump does, with the state change or the reason of a drop that it caused.",
        "FILTER: as tcpdump's, such as 'tcp port 80 and host 10.77.0.1'; write --trace=FILTER."
      })
  private @Nullable String trace;

  @Option(
      names = "--pcap",
      paramLabel = "FILE",
      description = "Write every packet as pcapng; - is standard output, for | wireshark -k -i -.")
  private @Nullable String pcap;

  /**
   * A device to be opened.
   *
   * @param tun its name
   * @param hosts the kernel's addresses
   * @param addresses the stack's
   * @param byDefault the addresses were not given by the user
   */
  record Choice(String tun, List<Prefix> hosts, List<Prefix> addresses, boolean byDefault) {
    /** The same without IPv6. */
    Choice withoutIpv6() {
      return new Choice(
          tun,
          hosts.stream().filter(p -> p.address().isV4()).toList(),
          addresses.stream().filter(p -> p.address().isV4()).toList(),
          byDefault);
    }
  }

  /** True when stdout carries a capture. */
  boolean pcapToStdout() {
    return "-".equals(pcap);
  }

  boolean observed() {
    return trace != null || pcap != null;
  }

  int mtu() {
    return mtu == null ? TunOptions.DEFAULT_MTU : mtu;
  }

  int queues() {
    if (queues != null) {
      return queues;
    }
    int processors = Runtime.getRuntime().availableProcessors();
    return poll == Poll.spin ? 1 : Math.min(MOST_QUEUES_BY_DEFAULT, processors);
  }

  /** The interface to share, or null for a TUN device. */
  @Nullable String networkInterface() {
    return networkInterface;
  }

  /** The router of that version, or null. */
  @Nullable IpAddress gateway(boolean v4) {
    for (IpAddress g : gateways) {
      if (g.isV4() == v4) {
        return g;
      }
    }
    return null;
  }

  boolean conflictCheck() {
    return conflictCheck == Offload.on;
  }

  boolean offload() {
    return offload == Offload.on;
  }

  @Nullable String netns() {
    return netns;
  }

  @Nullable String trace() {
    return trace;
  }

  @Nullable String pcap() {
    return pcap;
  }

  PollMode pollMode() {
    return PollMode.valueOf(poll.name().toUpperCase(Locale.ROOT));
  }

  /**
   * The devices to try in turn. {@code serve} has number 0; every other command takes the first
   * free number from 1, so that several can run side by side.
   *
   * @throws CliException for options that can't be
   */
  List<Choice> choices(int firstNumber, int lastNumber) throws CliException {
    if (networkInterface == null && hosts.isEmpty() != addresses.isEmpty()) {
      throw CliException.usage(
          "--host and --addr belong together: the one is the kernel's side of the device, the other the stack's");
    }
    if (networkInterface != null) {
      checkInterface();
      return List.of(new Choice(networkInterface, List.of(), addresses, false));
    }
    if (!gateways.isEmpty() || conflictCheck == Offload.off) {
      throw CliException.usage(
          "--gateway and --conflict-check are for --interface: on a TUN device the kernel is the gateway");
    }
    if (mtu() < 68 || mtu() > 65_535) {
      throw CliException.usage("--mtu must be 68 to 65535, not " + mtu());
    }
    if (!hosts.isEmpty()) {
      checkPairs();
    }
    List<Choice> choices = new ArrayList<>();
    for (int n = firstNumber; n <= lastNumber; n++) {
      List<Prefix> h = hosts.isEmpty() ? defaults(n, 1) : hosts;
      List<Prefix> a = addresses.isEmpty() ? defaults(n, 2) : addresses;
      choices.add(new Choice(tun == null ? "sinew" + n : tun, h, a, hosts.isEmpty()));
      if (tun != null || !hosts.isEmpty()) {
        break; // what the user names is used, or refused
      }
    }
    return choices;
  }

  private void checkInterface() throws CliException {
    if (tun != null || !hosts.isEmpty() || mtu != null) {
      throw CliException.usage(
          "--tun, --host and --mtu are for a TUN device: an interface has its name, addresses and MTU already");
    }
    if (addresses.isEmpty()) {
      throw CliException.usage(
          "--interface needs --addr: the stack's own address in the network behind it, such as 192.168.1.77/24, which nobody else has");
    }
    for (IpAddress g : gateways) {
      boolean onLink = prefix("fe80::/10").contains(g.high(), g.low());
      for (Prefix a : addresses) {
        if (a.address().equals(g)) {
          throw CliException.usage(g + " can't be both the gateway's and the stack's address");
        }
        onLink |= a.contains(g.high(), g.low());
      }
      if (!onLink) {
        throw CliException.usage(
            "the gateway "
                + g
                + " is not in the network of any --addr, so nobody on the wire would have it");
      }
    }
  }

  private void checkPairs() throws CliException {
    for (Prefix a : addresses) {
      boolean reachable = false;
      for (Prefix h : hosts) {
        if (h.address().equals(a.address())) {
          throw CliException.usage(
              a.address() + " can't be both the kernel's and the stack's address");
        }
        reachable |=
            h.address().isV4() == a.address().isV4()
                && h.contains(a.address().high(), a.address().low());
      }
      if (!reachable) {
        throw CliException.usage(
            "the kernel would not reach " + a.address() + ": it is in the network of no --host");
      }
    }
  }

  private List<Prefix> defaults(int number, int last) {
    List<Prefix> list = new ArrayList<>();
    list.add(prefix("10.77." + number + "." + last + "/24"));
    if (mtu() >= 1280) { // RFC 8200 section 5: IPv6 wants at least that
      list.add(
          prefix(number == 0 ? "fd77::" + last + "/64" : "fd77:" + number + "::" + last + "/64"));
    }
    return list;
  }

  private static Prefix prefix(String text) {
    Prefix prefix = Prefix.parse(text);
    if (prefix == null) {
      throw new IllegalStateException(text);
    }
    return prefix;
  }

  /** The first address of a version, or null. */
  static @Nullable IpAddress first(List<Prefix> prefixes, boolean v4) {
    for (Prefix p : prefixes) {
      if (p.address().isV4() == v4) {
        return p.address();
      }
    }
    return null;
  }
}
