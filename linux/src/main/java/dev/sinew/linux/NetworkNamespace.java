package dev.sinew.linux;

import dev.sinew.linux.LinkException.Reason;
import java.io.IOException;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * A Linux network namespace: devices, addresses, routes and ports of its own. A thread belongs to
 * one namespace, and what it opens (a {@link TunLink}, a kernel socket, a child process) belongs to
 * the same one and stays there, whichever thread uses it later.
 *
 * <p>The methods here run work on a fresh platform thread inside the namespace; threads that such a
 * thread starts are inside, too, but virtual threads and pools are not. Any thread may call them.
 * Needs CAP_SYS_ADMIN, as root has it, or everybody inside {@code unshare -Urn}.
 */
public final class NetworkNamespace implements AutoCloseable {
  private static final String NAMED = "/run/netns/";
  private static final String OWN = "/proc/thread-self/ns/net";

  private final String name;
  private final int fd;
  private final DescriptorGuard guard;

  private NetworkNamespace(String name, int fd) {
    this.name = name;
    this.fd = fd;
    this.guard =
        new DescriptorGuard(() -> {
          int unused = Posix.close(fd);
        });
  }

  /**
   * Opens the namespace that {@code ip netns add NAME} made, or the one behind a path such as
   * {@code /proc/PID/ns/net}.
   *
   * @param nameOrPath a path when it contains a slash
   */
  public static NetworkNamespace open(String nameOrPath) throws LinkException {
    Platform.check();
    if (nameOrPath.isEmpty()
        || nameOrPath.indexOf('\0') >= 0
        || nameOrPath.equals(".")
        || nameOrPath.equals("..")) {
      throw new LinkException(Reason.BAD_OPTION, "that is not the name of a network namespace");
    }
    boolean path = nameOrPath.indexOf('/') >= 0;
    int fd = Posix.open(path ? nameOrPath : NAMED + nameOrPath, Posix.O_RDONLY | Posix.O_CLOEXEC);
    if (fd < 0) {
      throw openError(nameOrPath, -fd);
    }
    return new NetworkNamespace(nameOrPath, fd);
  }

  static LinkException openError(String name, int errno) {
    String text = "cannot open the network namespace " + name + ": " + Errno.text(errno);
    return switch (errno) {
      case Errno.ENOENT ->
          new LinkException(
              Reason.UNAVAILABLE,
              text + "; ip netns list shows those that exist, ip netns add NAME makes one");
      case Errno.EACCES, Errno.EPERM ->
          new LinkException(Reason.NO_PERMISSION, text + "; run as root (sudo)");
      default -> new LinkException(Reason.FAILED, text);
    };
  }

  /**
   * Makes a new namespace without a name, its loopback device up. It exists until it is closed and
   * everything inside has ended.
   *
   * @param name what this object is called in messages
   */
  public static NetworkNamespace create(String name) throws LinkException {
    Platform.check();
    try {
      return onFreshThread("netns-" + name, () -> unshare(name));
    } catch (LinkException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private static NetworkNamespace unshare(String name) throws LinkException {
    int r = Posix.unshareNetwork();
    if (r < 0) {
      throw createError(-r);
    }
    int fd = Posix.open(OWN, Posix.O_RDONLY | Posix.O_CLOEXEC);
    if (fd < 0) {
      throw openError(OWN, -fd);
    }
    NetworkNamespace namespace = new NetworkNamespace(name, fd);
    try (Netlink netlink = new Netlink()) {
      netlink.setUp("lo", netlink.device("lo").index());
    } catch (LinkException e) {
      namespace.close();
      throw e;
    }
    return namespace;
  }

  static LinkException createError(int errno) {
    String text = "cannot make a network namespace: " + Errno.text(errno);
    return switch (errno) {
      case Errno.EPERM ->
          new LinkException(
              Reason.NO_PERMISSION,
              text
                  + "; this needs the right CAP_SYS_ADMIN: run as root (sudo), or without any right inside unshare -Urn COMMAND");
      case Errno.ENOSPC ->
          new LinkException(
              Reason.UNAVAILABLE, text + "; /proc/sys/user/max_net_namespaces is reached");
      case Errno.EINVAL ->
          new LinkException(Reason.UNAVAILABLE, text + "; this kernel has no network namespaces");
      default -> new LinkException(Reason.FAILED, text);
    };
  }

  /** What this namespace is called. */
  public String name() {
    return name;
  }

  /**
   * Runs {@code work} on a fresh platform thread inside the namespace and waits for it. What it
   * throws comes out unchanged.
   *
   * <p>When the caller is interrupted, the thread inside is, too; the wait goes on until the work
   * has ended.
   *
   * @throws LinkException the namespace cannot be entered
   */
  public <T> T call(Callable<T> work) throws Exception {
    return onFreshThread(
        "netns-" + name,
        () -> {
          enter();
          return work.call();
        });
  }

  /** Starts a program inside the namespace. */
  public Process start(ProcessBuilder program) throws IOException {
    try {
      return call(program::start);
    } catch (IOException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  /** Moves the calling platform thread into the namespace, for the rest of its life. */
  void enter() throws LinkException {
    if (Thread.currentThread().isVirtual()) {
      throw new IllegalStateException(
          "a virtual thread cannot enter a network namespace: its carrier would");
    }
    if (!guard.enter()) {
      throw new LinkException(Reason.FAILED, "the network namespace " + name + " is closed");
    }
    try {
      int r = Posix.setns(fd);
      if (r < 0) {
        throw enterError(name, -r);
      }
    } finally {
      guard.exit();
    }
  }

  static LinkException enterError(String name, int errno) {
    String text = "cannot enter the network namespace " + name + ": " + Errno.text(errno);
    return switch (errno) {
      case Errno.EPERM ->
          new LinkException(
              Reason.NO_PERMISSION,
              text + "; this needs the right CAP_SYS_ADMIN: run as root (sudo)");
      case Errno.EINVAL ->
          new LinkException(Reason.BAD_OPTION, text + "; that file is no network namespace");
      default -> new LinkException(Reason.FAILED, text);
    };
  }

  /** Lets go of the namespace. Devices, sockets and programs inside are not touched. */
  @Override
  public void close() {
    if (guard.close()) {
      guard.exit();
    }
  }

  /**
   * The thread is fresh, and ends with the work, because a thread that has changed its namespace is
   * fit for nothing else.
   */
  private static <T> T onFreshThread(String threadName, Callable<T> work) throws Exception {
    FutureTask<T> task = new FutureTask<>(work);
    Thread thread = Thread.ofPlatform().daemon().name(threadName).start(task);
    boolean interrupted = false;
    try {
      for (; ; ) {
        try {
          return task.get();
        } catch (InterruptedException e) {
          // Passed on, and the wait goes on: what the work has opened must reach the caller.
          interrupted = true;
          thread.interrupt();
        }
      }
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Exception cause) {
        throw cause;
      }
      if (e.getCause() instanceof Error cause) {
        throw cause;
      }
      throw e;
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
