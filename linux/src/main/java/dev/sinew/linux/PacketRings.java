package dev.sinew.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.sinew.linux.LinkException.Reason;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * The memory that a packet socket shares with the kernel.
 *
 * @param receive for frames of the MTU; a super-segment is read from the socket
 * @param transmit where no super-segments are sent, which are written faster than copied; or null
 * @param unmap to be run once, when nobody touches the rings any more
 */
record PacketRings(ReceiveRing receive, @Nullable TransmitRing transmit, Runnable unmap) {
  private static final int PACKET_RX_RING = 5;
  private static final int PACKET_COPY_THRESH = 7;
  private static final int PACKET_VERSION = 10;
  private static final int PACKET_TX_RING = 13;
  private static final int PACKET_LOSS = 14;
  private static final int TPACKET_V2 = 1;

  /** Some 5,000 frames of 1,500 bytes: a larger ring leaves the processor's caches. */
  private static final int RECEIVE_BYTES = 8 << 20;

  /** Some 600 frames of 1,500 bytes. */
  private static final int TRANSMIT_BYTES = 1 << 20;

  /**
   * Before the socket is bound.
   *
   * @param prefix bytes of the virtio-net and Ethernet headers before each packet
   * @param mtu the longest packet that belongs into a ring
   * @param transmit whether there is to be a transmit ring
   */
  static PacketRings open(int fd, String name, int prefix, int mtu, boolean transmit)
      throws LinkException {
    RingGeometry in = RingGeometry.of(ReceiveRing.HEADERS + prefix + mtu, RECEIVE_BYTES);
    RingGeometry out = RingGeometry.of(TransmitRing.HEADERS + prefix + mtu, TRANSMIT_BYTES);
    check(name, set(fd, PACKET_VERSION, TPACKET_V2));
    // What is too long for the ring goes to the socket's queue.
    check(name, set(fd, PACKET_COPY_THRESH, 1));
    if (transmit) {
      check(name, set(fd, PACKET_LOSS, 1));
      // A full ring is to be more than half of it: up to there a socket counts as writable.
      int unused =
          Posix.setsockopt(
              fd, PacketSocket.SOL_SOCKET, PacketSocket.SO_SNDBUFFORCE, TRANSMIT_BYTES);
      check(name, request(fd, PACKET_TX_RING, out));
    }
    check(name, request(fd, PACKET_RX_RING, in));
    long bytes = in.totalBytes() + (transmit ? out.totalBytes() : 0);
    long address = Posix.map(fd, bytes);
    // No address is that high: the last page of the address space holds error numbers.
    check(name, address < 0 && address > -4096 ? (int) address : 0);
    MemorySegment memory = MemorySegment.ofAddress(address).reinterpret(bytes);
    MemorySegment errno = Arena.ofAuto().allocate(Posix.ERRNO_LAYOUT);
    // The kernel maps the receive ring first.
    return new PacketRings(
        new ReceiveRing(memory.asSlice(0, in.totalBytes()), in),
        transmit
            ? new TransmitRing(
                memory.asSlice(in.totalBytes()), out, prefix, () -> Posix.sendRing(errno, fd))
            : null,
        () -> {
          int unused = Posix.unmap(address, bytes);
        });
  }

  private static int set(int fd, int option, int value) {
    return Posix.setsockopt(fd, PacketSocket.SOL_PACKET, option, value);
  }

  /** {@code struct tpacket_req}. */
  private static int request(int fd, int option, RingGeometry geometry) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment request = arena.allocate(16, 4);
      request.set(JAVA_INT, 0, geometry.blockBytes());
      request.set(JAVA_INT, 4, geometry.blockCount());
      request.set(JAVA_INT, 8, geometry.frameBytes());
      request.set(JAVA_INT, 12, geometry.frameCount());
      return Posix.setsockopt(fd, PacketSocket.SOL_PACKET, option, request, 16);
    }
  }

  private static void check(String name, int result) throws LinkException {
    if (result < 0) {
      throw ringError(name, -result);
    }
  }

  static LinkException ringError(String name, int errno) {
    String text = "cannot share memory with the kernel for " + name + ": " + Errno.text(errno);
    return errno == Errno.EINVAL
        ? new LinkException(Reason.UNAVAILABLE, text + "; this needs Linux 4.6 or newer")
        : new LinkException(Reason.FAILED, text);
  }
}
