package dev.sinew.sim;

import dev.sinew.base.Endpoint;
import dev.sinew.base.TcpState;
import dev.sinew.base.Timer;
import dev.sinew.base.TimerHeap;
import dev.sinew.ip.IpAddress;
import dev.sinew.ip.NetworkInterface;
import dev.sinew.ip.Prefix;
import dev.sinew.observe.Observer;
import dev.sinew.sockets.EndpointListener;
import dev.sinew.sockets.Runner;
import dev.sinew.sockets.StackSockets;
import dev.sinew.stack.Stack;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;

/** A host of a simulation: a complete stack, driven in virtual time. */
public final class SimHost {
  private final Simulation simulation;
  private final String name;
  private final int index;
  private final Stack stack;
  private final SimRunner runner;
  private final List<Prefix> addresses = new ArrayList<>();
  private final List<LinkEnd> ends = new ArrayList<>();
  private final Timer deadline =
      new Timer() {
        @Override
        protected void fire(long now) {
          stack.advance(now);
          settle();
        }
      };
  private boolean touched;

  SimHost(Simulation simulation, String name, int index, Stack.Builder builder) {
    this.simulation = simulation;
    this.name = name;
    this.index = index;
    this.stack = builder.pool(simulation.pool()).observer(new Watcher()).build();
    this.runner = new SimRunner(simulation, this);
  }

  public String name() {
    return name;
  }

  int index() {
    return index;
  }

  /**
   * Its stack, for event-style programs. To be touched from within {@link Simulation#at} and {@link
   * #at}, or while the simulation does not run.
   */
  public Stack stack() {
    open();
    return stack;
  }

  /** The stack is about to be called: it must know the time, and gets its turn afterwards. */
  void open() {
    stack.flush(simulation.now());
    touch();
  }

  Stack quietStack() {
    return stack;
  }

  /** What blocking programs wait with. */
  public Runner runner() {
    return runner;
  }

  /** {@code java.net} sockets of this host. */
  public StackSockets sockets() {
    return StackSockets.of(runner);
  }

  /** Starts a blocking program; it takes its first turn at the present time. */
  public Thread start(String programName, Program program) {
    return simulation.programs().start(this, programName, program);
  }

  /**
   * Makes a call at a time, in nanoseconds; what it causes in this host's stack is sent at once.
   */
  public void at(long time, Runnable call) {
    simulation.at(time, this, call);
  }

  /** The first address of a version. */
  public IpAddress address(boolean v4) {
    for (Prefix p : addresses) {
      if (p.address().isV4() == v4) {
        return p.address();
      }
    }
    throw new IllegalStateException(name + " has no " + (v4 ? "IPv4" : "IPv6") + " address");
  }

  /** Its first IPv4 address. */
  public IpAddress address() {
    return address(true);
  }

  /** Its first IPv4 address with a port, as {@code java.net} wants it. */
  public InetSocketAddress socketAddress(int port) {
    try {
      return new InetSocketAddress(InetAddress.getByAddress(address().bytes()), port);
    } catch (UnknownHostException e) {
      throw new AssertionError("an address of 4 bytes", e);
    }
  }

  void plug(LinkEnd end, Prefix... prefixes) {
    addresses.addAll(List.of(prefixes));
    ends.add(end);
    end.plugged(stack.addInterface(end, prefixes));
  }

  /** True for its addresses on links. */
  boolean owns(long high, long low) {
    for (Prefix p : addresses) {
      if (p.address().high() == high && p.address().low() == low) {
        return true;
      }
    }
    return false;
  }

  /** The stack may have been changed: it gets its turn before the time goes on. */
  void touch() {
    if (!touched) {
      touched = true;
      simulation.touched(this);
    }
  }

  void receive(NetworkInterface itf, MemorySegment memory, long offset, int length) {
    touch();
    stack.receive(itf, memory, offset, length, 0, simulation.now());
  }

  /**
   * Lets the stack send, hands its packets to the links, tells the listeners, and notes when it
   * must be called again.
   */
  void settle() {
    long now = simulation.now();
    do {
      stack.flush(now);
      // The stack carries its packets to itself; the loopback interface needs no driver.
      for (LinkEnd end : ends) {
        NetworkInterface itf = end.itf();
        if (itf != null) {
          itf.txQueue().drainTo(end);
        }
      }
    } while (tellListeners());
    touched = false;
    simulation.settled(this);
    long next = stack.nextDeadline();
    if (next != deadline.deadline()) {
      simulation.timers().arm(deadline, next == TimerHeap.NEVER ? next : Math.max(next, now));
    }
  }

  private boolean tellListeners() {
    boolean told = false;
    for (Endpoint e = stack.takeReady(); e != null; e = stack.takeReady()) {
      if (e.attachment() instanceof EndpointListener listener) {
        told = true;
        simulation.acted();
        listener.ready(e, e.readiness());
      }
    }
    return told;
  }

  /** Hears the stack for the simulation. */
  private final class Watcher implements Observer {
    @Override
    public void stateChanged(
        long now, long connection, int localPort, int remotePort, TcpState from, TcpState to) {
      simulation.stateChanged(SimHost.this, connection, localPort, remotePort, from, to);
    }
  }

  @Override
  public String toString() {
    return name;
  }
}
