package dev.sinew.sockets;

import dev.sinew.base.ArrivalBlock;
import dev.sinew.base.Block;
import dev.sinew.ip.NetworkInterface;
import dev.sinew.link.Link;
import dev.sinew.link.PacketSink;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * One interface of a stack as its driver sees it. Guarded by the runner's lock, but for {@link
 * #link} itself.
 */
final class LinkPort implements PacketSink {
  final NetworkInterface itf;
  final Link link;
  private final StackTurn turn;
  private final ArrivalBlock arrival;
  private long ingressTime;

  /**
   * The last look found one packet and no second: where question follows answer, the first is
   * served before another look, which costs a system call, shows that it was the only one.
   */
  private boolean expectsOne;

  /** A first packet was taken alone; the rest, if any, is to follow. */
  private boolean tookOne;

  /** The device had no more to give. */
  boolean drained;

  /** The device is full: packets wait until it is writable. */
  boolean busy;

  /** How many packets are taken before the stack gets to send. */
  final int batch;

  /** The link threw: it is neither asked nor filled any more. */
  volatile boolean dead;

  LinkPort(StackTurn turn, NetworkInterface itf, ArrivalBlock arrival) {
    this.turn = turn;
    this.arrival = arrival;
    this.itf = itf;
    this.link = itf.link();
    this.batch = link.properties().segmentationOffload() ? StackTurn.SUPER_BATCH : StackTurn.BATCH;
  }

  /**
   * Takes at most a batch of packets into the stack; how many it was. {@link #drained} tells
   * whether there may be more.
   */
  int receive(long now) {
    drained = true;
    if (dead) {
      return 0;
    }
    ingressTime = now;
    boolean one = expectsOne && !tookOne;
    int n;
    try {
      n = link.receive(this, one ? 1 : batch);
    } catch (RuntimeException | Error e) {
      die(e);
      return 0;
    } finally {
      arrival.giveBack();
    }
    if (one && n == 1) {
      tookOne = true;
      drained = false;
      return n;
    }
    if (n > 0 || tookOne) {
      expectsOne = n + (tookOne ? 1 : 0) == 1;
    }
    tookOne = false;
    drained = n < batch;
    return n;
  }

  @Override
  public @Nullable Block offer() {
    return arrival.offer();
  }

  @Override
  public void packet(MemorySegment memory, long offset, int length, int flags) {
    turn.receive(itf, memory, offset, length, flags, ingressTime);
  }

  /** Hands the waiting packets to the device, as many as it takes; how many left the queue. */
  int transmit() {
    int before = itf.txQueue().size();
    if (before == 0) {
      return 0;
    }
    if (dead) {
      itf.txQueue().clear();
      return 0;
    }
    try {
      busy = !itf.txQueue().drainTo(link);
    } catch (RuntimeException | Error e) {
      die(e);
      itf.txQueue().clear();
    }
    return before - itf.txQueue().size();
  }

  void die(Throwable e) {
    dead = true;
    busy = false;
    turn.failed("link " + link.properties().name(), e);
  }
}
