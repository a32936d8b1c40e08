package dev.sinew.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import dev.sinew.base.Block;
import dev.sinew.link.Link;
import dev.sinew.link.LinkProperties;
import dev.sinew.link.PacketSink;
import dev.sinew.link.TxPacket;
import dev.sinew.wire.EthernetHeader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import org.jspecify.annotations.Nullable;

/**
 * A device behind a descriptor that is read and written packet by packet.
 *
 * <p>Threads as in {@link Link}. {@link #await} blocks its carrier in a system call, so it wants a
 * platform thread; it may come back early. {@link #close} may be called by any thread at any time;
 * a second thread that is inside comes back, and finds a link that receives nothing and refuses
 * every packet.
 *
 * <p>A device that somebody deletes while it is open is treated in the same way, and {@link
 * #failure} tells.
 */
abstract class DeviceLink implements Link {
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

  private static final int IOVEC_BYTES = 16;
  private static final int POLLFD_BYTES = 8;
  private static final int POLL_FAILED = Posix.POLLERR | Posix.POLLHUP | Posix.POLLNVAL;

  private static final System.Logger LOG = System.getLogger(DeviceLink.class.getName());

  private final LinkProperties properties;

  /** Bytes of the Ethernet header before each packet, or 0. */
  private final int linkBytes;

  /** Each packet has a virtio-net header. */
  private final boolean virtio;

  /** Bytes of all headers before the IP packet. */
  private final int prefix;

  private final int device;
  private final int event;
  final DescriptorGuard guard;

  // The memory lives as long as this object: no call can outlive it, and closing needs no handshake
  // of threads.
  private final Arena arena = Arena.ofAuto();

  // Used by whoever runs the stack.
  private final MemorySegment buffer = arena.allocate(HEADROOM + LARGEST_PACKET, 64);
  private final MemorySegment vector =
      arena.allocate((long) IOVEC_BYTES * (1 + TxPacket.MAX_SLICES), 8);
  private final MemorySegment errno = arena.allocate(Posix.ERRNO_LAYOUT);

  // Used by the thread in await.
  private final MemorySegment pollSet = arena.allocate(2 * POLLFD_BYTES, 8);
  private final MemorySegment timeout = arena.allocate(16, 8);
  private final MemorySegment count = arena.allocate(8, 8);
  private final MemorySegment awaitErrno = arena.allocate(Posix.ERRNO_LAYOUT);

  // Used by any thread: the one is only read, and nobody looks at the other.
  private final MemorySegment one = arena.allocate(8, 8);
  private final MemorySegment wakeupErrno = arena.allocate(Posix.ERRNO_LAYOUT);

  /** Set after BUSY; then await also waits for room in the device. */
  private volatile boolean wantsWritable;

  /** A thread is in await, or about to be. */
  volatile boolean waiting;

  /** The id of the thread whose sink runs just now, or 0: it must not wait for itself to leave. */
  private volatile long receiverId;

  private volatile @Nullable String failure;

  /** Of packets that made no sense; used by whoever runs the stack. */
  private long malformedCount;

  /**
   * @param device a non-blocking descriptor of the device; it and {@code event} are this object's
   *     from now on
   * @param event an eventfd
   * @param virtio each packet has a virtio-net header before it
   * @param beforeClose what the device is told at the end
   */
  DeviceLink(
      LinkProperties properties, int device, int event, boolean virtio, Runnable beforeClose) {
    this.properties = properties;
    this.linkBytes = properties.ethernet() ? EthernetHeader.LENGTH : 0;
    this.prefix = linkBytes + (virtio ? VirtioNetHeader.BYTES : 0);
    this.virtio = virtio;
    this.device = device;
    this.event = event;
    this.guard =
        new DescriptorGuard(() -> {
          beforeClose.run();
          int unused = Posix.close(device);
          unused = Posix.close(event);
        });
    one.set(JAVA_LONG, 0, 1);
    pollSet.set(JAVA_INT, POLLFD_BYTES, event);
    pollSet.set(JAVA_SHORT, POLLFD_BYTES + 4, (short) Posix.POLLIN);
  }

  /** True when a packet was refused because there is no device any more. */
  abstract boolean isGone(int error);

  /**
   * True when the device works no more after this error of a read, or 0 for what only shows when
   * waiting.
   */
  abstract boolean isFatal(int error);

  @Override
  public LinkProperties properties() {
    return properties;
  }

  /** Why the device works no more, or null as long as it does. */
  public @Nullable String failure() {
    return failure;
  }

  @Override
  public int receive(PacketSink sink, int max) {
    if (failure != null || !guard.enter()) {
      return 0;
    }
    receiverId = Thread.currentThread().threadId();
    try {
      return take(sink, max);
    } finally {
      receiverId = 0;
      guard.exit();
    }
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
  final boolean takeOne(PacketSink sink) {
    Block block = sink.offer();
    MemorySegment memory = block == null ? buffer : block.memory();
    long at = block == null ? HEADROOM : block.base();
    long bytes = Posix.read(errno, device, memory, at - prefix, prefix + LARGEST_PACKET);
    if (bytes <= 0) {
      if (bytes != -Errno.EAGAIN && isFatal((int) -bytes)) {
        fail((int) -bytes);
      }
      return false;
    }
    deliver(memory, at, (int) bytes - prefix, sink);
    return true;
  }

  /** Hands over the packet at {@code at}, whose headers before it are there. */
  final void deliver(MemorySegment from, long at, int length, PacketSink sink) {
    int flags = flags(from, at, length);
    if (flags != VirtioNetHeader.MALFORMED) {
      sink.packet(from, at, length, flags);
    } else {
      countMalformed();
    }
  }

  final void countMalformed() {
    malformedCount++;
  }

  /** True when nothing is to be handed over any more. */
  final boolean isClosed() {
    return guard.isClosed();
  }

  private int flags(MemorySegment from, long at, int length) {
    if (length <= 0) {
      return VirtioNetHeader.MALFORMED;
    }
    return virtio ? VirtioNetHeader.flags(from, at - prefix, linkBytes, length) : 0;
  }

  @Override
  public long receiveErrorCount() {
    return malformedCount;
  }

  @Override
  public int transmit(TxPacket packet) {
    if (failure != null || !guard.enter()) {
      return FAILED;
    }
    try {
      if (virtio) {
        VirtioNetHeader.write(packet, linkBytes);
      }
      long bytes = send(packet);
      return bytes >= 0 ? sent() : refused((int) -bytes);
    } finally {
      guard.exit();
    }
  }

  /**
   * Sends a packet whose virtio-net header is written, or copies it, with the descriptors held.
   *
   * @return a negated error number, or another number
   */
  long send(TxPacket packet) {
    putEntry(0, packet.header(), packet.headerOffset() - prefix, prefix + packet.headerLength());
    int slices = packet.sliceCount();
    for (int i = 0; i < slices; i++) {
      putEntry(i + 1, packet.sliceMemory(i), packet.sliceOffset(i), packet.sliceLength(i));
    }
    long bytes = Posix.writev(errno, device, vector, slices + 1);
    // The kernel saw addresses, which keep nothing alive.
    Reference.reachabilityFence(packet);
    return bytes;
  }

  private void putEntry(int i, MemorySegment memory, long offset, long length) {
    vector.set(JAVA_LONG, (long) i * IOVEC_BYTES, memory.address() + offset);
    vector.set(JAVA_LONG, (long) i * IOVEC_BYTES + 8, length);
  }

  /** The device takes packets: nobody has to wait for that. */
  final int sent() {
    if (wantsWritable) {
      wantsWritable = false;
    }
    return SENT;
  }

  /** What becomes of a packet that was refused, and of the device. */
  final int refused(int error) {
    if (error == Errno.EAGAIN) {
      wantsWritable = true;
      // A thread that went to wait before this was known waits for too little.
      if (waiting) {
        wakeup();
      }
      return BUSY;
    }
    if (isGone(error)) {
      fail(error);
    }
    return FAILED;
  }

  @Override
  public void await(long timeoutNanos) {
    if (!guard.enter()) {
      return;
    }
    waiting = true;
    try {
      // A descriptor below 0 is skipped: a device that has gone would report an error for ever.
      pollSet.set(JAVA_INT, 0, failure == null ? device : -1);
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
      if ((pollSet.get(JAVA_SHORT, 4 + 2) & POLL_FAILED) != 0 && isFatal(0)) {
        fail(Errno.EBADFD);
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

  /**
   * Gives the device back, and returns when it is given back (from within a sink: it is as soon as
   * the sink has returned).
   */
  @Override
  public void close() {
    if (guard.close()) {
      signal();
      guard.exit();
    }
    if (receiverId != Thread.currentThread().threadId()) {
      guard.awaitClosed();
    }
  }

  /** The device works no more. Said once. */
  final void fail(int error) {
    if (failure == null) {
      String text =
          error == Errno.EBADFD || isGone(error)
              ? "the device " + properties.name() + " was deleted"
              : "the device " + properties.name() + " failed: " + Errno.text(error);
      failure = text;
      LOG.log(System.Logger.Level.WARNING, text);
    }
  }
}
