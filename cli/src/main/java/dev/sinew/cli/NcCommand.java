package dev.sinew.cli;

import dev.sinew.ip.IpAddress;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sinew nc}: one connection, whose ends are standard input and output. */
@Command(
    sortOptions = false,
    description =
        "Connects, or listens, from a stack on a TUN device; standard input is sent, what comes is written to standard output.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  sudo sinew nc 10.77.1.1 2000            to a program that listens on 2000",
      "  sudo sinew nc -N 10.77.1.1 2000 < FILE  send a file, then FIN; read the rest",
      "  sudo sinew nc -l 2000                   then: nc 10.77.1.2 2000",
      "  sudo sinew nc -zv 10.77.1.1 1-1024      which ports of the kernel are open",
      "  sudo sinew nc -u 10.77.1.1 5353         UDP: each read makes a datagram",
      "",
      "Exit code 1: refused, timed out, reset; with -z no port is open."
    })
final class NcCommand extends SinewCommand {
  @Option(
      names = "-l",
      description = "Listen instead of connecting; HOST is the local address and may be left out.")
  private boolean listen;

  @Option(names = "-k", description = "With -l: after a connection wait for the next.")
  private boolean keep;

  @Option(names = "-u", description = "UDP.")
  private boolean udp;

  @Option(
      names = "-z",
      description = "Only see which ports accept a connection; PORT may be a range.")
  private boolean scan;

  @Option(names = "-v", description = "Say what happens, on stderr.")
  private boolean verbose;

  @Option(
      names = "-w",
      paramLabel = "TIME",
      converter = Values.DurationConverter.class,
      description =
          "Give up connecting, and end when nothing comes or goes for so long. Default: never; with -z 5s.")
  private @Nullable Long timeout;

  @Option(
      names = "-N",
      description = "After the end of standard input send FIN; the other direction stays open.")
  private boolean halfClose;

  @Option(names = "-4", description = "IPv4 only.")
  private boolean v4;

  @Option(names = "-6", description = "IPv6 only.")
  private boolean v6;

  @Option(names = "--json", description = "With -z: one JSON object per port.")
  private boolean json;

  @Mixin private DeviceOptions options = new DeviceOptions();

  @Parameters(
      paramLabel = "[HOST] PORT",
      arity = "1..2",
      description = "Address or name, and port; with -z also FIRST-LAST.")
  private List<String> words = new ArrayList<>();

  /** The exit code that a signal asks for, or negative. */
  private volatile int endCode = -1;

  @Override
  int run(Console console) throws Exception {
    if (options.pcapToStdout()) {
      throw CliException.usage("--pcap - can't be: standard output carries the connection's data");
    }
    if (words.size() == 1 && !listen) {
      throw CliException.usage("missing PORT");
    }
    if (scan && (listen || udp) || keep && !listen || udp && keep) {
      throw CliException.usage("-z goes with neither -l nor -u; -k goes with -l for TCP only");
    }
    int[] ports = ports(words.getLast());
    if (ports[0] != ports[1] && !scan) {
      throw CliException.usage("a range of ports goes with -z only");
    }
    String host = words.size() == 2 ? words.getFirst() : null;
    try (Device device = Device.openClient(options, console, "nc")) {
      Signals.handle(code -> {
        endCode = code;
        device.close();
        Runtime.getRuntime().halt(code); // the main thread may wait for standard input
      });
      return converse(device, host, ports, console);
    } catch (IOException e) {
      if (endCode >= 0) {
        return endCode; // it is the signal that closed the connection
      }
      throw e;
    }
  }

  private int converse(Device device, @Nullable String host, int[] ports, Console console)
      throws Exception {
    if (listen) {
      IpAddress local =
          host == null
              ? (v4 ? IpAddress.ANY_V4 : IpAddress.ANY_V6)
              : device.resolve(host, version());
      return udp
          ? listenUdp(device, socketAddress(local, ports[0]), console)
          : listenTcp(device, socketAddress(local, ports[0]), console);
    }
    IpAddress remote = device.resolve(host == null ? "" : host, version());
    if (scan) {
      return new PortScan(
              device.sockets(),
              socketAddress(remote, 0).getAddress(),
              millis(5000),
              verbose,
              json,
              console)
          .run(ports[0], ports[1]);
    }
    return udp
        ? connectUdp(device, socketAddress(remote, ports[0]), console)
        : connectTcp(device, socketAddress(remote, ports[0]), console);
  }

  // ---- TCP

  private int connectTcp(Device device, InetSocketAddress remote, Console console)
      throws IOException, InterruptedException {
    try (Socket socket = device.sockets().socket()) {
      try {
        socket.connect(remote, millis(0));
      } catch (IOException e) {
        throw new IOException(
            "connect to " + PortScan.text(remote) + " failed: " + Failures.oneLine(e), e);
      }
      say(
          console,
          "connected from "
              + PortScan.text((InetSocketAddress) socket.getLocalSocketAddress())
              + " to "
              + PortScan.text(remote));
      return talk(socket, standardInput(console), console);
    }
  }

  private int listenTcp(Device device, InetSocketAddress local, Console console)
      throws IOException, InterruptedException {
    try (ServerSocket listener = device.sockets().serverSocket()) {
      listener.bind(local, keep ? 50 : 1);
      listener.setSoTimeout(millis(0));
      say(console, "listening on port " + local.getPort() + " of " + addresses(device));
      StandardInput input = standardInput(console);
      int result;
      do {
        Socket socket;
        try {
          socket = listener.accept();
        } catch (SocketTimeoutException e) {
          throw new SocketTimeoutException("nobody connected");
        }
        try (socket) {
          say(
              console,
              "connection from "
                  + PortScan.text((InetSocketAddress) socket.getRemoteSocketAddress()));
          result = talk(socket, input, console);
        }
      } while (keep);
      return result;
    }
  }

  /** Both directions until both have ended. */
  private int talk(Socket socket, StandardInput input, Console console)
      throws IOException, InterruptedException {
    socket.setSoTimeout(millis(0));
    input.sendTo(socket);
    OutputStream out = new FileOutputStream(FileDescriptor.out);
    InputStream in = socket.getInputStream();
    byte[] buffer = new byte[64 * 1024];
    try {
      for (int n; (n = in.read(buffer)) >= 0; ) {
        out.write(buffer, 0, n);
      }
    } catch (SocketTimeoutException e) {
      say(console, "nothing came within " + millis(0) + " ms");
      return ExitCode.NEGATIVE;
    }
    say(console, "the other side has closed");
    // It may go on reading: what standard input still holds is sent, unless it is a person's who
    // would have to end it.
    if (!Console.isTerminal(0) && !keep) {
      input.awaitEnd();
    }
    socket.setSoLinger(
        true, 10); // this process is the stack: it must not end before everything has arrived
    socket.close();
    return ExitCode.OK;
  }

  // ---- UDP

  private int connectUdp(Device device, InetSocketAddress remote, Console console)
      throws IOException {
    try (DatagramSocket socket = device.sockets().datagramSocket()) {
      socket.connect(remote);
      return DatagramTalk.run(socket, millis(0), line -> say(console, line));
    }
  }

  private int listenUdp(Device device, InetSocketAddress local, Console console)
      throws IOException {
    try (DatagramSocket socket = device.sockets().datagramSocket(local)) {
      say(console, "listening on UDP port " + local.getPort() + " of " + addresses(device));
      return DatagramTalk.run(socket, millis(0), line -> say(console, line));
    }
  }

  // ---- words

  private StandardInput standardInput(Console console) {
    return new StandardInput(halfClose, line -> say(console, line));
  }

  private void say(Console console, String line) {
    if (verbose) {
      console.say("nc: " + line);
    }
  }

  private static String addresses(Device device) {
    return String.join(
        " and ", device.choice().addresses().stream().map(p -> p.address().toString()).toList());
  }

  private int version() {
    return v4 ? 4 : v6 ? 6 : 0;
  }

  private int millis(int byDefault) {
    Long given = timeout;
    return given == null ? byDefault : Math.clamp(given / 1_000_000, 1, Integer.MAX_VALUE);
  }

  static InetSocketAddress socketAddress(IpAddress address, int port) throws IOException {
    return new InetSocketAddress(InetAddress.getByAddress(address.bytes()), port);
  }

  /** {@code 80} or {@code 1-1024}: first and last. */
  static int[] ports(String text) throws CliException {
    if (!text.matches("[0-9]{1,5}(-[0-9]{1,5})?")) {
      throw CliException.usage("'" + text + "' is not a port");
    }
    int dash = text.indexOf('-');
    int first = Integer.parseInt(dash < 0 ? text : text.substring(0, dash));
    int last = dash < 0 ? first : Integer.parseInt(text.substring(dash + 1));
    if (first < 1 || last > 65_535 || first > last) {
      throw CliException.usage("'" + text + "' is not a port: ports are 1 to 65535");
    }
    return new int[] {first, last};
  }
}
