package dev.sinew.sockets;

import dev.sinew.base.ArrivalBlock;
import dev.sinew.base.Block;
import dev.sinew.ip.NetworkInterface;
import dev.sinew.link.Link;
import dev.sinew.link.PacketSink;
import dev.sinew.link.ReceiveQueue;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * One queue of an interface of a stack as its driver sees it. Guarded by the runner's lock, but for
 * what says otherwise, and for {@link #queue} itself.
 */
final class LinkPort implements PacketSink {
  /**
   * Of so many looks, one is a full one: several packets at once are cheaper, if they are there.
   */
  private static final int LOOKS_FOR_ONE = 4;

  final NetworkInterface itf;
  final Link link;

  /** What is looked at and waited for: the link, or a side queue of it. */
  final ReceiveQueue queue;

  private final StackTurn turn;
  private final ArrivalBlock arrival;

  /** What was read ahead, of a link with several queues. */
  private final @Nullable Batch read;

  private final SeenFlows flows = new SeenFlows();

  private final @Nullable Spreading spreading;
  private long ingressTime;

  /**
   * The last full look found one packet and no second. Where question follows answer, one packet at
   * a time is served: a look that only shows that it was the only one costs a system call, and an
   * asker on the same processor has often asked again by the time the answer is out. Of whoever
   * reads the queue, like the next two.
   */
  private boolean oneByOne;

  private int looks;

  /** What was read ahead was all. */
  private boolean readDrained;

  /** The device had no more to give. */
  boolean drained;

  /** The queue's own thread reads it just now, and will bring what it finds. */
  boolean readElsewhere;

  /** The device is full: packets wait until it is writable. */
  boolean busy;

  /** How many packets are taken before the stack gets to send. */
  final int batch;

  /** The link threw: it is neither asked nor filled any more. */
  volatile boolean dead;

  /**
   * @param spreading of the link, if it has several queues
   */
  LinkPort(
      StackTurn turn,
      NetworkInterface itf,
      ReceiveQueue queue,
      ArrivalBlock arrival,
      @Nullable Spreading spreading) {
    this.turn = turn;
    this.arrival = arrival;
    this.itf = itf;
    this.link = itf.link();
    this.queue = queue;
    this.batch = link.properties().segmentationOffload() ? StackTurn.SUPER_BATCH : StackTurn.BATCH;
    this.spreading = spreading;
    this.read = spreading == null ? null : new Batch(batch);
  }

  /** Its own thread alone reads the queue, without the stack; from any thread. */
  boolean isReadAhead() {
    return spreading != null && spreading.isOn();
  }

  /** Gets memory for {@link #readAhead}. */
  void prepare() {
    Batch b = read;
    if (b != null && b.begin()) {
      b.prepare(batch, arrival);
      b.cancel();
    }
  }

  /** Reads without the stack what {@link #receive} will hand over; the queue's own thread. */
  void readAhead() {
    Batch b = read;
    if (b != null && !dead && b.begin()) {
      boolean one = lookForOne();
      int max = Math.min(one ? 1 : batch, b.room());
      readDrained = learn(one, b.read(queue, max), max);
    }
  }

  private boolean lookForOne() {
    return oneByOne && ++looks % LOOKS_FOR_ONE != 0;
  }

  /** What a look has shown; true when there was no more. */
  private boolean learn(boolean one, int n, int max) {
    if (!one) {
      oneByOne = n == 1 && max > 1 || n == 0 && oneByOne;
    }
    return n < max;
  }

  /**
   * Takes at most a batch of packets into the stack; how many it was. {@link #drained} tells
   * whether there may be more.
   *
   * @param own by the queue's own thread
   */
  int receive(long now, boolean own) {
    drained = true;
    readElsewhere = false;
    if (dead) {
      return 0;
    }
    Batch b = read;
    if (b == null) {
      return look(now);
    }
    // What its own thread has read, it hands over itself: so the answers leave from the processor
    // on which the kernel's end of that flow probably runs.
    if (own && b.isRead()) {
      return handOver(b, now);
    }
    boolean mayLook = isReadAhead() ? own : queue == link;
    if (!mayLook || !b.begin()) {
      readElsewhere = !b.isFree();
      return 0;
    }
    try {
      return look(now);
    } finally {
      b.cancel();
    }
  }

  /** Looks, and the stack takes each packet as it comes. */
  private int look(long now) {
    ingressTime = now;
    boolean one = lookForOne();
    int max = one ? 1 : batch;
    flows.begin();
    try {
      int n = queue.receive(this, max);
      drained = learn(one, n, max);
      saw(now, n, !drained && n > 1);
      return n;
    } catch (RuntimeException | Error e) {
      die(e);
      return 0;
    } finally {
      arrival.giveBack();
    }
  }

  private int handOver(Batch b, long now) {
    Throwable e = b.takeFailure();
    if (e != null) {
      die(e);
    }
    drained = readDrained;
    ingressTime = now;
    flows.begin();
    int n = b.deliver(this, arrival);
    saw(now, n, false);
    return n;
  }

  private void saw(long now, int n, boolean full) {
    if (spreading != null && n > 0) {
      spreading.saw(now, n, flows.bytes(), full && flows.areSeveral());
    }
  }

  /** At the end: gives the blocks back that packets would have been read into. */
  void end() {
    if (read != null) {
      read.end();
    }
  }

  @Override
  public @Nullable Block offer() {
    return arrival.offer();
  }

  @Override
  public void packet(MemorySegment memory, long offset, int length, int flags) {
    if (spreading != null) {
      flows.note(memory, offset, length);
    }
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
    if (spreading != null) {
      spreading.end();
    }
    turn.failed("link " + link.properties().name(), e);
  }
}
