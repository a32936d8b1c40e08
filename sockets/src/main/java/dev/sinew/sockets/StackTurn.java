package dev.sinew.sockets;

import dev.sinew.base.Counter;
import dev.sinew.base.Endpoint;
import dev.sinew.ip.NetworkInterface;
import dev.sinew.stack.Stack;
import dev.sinew.tcp.TcpEndpoint;
import java.lang.System.Logger.Level;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.LongSupplier;

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
  private final List<LinkPort> ports;
  private final int roundsPerTurn;
  private int roundsUndrained;
  private boolean logged;

  /** Packets that the last turn moved, either way. */
  int moved;

  StackTurn(Stack stack, LongSupplier clock) {
    this.stack = stack;
    this.clock = clock;
    // The stack itself carries the packets of its loopback interface.
    this.ports =
        stack.interfaces().stream()
            .filter(itf -> !itf.link().properties().loopback())
            .map(itf -> new LinkPort(this, itf))
            .toList();
    boolean supers = ports.stream().anyMatch(LinkPort::carriesSuperSegments);
    this.roundsPerTurn = supers ? 1 : MAX_ROUNDS;
  }

  List<LinkPort> ports() {
    return ports;
  }

  /**
   * One turn.
   *
   * @param devices take packets from the devices too, and fire timers; else only send what calls
   *     have caused
   * @return true when there is more to do at once
   */
  boolean run(boolean devices) {
    moved = 0;
    boolean again = true;
    for (int round = 1; again && round <= roundsPerTurn; round++) {
      again = round(devices);
    }
    tellListeners();
    return again;
  }

  private boolean round(boolean devices) {
    boolean drained = true;
    if (devices) {
      long ingressTime = clock.getAsLong();
      for (LinkPort p : ports) {
        int n = p.receive(ingressTime);
        moved += n;
        drained &= n < p.batch;
      }
      roundsUndrained = drained ? 0 : roundsUndrained + 1;
    }
    // After a pause of the process, packets that came in time must not find that a timer has given
    // them up: timers wait until the
    // links are empty, or until they have waited long enough.
    long now = clock.getAsLong();
    letWork(now, devices && (drained || roundsUndrained >= MAX_ROUNDS));
    for (LinkPort p : ports) {
      moved += p.transmit();
    }
    return devices && (!drained || stack.nextDeadline() <= now);
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
