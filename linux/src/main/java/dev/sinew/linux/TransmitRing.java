package dev.sinew.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import dev.sinew.link.TxPacket;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.util.function.LongSupplier;

/**
 * Frames that wait in memory that the kernel shares with us, and leave by one system call for all:
 * {@code PACKET_TX_RING} with {@code TPACKET_V2} (linux/if_packet.h), and {@code PACKET_LOSS}, so
 * that the kernel skips a frame that makes no sense to it.
 *
 * <p>The kernel takes the frames in order, and where one is refused it stands still at that one for
 * ever. Such a frame is made senseless here, and so it is dropped, as it is where each frame is
 * written by itself.
 *
 * <p>Used by whoever runs the stack.
 */
final class TransmitRing {
  /** What the kernel reads begins behind the {@code struct tpacket2_hdr}. */
  static final int HEADERS = 32;

  // struct tpacket2_hdr
  private static final int STATUS = 0;
  private static final int LENGTH = 4;

  // TP_STATUS_…; the bits above say how a frame was stamped with the time.
  private static final int AVAILABLE = 0;
  private static final int SEND_REQUEST = 1;
  private static final int STATES = 7;

  /** How many bytes of the frame are its headers, as its virtio-net header says. */
  private static final int HEADER_LENGTH = HEADERS + 2;

  private static final short TOO_LONG = -1;

  private static final VarHandle STATUS_HANDLE = JAVA_INT.varHandle();

  private final MemorySegment memory;
  private final RingGeometry geometry;
  private final int prefix;
  private final LongSupplier kernel;

  /** The frame that is filled next. */
  private int current;

  /** The first of those that the kernel may not have taken. */
  private int first;

  /** How many those are: from {@link #first} to {@link #current}. */
  private int waitingCount;

  /** Frames that are to be dropped are still in the ring. */
  private boolean hasRefused;

  private int refusedCount;

  /**
   * @param memory of {@link RingGeometry#totalBytes}
   * @param prefix bytes of the virtio-net and link headers before each packet
   * @param kernel sends what waits, without waiting itself; a negated error number, or another
   *     number when nothing waits any more
   */
  TransmitRing(MemorySegment memory, RingGeometry geometry, int prefix, LongSupplier kernel) {
    this.memory = memory;
    this.geometry = geometry;
    this.prefix = prefix;
    this.kernel = kernel;
  }

  /** The next frame is free: the kernel has sent what was in it. */
  boolean hasRoom() {
    return state(current) == AVAILABLE;
  }

  /** Whether a packet of that many bytes, headers before it not counted, fits into a frame. */
  boolean fits(int packetBytes) {
    return HEADERS + prefix + packetBytes <= geometry.frameBytes();
  }

  /** Copies a packet that {@link #fits} into the next frame, which is free. */
  void put(TxPacket packet) {
    long at = geometry.offset(current);
    long content = at + HEADERS;
    MemorySegment.copy(packet.header(), packet.headerOffset() - prefix, memory, content, prefix);
    int length = prefix + packet.copyTo(memory, content + prefix);
    // All of it: the kernel copies the frame then, which costs it less than to hold the page.
    memory.set(JAVA_SHORT_UNALIGNED, at + HEADER_LENGTH, (short) (length - VirtioNetHeader.BYTES));
    memory.set(JAVA_INT, at + LENGTH, length);
    STATUS_HANDLE.setRelease(memory, at + STATUS, SEND_REQUEST);
    current = geometry.next(current);
    waitingCount++;
  }

  /** There are frames that the kernel has not been told of, or has not taken. */
  boolean isWaiting() {
    return waitingCount > 0 || hasRefused;
  }

  /**
   * Has what waits sent.
   *
   * @return 0 when nothing waits any more, or the negated error number that the last frame was
   *     refused with, or EAGAIN: the rest has to wait
   */
  int send() {
    int answer = 0;
    while (isWaiting()) {
      int result = (int) Math.min(kernel.getAsLong(), 0);
      if (result == 0) {
        first = current;
        waitingCount = 0;
        hasRefused = false;
        break;
      }
      answer = result;
      if (result == -Errno.EAGAIN || waitingCount == 0) {
        break;
      }
      refuse();
    }
    return answer;
  }

  /** The kernel stands at the first that it has not taken. */
  private void refuse() {
    while (waitingCount > 0 && state(first) != SEND_REQUEST) {
      skip();
    }
    if (waitingCount > 0) {
      memory.set(JAVA_SHORT_UNALIGNED, geometry.offset(first) + HEADER_LENGTH, TOO_LONG);
      skip();
      hasRefused = true;
      refusedCount++;
    }
  }

  private void skip() {
    first = geometry.next(first);
    waitingCount--;
  }

  /** How many frames have been refused since this was last asked. */
  int takeRefusedCount() {
    int n = refusedCount;
    refusedCount = 0;
    return n;
  }

  private int state(int i) {
    return (int) STATUS_HANDLE.getAcquire(memory, geometry.offset(i) + STATUS) & STATES;
  }
}
