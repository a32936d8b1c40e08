package dev.sinew.tcp;

import dev.sinew.base.Profile;
import dev.sinew.base.Seq;
import dev.sinew.base.SeqNum;
import dev.sinew.observe.SendCause;
import dev.sinew.wire.Segment;
import dev.sinew.wire.TcpHeader;

/**
 * A receive window by memory, as Linux has it ({@code tcp_select_window}, {@code tcp_grow_window}):
 * a segment is charged with the memory of the packet it came in, a limit of twice the buffer holds
 * the charges of what is unread or waits behind a gap, and the ratio of payload to charge, as the
 * last larger segment size showed it, makes a window of what is left. A segment beyond the window
 * is taken whole when nothing is unread, and else dropped whole.
 */
final class MemoryWindow extends ReceiveWindow {
  private static final int DESCRIPTOR = 256;
  private static final int PAGE = 4096;

  /** What a packet's head has before and behind the bytes, of which it holds so many. */
  private static final int HEADROOM = 64;

  private static final int HEAD_END = 320;
  private static final int HEAD = PAGE - HEADROOM - HEAD_END;

  /** No head is smaller. */
  private static final int SMALL_HEAD = 704;

  /** Payload that a packet of one page holds after unread ones were copied together. */
  private static final int COLLAPSED = PAGE - HEAD_END;

  private static final int RATIO_SHIFT = 8;

  /** Of a packet's memory so many 256ths are payload: half until a segment tells. */
  private int ratio = 128;

  /** The window may grow to this ({@code rcv_ssthresh}), and never beyond {@link #clamp}. */
  private long threshold;

  private long clamp;

  /** The largest limit that {@link #clamp} knows of. */
  private long knownLimit;

  /** The size of the peer's segments as far as it is known ({@code rcv_mss}). */
  private int segmentSize;

  /** The window offered last, and RCV.NXT then. */
  private long offered;

  @Seq private int offeredAt;

  // What is charged, by the position after its last byte; a ring, sorted.
  private long[] ends = new long[8];
  private int[] charges = new int[8];
  private int head;
  private int count;
  private long charged;

  MemoryWindow(Connection c) {
    threshold = firstSpace(c.options.receiveBufferFixed, c.receiveBufferBytes, c.rcvMss);
    clamp = 65_535L << c.rcvScale;
    knownLimit = limit(c);
    segmentSize = (int) Math.max(88, Math.min(536, Math.min(c.rcvMss, threshold / 2)));
    offeredAt = c.rcvNxt;
    offered = SeqNum.diff(c.rcvAdv, c.rcvNxt);
  }

  /** What there is to offer before anything has come: whole segments. */
  static long firstSpace(boolean fixed, int bufferBytes, int mss) {
    long space = fixed ? bufferBytes : bufferBytes / 2;
    return space > mss ? space - space % mss : space;
  }

  /** What is charged at most: the size that an application asks for counts twice. */
  private static long limit(Connection c) {
    return c.options.receiveBufferFixed ? 2L * c.receiveBufferBytes : c.receiveBufferBytes;
  }

  private long window(long memory) {
    return memory * ratio >> RATIO_SHIFT;
  }

  /** How much of the window offered last is left. */
  private long remaining(Connection c) {
    return Math.max(0, offered - SeqNum.diff(c.rcvNxt, offeredAt));
  }

  // ---- what comes

  @Override
  int room(Connection c, @Seq int from, int length) {
    long left = remaining(c) - SeqNum.diff(from, c.rcvNxt);
    if (left <= 0) {
      return 0;
    }
    int room = SeqNum.diff(c.rcvAdv, from);
    return length <= room || c.received.readable() == 0 ? length : 0;
  }

  /** There is no memory for that many bytes. In order, the first are taken whatever their size. */
  @Override
  boolean refuses(Connection c, int length, boolean behindGap) {
    release(c);
    long limit = limit(c);
    if (charged + length <= limit) {
      return false;
    }
    if (!behindGap) {
      collapse(c);
      Acknowledging.atOnce(c, SendCause.ACK);
    }
    return charged + length > limit && (behindGap || c.received.readable() > 0);
  }

  @Override
  void stored(Connection c, Segment s, long end, int advanced) {
    if (advanced < 0) {
      return;
    }
    int header = (c.flow.v4 ? 20 : 40) + TcpHeader.MIN_LENGTH + (c.timestamps ? 12 : 0);
    int charge = charge(s.dataLength + header);
    measure(c, s, charge);
    if (advanced == 0) {
      if (c.sackPermitted) {
        grow(c, s.dataLength, charge);
      }
      insert(end, charge);
      makeRoomForGap(c);
      return;
    }
    insert(end, charge);
    grow(c, s.dataLength, charge);
    if (window(limit(c) - charged) < full(c) / 2) {
      c.quickAcks = 0;
    }
  }

  /** The memory of a packet of that many bytes that came through a device. */
  private static int charge(int bytes) {
    if (bytes + HEADROOM < PAGE) {
      int head = bytes + HEADROOM + HEAD_END;
      return DESCRIPTOR + (head <= SMALL_HEAD ? SMALL_HEAD : Integer.highestOneBit(head - 1) << 1);
    }
    return DESCRIPTOR + PAGE + (bytes - HEAD + PAGE - 1) / PAGE * PAGE;
  }

  private void measure(Connection c, Segment s, int charge) {
    int size = Math.min(s.largestData(), c.rcvMss);
    if (size <= segmentSize) {
      return;
    }
    segmentSize = size;
    int before = ratio;
    ratio = Math.clamp(((long) s.dataLength << RATIO_SHIFT) / charge, 1, 255);
    if (ratio == before) {
      return;
    }
    long most = Math.max(1152, window(limit(c)));
    threshold =
        most < clamp ? Math.min(threshold, most) : Math.max(threshold, Math.min(offered, most));
    clamp = most;
  }

  private void grow(Connection c, int length, int charge) {
    if (limit(c) > knownLimit) {
      knownLimit = limit(c);
      clamp = Math.max(clamp, window(knownLimit));
    }
    long room = Math.min(clamp, window(limit(c) - charged)) - threshold;
    if (length < 128 || room <= 0) {
      return;
    }
    long step = window(charge) <= length ? 2L * c.rcvMss : slowly(c, length, charge);
    if (step > 0) {
      threshold += Math.min(room, Math.max(step, 2L * length));
    }
  }

  /** Small segments fill memory faster than the window: it grows the less the larger it is. */
  private long slowly(Connection c, int length, int charge) {
    long wasted = window(charge) >> 1;
    long most = window(c.layer.context.limits.maxReceiveBufferBytes()) >> 1;
    while (threshold <= most) {
      if (wasted <= length) {
        return 2L * segmentSize;
      }
      wasted >>= 1;
      most >>= 1;
    }
    return 0;
  }

  /**
   * A buffer that grows by itself has room for what waits behind a gap too ({@code
   * tcp_rcvbuf_grow}), once the application has the connection.
   */
  private void makeRoomForGap(Connection c) {
    if (c.options.receiveBufferFixed
        || !c.profile().autoTuneReceive()
        || c.endpoint.listener != null) {
      return;
    }
    long bytes = 2L * 10 * c.rcvMss + (c.received.lastPosition() - c.received.nextPosition());
    long most = c.layer.context.limits.maxReceiveBufferBytes();
    long wanted = Math.min(most, (bytes << RATIO_SHIFT) / ratio);
    int more = c.layer.memory.grow(c, wanted - c.receiveBufferBytes);
    if (more > 0) {
      c.receiveBufferBytes += more;
      knownLimit = c.receiveBufferBytes;
      clamp = window(knownLimit);
    }
  }

  // ---- what is offered

  private long full(Connection c) {
    return Math.min(clamp, window(limit(c)));
  }

  /** The window that the memory allows. */
  private long select(Connection c) {
    release(c);
    int scale = c.rcvScale;
    long free = window(limit(c) - charged);
    if (c.layer.memory.pressure()) {
      // What was promised, or two segments for who holds nothing.
      return Math.max(0, Math.min(free, Acknowledging.room(c)));
    }
    long all = window(limit(c));
    long full = full(c);
    long mss = Math.min(segmentSize, full);
    boolean exact = shrinks(c);
    if (exact) {
      free = free >> scale << scale;
    }
    if (free < full / 2) {
      free = free >> scale << scale;
      if (free < all >> 4 || free < mss || free <= 0) {
        return 0;
      }
    }
    if (free > threshold) {
      free = threshold;
    } else if (exact) {
      return free;
    }
    if (scale > 0) {
      return up(free, scale);
    }
    if (offered <= free - mss || offered > free || offered < mss) {
      return free < mss ? free : free - free % mss;
    }
    return mss == full && free > offered + full / 2 ? free : offered;
  }

  private static boolean shrinks(Connection c) {
    return c.profile().windowOffer() == Profile.WindowOffer.SHRINKING_MEMORY && c.rcvScale > 0;
  }

  private static long up(long bytes, int scale) {
    return (bytes + (1L << scale) - 1) >> scale << scale;
  }

  @Override
  int offer(Connection c) {
    int scale = c.rcvScale;
    long remaining = remaining(c);
    long next = select(c);
    if (next < remaining && !shrinks(c)) {
      next = up(remaining, scale);
    }
    long field = Math.min(next >> scale, 65_535);
    offered = field << scale;
    offeredAt = c.rcvNxt;
    c.rcvAdv = SeqNum.max(c.rcvAdv, c.rcvNxt + (int) offered);
    return (int) field;
  }

  @Override
  boolean worthTelling(Connection c, long room) {
    long remaining = remaining(c);
    if (2 * remaining > clamp) {
      return false;
    }
    // More than the header can say is no news for the peer.
    long next = Math.min(select(c), 65_535L << c.rcvScale);
    return next >> c.rcvScale > 0 && next >= 2 * remaining;
  }

  /** More than a segment is not acknowledged, and the window need not shrink for it. */
  @Override
  boolean owes(Connection c, int unacknowledged) {
    return unacknowledged > segmentSize && select(c) >= offered;
  }

  /** More than a segment was waiting for the application to read it. */
  @Override
  boolean owesAfterRead(Connection c) {
    return SeqNum.diff(c.rcvNxt, c.lastAckSent) > segmentSize;
  }

  // ---- charges

  /** What was read, or dropped behind a gap, is charged no longer. */
  private void release(Connection c) {
    long read = c.received.readPosition();
    while (count > 0 && ends[head] <= read) {
      charged -= charges[head];
      head = head + 1 & ends.length - 1;
      count--;
    }
    long last = c.received.lastPosition();
    while (count > 0 && ends[head + count - 1 & ends.length - 1] > last) {
      count--;
      charged -= charges[head + count & ends.length - 1];
    }
  }

  private void insert(long end, int charge) {
    if (count == ends.length) {
      enlarge();
    }
    int mask = ends.length - 1;
    int i = count;
    while (i > 0 && ends[head + i - 1 & mask] > end) {
      ends[head + i & mask] = ends[head + i - 1 & mask];
      charges[head + i & mask] = charges[head + i - 1 & mask];
      i--;
    }
    ends[head + i & mask] = end;
    charges[head + i & mask] = charge;
    count++;
    charged += charge;
  }

  private void enlarge() {
    long[] moreEnds = new long[2 * ends.length];
    int[] moreCharges = new int[2 * ends.length];
    for (int i = 0; i < count; i++) {
      moreEnds[i] = ends[head + i & ends.length - 1];
      moreCharges[i] = charges[head + i & ends.length - 1];
    }
    ends = moreEnds;
    charges = moreCharges;
    head = 0;
  }

  /** Unread segments are copied together, which pays when they were small. */
  private void collapse(Connection c) {
    long next = c.received.nextPosition();
    int unread = 0;
    long now = 0;
    while (unread < count && ends[head + unread & ends.length - 1] <= next) {
      now += charges[head + unread & ends.length - 1];
      unread++;
    }
    long less = Math.ceilDiv(c.received.readable(), COLLAPSED) * (long) (DESCRIPTOR + PAGE);
    if (unread > 1 && less < now) {
      head = head + unread - 1 & ends.length - 1;
      count -= unread - 1;
      ends[head] = next;
      charges[head] = (int) less;
      charged += less - now;
    }
  }
}
