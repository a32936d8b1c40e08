package dev.sinew.sockets;

import dev.sinew.ip.NetworkInterface;
import dev.sinew.link.Link;
import dev.sinew.link.PacketSink;
import java.lang.foreign.MemorySegment;

/**
 * One interface of a stack as its driver sees it. Guarded by the runner's lock, but for {@link
 * #link} itself.
 */
final class LinkPort implements PacketSink {
  final NetworkInterface itf;
  final Link link;
  private final StackTurn turn;
  private long ingressTime;

  /** The device is full: packets wait until it is writable. */
  boolean busy;

  /** How many packets are taken before the stack gets to send. */
  final int batch;

  /** The link threw: it is neither asked nor filled any more. */
  volatile boolean dead;

  LinkPort(StackTurn turn, NetworkInterface itf) {
    this.turn = turn;
    this.itf = itf;
    this.link = itf.link();
    this.batch = carriesSuperSegments() ? StackTurn.SUPER_BATCH : StackTurn.BATCH;
  }

  boolean carriesSuperSegments() {
    return link.properties().segmentationOffload();
  }

  /** Takes at most a batch of packets into the stack; how many it was. */
  int receive(long now) {
    if (dead) {
      return 0;
    }
    ingressTime = now;
    try {
      return link.receive(this, batch);
    } catch (RuntimeException | Error e) {
      die(e);
      return 0;
    }
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
