package dev.sinew.bench.run;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.net.InetSocketAddress;
import java.nio.ByteOrder;

/**
 * A UDP socket of the kernel (IPv4) that sends many datagrams by one call, with UDP_SEGMENT: the
 * sockets of Java have no such option.
 */
final class SegmentSocket implements Closeable {
  private static final int AF_INET = 2;
  private static final int SOCK_DGRAM = 2;
  private static final int SOL_UDP = 17;
  private static final int UDP_SEGMENT = 103;

  /** What every kernel with the option takes: of datagrams and of bytes. */
  private static final int MAX_COUNT = 64;

  private static final int MAX_BYTES = 65_000;

  private static final FunctionDescriptor THREE_INTS =
      FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT);
  private static final MethodHandle SOCKET = handle("socket", THREE_INTS);
  private static final MethodHandle SETSOCKOPT =
      handle(
          "setsockopt",
          FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));
  private static final MethodHandle CONNECT =
      handle("connect", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));
  private static final MethodHandle SEND =
      handle("send", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT));
  private static final MethodHandle CLOSE =
      handle("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));

  private final int fd;
  private final MemorySegment data;

  /**
   * @param size payload bytes of each datagram
   */
  SegmentSocket(InetSocketAddress to, int size) throws IOException {
    Arena arena = Arena.ofAuto();
    data = arena.allocate((long) Math.min(MAX_COUNT, MAX_BYTES / size) * size);
    MemorySegment address = arena.allocate(16, 4);
    address.set(JAVA_SHORT, 0, (short) AF_INET);
    address.set(JAVA_SHORT.withOrder(ByteOrder.BIG_ENDIAN), 2, (short) to.getPort());
    MemorySegment.copy(to.getAddress().getAddress(), 0, address, JAVA_BYTE, 4, 4);
    MemorySegment segment = arena.allocateFrom(JAVA_INT, size);
    try {
      fd = (int) SOCKET.invokeExact(AF_INET, SOCK_DGRAM, 0);
      if (fd < 0
          || (int) SETSOCKOPT.invokeExact(fd, SOL_UDP, UDP_SEGMENT, segment, 4) < 0
          || (int) CONNECT.invokeExact(fd, address, 16) < 0) {
        throw new IOException("the kernel has no socket with UDP_SEGMENT");
      }
    } catch (IOException e) {
      throw e;
    } catch (Throwable t) {
      throw new IllegalStateException("a call of the C library", t);
    }
  }

  private static MethodHandle handle(String name, FunctionDescriptor shape) {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), shape);
  }

  /** Sends as many datagrams as go by one call. What the kernel refuses is lost, as elsewhere. */
  void send() {
    try {
      long unused = (long) SEND.invokeExact(fd, data, data.byteSize(), 0);
    } catch (Throwable t) {
      throw new IllegalStateException("a call of the C library", t);
    }
  }

  @Override
  public void close() {
    try {
      int unused = (int) CLOSE.invokeExact(fd);
    } catch (Throwable t) {
      throw new IllegalStateException("a call of the C library", t);
    }
  }
}
