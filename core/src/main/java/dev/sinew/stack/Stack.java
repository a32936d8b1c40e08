package dev.sinew.stack;

import dev.sinew.base.BufferPool;
import dev.sinew.base.Counters;
import dev.sinew.base.Endpoint;
import dev.sinew.base.EntropySource;
import dev.sinew.base.Limits;
import dev.sinew.base.Profile;
import dev.sinew.ip.IcmpEndpoint;
import dev.sinew.ip.IpAddress;
import dev.sinew.ip.NetworkInterface;
import dev.sinew.ip.Prefix;
import dev.sinew.link.Link;
import dev.sinew.observe.Observer;
import dev.sinew.tcp.TcpEndpoint;
import dev.sinew.tcp.TcpListener;
import dev.sinew.udp.UdpEndpoint;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A TCP/IP stack without IO: packets, calls and the time go in; packets, readiness and the next deadline come out. It has no thread, lock or
 * clock; one thread at a time runs it. A driver's turn is:
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
  private Stack() {}

  public static Builder builder() {
    return new Builder();
  }

  /** What a stack is made of. */
  public static final class Builder {
    /** Randomness and secrets; required. */
    public Builder entropy(EntropySource entropy) {
      return this;
    }

    /** Memory for packets and streams; by default a pool of its own of 256 MiB. */
    public Builder pool(BufferPool pool) {
      return this;
    }

    public Builder profile(Profile profile) {
      return this;
    }

    public Builder limits(Limits limits) {
      return this;
    }

    /** Who hears what happens; may be given several times. */
    public Builder observer(Observer observer) {
      return this;
    }

    /** Packets for others are passed on between interfaces: a router. */
    public Builder forwarding(boolean on) {
      return this;
    }

    /** The resolution of the driver's clock in nanoseconds; 1 by default. */
    public Builder clockResolution(long nanos) {
      return this;
    }

    public Stack build() {
      return new Stack();
    }
  }

  // ---- configuration

  /** Adds a device with its addresses; a connected route for each prefix comes with them. The loopback interface exists from the start. */
  public NetworkInterface addInterface(Link link, Prefix... addresses) {
    throw new IllegalStateException();
  }

  /** Removes a device: its routes and addresses go, its packets are dropped. */
  public void removeInterface(NetworkInterface itf) {}

  /** Adds a route; the gateway is null for a network that the interface reaches itself. {@code 0.0.0.0/0} and {@code ::/0} are the defaults. */
  public void addRoute(Prefix destination, NetworkInterface itf, @Nullable IpAddress gateway) {}

  /** All interfaces, loopback first. */
  public List<NetworkInterface> interfaces() {
    throw new IllegalStateException();
  }

  // ---- the driver's side

  /** A packet came in on an interface at {@code ingressTime}; flags as in {@link dev.sinew.link.PacketSink}. The memory is free afterwards. */
  public void receive(
      NetworkInterface itf, MemorySegment memory, long offset, int length, int flags, long ingressTime) {}

  /** Sends what is due: once per batch of packets or calls. */
  public void flush(long now) {}

  /** Fires due timers in order, then flushes. */
  public void advance(long now) {}

  /** The exact time of the next timer, or {@link dev.sinew.base.TimerHeap#NEVER}. */
  public long nextDeadline() {
    throw new IllegalStateException();
  }

  /** The next endpoint to which something happened, or null. */
  public @Nullable Endpoint takeReady() {
    throw new IllegalStateException();
  }

  // ---- the application's side

  /** A new endpoint for an active open. */
  public TcpEndpoint tcp() {
    throw new IllegalStateException();
  }

  /**
   * A passive open. The backlog is the length of the accept queue, or 0 for the default. ANY_V6 also takes IPv4, unless an IPv4 listener is more
   * exact. Port 0 lets the stack choose.
   *
   * @return a {@link TcpListener}, or null: then {@link #lastError} tells why
   */
  public @Nullable TcpListener listen(IpAddress local, int port, int backlog, boolean reuseAddress, boolean reusePort) {
    throw new IllegalStateException();
  }

  /** The error code of the last {@link #listen} that returned null. */
  public int lastError() {
    return 0;
  }

  public UdpEndpoint udp() {
    throw new IllegalStateException();
  }

  /** A raw ICMP endpoint. */
  public IcmpEndpoint icmp(boolean v4) {
    throw new IllegalStateException();
  }

  /** Shows every TCP endpoint, listener and TIME-WAIT record, every UDP endpoint, for {@code ss}. */
  public void forEachSocket(Consumer<SocketInfo> visitor) {}

  public Counters counters() {
    throw new IllegalStateException();
  }

  public BufferPool pool() {
    throw new IllegalStateException();
  }

  public Profile profile() {
    throw new IllegalStateException();
  }

  /** Resets every connection (RST to the peers where it is due), closes every endpoint. Flush and drain afterwards. */
  public void close() {}
}
