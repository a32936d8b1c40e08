package dev.sinew.ip;

import dev.sinew.base.Counter;
import dev.sinew.base.SipHash;
import dev.sinew.base.Timer;
import dev.sinew.observe.DropReason;
import dev.sinew.wire.IcmpHeader;
import dev.sinew.wire.IpPacket;
import dev.sinew.wire.IpProtocol;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Puts fragments together (RFC 791 section 3.2, RFC 8200 section 4.5). An overlap that is not an
 * exact duplicate kills its datagram, pieces yet to come included. Memory is bounded for all, for
 * one source and for one datagram; the oldest datagram goes first.
 *
 * <p>Sources are told apart by a keyed hash of 1,024 values: two that fall together share one
 * allowance, and nobody can choose with whom.
 */
final class Reassembly {
  private static final int BUCKETS = 1024;

  /** The largest packet, and the longest chain of extension headers before it. */
  private static final int SCRATCH = 65_536 + 1024;

  private static final int V6_INCOMPLETE_HEADER_CHAIN = 3;

  private final StackContext context;
  private final IcmpErrors errors;
  private final SipHash hash;
  private final QuotedPacket upper = new QuotedPacket();
  private final IpPacket first = new IpPacket();
  private final Timer timer =
      new Timer() {
        @Override
        protected void fire(long now) {
          expire(now);
        }
      };

  private @Nullable PartialDatagram oldest;
  private @Nullable PartialDatagram newest;
  private @Nullable PartialDatagram[] newestInBucket = new PartialDatagram[0];
  private long[] bucketBytes = new long[0];
  private long bytes;
  private MemorySegment scratch = MemorySegment.NULL;

  Reassembly(StackContext context, IcmpErrors errors) {
    this.context = context;
    this.errors = errors;
    this.hash = new SipHash(context.entropy);
  }

  /**
   * Where {@link #add} has put a whole packet together, from its first byte on; until the next
   * call.
   */
  MemorySegment memory() {
    return scratch;
  }

  /** Takes a fragment. Returns the length of the packet that it completes, or 0. */
  int add(IpPacket p, long now) {
    prepare();
    if (isTiny(p)) {
      drop(DropReason.FRAGMENT, Counter.IpReasmFails, now);
      return 0;
    }
    if (p.fragmentOffset == 0 && !p.v4 && !hasUpperHeader(p)) {
      drop(DropReason.FRAGMENT, Counter.IpReasmFails, now);
      errors.sendParameterProblem(p, V6_INCOMPLETE_HEADER_CHAIN, 0, now);
      return 0;
    }
    PartialDatagram d = find(p);
    if (d == null) {
      d = start(p, now);
    }
    if (d.poisoned) {
      drop(DropReason.FRAGMENT_OVERLAP, Counter.IpReasmFails, now);
      return 0;
    }
    int fit = d.classify(p);
    if (fit == PartialDatagram.DUPLICATE) {
      context.observer.packetDropped(now, DropReason.FRAGMENT);
      return 0;
    }
    if (fit == PartialDatagram.OVERLAP) {
      context.counters.inc(Counter.IpReasmOverlaps);
      poison(d);
      drop(DropReason.FRAGMENT_OVERLAP, Counter.IpReasmFails, now);
      return 0;
    }
    if (d.count() == context.limits.reassemblyFragments()) {
      poison(d);
      drop(DropReason.FRAGMENT_LIMIT, Counter.IpReasmFails, now);
      return 0;
    }
    return store(d, p, now);
  }

  private int store(PartialDatagram d, IpPacket p, long now) {
    int extra = d.extraCharge(p);
    if (!makeRoom(d, extra)) {
      remove(d);
      drop(DropReason.FRAGMENT_LIMIT, Counter.IpReasmFails, now);
      return 0;
    }
    int before = d.charge();
    boolean stored = d.add(p, context.pool);
    charge(d, d.charge() - before);
    if (!stored) {
      remove(d);
      drop(DropReason.MEMORY, Counter.IpReasmFails, now);
      return 0;
    }
    if (!d.isComplete()) {
      return 0;
    }
    int length = d.assemble(scratch);
    remove(d);
    if (length == 0) {
      drop(DropReason.FRAGMENT, Counter.IpReasmFails, now);
    } else {
      context.counters.inc(Counter.IpReasmOKs);
    }
    return length;
  }

  /**
   * A malformed fragment came in: its datagram, if there is one, can never be what its sender
   * meant.
   */
  void abandon(IpPacket p) {
    PartialDatagram d = bucketBytes.length == 0 ? null : find(p);
    if (d != null && !d.poisoned) {
      context.counters.inc(Counter.IpReasmFails);
      poison(d);
    }
  }

  void close() {
    while (oldest != null) {
      remove(oldest);
    }
    context.timers.remove(timer);
  }

  /**
   * The tables and the place for whole packets are made when the first fragment comes: most stacks
   * never see one.
   */
  private void prepare() {
    if (bucketBytes.length == 0) {
      bucketBytes = new long[BUCKETS];
      newestInBucket = new PartialDatagram[BUCKETS];
      scratch = Arena.ofAuto().allocate(SCRATCH, 64);
    }
  }

  /** Pieces that split a TCP header serve only to slip past filters (RFC 1858). */
  private static boolean isTiny(IpPacket p) {
    return p.v4
        && p.protocol == IpProtocol.TCP
        && (p.fragmentOffset == 8 || (p.fragmentOffset == 0 && p.payloadLength < 16));
  }

  /** The first fragment must hold every header up to the transport's (RFC 8200 section 4.5). */
  private boolean hasUpperHeader(IpPacket p) {
    return upper.parse(p.memory, p.offset, p.totalLength)
        && upper.packet().payloadLength >= (upper.packet().protocol == IpProtocol.TCP ? 20 : 8);
  }

  private int bucketOf(IpPacket p) {
    return (int) hash.hash(p.sourceHigh, p.sourceLow) & (BUCKETS - 1);
  }

  private @Nullable PartialDatagram find(IpPacket p) {
    PartialDatagram d = newestInBucket[bucketOf(p)];
    while (d != null && !d.matches(p)) {
      d = d.olderInBucket;
    }
    return d;
  }

  private PartialDatagram start(IpPacket p, long now) {
    int bucket = bucketOf(p);
    PartialDatagram d =
        new PartialDatagram(p, bucket, now + context.limits.reassemblyTimeoutNanos());
    link(d);
    charge(d, d.charge());
    if (!timer.armed()) {
      context.timers.arm(timer, d.deadline);
    }
    return d;
  }

  private void link(PartialDatagram d) {
    d.older = newest;
    if (newest == null) {
      oldest = d;
    } else {
      newest.newer = d;
    }
    newest = d;
    PartialDatagram before = newestInBucket[d.bucket];
    d.olderInBucket = before;
    if (before != null) {
      before.newerInBucket = d;
    }
    newestInBucket[d.bucket] = d;
  }

  private void remove(PartialDatagram d) {
    charge(d, -d.charge());
    d.release();
    if (d.older == null) {
      oldest = d.newer;
    } else {
      d.older.newer = d.newer;
    }
    if (d.newer == null) {
      newest = d.older;
    } else {
      d.newer.older = d.older;
    }
    if (d.olderInBucket != null) {
      d.olderInBucket.newerInBucket = d.newerInBucket;
    }
    if (d.newerInBucket == null) {
      newestInBucket[d.bucket] = d.olderInBucket;
    } else {
      d.newerInBucket.olderInBucket = d.olderInBucket;
    }
    if (oldest == null) {
      context.timers.disarm(timer);
    }
  }

  private void poison(PartialDatagram d) {
    int before = d.charge();
    d.release();
    d.poisoned = true;
    charge(d, d.charge() - before);
  }

  private void charge(PartialDatagram d, int by) {
    bytes += by;
    bucketBytes[d.bucket] += by;
  }

  /**
   * Lets the oldest datagrams go, of this source and of all, until {@code extra} bytes more are
   * allowed. False when {@code d} itself had to go.
   */
  private boolean makeRoom(PartialDatagram d, int extra) {
    long mostHere = context.limits.reassemblyBytesPerSource();
    while (bucketBytes[d.bucket] + extra > mostHere) {
      PartialDatagram victim = oldestInBucket(d);
      if (victim == d) {
        return false;
      }
      evict(victim);
    }
    while (bytes + extra > context.limits.reassemblyBytes()) {
      PartialDatagram victim = oldest;
      if (victim == d || victim == null) {
        return false;
      }
      evict(victim);
    }
    return true;
  }

  /** Walks a bucket, which its allowance keeps short. */
  private static PartialDatagram oldestInBucket(PartialDatagram d) {
    PartialDatagram o = d;
    while (o.olderInBucket != null) {
      o = o.olderInBucket;
    }
    return o;
  }

  private void evict(PartialDatagram victim) {
    context.counters.inc(Counter.IpReasmFails);
    remove(victim);
  }

  private void expire(long now) {
    while (oldest != null && oldest.deadline <= now) {
      PartialDatagram d = oldest;
      context.counters.inc(Counter.IpReasmTimeout);
      context.counters.inc(Counter.IpReasmFails);
      int length = d.hasFirst() ? d.copyFirst(scratch) : 0;
      remove(d);
      if (length > 0 && first.parse(scratch, 0, length) == IpPacket.OK) {
        errors.sendTimeExceeded(first, IcmpHeader.REASSEMBLY_TIME_EXCEEDED, now);
      }
    }
    if (oldest != null) {
      context.timers.arm(timer, oldest.deadline);
    }
  }

  private void drop(DropReason reason, Counter counter, long now) {
    context.counters.inc(counter);
    context.observer.packetDropped(now, reason);
  }
}
