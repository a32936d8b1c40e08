package dev.sinew.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import dev.sinew.base.Block;
import dev.sinew.link.PacketSink;
import dev.sinew.link.ReceiveQueue;
import dev.sinew.link.TxPacket;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * One queue of a {@link DeviceLink}: what is needed to receive from it and to wait for it. Nothing
 * in it is shared with another queue but the link's failure.
 */
final class DeviceQueue implements ReceiveQueue {
  /**
   * Room before a received packet, as before one to send: a forwarded packet can be sent from where
   * it lies.
   */
  private static final int HEADROOM = TxPacket.HEADROOM;

  /**
   * No packet is larger: the kernel's super-segments end at 64 KiB with all headers, and a
   * jumbogram cannot pass such a device.
   */
  private static final int LARGEST_PACKET = 65_536;

  private static final int POLLFD_BYTES = 8;
  private static final int POLL_FAILED = Posix.POLLERR | Posix.POLLHUP | Posix.POLLNVAL;

  /** Memory that different threads write is this far apart at least. */
  private static final int CACHE_LINE = 64;

  private final DeviceLink link;
  private final int device;
  private final int event;

  /** Each packet has a virtio-net header. */
  private final boolean virtio;

  /** Bytes of the Ethernet header before each packet, or 0. */
  private final int linkBytes;

  /** Bytes of all headers before the IP packet. */
  private final int prefix;

  private final DescriptorGuard guard;

  // The memory lives as long as this object: no call can outlive it, and closing needs no handshake
  // of threads.
  private final Arena arena = Arena.ofAuto();

  // Used by the thread in receive.
  private final MemorySegment buffer = arena.allocate(HEADROOM + LARGEST_PACKET, CACHE_LINE);
  private final MemorySegment errno = arena.allocate(CACHE_LINE, CACHE_LINE);

  // Used by the thread in await.
  private final MemorySegment waitMemory = arena.allocate(2 * CACHE_LINE, CACHE_LINE);
  private final MemorySegment pollSet = waitMemory.asSlice(0, 2 * POLLFD_BYTES);
  private final MemorySegment timeout = waitMemory.asSlice(16, 16);
  private final MemorySegment count = waitMemory.asSlice(32, 8);
  private final MemorySegment awaitErrno = waitMemory.asSlice(CACHE_LINE, Posix.ERRNO_LAYOUT);

  // Used by any thread: the one is only read, and nobody looks at the other.
  private final MemorySegment one = arena.allocate(CACHE_LINE, CACHE_LINE);
  private final MemorySegment wakeupErrno = arena.allocate(CACHE_LINE, CACHE_LINE);

  /** Set after BUSY; then await also waits for room in the device. */
  private volatile boolean wantsWritable;

  /** A thread is in await, or about to be. */
  volatile boolean waiting;

  /**
   * The thread whose sink runs just now, or null. It only matters to that thread, which sees what
   * it has written itself, and to no other: nothing has to be ordered.
   */
  private @Nullable Thread receiver;

  /** Of packets that made no sense. */
  private final AtomicLong malformedCount = new AtomicLong();

  /**
   * @param virtio each packet has a virtio-net header before it
   * @param linkBytes of the Ethernet header before each packet, or 0
   * @param whenLeft is run once, when the queue is shut and nobody is inside any more; the
   *     descriptors have to be open until then
   */
  DeviceQueue(
      DeviceLink link,
      DeviceDescriptors descriptors,
      boolean virtio,
      int linkBytes,
      Runnable whenLeft) {
    this.link = link;
    this.device = descriptors.device();
    this.event = descriptors.event();
    this.virtio = virtio;
    this.linkBytes = linkBytes;
    this.prefix = linkBytes + (virtio ? VirtioNetHeader.BYTES : 0);
    this.guard = new DescriptorGuard(whenLeft);
    one.set(JAVA_LONG, 0, 1);
    pollSet.set(JAVA_INT, POLLFD_BYTES, event);
    pollSet.set(JAVA_SHORT, POLLFD_BYTES + 4, (short) Posix.POLLIN);
  }

  int device() {
    return device;
  }

  @Override
  public int receive(PacketSink sink, int max) {
    if (link.hasFailed() || !guard.enter()) {
      return 0;
    }
    receiver = Thread.currentThread();
    try {
      return link.take(this, sink, max);
    } finally {
      receiver = null;
      guard.exit();
    }
  }

  /** Whether the calling thread's sink runs just now: it must not wait for itself to leave. */
  boolean isReceiving() {
    return receiver == Thread.currentThread();
  }

  /** {@link #receive} with the descriptors held: they stay open until this returns. */
  int take(PacketSink sink, int max) {
    int n = 0;
    while (n < max && !isClosed() && takeOne(sink)) {
      n++;
    }
    return n;
  }

  /** Reads one packet and hands it over; false when there is none. */
  boolean takeOne(PacketSink sink) {
    Block block = sink.offer();
    MemorySegment memory = block == null ? buffer : block.memory();
    long at = block == null ? HEADROOM : block.base();
    long bytes = Posix.read(errno, device, memory, at - prefix, prefix + LARGEST_PACKET);
    if (bytes <= 0) {
      if (bytes != -Errno.EAGAIN && link.isFatal((int) -bytes)) {
        link.fail((int) -bytes);
      }
      return false;
    }
    deliver(memory, at, (int) bytes - prefix, sink);
    return true;
  }

  /** Hands over the packet at {@code at}, whose headers before it are there. */
  void deliver(MemorySegment from, long at, int length, PacketSink sink) {
    int flags = flags(from, at, length);
    if (flags != VirtioNetHeader.MALFORMED) {
      sink.packet(from, at, length, flags);
    } else {
      countMalformed();
    }
  }

  private int flags(MemorySegment from, long at, int length) {
    if (length <= 0) {
      return VirtioNetHeader.MALFORMED;
    }
    return virtio ? VirtioNetHeader.flags(from, at - prefix, linkBytes, length) : 0;
  }

  void countMalformed() {
    long unused = malformedCount.incrementAndGet();
  }

  long malformedCount() {
    return malformedCount.get();
  }

  /** True when nothing is to be handed over any more. */
  boolean isClosed() {
    return guard.isClosed();
  }

  @Override
  public void await(long timeoutNanos) {
    if (!guard.enter()) {
      return;
    }
    waiting = true;
    try {
      // A descriptor below 0 is skipped: a device that has gone would report an error for ever.
      pollSet.set(JAVA_INT, 0, link.hasFailed() ? -1 : device);
      pollSet.set(
          JAVA_SHORT, 4, (short) (wantsWritable ? Posix.POLLIN | Posix.POLLOUT : Posix.POLLIN));
      pollSet.set(JAVA_SHORT, 6, (short) 0);
      pollSet.set(JAVA_SHORT, POLLFD_BYTES + 6, (short) 0);
      MemorySegment limit = MemorySegment.NULL;
      if (timeoutNanos >= 0) {
        timeout.set(JAVA_LONG, 0, timeoutNanos / 1_000_000_000);
        timeout.set(JAVA_LONG, 8, timeoutNanos % 1_000_000_000);
        limit = timeout;
      }
      int ready = Posix.ppoll(awaitErrno, pollSet, 2, limit);
      if (ready <= 0) {
        return;
      }
      if ((pollSet.get(JAVA_SHORT, 4 + 2) & POLL_FAILED) != 0 && link.isFatal(0)) {
        link.fail(Errno.EBADFD);
      }
      if ((pollSet.get(JAVA_SHORT, POLLFD_BYTES + 6) & Posix.POLLIN) != 0) {
        // Resets the counter; when there are several wake-ups in it, they all meant this.
        long unused = Posix.read(awaitErrno, event, count, 8);
      }
    } finally {
      waiting = false;
      guard.exit();
    }
  }

  /** From now on {@link #await} ends, too, when the device takes a packet here; or no more. */
  void awaitWritable(boolean on) {
    wantsWritable = on;
    // A thread that went to wait before this was known waits for too little.
    if (on && waiting) {
      wakeup();
    }
  }

  @Override
  public void wakeup() {
    if (guard.enter()) {
      try {
        signal();
      } finally {
        guard.exit();
      }
    }
  }

  /** Can fail only when the counter is full, and then there is a wake-up in it. */
  private void signal() {
    long unused = Posix.write(wakeupErrno, event, one, 8);
  }

  /** Lets nobody in any more, and ends a wait. */
  void shut() {
    if (guard.close()) {
      signal();
      guard.exit();
    }
  }
}
