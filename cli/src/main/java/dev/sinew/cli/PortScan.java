package dev.sinew.cli;

import dev.sinew.ip.IpAddress;
import dev.sinew.sockets.StackSockets;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayDeque;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/** nc -z: which ports accept a connection. Many at a time, told in the order of their numbers. */
final class PortScan {
  private static final int AT_ONCE = 64;

  private final StackSockets sockets;
  private final InetAddress host;
  private final int timeoutMillis;
  private final boolean verbose;
  private final boolean json;
  private final Console console;

  PortScan(
      StackSockets sockets,
      InetAddress host,
      int timeoutMillis,
      boolean verbose,
      boolean json,
      Console console) {
    this.sockets = sockets;
    this.host = host;
    this.timeoutMillis = timeoutMillis;
    this.verbose = verbose;
    this.json = json;
    this.console = console;
  }

  int run(int first, int last) throws InterruptedException, ExecutionException {
    boolean open = false;
    try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      ArrayDeque<Future<String>> running = new ArrayDeque<>();
      int told = first;
      for (int port = first; port <= last || !running.isEmpty(); ) {
        if (port <= last && running.size() < AT_ONCE) {
          int p = port++;
          running.add(executor.submit(() -> probe(p)));
        } else {
          open |= tell(told++, running.remove().get());
        }
      }
    }
    return open ? ExitCode.OK : ExitCode.NEGATIVE;
  }

  /** Null for an open port, or why it is not. */
  private @Nullable String probe(int port) {
    try (Socket socket = sockets.socket()) {
      socket.connect(new InetSocketAddress(host, port), timeoutMillis);
      return null;
    } catch (IOException e) {
      return Failures.oneLine(e);
    }
  }

  private boolean tell(int port, @Nullable String failure) {
    InetSocketAddress at = new InetSocketAddress(host, port);
    if (json) {
      console
          .out()
          .println(
              Json.write(
                  Json.object(
                      "host",
                      IpAddress.of(host.getAddress()).toString(),
                      "port",
                      port,
                      "open",
                      failure == null,
                      "error",
                      failure)));
    } else if (failure == null) {
      console.out().println("Connection to " + text(at) + " [tcp] succeeded!");
    } else if (verbose) {
      console.say("nc: connect to " + text(at) + " (tcp) failed: " + failure);
    }
    return failure == null;
  }

  /** An address and port as nc says them. */
  static String text(InetSocketAddress address) {
    InetAddress a = address.getAddress();
    return (a == null ? address.getHostString() : IpAddress.of(a.getAddress()))
        + " port "
        + address.getPort();
  }
}
