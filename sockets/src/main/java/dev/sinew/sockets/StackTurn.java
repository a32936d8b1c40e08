package dev.sinew.sockets;

import dev.sinew.base.Counter;
import dev.sinew.base.Endpoint;
import dev.sinew.ip.NetworkInterface;
import dev.sinew.link.Link;
import dev.sinew.stack.Stack;
import dev.sinew.tcp.TcpEndpoint;
import java.lang.System.Logger.Level;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What whoever owns the stack does for it: takes packets from the links, lets it work, hands
 * packets to the links, tells the listeners. An exception out of the stack is a defect of ours: it
 * is counted, logged once, and what can be put right is put right, so that one packet or one
 * connection does not take the others with it. Guarded by the runner's lock.
 */
final class StackTurn {
  /** Packets per link before the stack gets to send. */
  static final int BATCH = 64;

  /** The same for a link of super-segments: what the caches hold until it is read. */
  static final int SUPER_BATCH = 16;

  /** Batches per turn, so that a flood does not keep the lock. */
  private static final int MAX_ROUNDS = 16;

  private static final System.Logger LOG = System.getLogger(StackTurn.class.getName());

  private final Stack stack;
  private final LongSupplier clock;
  private final BooleanSupplier mustBeHeard;
  private final List<LinkPort> ports;
  private boolean logged;

  /** Rounds since the timers had their turn. */
  private int roundsWithoutTimers;

  /** Packets that the last turn moved, either way. */
  int moved;

  /**
   * @param mustBeHeard whether somebody waits for the lock's release to hear what has happened: a
   *     turn ends there
   * @param severalQueues the links' side queues are used
   */
  StackTurn(Stack stack, LongSupplier clock, BooleanSupplier mustBeHeard, boolean severalQueues) {
    this.stack = stack;
    this.clock = clock;
    this.mustBeHeard = mustBeHeard;
    // The stack itself carries the packets of its loopback interface.
    this.ports =
        stack.interfaces().stream()
            .filter(itf -> !itf.link().properties().loopback())
            .flatMap(itf -> queuesOf(itf, severalQueues))
            .toList();
  }

  /** The link first, which is its own first queue. */
  private Stream<LinkPort> queuesOf(NetworkInterface itf, boolean severalQueues) {
    Link link = itf.link();
    if (!severalQueues || link.sideQueues().isEmpty()) {
      return Stream.of(new LinkPort(this, itf, link, stack.arrival(), null));
    }
    Spreading spreading = new Spreading(link);
    return Stream.concat(Stream.of(link), link.sideQueues().stream())
        .map(queue -> new LinkPort(this, itf, queue, stack.arrival(), spreading));
  }

  List<LinkPort> ports() {
    return ports;
  }

  /**
   * One turn.
   *
   * @param devices take packets from the devices too, and fire timers; else only send what calls
   *     have caused
   * @param own the port whose thread this is; null for others
   * @return true when there is more to do at once
   */
  boolean run(boolean devices, @Nullable LinkPort own) {
    moved = 0;
    boolean again = true;
    // Who can read without the stack keeps it for no longer than it has to.
    int rounds = own != null && own.isReadAhead() ? 1 : MAX_ROUNDS;
    for (int round = 0; again && round < rounds; round++) {
      again = round(devices, own);
      tellListeners();
      if (mustBeHeard.getAsBoolean()) {
        break;
      }
    }
    return again;
  }

  private boolean round(boolean devices, @Nullable LinkPort own) {
    boolean drained = true;
    boolean seenAll = true;
    long now = clock.getAsLong();
    if (devices) {
      int received = 0;
      for (int i = 0; i < ports.size(); i++) {
        LinkPort p = ports.get(i);
        received += p.receive(now, p == own);
        drained &= p.drained;
        seenAll &= !p.readElsewhere;
      }
      moved += received;
      if (received > 1) {
        now = clock.getAsLong(); // a single one takes no time that counts
      }
      roundsWithoutTimers++;
    }
    // After a pause of the process, packets that came in time must not find that a timer has given
    // them up: timers wait until the links are empty, or until they have waited long enough.
    boolean timers = devices && ((drained && seenAll) || roundsWithoutTimers >= MAX_ROUNDS);
    if (timers) {
      roundsWithoutTimers = 0;
    }
    letWork(now, timers);
    for (int i = 0; i < ports.size(); i++) {
      LinkPort p = ports.get(i);
      if (p.queue == p.link) {
        moved += p.transmit();
      }
    }
    return devices && (!drained || (timers && stack.nextDeadline() <= now));
  }

  private void letWork(long now, boolean timers) {
    try {
      if (timers) {
        stack.advance(now);
      } else {
        stack.flush(now);
      }
    } catch (RuntimeException | Error e) {
      log("timers and output", e);
    }
  }

  void receive(
      NetworkInterface itf,
      MemorySegment memory,
      long offset,
      int length,
      int flags,
      long ingressTime) {
    try {
      stack.receive(itf, memory, offset, length, flags, ingressTime);
    } catch (RuntimeException | Error e) {
      log("a received packet", e);
    }
  }

  /** Tells the listener of each endpoint to which something happened. */
  private void tellListeners() {
    for (Endpoint e = stack.takeReady(); e != null; e = stack.takeReady()) {
      if (e.attachment() instanceof EndpointListener listener) {
        try {
          listener.ready(e, e.readiness());
        } catch (RuntimeException | Error x) {
          failed("an endpoint's listener", x);
          abandon(e);
        }
      }
    }
  }

  /** Resets an endpoint that can't go on. */
  void abandon(Endpoint e) {
    e.attach(null);
    try {
      if (e instanceof TcpEndpoint tcp) {
        tcp.abort();
      }
      e.close();
    } catch (RuntimeException | Error x) {
      failed("the reset of an endpoint", x);
    }
  }

  /** A failure that the stack itself has not counted. */
  void failed(String where, Throwable e) {
    stack.counters().inc(Counter.SinewInternalErrors);
    log(where, e);
  }

  private void log(String where, Throwable e) {
    if (!logged) {
      logged = true;
      LOG.log(
          Level.WARNING,
          "Internal error in " + where + " (later ones are only counted, as SinewInternalErrors)",
          e);
    }
  }
}
