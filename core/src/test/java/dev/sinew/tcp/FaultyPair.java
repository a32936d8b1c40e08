package dev.sinew.tcp;

import dev.sinew.base.Block;
import dev.sinew.base.BufferPool;
import dev.sinew.base.Limits;
import dev.sinew.base.Profile;
import dev.sinew.base.TimerHeap;
import dev.sinew.ip.NetworkInterface;
import dev.sinew.ip.Prefix;
import dev.sinew.link.PacketSink;
import dev.sinew.stack.Stack;
import dev.sinew.testing.TestEntropy;
import dev.sinew.testing.TestLink;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.function.LongPredicate;
import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Two stacks on a wire that loses, repeats, reorders and damages packets, in virtual time; every
 * random choice comes from one seed.
 */
final class FaultyPair {
  private record Flying(long time, long order, boolean toB, byte[] packet) {}

  final Random random;
  final BufferPool poolA;
  final BufferPool poolB;
  final Stack a;
  final Stack b;
  private final TestLink linkA;
  private final TestLink linkB;
  private final NetworkInterface itfA;
  private final NetworkInterface itfB;
  private final PriorityQueue<Flying> flying =
      new PriorityQueue<>((x, y) ->
          x.time() != y.time()
              ? Long.compare(x.time(), y.time())
              : Long.compare(x.order(), y.order()));
  private long order;
  long now = 1_000_000_000L;
  long packets;

  /** Probabilities in a thousand. */
  int loss;

  int repeat;
  int reorder;
  int damage;

  /** ECN-capable packets that come out as marked. */
  int mark;

  long delayNanos = 10_000_000L;

  /** Packets that are lost, by their number from 1 on. */
  LongPredicate lostOnes = n -> false;

  /** What is added to the delay of a packet, by its number. */
  LongUnaryOperator extraDelay = n -> 0;

  FaultyPair(long seed, Profile profile, Limits limits, long poolBytes, int mtu) {
    this(seed, profile, limits, poolBytes, mtu, (int) (poolBytes >> 10));
  }

  FaultyPair(long seed, Profile profile, Limits limits, long poolBytes, int mtu, int poolOfBKib) {
    random = new Random(seed);
    poolA = new BufferPool(poolBytes);
    poolB = new BufferPool((long) poolOfBKib << 10);
    a =
        Stack.builder()
            .entropy(new TestEntropy(seed * 2))
            .pool(poolA)
            .profile(profile)
            .limits(limits)
            .build();
    b =
        Stack.builder()
            .entropy(new TestEntropy(seed * 2 + 1))
            .pool(poolB)
            .profile(profile)
            .limits(limits)
            .build();
    linkA = new TestLink("a", mtu);
    linkB = new TestLink("b", mtu);
    itfA = a.addInterface(linkA, Objects.requireNonNull(Prefix.parse("10.0.0.1/24")));
    itfB = b.addInterface(linkB, Objects.requireNonNull(Prefix.parse("10.0.0.2/24")));
  }

  void heal() {
    loss = 0;
    repeat = 0;
    reorder = 0;
    damage = 0;
    mark = 0;
  }

  /** Does all that is to be done now, then asks both stacks for violations. */
  void pump() {
    pumpUnchecked();
    check("a", a);
    check("b", b);
  }

  /** The same for stacks that a test has confused. */
  void pumpUnchecked() {
    for (int round = 0; ; round++) {
      if (round > 10_000) {
        throw new AssertionError("no quiet");
      }
      boolean active = false;
      while (!flying.isEmpty() && flying.peek().time() <= now) {
        Flying f = flying.remove();
        (f.toB() ? linkB : linkA).inject(f.packet());
        active = true;
      }
      active |= run(a, itfA, linkA, true);
      active |= run(b, itfB, linkB, false);
      if (!active) {
        break;
      }
    }
  }

  private void check(String name, Stack s) {
    String wrong = s.violation(now);
    if (wrong != null) {
      throw new AssertionError(name + " at " + now / 1e9 + " s: " + wrong);
    }
  }

  private boolean run(Stack s, NetworkInterface itf, TestLink link, boolean fromA) {
    int got = link.receive(new Sink(s, itf), 64);
    s.arrival().giveBack();
    boolean due = s.nextDeadline() <= now;
    s.advance(now);
    int queued = itf.txQueue().size();
    itf.txQueue().drainTo(link);
    for (byte[] p : link.sent()) {
      send(p, fromA);
    }
    link.sent().clear();
    return got > 0 || due || queued > 0;
  }

  /** As a driver's: with the stack's own block to read into. */
  private final class Sink implements PacketSink {
    private final Stack s;
    private final NetworkInterface itf;

    Sink(Stack s, NetworkInterface itf) {
      this.s = s;
      this.itf = itf;
    }

    @Override
    public @Nullable Block offer() {
      return s.arrival().offer();
    }

    @Override
    public void packet(MemorySegment memory, long offset, int length, int flags) {
      s.receive(itf, memory, offset, length, flags, now);
    }
  }

  private void send(byte[] packet, boolean fromA) {
    packets++;
    if (!Seg.isSound(packet)) {
      throw new AssertionError("an unsound packet was sent");
    }
    if (lostOnes.test(packets) || random.nextInt(1000) < loss) {
      return;
    }
    int copies = random.nextInt(1000) < repeat ? 2 : 1;
    for (int i = 0; i < copies; i++) {
      long time = now + delayNanos + extraDelay.applyAsLong(packets);
      if (random.nextInt(1000) < reorder) {
        time += random.nextLong(3 * delayNanos + 1);
      }
      byte[] p = packet;
      if (mark > 0 && Seg.decode(packet, 0, 0).ecn != 0 && random.nextInt(1000) < mark) {
        p = Seg.mark(packet.clone(), 3);
      }
      if (random.nextInt(1000) < damage) {
        p = p.clone();
        int bit = random.nextInt(p.length * 8);
        p[bit >> 3] ^= (byte) (1 << (bit & 7));
      }
      flying.add(new Flying(time, order++, fromA, p));
    }
  }

  /** Lets time pass to the next event, at most to {@code limit}. */
  void step(long limit) {
    long next = Math.min(limit, Math.min(a.nextDeadline(), b.nextDeadline()));
    if (!flying.isEmpty()) {
      next = Math.min(next, flying.peek().time());
    }
    if (next != TimerHeap.NEVER) {
      now = Math.max(now, next);
    }
    a.tick(now);
    b.tick(now);
  }

  boolean idle() {
    return flying.isEmpty()
        && a.nextDeadline() == TimerHeap.NEVER
        && b.nextDeadline() == TimerHeap.NEVER;
  }
}
