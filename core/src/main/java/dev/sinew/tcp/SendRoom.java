package dev.sinew.tcp;

import dev.sinew.base.SeqNum;

/**
 * The send buffer as Linux counts it ({@code ProfileValues.sendRecordBytes}): in records, which are
 * what one super-segment may hold. Each costs its own size beside its bytes; as long as the sum is
 * below the limit another may begin, and one that has begun is filled, whatever the limit.
 */
final class SendRoom {
  /** The largest payload of a super-segment: 64 KiB less the headers that a device needs. */
  private static final int LARGEST = 65_535 - 320;

  /** Up to this window a record may take all of it, from there on half. */
  private static final int SMALL_WINDOW = 536;

  private SendRoom() {}

  private static int segment(Connection c) {
    return Math.max(1, c.effectiveMss - c.fixedOptionLength());
  }

  /** Bytes of a full record. */
  private static int record(Connection c) {
    int mss = segment(c);
    long window = c.maxSndWnd > SMALL_WINDOW ? c.maxSndWnd / 2 : c.maxSndWnd;
    return (int) Math.max(mss, Math.min(LARGEST, window) / mss * mss);
  }

  /** What the buffer's content is charged with. */
  static long charged(Connection c) {
    int record = record(c);
    int unsent = c.unsent();
    int sent = c.toSend.length() - unsent;
    long records = (sent + record - 1L) / record + (unsent + record - 1L) / record;
    return c.toSend.length() + records * c.profile().sendRecordBytes();
  }

  /**
   * How many of {@code length} bytes the buffer takes.
   *
   * @param lowat a record begins only while less than this is unsent
   */
  static int room(Connection c, int length, int lowat) {
    int record = record(c);
    int cost = record + c.profile().sendRecordBytes();
    int unsent = c.unsent();
    long begun = unsent == 0 ? 0 : (record - unsent % record) % record;
    long limit = c.sendBufferBytes;
    long free = limit - charged(c) - begun;
    long records = free <= 0 ? 0 : (free + cost - 1) / cost;
    if (lowat < Integer.MAX_VALUE) {
      long more = (long) lowat - unsent - begun + (unsent == 0 ? wholeRecords(c, record) : 0);
      records = Math.min(records, more <= 0 ? 0 : (more + record - 1) / record);
    }
    long leaves = unsent == 0 && records > 0 ? leaves(c, record) : 0;
    return (int) Math.min(length, begun + leaves + records * record);
  }

  /** {@code n} bytes were written: where records end that are full. */
  static void took(Connection c, int n) {
    if (c.profile().sendRecordBytes() == 0 || !c.state.synchronizedState()) {
      return;
    }
    int record = record(c);
    long tail = c.toSend.tailPosition();
    boolean first = c.unsent() == n;
    long from = first ? tail - n + Math.min(n, leaves(c, record)) : -1;
    c.toSend.marking().fill(from, tail, record, c.maxSndWnd / 2);
  }

  /**
   * What leaves while it is written: half a congestion window at a time, where that is less than a
   * record, and makes room in it.
   */
  private static long leaves(Connection c, int record) {
    return inParts(c, record) ? mayLeave(c) : 0;
  }

  /** Records that leave whole while others are written. */
  private static long wholeRecords(Connection c, int record) {
    return inParts(c, record) ? 0 : mayLeave(c) / record * record;
  }

  private static boolean inParts(Connection c, int record) {
    int mss = segment(c);
    return Math.max(1, c.recovery().control().window() / mss / 2) * mss < record;
  }

  private static long mayLeave(Connection c) {
    int mss = segment(c);
    long usable = c.sndWnd - SeqNum.diff(c.sndNxt, c.firstUnacknowledged());
    return Math.max(0, Math.min(c.recovery().quota(), usable) / mss * mss);
  }

  /** Who waits to write is woken when a third of the limit is free, and half of the low-water. */
  static boolean worthwhile(Connection c, int lowat) {
    long charged = charged(c);
    return c.sendBufferBytes - charged >= charged / 2 && 2L * c.unsent() < lowat;
  }

  /**
   * What the limit grows to when the application waits and the congestion window is not full: twice
   * the memory of its segments, each with its headers in a block of a power of two.
   */
  static long wanted(Connection c) {
    int mss = segment(c);
    long segments = Math.max(10, c.recovery().control().window() / mss);
    long block = Long.highestOneBit(Math.max(c.sendMss, mss) + 640 - 1L) << 1;
    boolean filled = c.recovery().inFlight() + mss > c.recovery().control().window();
    return filled ? 0 : 2 * segments * (block + 256);
  }
}
