package dev.sinew.sim;

import dev.sinew.base.BufferPool;
import dev.sinew.base.TcpState;
import dev.sinew.base.TimerHeap;
import dev.sinew.ip.IpAddress;
import dev.sinew.ip.Prefix;
import dev.sinew.stack.SocketInfo;
import dev.sinew.stack.Stack;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A network of hosts in one process and in virtual time: each host is a whole stack, each link does
 * to packets what it is told to. Everything follows from the seed: two runs of the same program
 * with the same seed have the same {@link #traceHash}.
 *
 * <p>Time is nanoseconds from 0. At equal time packets come first, then calls and programs, then
 * timers. The invariants of the protocol are checked as the run goes on; a violation is a {@link
 * SimulationException}.
 *
 * <p>One thread at a time may use a simulation. Needs no privilege.
 */
public final class Simulation implements AutoCloseable {
  /** Native memory that the stacks of a simulation share. */
  private static final long POOL_BYTES = 1L << 30;

  /** The longest run in virtual time that {@link #run} takes for sensible: 30 days. */
  private static final long LONGEST_NANOS = 30L * 24 * 3600 * 1_000_000_000L;

  private final long seed;
  private final BufferPool pool = new BufferPool(POOL_BYTES);
  private final BufferPool wire = new BufferPool(POOL_BYTES);
  private final EventQueue events = new EventQueue();
  private final TimerHeap timers = new TimerHeap();
  private final Programs programs = new Programs(this);
  private final Checks checks = new Checks(this);
  private final TraceHash trace = new TraceHash();
  private final List<SimHost> hosts = new ArrayList<>();
  private final Map<String, SimLink> links = new LinkedHashMap<>();
  private final List<SimHost> touched = new ArrayList<>();
  private final List<SimObserver> observers = new ArrayList<>();
  private long now;
  private long packetNumber;
  private boolean running;

  private Simulation(long seed) {
    this.seed = seed;
  }

  /** A network without hosts. */
  public static Simulation of(long seed) {
    return new Simulation(seed);
  }

  public long seed() {
    return seed;
  }

  /** Virtual time in nanoseconds. */
  public long now() {
    return now;
  }

  /** The memory that all stacks share. */
  public BufferPool pool() {
    return pool;
  }

  /**
   * A stream of random numbers of that name; the names {@code host/…} and {@code link/…} are taken.
   */
  public NamedRandom random(String name) {
    return new NamedRandom(seed, name);
  }

  // ---- building

  /** A host with the standard profile. */
  public SimHost host(String name) {
    return host(name, b -> b);
  }

  /** A host that passes packets on between its links. */
  public SimHost router(String name) {
    return host(name, b -> b.forwarding(true));
  }

  /**
   * A host whose stack is built as {@code configure} says. Its memory is the simulation's, and so is
   * its entropy unless {@code configure} gives another.
   */
  public SimHost host(String name, UnaryOperator<Stack.Builder> configure) {
    for (SimHost h : hosts) {
      if (h.name().equals(name)) {
        throw new IllegalArgumentException("there is a host " + name + " already");
      }
    }
    Stack.Builder builder = Stack.builder().entropy(random("host/" + name));
    SimHost h = new SimHost(this, name, hosts.size(), configure.apply(builder));
    hosts.add(h);
    return h;
  }

  /**
   * A link between two hosts, with addresses of both versions: the n-th link of a simulation is
   * {@code 10.0.n.0/24} and {@code fd00:0:0:n::/64}, the first host is 1 and the second 2 in it.
   *
   * @param words both directions' impairments, see {@link Impairments#parse}; its {@code mtu}
   *     becomes that of the interfaces
   */
  public SimLink link(SimHost a, SimHost b, String words) {
    int n = links.size() + 1;
    if (n > 255) {
      throw new IllegalStateException(
          "more than 255 links with addresses by number; give the others theirs");
    }
    Impairments both = Impairments.parse(words);
    boolean v6 = both.mtu() >= 1280;
    return link(
        a,
        b,
        both,
        v6
            ? List.of("10.0." + n + ".1/24", "fd00:0:0:" + n + "::1/64")
            : List.of("10.0." + n + ".1/24"),
        v6
            ? List.of("10.0." + n + ".2/24", "fd00:0:0:" + n + "::2/64")
            : List.of("10.0." + n + ".2/24"));
  }

  /** A link that does nothing to packets. */
  public SimLink link(SimHost a, SimHost b) {
    return link(a, b, "");
  }

  /** A link with addresses of one's own, each with its prefix length. */
  public SimLink link(
      SimHost a,
      SimHost b,
      Impairments both,
      List<String> addressesOfA,
      List<String> addressesOfB) {
    String base = a.name() + "-" + b.name();
    String name = base;
    for (int i = 2; links.containsKey(name); i++) {
      name = base + "#" + i;
    }
    int index = links.size() * 2;
    Direction forward = new Direction(this, index, a, b, name, both);
    Direction backward = new Direction(this, index + 1, b, a, name, both);
    LinkEnd first = new LinkEnd(a, forward, name);
    LinkEnd second = new LinkEnd(b, backward, name);
    forward.exit(second);
    backward.exit(first);
    a.plug(first, prefixes(addressesOfA));
    b.plug(second, prefixes(addressesOfB));
    SimLink link = new SimLink(name, forward, backward, first, second);
    links.put(name, link);
    return link;
  }

  private static Prefix[] prefixes(List<String> texts) {
    Prefix[] result = new Prefix[texts.size()];
    for (int i = 0; i < result.length; i++) {
      Prefix p = Prefix.parse(texts.get(i));
      if (p == null) {
        throw new IllegalArgumentException(
            "\"" + texts.get(i) + "\" is no address with a prefix length");
      }
      result[i] = p;
    }
    return result;
  }

  /**
   * Makes {@code gateway}, at the other end of {@code link}, the way of {@code host} to everywhere,
   * for both versions.
   */
  public void defaultRoute(SimHost host, SimLink link, SimHost gateway) {
    for (boolean v4 : new boolean[] {true, false}) {
      for (Prefix p : link.at(gateway).addresses()) {
        if (p.address().isV4() == v4) {
          Prefix all = new Prefix(v4 ? IpAddress.ANY_V4 : IpAddress.ANY_V6, 0);
          host.stack().addRoute(all, link.at(host), p.address());
          break;
        }
      }
    }
  }

  /** The hosts in the order in which they were made. */
  public List<SimHost> hosts() {
    return List.copyOf(hosts);
  }

  /** The links in the order in which they were made. */
  public List<SimLink> links() {
    return List.copyOf(links.values());
  }

  /** Who hears what happens from now on. */
  public void observe(SimObserver observer) {
    observers.add(observer);
  }

  // ---- calls

  /**
   * Makes a call at a time. It may touch any host; {@link SimHost#at} costs less where there are
   * many.
   */
  public void at(long time, Runnable call) {
    arrangeCall(
        time,
        () -> {
          hosts.forEach(SimHost::open);
          call.run();
        });
  }

  /** Makes a call after a time. */
  public void after(long nanos, Runnable call) {
    at(now + nanos, call);
  }

  void at(long time, SimHost host, Runnable call) {
    arrangeCall(
        time,
        () -> {
          host.open();
          call.run();
        });
  }

  private void arrangeCall(long time, Runnable call) {
    if (time < now) {
      throw new IllegalArgumentException(
          "it is " + Times.text(now) + " already, too late for a call at " + Times.text(time));
    }
    events.add(
        new Event() {
          @Override
          void happen() {
            acted();
            call.run();
          }
        },
        time,
        Event.CALL);
  }

  void arrange(Event packet, long time) {
    events.add(packet, time, Event.PACKET);
  }

  void arrangeNow(Event call) {
    events.add(call, now, Event.CALL);
  }

  // ---- running

  /**
   * Runs until every program has ended; without programs, until nothing is left to happen.
   *
   * @throws SimulationException when a program fails or waits for something that can't happen any
   *     more
   */
  public void run() {
    boolean withPrograms = !programs.alive().isEmpty();
    loop(now + LONGEST_NANOS, () -> withPrograms && programs.alive().isEmpty());
    if (withPrograms && !programs.alive().isEmpty()) {
      StringBuilder who = new StringBuilder();
      for (Programs.Task t : programs.alive()) {
        who.append("\n    ").append(t).append(" at ").append(t.where());
      }
      throw failure("nothing happens any more, and programs still wait:" + who, null);
    }
  }

  /** Runs for a time. */
  public void runFor(long nanos) {
    runUntil(now + nanos);
  }

  /** Runs to a time, that time's events included. */
  public void runUntil(long time) {
    loop(time, () -> false);
    now = Math.max(now, time);
  }

  /**
   * Runs until the condition holds, looked at after each event; false when it does not by {@code
   * time}.
   */
  public boolean runUntil(long time, BooleanSupplier condition) {
    loop(time, condition);
    return condition.getAsBoolean();
  }

  /** Runs until nothing is left to happen: no packet, call or timer. */
  public void runUntilQuiet() {
    loop(now + LONGEST_NANOS, () -> false);
  }

  /**
   * Runs until quiet, then checks that nothing was left behind (invariant I9): no program, timer,
   * connection, record or memory.
   *
   * @throws SimulationException when something was
   */
  public void finish() {
    runUntilQuiet();
    checks.finish();
  }

  private void loop(long limit, BooleanSupplier enough) {
    if (running || programs.current() != null) {
      throw new IllegalStateException("the simulation runs already");
    }
    running = true;
    programs.loop(Thread.currentThread());
    try {
      settleTouched();
      while (!enough.getAsBoolean()) {
        if (!step(limit)) {
          return;
        }
      }
    } finally {
      running = false;
      programs.loop(null);
    }
  }

  /** Ends the programs that still wait. Checks nothing; see {@link #finish}. */
  @Override
  public void close() {
    programs.end();
  }

  /** One packet, call or timer; false when none is due by {@code limit}. */
  private boolean step(long limit) {
    Event next = events.peek();
    long eventTime = next == null ? TimerHeap.NEVER : next.time;
    long timerTime = timers.nextDeadline();
    long time = Math.min(eventTime, timerTime);
    if (time > limit || time == TimerHeap.NEVER) {
      return false;
    }
    now = Math.max(now, time);
    if (eventTime <= timerTime) {
      Event e = events.take();
      e.happen();
      // All packets that arrive at one time are one batch for the stacks.
      if (e.rank == Event.PACKET) {
        for (Event more = events.peek();
            more != null && more.time == now && more.rank == Event.PACKET;
            more = events.peek()) {
          events.take().happen();
        }
      }
    } else {
      timers.fireNext(now);
    }
    settleTouched();
    return true;
  }

  private void settleTouched() {
    // A host may touch another by nothing but packets, so the list does not grow here; a listener
    // could, by mistake.
    for (int i = 0; i < touched.size(); i++) {
      touched.get(i).settle();
    }
    touched.clear();
  }

  // ---- what happened

  /**
   * A hash over every packet (time, place, bytes and fate) and every state change so far, in their
   * order.
   */
  public long traceHash() {
    return trace.value();
  }

  /** The declared faults of all links that have not fired. */
  public List<Fault> unfiredFaults() {
    List<Fault> result = new ArrayList<>();
    for (SimLink l : links.values()) {
      for (Direction d : List.of(l.forward(), l.backward())) {
        d.faults().stream().filter(f -> f.firedCount() == 0).forEach(result::add);
      }
    }
    return result;
  }

  /** Every socket of a host, as {@code ss} shows them. */
  public List<SocketInfo> sockets(SimHost host) {
    List<SocketInfo> result = new ArrayList<>();
    host.quietStack().forEachSocket(result::add);
    return result;
  }

  /** How many packets hosts have put on links. */
  public long packetCount() {
    return packetNumber;
  }

  // ---- for the parts

  Programs programs() {
    return programs;
  }

  TimerHeap timers() {
    return timers;
  }

  BufferPool wire() {
    return wire;
  }

  List<SimHost> hostList() {
    return hosts;
  }

  long nextPacketNumber() {
    return ++packetNumber;
  }

  void touched(SimHost host) {
    touched.add(host);
  }

  /** A host's stack has had its turn. */
  void settled(SimHost host) {
    checks.settled(host);
  }

  /** Somebody outside of the stacks did something, which may cause packets. */
  void acted() {
    checks.acted();
  }

  void sent(Direction direction, long number, PacketView packet) {
    trace.add(now);
    trace.add((long) direction.index() << 2);
    trace.add(packet.memory(), packet.offset(), packet.length());
    observers.forEach(o -> o.packetSent(now, direction, number, packet));
    checks.sent(direction, packet);
  }

  void delivered(Direction direction, long number, PacketView packet) {
    trace.add(now);
    trace.add((long) direction.index() << 2 | 1);
    trace.add(number);
    observers.forEach(o -> o.packetDelivered(now, direction, number, packet));
    checks.delivered(direction, packet);
  }

  void lost(Direction direction, long number, PacketView packet, String why) {
    trace.add(now);
    trace.add((long) direction.index() << 2 | 2);
    trace.add(number);
    observers.forEach(o -> o.packetLost(now, direction, number, packet, why));
    checks.lost(direction, packet, why);
  }

  void stateChanged(
      SimHost host, long connection, int localPort, int remotePort, TcpState from, TcpState to) {
    trace.add(now);
    trace.add((long) host.index() << 2 | 3);
    trace.add(connection);
    trace.add((long) from.ordinal() << 8 | to.ordinal());
    observers.forEach(o -> o.stateChanged(now, host, connection, localPort, remotePort, from, to));
    checks.stateChanged(host, connection, from, to);
  }

  void checkProgramLeftStack(boolean inside, Programs.Task task) {
    if (inside) {
      throw failure("the program " + task + " ended between enter() and exit()", null);
    }
  }

  /**
   * Switches the checks of the invariants off, for speed. What is left is the trace hash and the
   * checks of {@link #finish}.
   */
  public void withoutChecks() {
    checks.off();
  }

  SimulationException failure(String what, @Nullable Throwable cause) {
    return new SimulationException(what, seed, now, checks.lastPackets(), cause);
  }
}
