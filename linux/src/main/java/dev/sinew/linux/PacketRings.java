package dev.sinew.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.sinew.linux.LinkException.Reason;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The memory that a packet socket shares with the kernel.
 *
 * @param receive for frames of the MTU; a super-segment is read from the socket
 * @param unmap to be run once, when nobody touches the ring any more
 */
record PacketRings(ReceiveRing receive, Runnable unmap) {
  private static final int PACKET_RX_RING = 5;
  private static final int PACKET_COPY_THRESH = 7;
  private static final int PACKET_VERSION = 10;
  private static final int TPACKET_V2 = 1;

  /** Some 5,000 frames of 1,500 bytes: a larger ring leaves the processor's caches. */
  private static final int RECEIVE_BYTES = 8 << 20;

  /**
   * Before the socket is bound.
   *
   * @param frameBytes of the longest frame with all headers before it that belongs into the ring
   */
  static PacketRings open(int fd, String name, int frameBytes) throws LinkException {
    RingGeometry geometry =
        RingGeometry.of(ReceiveRing.HEADERS + frameBytes, RECEIVE_BYTES);
    check(name, Posix.setsockopt(fd, PacketSocket.SOL_PACKET, PACKET_VERSION, TPACKET_V2));
    // What is too long for the ring goes to the socket's queue.
    check(name, Posix.setsockopt(fd, PacketSocket.SOL_PACKET, PACKET_COPY_THRESH, 1));
    check(name, request(fd, PACKET_RX_RING, geometry));
    long bytes = geometry.totalBytes();
    long address = Posix.map(fd, bytes);
    // No address is that high: the last page of the address space holds error numbers.
    check(name, address < 0 && address > -4096 ? (int) address : 0);
    MemorySegment memory = MemorySegment.ofAddress(address).reinterpret(bytes);
    return new PacketRings(
        new ReceiveRing(memory, geometry),
        () -> {
          int unused = Posix.unmap(address, bytes);
        });
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
