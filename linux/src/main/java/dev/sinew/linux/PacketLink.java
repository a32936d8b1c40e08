package dev.sinew.linux;

import dev.sinew.link.LinkProperties;
import dev.sinew.link.PacketSink;
import dev.sinew.link.TxPacket;
import dev.sinew.wire.EthernetHeader;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A packet socket on a network interface that exists: Ethernet frames from and to its wire, beside
 * the kernel, under the interface's own hardware address. A virtio-net header stands before each
 * frame. With offload TCP leaves in super-segments with unfinished checksums, and what the wire
 * needs the kernel or the card completes; what arrives may be of that kind in any case.
 *
 * <p>Frames of the MTU arrive in a {@link ReceiveRing}, and without offload leave by a {@link
 * TransmitRing}, without a system call for each. What is longer is read and written.
 *
 * <p>Threads and closing as of {@link TunLink}, but for one thing: {@link #receive} belongs to
 * whoever runs the stack, for it sends what waits in the ring. An interface that is set down
 * carries nothing until it is up again; one that is deleted has failed, and {@link #failure} tells.
 */
public final class PacketLink extends DeviceLink {
  /** Looks into an empty ring, which show nothing of an interface that is gone, per real look. */
  private static final int LOOKS_PER_QUESTION = 1 << 16;

  private final PacketSocket socket;
  private final @Nullable ReceiveRing ring;
  private final @Nullable TransmitRing transmitRing;

  // Used by whoever runs the stack.
  private int vainLooks;
  private long droppedCount;

  /**
   * @param virtio the socket has virtio-net headers
   * @param offload super-segments and unfinished checksums may be sent; only with {@code virtio}
   * @param rings this object's from now on; only with {@code virtio}
   */
  PacketLink(
      PacketSocket socket,
      DeviceDescriptors descriptors,
      boolean virtio,
      boolean offload,
      @Nullable PacketRings rings) {
    super(
        properties(socket, offload),
        List.of(descriptors),
        virtio,
        rings == null ? () -> {} : rings.unmap());
    this.socket = socket;
    this.ring = rings == null ? null : rings.receive();
    this.transmitRing = rings == null ? null : rings.transmit();
  }

  private static LinkProperties properties(PacketSocket socket, boolean offload) {
    return new LinkProperties(
        socket.name(),
        socket.mtu(),
        offload,
        offload,
        offload && Platform.takesSuperDatagrams(System.getProperty("os.version", "")),
        true,
        false,
        socket.hardwareAddress());
  }

  /**
   * Opens a packet socket on the interface, in the network namespace of the calling thread (see
   * {@link NetworkNamespace}). Afterwards the link can be used from any thread.
   *
   * @throws LinkException with a message for the user; nothing stays open
   */
  public static PacketLink open(PacketOptions options) throws LinkException {
    return PacketSocket.open(options);
  }

  @Override
  int take(DeviceQueue queue, PacketSink sink, int max) {
    ReceiveRing r = ring;
    if (r == null) {
      return super.take(queue, sink, max);
    }
    // What the kernel had no room for waits, and nobody flushes while nothing new is sent.
    send();
    int n = 0;
    while (n < max && !queue.isClosed()) {
      int what = r.look();
      if (what == ReceiveRing.NONE) {
        break;
      }
      n++;
      try {
        takeFrame(queue, r, what, sink);
      } finally {
        r.giveBack();
      }
    }
    if (n == 0 && ++vainLooks == LOOKS_PER_QUESTION) {
      vainLooks = 0;
      if (isFatal(0)) {
        fail(Errno.ENODEV);
      }
    }
    return n;
  }

  private void takeFrame(DeviceQueue queue, ReceiveRing r, int what, PacketSink sink) {
    if (what == ReceiveRing.WHOLE) {
      int header = EthernetHeader.LENGTH;
      queue.deliver(r.memory(), r.start() + header, r.length() - header, sink);
    } else if (what == ReceiveRing.CUT || !takeFromSocket(queue, sink)) {
      queue.countMalformed();
    }
  }

  private boolean takeFromSocket(DeviceQueue queue, PacketSink sink) {
    boolean taken = queue.takeOne(sink);
    if (!taken) { // An error of the socket is told by a read, once.
      taken = queue.takeOne(sink);
    }
    return taken;
  }

  @Override
  long send(TxPacket packet, DeviceQueue queue) {
    TransmitRing t = transmitRing;
    if (t == null) {
      return super.send(packet, queue);
    }
    if (!t.fits(packet.totalLength())) {
      return -Errno.EMSGSIZE;
    }
    if (!t.hasRoom()) {
      int result = t.send();
      if (!t.hasRoom()) {
        return result == 0 ? -Errno.EAGAIN : result;
      }
    }
    t.put(packet);
    return 0;
  }

  @Override
  public int endTransmit() {
    TransmitRing t = transmitRing;
    if (t == null || !guard.enter()) {
      return 0;
    }
    try {
      send();
      return t.takeRefusedCount();
    } finally {
      guard.exit();
    }
  }

  /** Has the frames in the ring sent, as far as the kernel takes them. */
  private void send() {
    TransmitRing t = transmitRing;
    if (t != null && t.isWaiting()) {
      int result = t.send();
      int unused = result < 0 ? refused(-result, first) : sent();
    }
  }

  /** What the kernel had no room for is in it too. */
  @Override
  public long receiveErrorCount() {
    if (guard.enter()) {
      try {
        droppedCount += socket.takeDropCount();
      } finally {
        guard.exit();
      }
    }
    return super.receiveErrorCount() + droppedCount;
  }

  /** An interface that is down, or was for a while, may come back. */
  @Override
  boolean isFatal(int error) {
    // An error that nobody has asked for ends each wait at once.
    socket.forgetError();
    return !socket.exists();
  }

  /** There is one queue. */
  @Override
  boolean steer(int device, boolean on) {
    return false;
  }

  @Override
  boolean isGone(int error) {
    return error == Errno.ENXIO || error == Errno.ENODEV;
  }
}
