package dev.sinew.linux;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.sinew.link.Link;
import dev.sinew.link.LinkProperties;
import dev.sinew.link.PacketSink;
import dev.sinew.link.ReceiveQueue;
import dev.sinew.link.TxPacket;
import dev.sinew.wire.EthernetHeader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A device behind descriptors, one for each of its queues, that are read and written packet by
 * packet.
 *
 * <p>Threads as in {@link Link}. {@link #await} blocks its carrier in a system call, so it wants a
 * platform thread; it may come back early. {@link #close} may be called by any thread at any time;
 * threads that are inside come back, and find a link that receives nothing and refuses every
 * packet.
 *
 * <p>A device that somebody deletes while it is open is treated in the same way, and {@link
 * #failure} tells.
 */
abstract class DeviceLink implements Link {
  private static final int IOVEC_BYTES = 16;

  private static final System.Logger LOG = System.getLogger(DeviceLink.class.getName());

  private final LinkProperties properties;

  /** Bytes of the Ethernet header before each packet, or 0. */
  private final int linkBytes;

  /** Each packet has a virtio-net header. */
  private final boolean virtio;

  /** Bytes of all headers before the IP packet. */
  private final int prefix;

  /** Held by whoever sends, and by each queue until it is shut and left. */
  final DescriptorGuard guard;

  private final DeviceQueue[] queues;
  final DeviceQueue first;

  // The memory lives as long as this object: no call can outlive it, and closing needs no handshake
  // of threads.
  private final Arena arena = Arena.ofAuto();

  // Used by whoever runs the stack, as all that follows.
  private final MemorySegment vector =
      arena.allocate((long) IOVEC_BYTES * (1 + TxPacket.MAX_SLICES), 64);
  private final MemorySegment errno = arena.allocate(64, 64);

  /** The side queues have a part of the flows. */
  private boolean spread;

  private final FlowQueues flows;

  /** The queue that was full when a packet was sent last, and tells when it is not. */
  private @Nullable DeviceQueue full;

  private final AtomicBoolean failed = new AtomicBoolean();
  private volatile @Nullable String failure;

  /**
   * @param queues at least one; the descriptors are this object's from now on
   * @param virtio each packet has a virtio-net header before it
   * @param beforeClose what the device is told at the end
   */
  DeviceLink(
      LinkProperties properties,
      List<DeviceDescriptors> queues,
      boolean virtio,
      Runnable beforeClose) {
    this.properties = properties;
    this.linkBytes = properties.ethernet() ? EthernetHeader.LENGTH : 0;
    this.prefix = linkBytes + (virtio ? VirtioNetHeader.BYTES : 0);
    this.virtio = virtio;
    this.guard =
        new DescriptorGuard(() -> {
          beforeClose.run();
          queues.forEach(DeviceDescriptors::close);
        });
    this.queues = new DeviceQueue[queues.size()];
    for (int i = 0; i < this.queues.length; i++) {
      boolean unused = guard.enter();
      this.queues[i] = new DeviceQueue(this, queues.get(i), virtio, linkBytes, guard::exit);
    }
    this.first = this.queues[0];
    this.flows = new FlowQueues(this.queues.length);
  }

  /** True when a packet was refused because there is no device any more. */
  abstract boolean isGone(int error);

  /**
   * True when the device works no more after this error of a read, or 0 for what only shows when
   * waiting. Any queue's thread may ask.
   */
  abstract boolean isFatal(int error);

  /** Has the device put packets into this queue's descriptor, or no more; false when it refuses. */
  abstract boolean steer(int device, boolean on);

  @Override
  public LinkProperties properties() {
    return properties;
  }

  /** Why the device works no more, or null as long as it does. */
  public @Nullable String failure() {
    return failure;
  }

  final boolean hasFailed() {
    return failure != null;
  }

  @Override
  public int receive(PacketSink sink, int max) {
    return first.receive(sink, max);
  }

  /** Takes packets from a queue with the descriptors held: they stay open until this returns. */
  int take(DeviceQueue queue, PacketSink sink, int max) {
    return queue.take(sink, max);
  }

  @Override
  public void await(long timeoutNanos) {
    first.await(timeoutNanos);
  }

  @Override
  public void wakeup() {
    first.wakeup();
  }

  @Override
  public long receiveErrorCount() {
    long sum = 0;
    for (DeviceQueue q : queues) {
      sum += q.malformedCount();
    }
    return sum;
  }

  @Override
  public List<? extends ReceiveQueue> sideQueues() {
    return List.of(queues).subList(1, queues.length);
  }

  @Override
  public boolean spread(boolean on) {
    if (on == spread) {
      return true;
    }
    if (queues.length == 1 || failure != null || !guard.enter()) {
      return false;
    }
    try {
      int n = 1;
      while (n < queues.length && steer(queues[n].device(), on)) {
        n++;
      }
      if (n < queues.length) {
        while (--n > 0) {
          boolean unused = steer(queues[n].device(), !on);
        }
        return false;
      }
    } finally {
      guard.exit();
    }
    spread = on;
    flows.clear();
    if (full != null) {
      // A packet that waits may have another way now.
      full(first);
    }
    return true;
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
      // The kernel puts a flow into the queue that it has seen the flow's packets in.
      DeviceQueue queue = spread ? queues[flows.queue(packet)] : first;
      long bytes = send(packet, queue);
      return bytes >= 0 ? sent() : refused((int) -bytes, queue);
    } finally {
      guard.exit();
    }
  }

  /**
   * Sends a packet whose virtio-net header is written, or copies it, with the descriptors held.
   *
   * @return a negated error number, or another number
   */
  long send(TxPacket packet, DeviceQueue queue) {
    putEntry(0, packet.header(), packet.headerOffset() - prefix, prefix + packet.headerLength());
    int slices = packet.sliceCount();
    for (int i = 0; i < slices; i++) {
      putEntry(i + 1, packet.sliceMemory(i), packet.sliceOffset(i), packet.sliceLength(i));
    }
    long bytes = Posix.writev(errno, queue.device(), vector, slices + 1);
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
    DeviceQueue q = full;
    if (q != null) {
      full = null;
      q.awaitWritable(false);
    }
    return SENT;
  }

  /** What becomes of a packet that was refused, and of the device. */
  final int refused(int error, DeviceQueue queue) {
    if (error == Errno.EAGAIN) {
      full(queue);
      return BUSY;
    }
    if (isGone(error)) {
      fail(error);
    }
    return FAILED;
  }

  /** A packet waits until this queue takes one; there is no other packet to wait for. */
  private void full(DeviceQueue queue) {
    DeviceQueue before = full;
    if (before != null && before != queue) {
      before.awaitWritable(false);
    }
    full = queue;
    queue.awaitWritable(true);
  }

  /**
   * Gives the device back, and returns when it is given back (from within a sink: it is as soon as
   * the sink has returned).
   */
  @Override
  public void close() {
    if (guard.close()) {
      for (DeviceQueue q : queues) {
        q.shut();
      }
      guard.exit();
    }
    for (DeviceQueue q : queues) {
      if (q.isReceiving()) {
        return;
      }
    }
    guard.awaitClosed();
  }

  /** The device works no more. Said once. */
  final void fail(int error) {
    if (failed.compareAndSet(false, true)) {
      String text =
          error == Errno.EBADFD || isGone(error)
              ? "the device " + properties.name() + " was deleted"
              : "the device " + properties.name() + " failed: " + Errno.text(error);
      failure = text;
      LOG.log(System.Logger.Level.WARNING, text);
    }
  }
}
