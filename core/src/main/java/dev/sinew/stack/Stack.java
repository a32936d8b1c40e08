package dev.sinew.stack;

import dev.sinew.base.ArrivalBlock;
import dev.sinew.base.BufferPool;
import dev.sinew.base.Counter;
import dev.sinew.base.Counters;
import dev.sinew.base.Endpoint;
import dev.sinew.base.EntropySource;
import dev.sinew.base.Limits;
import dev.sinew.base.Profile;
import dev.sinew.base.TcpState;
import dev.sinew.ip.IcmpEndpoint;
import dev.sinew.ip.IpAddress;
import dev.sinew.ip.IpLayer;
import dev.sinew.ip.NetworkInterface;
import dev.sinew.ip.Prefix;
import dev.sinew.ip.StackContext;
import dev.sinew.link.Link;
import dev.sinew.observe.Observer;
import dev.sinew.tcp.TcpDefaults;
import dev.sinew.tcp.TcpEndpoint;
import dev.sinew.tcp.TcpLayer;
import dev.sinew.tcp.TcpListener;
import dev.sinew.tcp.congestion.CongestionControls;
import dev.sinew.udp.UdpEndpoint;
import dev.sinew.udp.UdpLayer;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A TCP/IP stack without IO: packets, calls and the time go in; packets, readiness and the next
 * deadline come out. It has no thread, lock or clock; one thread at a time runs it. A driver's turn
 * is:
 *
 * <pre>
 *   for each interface: link.receive((m, o, n, f) -> stack.receive(itf, m, o, n, f, ingressTime), 64)
 *   stack.advance(now)                 fires due timers, then flushes
 *   for each interface: itf.txQueue().drainTo(itf.link())
 *   for each stack.takeReady(): wake who waits
 *   until something happens, wait at most until stack.nextDeadline()
 * </pre>
 *
 * <p>Time is nanoseconds of the driver's clock, never negative and never going back.
 */
public final class Stack {
  /**
   * Loopback packets moved per round, and rounds per flush: a stack that talks to itself without
   * end still comes back to its driver.
   */
  private static final int LOOPBACK_BATCH = 64;

  private static final int LOOPBACK_ROUNDS = 64;

  private static final long DEFAULT_POOL_BYTES = 256L << 20;

  private final StackContext context;
  private final IpLayer ip;
  private final TcpLayer tcp;
  private final UdpLayer udp;
  private boolean closed;

  private Stack(Builder b, EntropySource entropy) {
    Counters counters = new Counters();
    this.context =
        new StackContext(
            entropy,
            b.pool == null ? new BufferPool(DEFAULT_POOL_BYTES) : b.pool,
            b.limits,
            b.profile,
            new ObserverGroup(b.observers, counters),
            counters,
            b.clockResolutionNanos);
    this.ip = new IpLayer(context, b.forwarding);
    this.tcp = new TcpLayer(context, ip, b.controls);
    tcp.setDefaults(b.defaults);
    this.udp = new UdpLayer(context, ip);
  }

  public static Builder builder() {
    return new Builder();
  }

  /** What a stack is made of. */
  public static final class Builder {
    private @Nullable EntropySource entropy;
    private @Nullable BufferPool pool;
    private Profile profile = Profile.STANDARD;
    private Limits limits = Limits.DEFAULT;
    private TcpDefaults defaults = TcpDefaults.STANDARD;
    private final List<Observer> observers = new ArrayList<>();
    private CongestionControls controls = CongestionControls.STANDARD;
    private boolean forwarding;
    private long clockResolutionNanos = 1;

    private Builder() {}

    /** Randomness and secrets; required. */
    public Builder entropy(EntropySource entropy) {
      this.entropy = entropy;
      return this;
    }

    /** Memory for packets and streams; by default a pool of its own of 256 MiB. */
    public Builder pool(BufferPool pool) {
      this.pool = pool;
      return this;
    }

    public Builder profile(Profile profile) {
      this.profile = profile;
      return this;
    }

    public Builder limits(Limits limits) {
      this.limits = limits;
      return this;
    }

    /** The options that TCP endpoints and listeners begin with. */
    public Builder defaults(TcpDefaults defaults) {
      this.defaults = defaults;
      return this;
    }

    /** Who hears what happens; may be given several times. */
    public Builder observer(Observer observer) {
      observers.add(observer);
      return this;
    }

    /** The congestion controllers that connections may choose; by default the built-in ones. */
    public Builder congestionControls(CongestionControls controls) {
      this.controls = controls;
      return this;
    }

    /** Packets for others are passed on between interfaces: a router. */
    public Builder forwarding(boolean on) {
      this.forwarding = on;
      return this;
    }

    /** The resolution of the driver's clock in nanoseconds; 1 by default. */
    public Builder clockResolution(long nanos) {
      this.clockResolutionNanos = nanos;
      return this;
    }

    /**
     * Makes the stack.
     *
     * @throws IllegalStateException when no source of randomness was given
     * @throws IllegalArgumentException when the profile names an unknown congestion controller
     */
    public Stack build() {
      if (entropy == null) {
        throw new IllegalStateException("a stack needs an EntropySource");
      }
      return new Stack(this, entropy);
    }
  }

  // ---- configuration

  /**
   * Adds a device with its addresses; a connected route for each prefix comes with them. The
   * loopback interface exists from the start.
   */
  public NetworkInterface addInterface(Link link, Prefix... addresses) {
    return ip.addInterface(link, addresses);
  }

  /**
   * The same for a link of Ethernet frames.
   *
   * @param checkAddresses ask first whether somebody has the addresses, which takes up to 7 s
   *     (IPv4, RFC 5227 section 2.1) and 2 s (IPv6, RFC 4862 section 5.4); until then they are not
   *     used, see {@link NetworkInterface#addressState}. Without, they are used and announced at
   *     once
   */
  public NetworkInterface addInterface(Link link, boolean checkAddresses, Prefix... addresses) {
    return ip.addInterface(link, checkAddresses, addresses);
  }

  /** Removes a device: its routes and addresses go, its packets are dropped. */
  public void removeInterface(NetworkInterface itf) {
    ip.removeInterface(itf);
  }

  /**
   * Adds a route; the gateway is null for a network that the interface reaches itself. {@code
   * 0.0.0.0/0} and {@code ::/0} are the defaults.
   */
  public void addRoute(Prefix destination, NetworkInterface itf, @Nullable IpAddress gateway) {
    ip.addRoute(destination, itf, gateway);
  }

  /**
   * All interfaces, loopback first. A driver need not serve the loopback interface: the stack moves
   * its packets itself whenever it is flushed.
   */
  public List<NetworkInterface> interfaces() {
    return ip.interfaces();
  }

  // ---- the driver's side

  /**
   * A packet came in on an interface at {@code ingressTime}; flags as in {@link
   * dev.sinew.link.PacketSink}. The memory is free afterwards, but for what {@link #arrival}
   * offered.
   */
  public void receive(
      NetworkInterface itf,
      MemorySegment memory,
      long offset,
      int length,
      int flags,
      long ingressTime) {
    tick(ingressTime);
    if (closed) {
      return;
    }
    try {
      ip.input(itf, memory, offset, length, flags, ingressTime);
    } catch (RuntimeException | Error e) {
      cleanUp();
      throw e;
    }
  }

  /** Where the next packet may be read into: {@link #receive} may keep it, with the data in it. */
  public ArrivalBlock arrival() {
    return context.arrival;
  }

  /** Sends what is due: once per batch of packets or calls. */
  public void flush(long now) {
    tick(now);
    try {
      tcp.flush(now);
      for (int round = 0; round < LOOPBACK_ROUNDS && ip.loopbackPending(); round++) {
        ip.pumpLoopback(LOOPBACK_BATCH, now);
        tcp.flush(now);
      }
    } catch (RuntimeException | Error e) {
      cleanUp();
      throw e;
    }
  }

  /** Fires due timers in order, then flushes. */
  public void advance(long now) {
    tick(now);
    try {
      while (context.timers.fireNext(now)) {
        // Each fires in its turn; one that is armed again for now or earlier fires again.
      }
    } catch (RuntimeException | Error e) {
      cleanUp();
      throw e;
    }
    flush(now);
  }

  /**
   * The exact time of the next timer, or {@link dev.sinew.base.TimerHeap#NEVER}; a time that has
   * come when loopback packets or unsent segments wait for nothing but a flush.
   */
  public long nextDeadline() {
    return ip.loopbackPending() || tcp.outputPending()
        ? context.now
        : context.timers.nextDeadline();
  }

  /**
   * Tells the stack the time before an application's calls, which bring none. Time never goes back,
   * whatever a late ingress time says.
   */
  public void tick(long now) {
    context.now = Math.max(context.now, now);
  }

  /**
   * An exception inside the stack is a programming error: no packet may stay half written, and the
   * driver decides.
   */
  private void cleanUp() {
    ip.abandonOpenPacket();
    context.counters.inc(Counter.SinewInternalErrors);
  }

  /** The next endpoint to which something happened, or null. */
  public @Nullable Endpoint takeReady() {
    return context.readyList.take();
  }

  // ---- the application's side

  /** Forgets what servers have told earlier connections: Fast Open cookies (RFC 7413). */
  public void forgetServers() {
    tcp.forgetServers();
  }

  /**
   * How many bytes of data surely go with the SYN when {@code endpoint} connects to {@code remote}
   * now with {@link TcpEndpoint#connect(IpAddress, int, byte[], int, int)}; 0 when there is no Fast
   * Open cookie for it (RFC 7413), or Fast Open is switched off.
   */
  public int fastOpenRoom(TcpEndpoint endpoint, IpAddress remote) {
    return tcp.fastOpenRoom(endpoint, remote);
  }

  /** A new endpoint for an active open. */
  public TcpEndpoint tcp() {
    return tcp.open();
  }

  /**
   * A passive open. The backlog is the length of the accept queue, or 0 for the default. ANY_V6
   * also takes IPv4, unless an IPv4 listener is more exact. Port 0 lets the stack choose.
   *
   * @return a {@link TcpListener}, or null: then {@link #lastError} tells why
   */
  public @Nullable TcpListener listen(
      IpAddress local, int port, int backlog, boolean reuseAddress, boolean reusePort) {
    return tcp.listen(local, port, backlog, reuseAddress, reusePort);
  }

  /** The error code of the last {@link #listen} that returned null. */
  public int lastError() {
    return tcp.lastError();
  }

  public UdpEndpoint udp() {
    return udp.open();
  }

  /** A raw ICMP endpoint. */
  public IcmpEndpoint icmp(boolean v4) {
    return ip.openIcmp(v4);
  }

  /**
   * Shows every TCP endpoint, listener and TIME-WAIT record, every UDP endpoint, for {@code ss}.
   */
  public void forEachSocket(Consumer<SocketInfo> visitor) {
    tcp.forEach(
        (state,
            receiveQueue,
            sendQueue,
            localAddress,
            localPort,
            remoteAddress,
            remotePort,
            timer,
            timerNanos,
            retransmits,
            info) ->
            visitor.accept(
                new SocketInfo(
                    "tcp",
                    state,
                    receiveQueue,
                    sendQueue,
                    localAddress,
                    localPort,
                    remoteAddress,
                    remotePort,
                    timer,
                    timerNanos,
                    retransmits,
                    info)),
        context.now);
    udp.forEach(e -> visitor.accept(row(e)));
  }

  private static SocketInfo row(UdpEndpoint e) {
    IpAddress remote = e.remoteAddress();
    IpAddress local = e.localAddress();
    IpAddress any = local == null || !local.isV4() ? IpAddress.ANY_V6 : IpAddress.ANY_V4;
    return new SocketInfo(
        "udp",
        remote == null ? TcpState.CLOSED : TcpState.ESTABLISHED,
        e.queuedBytes(),
        0,
        local == null ? any : local,
        e.localPort(),
        remote == null ? any : remote,
        e.remotePort(),
        "",
        0,
        0,
        null);
  }

  /**
   * What is wrong with TCP's records, in words, or null: {@link TcpLayer#violation}. For tests,
   * simulations and production checks.
   */
  public @Nullable String violation(long now) {
    return tcp.violation(now);
  }

  public Counters counters() {
    ip.countLinkErrors();
    return context.counters;
  }

  public BufferPool pool() {
    return context.pool;
  }

  /** The resolution of the driver's clock in nanoseconds. */
  public long clockResolutionNanos() {
    return context.clockResolutionNanos;
  }

  /** The driver's clock has another resolution from now on. */
  public void clockResolution(long nanos) {
    context.clockResolutionNanos = nanos;
  }

  public Profile profile() {
    return context.profile;
  }

  /**
   * Replaces the profile; what was copied from the old one at an endpoint's opening stays.
   *
   * @throws IllegalArgumentException when it names an unknown congestion controller
   */
  public void setProfile(Profile profile) {
    tcp.checkCongestionControl(profile.congestionControl());
    context.profile = profile;
  }

  /** Replaces the options that endpoints and listeners opened from now on begin with. */
  public void setDefaults(TcpDefaults defaults) {
    tcp.setDefaults(defaults);
  }

  public Limits limits() {
    return context.limits;
  }

  /**
   * Resets every connection (RST to the peers where it is due), closes every endpoint; packets that
   * come in afterwards are not looked at. Flush and drain the queues of the devices afterwards.
   */
  public void close() {
    if (closed) {
      return;
    }
    tcp.close();
    udp.close();
    flush(context.now);
    ip.close();
    closed = true;
  }
}
