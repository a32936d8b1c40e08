package dev.sinew.tests.kernel;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.net.InetSocketAddress;
import java.nio.ByteOrder;

/**
 * Sends as programs do that have many datagrams at once: a socket of the kernel with UDP_SEGMENT,
 * which no socket of Java has.
 */
final class SegmentedDatagrams {
  private static final int AF_INET = 2;
  private static final int AF_INET6 = 10;
  private static final int SOCK_DGRAM = 2;
  private static final int SOL_UDP = 17;
  private static final int UDP_SEGMENT = 103;

  private SegmentedDatagrams() {}

  /**
   * Sends from the namespace of the calling thread, in one call of the kernel.
   *
   * @param size payload bytes of each datagram but the last
   */
  static void send(InetSocketAddress to, byte[] data, int size) throws IOException {
    boolean v4 = to.getAddress().getAddress().length == 4;
    try (Arena arena = Arena.ofConfined()) {
      int fd = (int) call("socket", JAVA_INT, v4 ? AF_INET : AF_INET6, SOCK_DGRAM, 0);
      try {
        MemorySegment value = arena.allocateFrom(JAVA_INT, size);
        check(call("setsockopt", JAVA_INT, fd, SOL_UDP, UDP_SEGMENT, value, 4), 0);
        MemorySegment bytes = arena.allocateFrom(JAVA_BYTE, data);
        MemorySegment address = address(arena, to, v4);
        int length = (int) address.byteSize();
        check(
            call("sendto", JAVA_LONG, fd, bytes, (long) data.length, 0, address, length),
            data.length);
      } finally {
        Object unused = call("close", JAVA_INT, fd);
      }
    }
  }

  /** {@code struct sockaddr_in} or {@code sockaddr_in6}. */
  private static MemorySegment address(Arena arena, InetSocketAddress to, boolean v4) {
    MemorySegment m = arena.allocate(v4 ? 16 : 28, 4);
    m.set(JAVA_SHORT, 0, (short) (v4 ? AF_INET : AF_INET6));
    m.set(JAVA_SHORT.withOrder(ByteOrder.BIG_ENDIAN), 2, (short) to.getPort());
    byte[] bytes = to.getAddress().getAddress();
    MemorySegment.copy(bytes, 0, m, JAVA_BYTE, v4 ? 4 : 8, bytes.length);
    return m;
  }

  private static void check(Object result, long expected) throws IOException {
    if (((Number) result).longValue() != expected) {
      throw new IOException("the kernel refuses UDP_SEGMENT: " + result);
    }
  }

  private static Object call(String function, MemoryLayout result, Object... arguments) {
    MemoryLayout[] shapes = new MemoryLayout[arguments.length];
    for (int i = 0; i < shapes.length; i++) {
      shapes[i] =
          arguments[i] instanceof Integer
              ? JAVA_INT
              : arguments[i] instanceof Long ? JAVA_LONG : ADDRESS;
    }
    Linker linker = Linker.nativeLinker();
    MethodHandle handle =
        linker.downcallHandle(
            linker.defaultLookup().findOrThrow(function), FunctionDescriptor.of(result, shapes));
    try {
      return handle.invokeWithArguments(arguments);
    } catch (Throwable t) {
      throw new IllegalStateException(function, t);
    }
  }
}
