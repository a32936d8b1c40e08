package dev.sinew.sim;

import dev.sinew.base.Block;
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
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/** A host of a simulation: a complete stack, driven in virtual time. */
public final class SimHost {
  /** Packets that the device of a paused host keeps; further ones are lost. */
  private static final int HELD_PACKETS = 1024;

  private final Simulation simulation;
  private final String name;
  private final int index;
  private final UnaryOperator<Stack.Builder> configure;
  private final List<Prefix> addresses = new ArrayList<>();
  private final List<LinkEnd> ends = new ArrayList<>();
  private final List<Route> routes = new ArrayList<>();
  private final List<Startup> startups = new ArrayList<>();
  private final ArrayDeque<Held> held = new ArrayDeque<>();
  private final ArrayDeque<Event> deferred = new ArrayDeque<>();
  private final Timer deadline =
      new Timer() {
        @Override
        protected void fire(long now) {
          if (awake()) {
            turnActed = true;
            stack.advance(now());
            settle();
          }
        }
      };

  private Stack stack;
  private SimRunner runner;
  private Watcher watcher;
  private int bootCount;
  private boolean up = true;
  private boolean paused;
  private boolean superSegments;
  private long clockNanos;
  private boolean touched;

  /** When it went on after a pause: at that time timers are overdue until they have fired. */
  long resumedAt = -1;

  // What happened in the present turn, for the check of I10.
  int turnInputCount;
  int turnControlCount;
  boolean turnActed;

  private record Route(Prefix destination, SimLink link, IpAddress gateway) {}

  private record Startup(String name, Program program) {}

  /** A packet that has arrived at a paused host. */
  private record Held(LinkEnd end, Direction direction, Block block, int length, long number) {}

  SimHost(Simulation simulation, String name, int index, UnaryOperator<Stack.Builder> configure) {
    this.simulation = simulation;
    this.name = name;
    this.index = index;
    this.configure = configure;
    this.watcher = new Watcher();
    this.stack = build("host/" + name);
    this.runner = new SimRunner(simulation, this, stack);
    this.clockNanos = stack.clockResolutionNanos();
  }

  private Stack build(String stream) {
    return configure
        .apply(Stack.builder().entropy(simulation.random(stream)))
        .pool(simulation.pool())
        .observer(watcher)
        .build();
  }

  public String name() {
    return name;
  }

  int index() {
    return index;
  }

  /**
   * Its links take super-segments and unfinished checksums, as devices with offload do: they cut
   * and complete them before anything else happens to the packets. Only before it has links.
   */
  public void offload() {
    if (!ends.isEmpty()) {
      throw new IllegalStateException(name + " has links already: offload() comes before link()");
    }
    superSegments = true;
  }

  boolean superSegments() {
    return superSegments;
  }

  /**
   * Its stack, for event-style programs. To be touched from within {@link Simulation#at} and {@link
   * #at}, or while the simulation does not run. After a {@link #reboot} it is another one.
   *
   * @throws IllegalStateException while the host is down
   */
  public Stack stack() {
    if (!up) {
      throw new IllegalStateException(name + " has crashed and was not started again");
    }
    open();
    return stack;
  }

  /** The stack is about to be called: it must know the time, and gets its turn afterwards. */
  void open() {
    if (awake()) {
      turnActed = true;
      stack.flush(now());
      touch();
    }
  }

  Stack quietStack() {
    return stack;
  }

  /** What blocking programs wait with; another one after a {@link #reboot}. */
  public Runner runner() {
    return runner;
  }

  /** {@code java.net} sockets of this host; other ones after a {@link #reboot}. */
  public StackSockets sockets() {
    return StackSockets.of(runner);
  }

  /** Starts a blocking program; it takes its first turn at the present time. */
  public Thread start(String programName, Program program) {
    if (!up) {
      throw new IllegalStateException(name + " has crashed; programs start after a reboot");
    }
    return simulation.programs().start(this, programName, program);
  }

  /** Starts a blocking program now and again whenever the host has been rebooted. */
  public void onBoot(String programName, Program program) {
    startups.add(new Startup(programName, program));
    if (up) {
      start(programName, program);
    }
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
    end.plugged(stack.addInterface(end, prefixes), prefixes);
  }

  /** Adds a route that the host also has after a {@link #reboot}. */
  public void addRoute(Prefix destination, SimLink link, IpAddress gateway) {
    routes.add(new Route(destination, link, gateway));
    stack.addRoute(destination, link.at(this), gateway);
  }

  /** Puts something into the path where a link is plugged in; the first one is nearest the host. */
  public void filter(SimLink link, PacketFilter filter) {
    link.end(this).filter(filter);
  }

  /** True for its addresses on links. */
  boolean owns(long high, long low) {
    for (int i = 0; i < addresses.size(); i++) {
      IpAddress a = addresses.get(i).address();
      if (a.low() == low && a.high() == high) {
        return true;
      }
    }
    return false;
  }

  // ---- its clock

  /** The time that the host's clock shows, in nanoseconds. */
  public long now() {
    long now = simulation.now();
    return clockNanos == 1 ? now : now / clockNanos * clockNanos;
  }

  /** When its clock will show {@code time}, in the simulation's time. */
  long timeOf(long time) {
    return clockNanos == 1 || time > TimerHeap.NEVER - clockNanos
        ? time
        : Math.ceilDiv(time, clockNanos) * clockNanos;
  }

  /**
   * Gives the host a coarse clock: everything in it sees time in steps of so many nanoseconds (1, 4
   * or 15 ms are the steps of real systems); 1 for an exact one. {@code
   * Stack.Builder.clockResolution} does the same from the start.
   */
  public void clock(long stepNanos) {
    if (stepNanos < 1) {
      throw new IllegalArgumentException("a clock's step is at least 1 ns");
    }
    clockNanos = stepNanos;
    if (up) {
      stack.clockResolution(stepNanos);
      touch();
    }
  }

  // ---- faults

  /** False between {@link #crash} and {@link #reboot}. */
  public boolean isUp() {
    return up;
  }

  boolean awake() {
    return up && !paused;
  }

  /**
   * The host loses everything and says nothing, as when the power fails: connections are forgotten,
   * programs are gone (their {@code finally} blocks run), arriving packets are lost.
   */
  public void crash() {
    simulation.onLoop(this::crashNow);
  }

  private void crashNow() {
    if (!up) {
      return;
    }
    up = false;
    paused = false;
    watcher.off = true;
    simulation.journal().crashed(this);
    simulation.programs().kill(this);
    runner.dead();
    List<NetworkInterface> interfaces = List.copyOf(stack.interfaces());
    stack.close();
    // Every endpoint hears of its end; what nobody has read goes with it.
    for (Endpoint e = stack.takeReady(); e != null; e = stack.takeReady()) {
      e.close();
    }
    for (NetworkInterface itf : interfaces) {
      itf.txQueue().clear();
    }
    held.forEach(h -> h.direction.refused(h.block, h.length, h.number, "host down"));
    held.clear();
    deferred.clear();
    simulation.timers().disarm(deadline);
  }

  /**
   * Starts a host again after a {@link #crash}, or resets one that is up: a new stack with the same
   * addresses and routes. Programs given to {@link #onBoot} start again.
   */
  public void reboot() {
    simulation.onLoop(() -> {
      crashNow();
      bootCount++;
      up = true;
      watcher = new Watcher();
      stack = build("host/" + name + "/boot" + bootCount);
      stack.clockResolution(clockNanos);
      stack.tick(now());
      runner = new SimRunner(simulation, this, stack);
      for (LinkEnd end : ends) {
        end.plugged(stack.addInterface(end, end.prefixes()), end.prefixes());
      }
      for (Route r : routes) {
        stack.addRoute(r.destination, r.link.at(this), r.gateway);
      }
      simulation.journal().booted(this);
      touch();
      startups.forEach(s -> start(s.name, s.program));
    });
  }

  /**
   * Stops the host's process: its programs, timers and calls stand still, its device keeps what
   * arrives (up to 1,024 packets). To the host, time jumps at {@link #resume}.
   */
  public void pause() {
    paused = up;
  }

  /** Undoes {@link #pause}: first the packets that have arrived, then calls, then timers. */
  public void resume() {
    if (!paused) {
      return;
    }
    paused = false;
    resumedAt = simulation.now();
    for (Held h = held.poll(); h != null; h = held.poll()) {
      h.end.enter(h.direction, h.block, h.length, h.number);
    }
    for (Event e = deferred.poll(); e != null; e = deferred.poll()) {
      simulation.arrangeNow(e);
    }
    touch();
  }

  /** Keeps a packet for a paused host; false when there is no room. */
  boolean hold(LinkEnd end, Direction direction, Block block, int length, long number) {
    return held.size() < HELD_PACKETS && held.add(new Held(end, direction, block, length, number));
  }

  boolean isPaused() {
    return paused;
  }

  /** Keeps something that was to happen in a paused host until it goes on. */
  void defer(Event event) {
    deferred.add(event);
  }

  // ---- its turns

  /** The stack may have been changed: it gets its turn before the time goes on. */
  void touch() {
    if (!touched) {
      touched = true;
      simulation.touched(this);
    }
  }

  void receive(NetworkInterface itf, MemorySegment memory, long offset, int length) {
    touch();
    turnInputCount++;
    stack.receive(itf, memory, offset, length, 0, now());
  }

  /**
   * Lets the stack send, hands its packets to the links, tells the listeners, and notes when it
   * must be called again.
   */
  void settle() {
    touched = false;
    if (!awake()) {
      return;
    }
    long now = now();
    do {
      stack.flush(now);
      // The stack carries its packets to itself; the loopback interface needs no driver.
      for (int i = 0; i < ends.size(); i++) {
        LinkEnd end = ends.get(i);
        NetworkInterface itf = end.itf();
        if (itf != null) {
          itf.txQueue().drainTo(end);
        }
      }
    } while (tellListeners());
    touched = false;
    simulation.settled(this);
    turnInputCount = 0;
    turnControlCount = 0;
    turnActed = false;
    long next = timeOf(stack.nextDeadline());
    if (next != deadline.deadline()) {
      simulation
          .timers()
          .arm(deadline, next == TimerHeap.NEVER ? next : Math.max(next, simulation.now()));
    }
  }

  private boolean tellListeners() {
    boolean told = false;
    for (Endpoint e = stack.takeReady(); e != null; e = stack.takeReady()) {
      if (e.attachment() instanceof EndpointListener listener) {
        told = true;
        turnActed = true;
        simulation.acted();
        listener.ready(e, e.readiness());
      }
    }
    return told;
  }

  /** Hears the stack for the simulation. Each boot's connections have numbers of their own. */
  private final class Watcher implements Observer {
    private final long firstNumber = (long) bootCount << 40;
    private boolean off;

    @Override
    public void stateChanged(
        long now, long connection, int localPort, int remotePort, TcpState from, TcpState to) {
      if (!off) {
        simulation
            .journal()
            .stateChanged(SimHost.this, firstNumber + connection, localPort, remotePort, from, to);
      }
    }
  }

  @Override
  public String toString() {
    return name;
  }
}
