package dev.sinew.cli;

import dev.sinew.base.EntropySource;
import dev.sinew.ip.IpAddress;
import dev.sinew.ip.NetworkInterface;
import dev.sinew.ip.Prefix;
import dev.sinew.link.Link;
import dev.sinew.linux.LinkException;
import dev.sinew.linux.NetworkNamespace;
import dev.sinew.linux.PacketLink;
import dev.sinew.linux.PacketOptions;
import dev.sinew.linux.TunLink;
import dev.sinew.linux.TunOptions;
import dev.sinew.sockets.RealTimeRunner;
import dev.sinew.sockets.StackSockets;
import dev.sinew.sockets.control.ControlServer;
import dev.sinew.stack.Stack;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.security.SecureRandom;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A stack on a TUN device or beside the kernel on an interface, driven, with its sockets, and open
 * to {@code sinew ss}. Closing it removes the device.
 */
final class Device implements AutoCloseable {
  private final DeviceOptions.Choice choice;
  private final RealTimeRunner runner;
  private final StackSockets sockets;
  private final Watch watch;
  private final @Nullable ControlServer control;
  private boolean closed;

  private Device(
      DeviceOptions.Choice choice,
      RealTimeRunner runner,
      Watch watch,
      @Nullable ControlServer control) {
    this.choice = choice;
    this.runner = runner;
    this.sockets = StackSockets.of(runner);
    this.watch = watch;
    this.control = control;
  }

  /**
   * Opens the device of a server: always the same one.
   *
   * @param name what {@code sinew ss} calls this process
   */
  static Device openServer(DeviceOptions options, Console console, String name) throws Exception {
    return open(options, options.choices(0, 0), console, name);
  }

  /** Opens the device of a client: the first that is free. */
  static Device openClient(DeviceOptions options, Console console, String name) throws Exception {
    return open(options, options.choices(1, 9), console, name);
  }

  private static Device open(
      DeviceOptions options, List<DeviceOptions.Choice> choices, Console console, String name)
      throws Exception {
    Watch watch = Watch.open(options, console); // first, because its filter or file may be wrong
    Link link = null;
    try {
      DeviceOptions.Choice choice = choices.getFirst();
      for (DeviceOptions.Choice c : choices) {
        choice = c;
        try {
          link = openLink(options, c);
          break;
        } catch (LinkException e) {
          if (e.reason() == LinkException.Reason.UNAVAILABLE
              && c.byDefault()
              && c.hosts().size() > 1) {
            choice = c.withoutIpv6(); // as in many containers
            link = openLink(options, choice);
            console.say("sinew " + name + ": IPv6 is off here, so this is IPv4 alone");
            break;
          }
          if (e.reason() != LinkException.Reason.IN_USE || c.equals(choices.getLast())) {
            throw e;
          }
        }
      }
      if (link == null) {
        throw new IllegalStateException("no device to try");
      }
      return start(watch.around(link), choice, options, watch, console, name);
    } catch (Exception | Error e) {
      try (watch) {
        if (link != null) {
          link.close();
        }
      }
      throw e;
    }
  }

  private static Link openLink(DeviceOptions options, DeviceOptions.Choice choice)
      throws Exception {
    String netns = options.netns();
    if (netns == null) {
      return openHere(options, choice);
    }
    try (NetworkNamespace namespace = NetworkNamespace.open(netns)) {
      return namespace.call(() -> openHere(options, choice));
    }
  }

  private static Link openHere(DeviceOptions options, DeviceOptions.Choice choice)
      throws LinkException {
    if (options.networkInterface() != null) {
      return PacketLink.open(
          PacketOptions.of(choice.tun(), choice.addresses()).withOffload(options.offload()));
    }
    return TunLink.open(
        TunOptions.of(choice.tun(), choice.hosts())
            .withMtu(options.mtu())
            .withOffload(options.offload())
            .withQueues(options.queues()));
  }

  private static Device start(
      Link link,
      DeviceOptions.Choice choice,
      DeviceOptions options,
      Watch watch,
      Console console,
      String name)
      throws CliException {
    SecureRandom random = new SecureRandom();
    EntropySource entropy = random::nextLong;
    Stack.Builder builder = Stack.builder().entropy(entropy);
    watch.observe(builder);
    Stack stack = builder.build();
    NetworkInterface itf =
        stack.addInterface(
            link, options.conflictCheck(), choice.addresses().toArray(Prefix[]::new));
    for (boolean v4 : new boolean[] {true, false}) {
      // The kernel takes the packets further, where it forwards; a router does.
      IpAddress gateway =
          options.networkInterface() == null
              ? DeviceOptions.first(choice.hosts(), v4)
              : options.gateway(v4);
      Prefix everything = Prefix.parse(v4 ? "0.0.0.0/0" : "::/0");
      if (gateway != null && everything != null) {
        stack.addRoute(everything, itf, gateway);
      }
    }
    RealTimeRunner runner = RealTimeRunner.start(stack, options.pollMode());
    try {
      OwnAddresses.await(runner, itf, console, name);
    } catch (CliException e) {
      runner.close();
      throw e;
    }
    ControlServer control = null;
    try {
      control = ControlServer.start(runner, name);
    } catch (IOException e) {
      console.say("sinew " + name + ": sinew ss can't see this process: " + Failures.oneLine(e));
    }
    return new Device(choice, runner, watch, control);
  }

  RealTimeRunner runner() {
    return runner;
  }

  StackSockets sockets() {
    return sockets;
  }

  /** The largest packet that it carries, in bytes. */
  int mtu() {
    return runner.stack().interfaces().getLast().mtu();
  }

  /** Its name and addresses. */
  DeviceOptions.Choice choice() {
    return choice;
  }

  /**
   * The address behind a literal or a name, of a version that this stack has an address of.
   *
   * @param version 4, 6 or 0 for either
   */
  IpAddress resolve(String host, int version) throws CliException {
    boolean has4 = DeviceOptions.first(choice.addresses(), true) != null;
    boolean has6 = DeviceOptions.first(choice.addresses(), false) != null;
    IpAddress literal = IpAddress.parse(host);
    if (literal != null) {
      if (version == 4 && !literal.isV4() || version == 6 && literal.isV4()) {
        throw CliException.usage(host + " is not an IPv" + version + " address");
      }
      return literal;
    }
    InetAddress[] all;
    try {
      all = InetAddress.getAllByName(host);
    } catch (UnknownHostException e) {
      throw new CliException(ExitCode.NEGATIVE, "the name '" + host + "' is not known");
    }
    for (InetAddress a : all) {
      if (a instanceof Inet4Address && has4 && version != 6
          || a instanceof Inet6Address && has6 && version != 4) {
        return IpAddress.of(a.getAddress());
      }
    }
    throw new CliException(
        ExitCode.NEGATIVE, host + " has no address of an IP version that can be used here");
  }

  /** Resets what is still open, removes the device. Harmless when repeated. */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    try (watch) {
      if (control != null) {
        control.close();
      }
      runner.close();
    }
  }
}
