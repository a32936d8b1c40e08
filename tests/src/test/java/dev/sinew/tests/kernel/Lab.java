package dev.sinew.tests.kernel;

import dev.sinew.base.BufferPool;
import dev.sinew.base.Counter;
import dev.sinew.base.Limits;
import dev.sinew.base.Profile;
import dev.sinew.cli.serve.HttpServer;
import dev.sinew.cli.serve.SmallServices;
import dev.sinew.cli.serve.TcpServer;
import dev.sinew.cli.serve.TcpService;
import dev.sinew.cli.serve.Traffic;
import dev.sinew.cli.serve.UdpServer;
import dev.sinew.ip.IpAddress;
import dev.sinew.ip.NetworkInterface;
import dev.sinew.ip.Prefix;
import dev.sinew.linux.LinkException;
import dev.sinew.linux.NetworkNamespace;
import dev.sinew.linux.TunLink;
import dev.sinew.linux.TunOptions;
import dev.sinew.sockets.RealTimeRunner;
import dev.sinew.sockets.StackSockets;
import dev.sinew.sockets.control.ControlClient;
import dev.sinew.sockets.control.ControlServer;
import dev.sinew.stack.Stack;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Assumptions;

/**
 * A namespace of its own with a TUN device: on one side the kernel, on the other a stack in this
 * process, as {@code sinew serve} has it. The namespace has no name and goes with the process,
 * whatever happens.
 */
final class Lab implements AutoCloseable {
  static final String DEVICE = "sinew0";
  private static final AtomicInteger NUMBER = new AtomicInteger();

  final NetworkNamespace namespace;
  final RealTimeRunner runner;
  final StackSockets sockets;
  private final ControlServer control;
  private final List<AutoCloseable> open = new ArrayList<>();

  private Lab(
      NetworkNamespace namespace, Profile profile, Limits limits, UnaryOperator<TunOptions> device)
      throws Exception {
    this.namespace = namespace;
    List<Prefix> kernel = new ArrayList<>();
    List<Prefix> ours = new ArrayList<>();
    for (Version v : Version.values()) {
      kernel.add(prefix(v.kernel + "/" + v.prefixLength));
      ours.add(prefix(v.stack + "/" + v.prefixLength));
    }
    TunLink link = namespace.call(() -> TunLink.open(device.apply(TunOptions.of(DEVICE, kernel))));
    // Linux puts an IPv6 address's own route in later, from a work queue: until then what comes for
    // it is dropped.
    Waiting.until(
        "the kernel's own IPv6 route",
        10,
        () -> must("ip", "-6", "route", "show", "table", "local", "type", "local"),
        out -> out.contains(Version.V6.kernel + " dev"));
    Stack stack =
        Stack.builder()
            .entropy(new SecureRandom()::nextLong)
            .profile(profile)
            .limits(limits)
            .pool(new BufferPool(512L << 20))
            .build();
    NetworkInterface itf = stack.addInterface(link, ours.toArray(Prefix[]::new));
    for (Version v : Version.values()) {
      stack.addRoute(prefix(v.isV4() ? "0.0.0.0/0" : "::/0"), itf, IpAddress.parse(v.kernel));
    }
    this.runner = RealTimeRunner.start(stack);
    this.sockets = StackSockets.of(runner);
    this.control = ControlServer.start(runner, "kernel-test-" + NUMBER.incrementAndGet());
  }

  /**
   * A lab with the usual profile. Where namespaces are not allowed the test is skipped, and says
   * why.
   */
  static Lab open() throws Exception {
    return open(Profile.STANDARD, Limits.DEFAULT);
  }

  static Lab open(Profile profile, Limits limits) throws Exception {
    return open(profile, limits, o -> o);
  }

  /** A device that carries ordinary packets alone, as those of old kernels. */
  static Lab openWithoutOffload() throws Exception {
    return open(Profile.STANDARD, Limits.DEFAULT, o -> o.withOffload(false));
  }

  /** A device with several queues. */
  static Lab openWithQueues(int queues) throws Exception {
    return open(Profile.STANDARD, Limits.DEFAULT, o -> o.withQueues(queues));
  }

  private static Lab open(Profile profile, Limits limits, UnaryOperator<TunOptions> device)
      throws Exception {
    NetworkNamespace namespace = namespace("kernel-test");
    try {
      return new Lab(namespace, profile, limits, device);
    } catch (LinkException e) {
      namespace.close();
      return Assumptions.abort(e.getMessage());
    }
  }

  /** A fresh namespace; the test is skipped where there can't be one. */
  static NetworkNamespace namespace(String name) {
    try {
      return NetworkNamespace.create(name);
    } catch (LinkException e) {
      return Assumptions.abort(e.getMessage());
    }
  }

  static Prefix prefix(String text) {
    return Objects.requireNonNull(Prefix.parse(text), text);
  }

  // ---- services on the stack

  /** Echo, discard and chargen over TCP, echo over UDP. */
  Lab withServices() throws IOException {
    serve(7, SmallServices::echo);
    serve(9, SmallServices::discard);
    serve(19, SmallServices.chargen(runner::start));
    DatagramSocket echo = closing(sockets.datagramSocket(7));
    var unused =
        new UdpServer(echo, UdpServer.echo(), new Traffic("echo udp")).start(runner::start);
    return this;
  }

  /** HTTP on port 80. */
  Lab withHttp(Path root) throws IOException {
    serve(80, closing(new HttpServer(root, Clock.systemUTC(), line -> {})));
    return this;
  }

  Traffic serve(int port, TcpService service) throws IOException {
    Traffic traffic = new Traffic("port " + port);
    ServerSocket listener = closing(sockets.serverSocket());
    listener.bind(new InetSocketAddress(port), 1024);
    var unused = new TcpServer(listener, service, traffic, runner::start).start();
    return traffic;
  }

  /** Closes it with the lab. */
  <T extends AutoCloseable> T closing(T resource) {
    open.add(resource);
    return resource;
  }

  // ---- the kernel's side

  /** Runs work on a thread in the namespace: kernel sockets that it opens are there. */
  <T> T inside(Callable<T> work) throws Exception {
    return namespace.call(work);
  }

  /** A kernel socket, connected to the stack. */
  Socket kernelSocket(InetSocketAddress to) throws Exception {
    return closing(
        inside(() -> {
          Socket s = new Socket();
          try {
            s.connect(to, 10_000);
            s.setSoTimeout(20_000);
            return s;
          } catch (IOException e) {
            s.close();
            throw e;
          }
        }));
  }

  /** A kernel socket that listens on a port of the kernel's choice. */
  ServerSocket kernelListener(Version v) throws Exception {
    return closing(
        inside(() -> {
          ServerSocket s = new ServerSocket();
          s.setSoTimeout(20_000);
          s.bind(v.kernel(0), 1024);
          return s;
        }));
  }

  /** A socket of the stack, connected to the kernel. */
  Socket stackSocket(InetSocketAddress to) throws IOException {
    Socket s = closing(sockets.socket());
    s.connect(to, 10_000);
    s.setSoTimeout(20_000);
    return s;
  }

  /** A socket of the stack that listens on a port of its choice. */
  ServerSocket stackListener(Version v) throws IOException {
    ServerSocket s = closing(sockets.serverSocket());
    s.setSoTimeout(20_000);
    s.bind(v.stack(0), 1024);
    return s;
  }

  Program start(String... command) throws IOException {
    return closing(Program.start(namespace, command));
  }

  Program.Result run(String... command) throws Exception {
    return Program.run(namespace, command);
  }

  String must(String... command) throws Exception {
    return Program.must(namespace, command);
  }

  /** Sets a kernel variable of this namespace, such as {@code net/ipv4/tcp_syn_retries}. */
  void sysctl(String name, String value) throws Exception {
    inside(() -> java.nio.file.Files.writeString(Path.of("/proc/sys", name), value));
  }

  /** Has the kernel drop everything between the two sides, unseen by either. */
  void cut() throws Exception {
    nft(
        "add table inet cut",
        "add chain inet cut in { type filter hook input priority 0; policy drop; }");
    nft("add chain inet cut out { type filter hook output priority 0; policy drop; }");
  }

  /** Undoes {@link #cut}. */
  void mend() throws Exception {
    nft("delete table inet cut");
  }

  void nft(String... commands) throws Exception {
    Program.nft(namespace, commands);
  }

  // ---- what both sides say

  /** The kernel's TCP sockets of the connections with a port, in any state. */
  List<SocketRow> kernelRows(int port) throws Exception {
    String rows = must("ss", "-tanoH", "sport = :" + port + " or dport = :" + port);
    return SocketRow.ofKernel(rows).stream().filter(r -> !r.state().equals("LISTEN")).toList();
  }

  /** The stack's, asked for as {@code sinew ss} does. */
  List<SocketRow> stackRows(int port) throws Exception {
    return SocketRow.ofStack(ControlClient.query(control.path(), "ss")).stream()
        .filter(
            r -> !r.state().equals("LISTEN") && (r.localPort() == port || r.remotePort() == port))
        .toList();
  }

  /**
   * The states of the connections with a port on both sides, as {@code KERNEL/STACK}: {@code
   * TIME-WAIT/-}.
   */
  String states(int port) throws Exception {
    return states(kernelRows(port)) + "/" + states(stackRows(port));
  }

  private static String states(List<SocketRow> rows) {
    return rows.isEmpty() ? "-" : String.join(",", rows.stream().map(SocketRow::state).toList());
  }

  /** Waits until both sides show these states. */
  void awaitStates(int port, String kernelAndStack) throws Exception {
    Waiting.until("states " + kernelAndStack, 10, () -> states(port), kernelAndStack::equals);
  }

  long counter(Counter counter) {
    long[] value = new long[1];
    runner.run(stack -> value[0] = stack.counters().get(counter));
    return value[0];
  }

  /** The counters that are not 0, for messages. */
  String counters() {
    StringBuilder text = new StringBuilder();
    runner.run(stack -> {
      for (Counter c : Counter.values()) {
        if (stack.counters().get(c) != 0) {
          text.append(c.nstatName()).append(' ').append(stack.counters().get(c)).append('\n');
        }
      }
    });
    return text.toString();
  }

  /** Bytes that the stack's buffers hold. */
  long usedBytes() {
    long[] value = new long[1];
    runner.run(stack -> value[0] = stack.pool().usedBytes());
    return value[0];
  }

  @Override
  public void close() throws Exception {
    long errors = counter(Counter.SinewInternalErrors);
    for (AutoCloseable c : open.reversed()) {
      c.close();
    }
    control.close();
    runner.close();
    namespace.close();
    if (errors != 0) {
      throw new AssertionError(errors + " internal errors in the stack");
    }
  }
}
