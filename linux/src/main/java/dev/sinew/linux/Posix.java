package dev.sinew.linux;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.ref.Reference;

/**
 * The C library, as far as this module needs it. Every call returns what C returns, or the error
 * number negated; {@code EINTR} is retried, except in {@link #ppoll}, where it is an answer.
 *
 * <p>The {@code errno} arguments are memory of {@link #ERRNO_LAYOUT} that one thread at a time
 * uses; the calls of the packet path take it from their caller, so that they allocate nothing.
 */
final class Posix {
  static final int O_RDONLY = 0;
  static final int O_RDWR = 2;
  static final int O_NONBLOCK = 0x800;
  static final int O_CLOEXEC = 0x8_0000;

  static final int POLLIN = 1;
  static final int POLLOUT = 4;
  static final int POLLERR = 8;
  static final int POLLHUP = 0x10;
  static final int POLLNVAL = 0x20;

  private static final int MSG_DONTWAIT = 0x40;
  private static final int PROT_READ = 1;
  private static final int PROT_WRITE = 2;
  private static final int MAP_SHARED = 1;

  static final int AF_NETLINK = 16;
  static final int SOCK_RAW = 3;
  static final int SOCK_CLOEXEC = O_CLOEXEC;
  static final int CLONE_NEWNET = 0x4000_0000;

  /** Where the C library leaves the error number. */
  static final MemoryLayout ERRNO_LAYOUT = Linker.Option.captureStateLayout();

  private static final long ERRNO_AT =
      ERRNO_LAYOUT.byteOffset(MemoryLayout.PathElement.groupElement("errno"));

  private static final FunctionDescriptor INT_INT = FunctionDescriptor.of(JAVA_INT, JAVA_INT);
  private static final FunctionDescriptor INT_INT_INT =
      FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT);
  private static final FunctionDescriptor READ_WRITE =
      FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG);

  // Static and final, so that the compiler sees through them.
  private static final MethodHandle OPEN =
      handle("open", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT), 2);
  private static final MethodHandle CLOSE = handle("close", INT_INT);
  private static final MethodHandle READ = handle("read", READ_WRITE);
  private static final MethodHandle READ_AT =
      handle("read", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG));
  private static final MethodHandle WRITE = handle("write", READ_WRITE);
  private static final MethodHandle WRITEV =
      handle("writev", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT));
  private static final MethodHandle IOCTL =
      handle("ioctl", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS), 2);
  private static final MethodHandle PPOLL =
      handle("ppoll", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG, ADDRESS, ADDRESS));
  private static final MethodHandle EVENTFD = handle("eventfd", INT_INT_INT);
  private static final MethodHandle SOCKET =
      handle("socket", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));
  private static final MethodHandle SETSOCKOPT =
      handle(
          "setsockopt",
          FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));
  private static final MethodHandle GETSOCKOPT =
      handle(
          "getsockopt",
          FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, ADDRESS));
  private static final MethodHandle SEND =
      handle("send", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT));
  private static final MethodHandle MMAP =
      handle(
          "mmap",
          FunctionDescriptor.of(
              JAVA_LONG, ADDRESS, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG));
  private static final MethodHandle MUNMAP =
      handle("munmap", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG));
  private static final MethodHandle BIND =
      handle("bind", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));
  private static final MethodHandle SETNS = handle("setns", INT_INT_INT);
  private static final MethodHandle UNSHARE = handle("unshare", INT_INT);

  private Posix() {}

  private static MethodHandle handle(String name, FunctionDescriptor shape, Linker.Option... more) {
    Linker linker = Linker.nativeLinker();
    Linker.Option[] options = new Linker.Option[more.length + 1];
    options[0] = Linker.Option.captureCallState("errno");
    System.arraycopy(more, 0, options, 1, more.length);
    return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), shape, options);
  }

  /**
   * A C function whose parameters from {@code firstVariadic} on are "...": their calling convention
   * may differ.
   */
  private static MethodHandle handle(String name, FunctionDescriptor shape, int firstVariadic) {
    return handle(name, shape, Linker.Option.firstVariadicArg(firstVariadic));
  }

  static int open(String path, int flags) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = arena.allocate(ERRNO_LAYOUT);
      MemorySegment text = arena.allocateFrom(path);
      int r;
      do {
        r = (int) OPEN.invokeExact(errno, text, flags);
      } while (interrupted(errno, r));
      return result(errno, r);
    } catch (Throwable t) {
      throw impossible(t);
    }
  }

  /** Not retried: on Linux the descriptor is gone whatever the answer. */
  static int close(int fd) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = arena.allocate(ERRNO_LAYOUT);
      return result(errno, (int) CLOSE.invokeExact(errno, fd));
    } catch (Throwable t) {
      throw impossible(t);
    }
  }

  static long read(MemorySegment errno, int fd, MemorySegment buffer, long bytes) {
    try {
      long r;
      do {
        r = (long) READ.invokeExact(errno, fd, buffer, bytes);
      } while (interrupted(errno, r));
      return result(errno, r);
    } catch (Throwable t) {
      throw impossible(t);
    }
  }

  /** The same into the middle of memory. */
  static long read(MemorySegment errno, int fd, MemorySegment memory, long offset, long bytes) {
    try {
      long r;
      do {
        r = (long) READ_AT.invokeExact(errno, fd, memory.address() + offset, bytes);
      } while (interrupted(errno, r));
      return result(errno, r);
    } catch (Throwable t) {
      throw impossible(t);
    } finally {
      // The kernel saw an address, which keeps nothing alive.
      Reference.reachabilityFence(memory);
    }
  }

  static long write(MemorySegment errno, int fd, MemorySegment buffer, long bytes) {
    try {
      long r;
      do {
        r = (long) WRITE.invokeExact(errno, fd, buffer, bytes);
      } while (interrupted(errno, r));
      return result(errno, r);
    } catch (Throwable t) {
      throw impossible(t);
    }
  }

  /** {@code vector} is an array of {@code count} pairs {address, length}, each 64 bits. */
  static long writev(MemorySegment errno, int fd, MemorySegment vector, int count) {
    try {
      long r;
      do {
        r = (long) WRITEV.invokeExact(errno, fd, vector, count);
      } while (interrupted(errno, r));
      return result(errno, r);
    } catch (Throwable t) {
      throw impossible(t);
    }
  }

  static int ioctl(int fd, long request, MemorySegment argument) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = arena.allocate(ERRNO_LAYOUT);
      int r;
      do {
        r = (int) IOCTL.invokeExact(errno, fd, request, argument);
      } while (interrupted(errno, r));
      return result(errno, r);
    } catch (Throwable t) {
      throw impossible(t);
    }
  }

  /**
   * @param descriptors {@code struct pollfd[count]}: int fd, short events, short revents
   * @param timeout {@code struct timespec}: seconds, nanoseconds, 64 bits each; or NULL to wait
   *     without end
   */
  static int ppoll(
      MemorySegment errno, MemorySegment descriptors, long count, MemorySegment timeout) {
    try {
      return result(
          errno, (int) PPOLL.invokeExact(errno, descriptors, count, timeout, MemorySegment.NULL));
    } catch (Throwable t) {
      throw impossible(t);
    }
  }

  /** A counter to wait for, at 0; non-blocking and not inherited by child processes. */
  static int eventfd() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = arena.allocate(ERRNO_LAYOUT);
      return result(errno, (int) EVENTFD.invokeExact(errno, 0, O_NONBLOCK | O_CLOEXEC));
    } catch (Throwable t) {
      throw impossible(t);
    }
  }

  static int socket(int family, int type, int protocol) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = arena.allocate(ERRNO_LAYOUT);
      return result(errno, (int) SOCKET.invokeExact(errno, family, type, protocol));
    } catch (Throwable t) {
      throw impossible(t);
    }
  }

  static int setsockopt(int fd, int level, int option, int value) {
    try (Arena arena = Arena.ofConfined()) {
      return setsockopt(fd, level, option, arena.allocateFrom(JAVA_INT, value), 4);
    }
  }

  static int setsockopt(int fd, int level, int option, MemorySegment value, int bytes) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = arena.allocate(ERRNO_LAYOUT);
      return result(errno, (int) SETSOCKOPT.invokeExact(errno, fd, level, option, value, bytes));
    } catch (Throwable t) {
      throw impossible(t);
    }
  }

  /**
   * @param value gets what the option is, as much as there is room for
   * @param length {@code socklen_t}: the room in {@code value}, and afterwards what is used of it
   */
  static int getsockopt(
      MemorySegment errno,
      int fd,
      int level,
      int option,
      MemorySegment value,
      MemorySegment length) {
    try {
      return result(errno, (int) GETSOCKOPT.invokeExact(errno, fd, level, option, value, length));
    } catch (Throwable t) {
      throw impossible(t);
    }
  }

  /** Has what waits in the transmit ring of a packet socket sent, without waiting. */
  static long sendRing(MemorySegment errno, int fd) {
    try {
      long r;
      do {
        r = (long) SEND.invokeExact(errno, fd, MemorySegment.NULL, 0L, MSG_DONTWAIT);
      } while (interrupted(errno, r));
      return result(errno, r);
    } catch (Throwable t) {
      throw impossible(t);
    }
  }

  /**
   * Maps memory that the kernel shares with us by a descriptor, from its beginning.
   *
   * @return its address, or the error number negated
   */
  static long map(int fd, long bytes) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = arena.allocate(ERRNO_LAYOUT);
      long r =
          (long)
              MMAP.invokeExact(
                  errno, MemorySegment.NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0L);
      return r == -1 ? -errno.get(JAVA_INT, ERRNO_AT) : r;
    } catch (Throwable t) {
      throw impossible(t);
    }
  }

  static int unmap(long address, long bytes) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = arena.allocate(ERRNO_LAYOUT);
      return result(errno, (int) MUNMAP.invokeExact(errno, address, bytes));
    } catch (Throwable t) {
      throw impossible(t);
    }
  }

  /** Binds a socket to an address of {@code bytes} bytes. */
  static int bindSocket(int fd, MemorySegment address, int bytes) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = arena.allocate(ERRNO_LAYOUT);
      return result(errno, (int) BIND.invokeExact(errno, fd, address, bytes));
    } catch (Throwable t) {
      throw impossible(t);
    }
  }

  /** Moves the calling thread, and no other, into the network namespace behind {@code fd}. */
  static int setns(int fd) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = arena.allocate(ERRNO_LAYOUT);
      return result(errno, (int) SETNS.invokeExact(errno, fd, CLONE_NEWNET));
    } catch (Throwable t) {
      throw impossible(t);
    }
  }

  /** Moves the calling thread, and no other, into a new network namespace. */
  static int unshareNetwork() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = arena.allocate(ERRNO_LAYOUT);
      return result(errno, (int) UNSHARE.invokeExact(errno, CLONE_NEWNET));
    } catch (Throwable t) {
      throw impossible(t);
    }
  }

  /** Binds the functions, if that has not happened yet. */
  static void bind() {
    // Class initialisation does it.
  }

  /** The C library's text for an error number. */
  static String strerror(int errno) {
    try {
      return ((MemorySegment) Texts.STRERROR.invokeExact(errno))
          .reinterpret(Integer.MAX_VALUE)
          .getString(0);
    } catch (Throwable t) {
      throw impossible(t);
    }
  }

  /**
   * Apart, because binding another shape of function takes some 10 ms, and a start without errors
   * needs no texts.
   */
  private static final class Texts {
    static final MethodHandle STRERROR =
        Linker.nativeLinker()
            .downcallHandle(
                Linker.nativeLinker().defaultLookup().findOrThrow("strerror"),
                FunctionDescriptor.of(ADDRESS, JAVA_INT));
  }

  private static boolean interrupted(MemorySegment errno, long r) {
    return r < 0 && errno.get(JAVA_INT, ERRNO_AT) == Errno.EINTR;
  }

  private static long result(MemorySegment errno, long r) {
    return r >= 0 ? r : -errno.get(JAVA_INT, ERRNO_AT);
  }

  private static int result(MemorySegment errno, int r) {
    return r >= 0 ? r : -errno.get(JAVA_INT, ERRNO_AT);
  }

  /** A downcall throws nothing of its own; what comes is an error of the JVM or of its caller. */
  private static RuntimeException impossible(Throwable t) {
    if (t instanceof Error e) {
      throw e;
    }
    if (t instanceof RuntimeException e) {
      return e;
    }
    return new IllegalStateException(t);
  }
}
