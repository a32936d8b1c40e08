package dev.sinew.sim;

import dev.sinew.base.BufferPool;
import dev.sinew.base.TimerHeap;
import dev.sinew.ip.IpAddress;
import dev.sinew.ip.Prefix;
import dev.sinew.stack.SocketInfo;
import dev.sinew.stack.Stack;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
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
  /** How long, in real time, a program that hangs is looked at: something outside may wake it. */
  private static final long FOREIGN_NANOS = 50_000_000;

  /** The longest run in virtual time that {@link #run} takes for sensible: 30 days. */
  private static final long LONGEST_NANOS = 30L * 24 * 3600 * 1_000_000_000L;

  private final long seed;
  private final BufferPool pool;
  private final BufferPool wire;
  private final EventQueue events = new EventQueue();
  private final TimerHeap timers = new TimerHeap();
  private final Topology topology = new Topology(this);
  private final Programs programs = new Programs(this);
  private final Checks checks = new Checks(this);
  private final Journal journal = new Journal(this, checks);
  private final List<SimHost> touched = new ArrayList<>();
  private final FaultInjector faults = new FaultInjector(this);
  private long now;
  private long packetNumber;
  private boolean running;
  private long healedAt;
  private long mustEndWithinNanos = LONGEST_NANOS;
  private String replay = "";

  private Simulation(long seed, SimMemory memory) {
    this.seed = seed;
    this.pool = memory.hosts();
    this.wire = memory.wire();
  }

  /** A network without hosts. */
  public static Simulation of(long seed) {
    return new Simulation(seed, new SimMemory());
  }

  /** A network without hosts, with memory that other simulations have used before. */
  public static Simulation of(long seed, SimMemory memory) {
    return new Simulation(seed, memory);
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
   * A host whose stack is built as {@code configure} says. Its memory is the simulation's, and so
   * is its entropy unless {@code configure} gives another.
   */
  public SimHost host(String name, UnaryOperator<Stack.Builder> configure) {
    return topology.host(name, configure);
  }

  /** The host of that name; null when there is none. */
  public @Nullable SimHost findHost(String name) {
    return topology.findHost(name);
  }

  /** The link of that name, {@code a-b}; null when there is none. */
  public @Nullable SimLink findLink(String name) {
    return topology.links().get(name);
  }

  /**
   * A switch with hosts, at most 253, on one segment: they get the addresses {@code 10.0.n.1},
   * {@code .2} … and {@code fd00:0:0:n::1}, {@code ::2} …
   *
   * @param words what each port does to packets in either direction, see {@link Impairments#parse};
   *     its {@code mtu} becomes that of the interfaces
   */
  public SimSwitch lan(String name, String words, SimHost... members) {
    return topology.lan(name, Impairments.parse(words), members);
  }

  /**
   * A link between two hosts, with addresses of both versions: the n-th link of a simulation is
   * {@code 10.0.n.0/24} and {@code fd00:0:0:n::/64} ({@code 10.1.0.0/24} after {@code
   * 10.0.255.0/24}), the first host is 1 and the second 2 in it.
   *
   * @param words both directions' impairments, see {@link Impairments#parse}; its {@code mtu}
   *     becomes that of the interfaces
   */
  public SimLink link(SimHost a, SimHost b, String words) {
    return topology.link(a, b, Impairments.parse(words));
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
    return topology.link(a, b, both, addressesOfA, addressesOfB);
  }

  /**
   * Makes {@code gateway}, at the other end of {@code link}, the way of {@code host} to everywhere,
   * for both versions.
   */
  public void defaultRoute(SimHost host, SimLink link, SimHost gateway) {
    topology.defaultRoute(host, link, gateway);
  }

  /**
   * Makes a router translate addresses and ports of what leaves over a link, see {@link Nat}. It is
   * the filter nearest to that link.
   */
  public Nat nat(SimHost router, SimLink outer) {
    for (Prefix p : outer.at(router).addresses()) {
      if (p.address().isV4()) {
        Nat nat = new Nat(this, p.address());
        router.filter(outer, nat);
        return nat;
      }
    }
    throw new IllegalArgumentException(router + " has no IPv4 address on the link " + outer);
  }

  /**
   * A flood of SYNs on a direction of a link, from random addresses of {@code sources}, a prefix
   * such as {@code 198.51.100.0/24}; {@link PacketGenerator#send} begins it.
   */
  public PacketGenerator synFlood(Direction direction, IpAddress victim, int port, String sources) {
    return generator(direction, "SYN flood", PacketGenerator.syns(victim, port, sources));
  }

  /** Sends packets without a stack; {@code maker} makes each, {@link RawPackets} helps. */
  public PacketGenerator generator(
      Direction direction, String name, Function<NamedRandom, byte[]> maker) {
    return new PacketGenerator(this, direction, name, maker);
  }

  /** The hosts in the order in which they were made. */
  public List<SimHost> hosts() {
    return List.copyOf(topology.hosts());
  }

  /** The links in the order in which they were made. */
  public List<SimLink> links() {
    return List.copyOf(topology.links().values());
  }

  /**
   * Lets programs that start from now on also wait for each other in {@code java.util.concurrent},
   * in an order that follows from the seed: level 2 of {@code docs/simulation.md}. Must be called
   * before the first program is started, and the simulation must run on a platform thread. Where
   * the JVM does not permit it, a note on standard error says what to do, and level 1 remains.
   *
   * @return whether it is permitted
   */
  public boolean deterministicThreads() {
    String why = programs.schedule();
    if (!why.isEmpty()) {
      System.err.println(
          "sinew: programs may wait only in calls of their sockets and runner (level 1); for more, "
              + why);
    }
    return why.isEmpty();
  }

  /** Who hears what happens from now on. */
  public void observe(SimObserver observer) {
    journal.observe(observer);
  }

  // ---- calls

  /**
   * Makes a call at a time. It may touch any host; {@link SimHost#at} costs less where there are
   * many.
   */
  public void at(long time, Runnable call) {
    arrangeCall(
        time,
        new Event() {
          @Override
          void happen() {
            acted();
            topology.hosts().forEach(SimHost::open);
            call.run();
          }
        });
  }

  /** Makes a call after a time. */
  public void after(long nanos, Runnable call) {
    at(now + nanos, call);
  }

  void at(long time, SimHost host, Runnable call) {
    arrangeCall(
        time,
        new Event() {
          @Override
          void happen() {
            if (host.isPaused()) {
              host.defer(this);
            } else if (host.isUp()) {
              acted();
              host.open();
              call.run();
            }
          }
        });
  }

  private void arrangeCall(long time, Event call) {
    if (time < now) {
      throw new IllegalArgumentException(
          "it is " + Times.text(now) + " already, too late for a call at " + Times.text(time));
    }
    events.add(call, time, Event.CALL);
  }

  /** Something happens to the network at a time, whatever the hosts do. */
  void fault(long time, Runnable call) {
    arrangeCall(
        time,
        new Event() {
          @Override
          void happen() {
            acted();
            call.run();
          }
        });
  }

  /** An event whose time, rank and order are set. */
  void arrange(Event packet) {
    events.insert(packet);
  }

  long nextEventOrder() {
    return events.nextOrder();
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
    long limit = Math.max(now, healedAt) + mustEndWithinNanos;
    BooleanSupplier ended = () -> withPrograms && programs.alive().isEmpty();
    boolean wentOn = loop(limit, ended);
    if (!wentOn && !programs.alive().isEmpty()) {
      programs.requireNoForeignWake(FOREIGN_NANOS);
    }
    if (wentOn) {
      throw failure(
          "I5: not at an end "
              + Times.text(mustEndWithinNanos)
              + " after the network was whole at "
              + Times.text(limit - mustEndWithinNanos)
              + programs.standing(),
          null);
    }
    if (withPrograms && !programs.alive().isEmpty()) {
      // I8: whoever waits is woken, or nobody ever will be.
      throw failure(
          "nothing happens any more, and programs still wait:" + programs.standing(), null);
    }
  }

  /**
   * Invariant I5 for {@link #run}: everything has ended within so many nanoseconds of virtual time
   * after the network was whole (now, or when the last fault of a {@link FaultPlan} is over).
   */
  public void mustEndWithin(long nanos) {
    mustEndWithinNanos = nanos;
  }

  /** The command that repeats this run, one line; a violation prints it. */
  public void replayWith(String command) {
    replay = command;
  }

  /** What to throw when one finds something wrong: with the seed, the time and the last packets. */
  public SimulationException violation(String what) {
    return failure(what, null);
  }

  /** When the network is whole again, as far as its {@link FaultPlan} says. */
  public long healedAt() {
    return healedAt;
  }

  /** Something in the network is broken until then. */
  void brokenUntil(long time) {
    healedAt = Math.max(healedAt, time);
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

  /** True when something is left to happen after {@code limit}. */
  private boolean loop(long limit, BooleanSupplier enough) {
    if (running || programs.current() != null) {
      throw new IllegalStateException("the simulation runs already");
    }
    running = true;
    programs.loop(Thread.currentThread());
    try {
      // Whoever called this may have touched any of them.
      topology.hosts().forEach(h -> h.turnActed = true);
      settleTouched();
      while (!enough.getAsBoolean()) {
        if (!step(limit)) {
          return !events.isEmpty() || timers.nextDeadline() != TimerHeap.NEVER;
        }
      }
      return false;
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
    return journal.traceHash();
  }

  /**
   * Puts faults into effect.
   *
   * @throws IllegalArgumentException when a name in them is none of this simulation's, or a time is
   *     over
   * @return the faults, in the order of the plan
   */
  public List<Fault> apply(FaultPlan plan) {
    return faults.apply(plan);
  }

  Fault declare(Fault fault) {
    return faults.declare(fault);
  }

  /** The declared faults, those of packets included. */
  public List<Fault> faults() {
    return faults.all();
  }

  /** The declared faults that have not fired. */
  public List<Fault> unfiredFaults() {
    return faults.all().stream().filter(f -> f.firedCount() == 0).toList();
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
    return topology.hosts();
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

  /** Judges a packet that a host sends, before anything on the way has changed it. */
  void check(Direction direction, PacketView packet) {
    checks.sent(direction, packet);
  }

  /** A packet that no stack has made was put on a link. */
  void foreign(PacketView packet) {
    checks.foreign(packet);
  }

  /** For checks on both sides of a {@link Nat}: what the outer place says is the inner host's. */
  void alias(Referee.Place outer, Referee.Place inner) {
    checks.alias(outer, inner);
  }

  Journal journal() {
    return journal;
  }

  /** Does it on the simulation's own thread: now, or when the program that asks gives way. */
  void onLoop(Runnable call) {
    if (programs.current() == null) {
      call.run();
    } else {
      arrangeNow(
          new Event() {
            @Override
            void happen() {
              call.run();
            }
          });
    }
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
    return new SimulationException(what, seed, now, replay, journal.last().text(), cause);
  }
}
