package dev.sinew.packetdrill;

import dev.sinew.base.BufferPool;
import dev.sinew.base.Limits;
import dev.sinew.base.Profile;
import dev.sinew.ip.IpAddress;
import dev.sinew.ip.NetworkInterface;
import dev.sinew.ip.Prefix;
import dev.sinew.link.LinkProperties;
import dev.sinew.link.PacketSink;
import dev.sinew.link.PassiveLink;
import dev.sinew.link.TxPacket;
import dev.sinew.stack.Stack;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * The host under test: one stack, one link, and a clock that stands still until it is told to go
 * on. Times are nanoseconds of the script; the stack's own clock may be ahead by a constant.
 */
final class Machine implements AutoCloseable {
  private static final long POOL_BYTES = 64L << 20;
  private static final int LARGEST = 65_535;

  /** How often a run may wake the stack: years of virtual time, or a stack that never rests. */
  private static final int MOST_WAKES = 500_000;

  /** The stack does not come to rest. */
  static final class RestlessException extends RuntimeException {
    private static final long serialVersionUID = 1;

    RestlessException(String message) {
      super(message, null, false, false);
    }
  }

  /** A packet that the stack has sent. */
  record Sent(long time, byte[] bytes) {}

  final Stack stack;
  final boolean v4;
  private final Arena arena = Arena.ofConfined();
  private final MemorySegment in = arena.allocate(LARGEST, 8);
  private final NetworkInterface itf;
  private final Deque<Sent> sent = new ArrayDeque<>();
  private final Capture link;
  private final @Nullable Impostor impostor;
  private final long clockAhead;
  private long now;
  private int wakes;

  /** When a call that waits wants to look at the time; ordered. */
  private final java.util.PriorityQueue<Long> wakeups = new java.util.PriorityQueue<>();

  /** Counts packets that came in: an edge-triggered poll reports again after each. */
  private int generation;

  /** By how much what a script compares with the clock may be off. */
  private final long toleranceNanos;

  private final int fragmentBytes;

  /** Called when something may have changed, at the time at which it did. */
  private Runnable watcher = () -> {};

  Machine(Profile profile, Limits limits, Addresses addresses, RunPlan plan) {
    this.v4 = addresses.v4();
    this.clockAhead = plan.clockAhead();
    this.impostor = plan.impostor();
    this.toleranceNanos = plan.toleranceNanos();
    this.fragmentBytes = plan.fragmentBytes();
    SplittableRandom random = new SplittableRandom(1);
    stack =
        Stack.builder()
            .entropy(random::nextLong)
            .profile(profile)
            .limits(limits)
            .pool(new BufferPool(POOL_BYTES))
            .build();
    stack.tick(clockAhead);
    link = new Capture(plan.mtu());
    itf =
        stack.addInterface(
            link,
            Objects.requireNonNull(
                Prefix.parse(addresses.local().toString() + (v4 ? "/16" : "/64"))));
    Prefix all = Objects.requireNonNull(Prefix.parse(v4 ? "0.0.0.0/0" : "::/0"));
    stack.addRoute(all, itf, IpAddress.parse(addresses.gateway()));
  }

  void watch(Runnable r) {
    watcher = r;
  }

  long now() {
    return now;
  }

  /** Does what is to be done at this moment. */
  void settle() {
    do {
      if (++wakes > MOST_WAKES) {
        throw new RestlessException(
            "the stack was woken " + MOST_WAKES + " times, and never rests");
      }
      stack.advance(now + clockAhead);
      boolean unused = itf.txQueue().drainTo(link);
    } while (stack.nextDeadline() <= now + clockAhead);
    watcher.run();
  }

  /** The next moment at which the stack has something to do. */
  long nextEvent() {
    while (!wakeups.isEmpty() && wakeups.peek() <= now) {
      wakeups.remove();
    }
    long next = stack.nextDeadline();
    next = next == Long.MAX_VALUE ? next : next - clockAhead;
    return wakeups.isEmpty() ? next : Math.min(next, wakeups.peek());
  }

  void wakeAt(long time) {
    wakeups.add(time);
  }

  long toleranceNanos() {
    return toleranceNanos;
  }

  int generation() {
    return generation;
  }

  /** Lets time pass up to and with {@code time}. */
  void advanceTo(long time) {
    while (nextEvent() <= time) {
      now = Math.max(now, nextEvent());
      settle();
    }
    now = Math.max(now, time);
    settle();
  }

  /**
   * The next packet that the stack sends at {@code limit} at the latest, or null; the clock stands
   * at its time, or at {@code limit}.
   */
  @Nullable Sent next(long limit) {
    settle();
    while (sent.isEmpty() && nextEvent() <= limit) {
      now = Math.max(now, nextEvent());
      settle();
    }
    Sent s = sent.poll();
    if (s == null) {
      now = Math.max(now, limit);
    }
    return s;
  }

  /** The packet behind the one that was taken, without taking it. */
  @Nullable Sent peek() {
    return sent.peek();
  }

  void drop() {
    sent.poll();
  }

  /**
   * A packet for the stack, now.
   *
   * @param flags as of a {@link PacketSink}
   */
  void inject(byte[] packet, int flags) {
    generation++;
    List<byte[]> pieces = Fragments.of(v4, packet, fragmentBytes, generation);
    for (byte[] piece : pieces) {
      injectOne(piece, pieces.size() > 1 ? 0 : flags);
    }
    byte[] answer = impostor == null ? null : impostor.answer(packet);
    if (answer != null) {
      sent.add(new Sent(now, answer));
    }
  }

  private void injectOne(byte[] packet, int flags) {
    MemorySegment.copy(packet, 0, in, ValueLayout.JAVA_BYTE, 0, packet.length);
    // A segment longer than the link carries is one that a device has put together.
    int most = itf.mtu() - (v4 ? 40 : 60);
    boolean together =
        packet.length > itf.mtu() && packet[v4 ? 9 : 6] == LivePacket.TCP && most > 0;
    int all = flags == 0 && together ? PacketSink.superSegment(most) : flags;
    stack.receive(itf, in, 0, packet.length, all, now + clockAhead);
  }

  @Override
  public void close() {
    stack.close();
    arena.close();
  }

  /** Both ends' addresses. */
  record Addresses(boolean v4, IpAddress local, IpAddress remote, String gateway) {
    static Addresses of(boolean v4) {
      return v4
          ? new Addresses(true, parse("192.168.0.1"), parse("192.0.2.1"), "192.168.0.2")
          : new Addresses(
              false, parse("fd3d:a0b:17d6::1"), parse("fd3d:fa7b:d17d::1"), "fd3d:a0b:17d6::2");
    }

    private static IpAddress parse(String s) {
      return Objects.requireNonNull(IpAddress.parse(s));
    }
  }

  /** Keeps what is transmitted. */
  private final class Capture extends PassiveLink {
    private final MemorySegment copy = arena.allocate(LARGEST, 8);

    Capture(int mtu) {
      super(new LinkProperties("tun0", mtu, false, false, false, false));
    }

    @Override
    public int transmit(TxPacket packet) {
      if (impostor != null) {
        return SENT;
      }
      int n = packet.copyTo(copy, 0);
      byte[] bytes = new byte[n];
      MemorySegment.copy(copy, ValueLayout.JAVA_BYTE, 0, bytes, 0, n);
      sent.add(new Sent(now, bytes));
      return SENT;
    }
  }
}
