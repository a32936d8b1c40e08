package dev.sinew.linux;

import dev.sinew.ip.Prefix;
import dev.sinew.linux.LinkException.Reason;
import java.util.List;

/**
 * How a TUN device is to be. What is given here is the <em>kernel's</em> side of the device; the
 * stack's own addresses are none of its business.
 *
 * @param name at most 15 bytes; a {@code %d} in it is replaced by the first free number; a
 *     persistent device of that name is used as it is, and only what differs from these options is
 *     changed
 * @param mtu the largest IP packet in bytes, 68 to 65535, with IPv6 at least 1280
 * @param txQueueLength packets that the kernel keeps for a stack that is not looking; at 500 a bulk
 *     sender loses packets unseen, at 4000 it was not seen to (measured with packets of 1,500
 *     bytes)
 * @param hostAddresses the kernel's addresses on the device, each with the prefix that is reached
 *     through it
 * @param hostRoutes further networks that the kernel shall reach through the device
 * @param offload whether super-segments may cross the device, which the kernel cuts or has not cut,
 *     and packets whose checksums are unfinished (virtio-net header); where the kernel has no such
 *     header, the device works without, and a line in the log says so
 * @param queues 1 to 8: how many threads can receive at the same time; with more than one the
 *     device is made with {@code multi_queue}, and a device of that name that was made with one
 *     queue is used with one, and a line in the log says so
 */
public record TunOptions(
    String name,
    int mtu,
    int txQueueLength,
    List<Prefix> hostAddresses,
    List<Prefix> hostRoutes,
    boolean offload,
    int queues) {
  /** What Ethernet carries. */
  public static final int DEFAULT_MTU = 1500;

  /** Enough for a bulk sender at 1,500 bytes a packet. */
  public static final int DEFAULT_TX_QUEUE_LENGTH = 4000;

  /** One thread receives. */
  public static final int DEFAULT_QUEUES = 1;

  private static final int MOST_QUEUES = 8;
  private static final int SMALLEST_MTU =
      68; // RFC 791: every internet module must forward 68 octets
  private static final int SMALLEST_MTU_V6 = 1280; // RFC 8200 section 5
  private static final int LARGEST_MTU = 65535;
  private static final int LARGEST_QUEUE = 1_000_000;
  private static final int NAME_BYTES = 15; // IFNAMSIZ less the final zero

  public TunOptions {
    hostAddresses = List.copyOf(hostAddresses);
    hostRoutes = List.copyOf(hostRoutes);
  }

  /** A device with the usual MTU, transmit queue and one queue to receive from, and offload. */
  public static TunOptions of(String name, List<Prefix> hostAddresses) {
    return new TunOptions(
        name, DEFAULT_MTU, DEFAULT_TX_QUEUE_LENGTH, hostAddresses, List.of(), true, DEFAULT_QUEUES);
  }

  /** The same with another MTU. */
  public TunOptions withMtu(int bytes) {
    return new TunOptions(name, bytes, txQueueLength, hostAddresses, hostRoutes, offload, queues);
  }

  /** The same with another queue length. */
  public TunOptions withTxQueueLength(int packets) {
    return new TunOptions(name, mtu, packets, hostAddresses, hostRoutes, offload, queues);
  }

  /** The same with these routes. */
  public TunOptions withHostRoutes(List<Prefix> routes) {
    return new TunOptions(name, mtu, txQueueLength, hostAddresses, routes, offload, queues);
  }

  /** The same with offload asked for, or not. */
  public TunOptions withOffload(boolean on) {
    return new TunOptions(name, mtu, txQueueLength, hostAddresses, hostRoutes, on, queues);
  }

  /** The same with this many queues. */
  public TunOptions withQueues(int count) {
    return new TunOptions(name, mtu, txQueueLength, hostAddresses, hostRoutes, offload, count);
  }

  /** Finds what is wrong in the options themselves, before anything is opened. */
  void check() throws LinkException {
    checkName();
    if (mtu < SMALLEST_MTU || mtu > LARGEST_MTU) {
      throw bad(
          "an MTU of "
              + mtu
              + " is not possible: it must be "
              + SMALLEST_MTU
              + " to "
              + LARGEST_MTU);
    }
    if (txQueueLength < 1 || txQueueLength > LARGEST_QUEUE) {
      throw bad(
          "a transmit queue of "
              + txQueueLength
              + " packets is not possible: it must be 1 to "
              + LARGEST_QUEUE);
    }
    if (queues < 1 || queues > MOST_QUEUES) {
      throw bad(queues + " queues are not possible: it must be 1 to " + MOST_QUEUES);
    }
    for (Prefix p : hostAddresses) {
      if (p.address().isAny() || p.address().isMulticast()) {
        throw bad(p + " is not an address that a host can have");
      }
      if (p.address().isLoopback()) {
        throw bad(p + " is a loopback address: it never leaves the host");
      }
      checkMtuFor(p);
    }
    for (Prefix p : hostRoutes) {
      checkMtuFor(p);
    }
  }

  private void checkName() throws LinkException {
    if (name.isEmpty()) {
      throw bad("the device needs a name");
    }
    if (name.length() > NAME_BYTES) {
      throw bad(
          "the device name \""
              + printable(name)
              + "\" is too long: at most "
              + NAME_BYTES
              + " bytes");
    }
    // What the kernel refuses, and what a shell or a terminal would stumble over.
    boolean ok =
        name.chars()
            .allMatch(c ->
                c > ' ' && c < 0x7f && c != '/' && c != ':' && c != '"' && c != '\'' && c != '\\');
    int percent = name.indexOf('%');
    boolean oneNumber =
        percent < 0 || (name.startsWith("%d", percent) && name.indexOf('%', percent + 1) < 0);
    if (!ok || !oneNumber || name.equals(".") || name.equals("..")) {
      throw bad(
          "\""
              + printable(name)
              + "\" is not a name for a network device: use letters, digits, - and _");
    }
  }

  private void checkMtuFor(Prefix p) throws LinkException {
    if (!p.address().isV4() && mtu < SMALLEST_MTU_V6) {
      throw bad("IPv6 (" + p + ") needs an MTU of at least " + SMALLEST_MTU_V6 + ", not " + mtu);
    }
  }

  private static String printable(String text) {
    StringBuilder b = new StringBuilder();
    text.codePoints()
        .limit(40)
        .forEach(c -> b.appendCodePoint(c < ' ' || (c >= 0x7f && c < 0xa0) ? '?' : c));
    return b.toString();
  }

  private static LinkException bad(String message) {
    return new LinkException(Reason.BAD_OPTION, message);
  }
}
