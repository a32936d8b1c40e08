package dev.sinew.testing;

import dev.sinew.base.TimerHeap;
import dev.sinew.ip.NetworkInterface;
import dev.sinew.ip.Prefix;
import dev.sinew.link.Link;
import dev.sinew.stack.Stack;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.BooleanSupplier;

/**
 * Stacks, wires between them and one virtual clock. Nothing happens but by the methods here: {@link
 * #pump} does all that is to be done now, {@link #runFor} and {@link #runUntil} let time pass.
 */
public final class TestNetwork {
  /** More rounds than any honest exchange needs at one moment. */
  private static final int MAX_ROUNDS = 100_000;

  private record Flying(long time, long order, TestLink to, byte[] packet) {}

  private final List<Stack> stacks = new ArrayList<>();
  private final PriorityQueue<Flying> flying =
      new PriorityQueue<>((a, b) ->
          a.time() != b.time()
              ? Long.compare(a.time(), b.time())
              : Long.compare(a.order(), b.order()));
  private long order;
  private long now;

  /** Virtual time in nanoseconds, from 0. */
  public long now() {
    return now;
  }

  /** Takes a stack into the network: it is run from now on. */
  public void add(Stack stack) {
    stacks.add(stack);
  }

  /** A new link of a stack, not connected: for injecting and looking at packets. */
  public TestLink attach(Stack stack, int mtu, String... addresses) {
    TestLink link = new TestLink("test" + stack.interfaces().size(), mtu);
    addInterface(stack, link, addresses);
    return link;
  }

  /** A stack's interface on a link, with addresses as {@code "10.0.0.1/24"}. */
  public NetworkInterface addInterface(Stack stack, Link link, String... addresses) {
    Prefix[] prefixes = new Prefix[addresses.length];
    for (int i = 0; i < prefixes.length; i++) {
      Prefix p = Prefix.parse(addresses[i]);
      if (p == null) {
        throw new AssertionError("not a prefix: " + addresses[i]);
      }
      prefixes[i] = p;
    }
    if (!stacks.contains(stack)) {
      add(stack);
    }
    return stack.addInterface(link, prefixes);
  }

  /**
   * Makes a wire of two links: what one transmits the other receives after its delay, unless it is
   * lost.
   */
  public void connect(TestLink a, TestLink b) {
    a.peer = b;
    b.peer = a;
    a.transmitted = this::fly;
    b.transmitted = this::fly;
  }

  private void fly(TestLink from, byte[] packet) {
    TestLink to = from.peer;
    if (to != null && !from.lost.test(packet)) {
      flying.add(new Flying(now + from.delayNanos, order++, to, packet));
    }
  }

  /** Packets that are under way. */
  public int flyingCount() {
    return flying.size();
  }

  /** Does everything that is to be done at this moment, until all is quiet. */
  public void pump() {
    for (int round = 0; round < MAX_ROUNDS; round++) {
      boolean active = land();
      for (Stack s : stacks) {
        active |= run(s);
      }
      if (!active) {
        return;
      }
    }
    throw new AssertionError(
        "no quiet at " + now + " ns: the stacks answer each other without end");
  }

  /** Delivers the packets whose time has come. */
  private boolean land() {
    boolean any = false;
    while (!flying.isEmpty() && flying.peek().time() <= now) {
      Flying f = flying.remove();
      f.to().inject(f.packet());
      any = true;
    }
    return any;
  }

  /** One turn of a driver. True when something happened. */
  private boolean run(Stack s) {
    int received = 0;
    for (NetworkInterface itf : s.interfaces()) {
      received += itf.link().receive((m, o, n, f) -> s.receive(itf, m, o, n, f, now), 64);
    }
    boolean due = s.nextDeadline() <= now;
    s.advance(now);
    int queued = 0;
    for (NetworkInterface itf : s.interfaces()) {
      int before = itf.txQueue().size();
      itf.txQueue().drainTo(itf.link());
      queued += before - itf.txQueue().size();
    }
    return received > 0 || due || queued > 0;
  }

  /** The next time at which something is to happen, or {@link TimerHeap#NEVER}. */
  public long nextEvent() {
    long next = flying.isEmpty() ? TimerHeap.NEVER : flying.peek().time();
    for (Stack s : stacks) {
      next = Math.min(next, s.nextDeadline());
    }
    return next;
  }

  /** Lets {@code nanos} pass, event by event. */
  public void runFor(long nanos) {
    long end = now + nanos;
    pump();
    for (long next = nextEvent(); next <= end; next = nextEvent()) {
      now = Math.max(now, next);
      pump();
    }
    now = end;
    pump();
  }

  /** Lets time pass until the condition holds; an error after {@code limitNanos}. */
  public void runUntil(BooleanSupplier condition, long limitNanos) {
    long end = now + limitNanos;
    pump();
    while (!condition.getAsBoolean()) {
      long next = nextEvent();
      if (next > end) {
        throw new AssertionError("not within " + limitNanos + " ns; next event at " + next);
      }
      now = Math.max(now, next);
      pump();
    }
  }

  /** Hands a packet to a stack as if it came by the link, and pumps. */
  public void inject(TestLink link, byte[] packet) {
    link.inject(packet);
    pump();
  }
}
