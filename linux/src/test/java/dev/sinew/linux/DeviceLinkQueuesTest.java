package dev.sinew.linux;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.link.Link;
import dev.sinew.link.LinkProperties;
import dev.sinew.link.TxPacket;
import dev.sinew.link.TxQueue;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Full and refusing queues, for which named pipes stand in: they need no right, and get full. */
@Timeout(30)
class DeviceLinkQueuesTest {
  private static final int O_WRONLY = 1;
  private static final int QUEUES = 3;
  private static final long SHORT_NANOS = 20_000_000;

  @TempDir Path folder;
  private final int[] readers = new int[QUEUES];

  /** Calls of steer: the queue's number, negative when it was taken out. */
  private final List<Integer> steered = new ArrayList<>();

  /** The queue that refuses to be steered, or 0. */
  private int refuses;

  private PipesLink link;

  private final class PipesLink extends DeviceLink {
    private final List<DeviceDescriptors> pipes;

    PipesLink(List<DeviceDescriptors> pipes) {
      super(new LinkProperties("pipes", 1500, false, false, true, false), pipes, false, () -> {});
      this.pipes = pipes;
    }

    @Override
    boolean isGone(int error) {
      return error == Errno.EBADFD;
    }

    @Override
    boolean isFatal(int error) {
      return true;
    }

    @Override
    boolean steer(int device, boolean on) {
      int queue = 0;
      while (pipes.get(queue).device() != device) {
        queue++;
      }
      steered.add(on ? queue : -queue);
      return queue != refuses;
    }
  }

  @BeforeEach
  void openPipes() throws Exception {
    Assumptions.assumeTrue(System.getProperty("os.name").equals("Linux"), "SKIPPED: needs Linux");
    List<DeviceDescriptors> pipes = new ArrayList<>();
    for (int i = 0; i < QUEUES; i++) {
      String pipe = folder.resolve("pipe" + i).toString();
      assertThat(new ProcessBuilder("mkfifo", pipe).start().waitFor()).isZero();
      readers[i] = Posix.open(pipe, Posix.O_RDONLY | Posix.O_NONBLOCK | Posix.O_CLOEXEC);
      pipes.add(
          DeviceDescriptors.of(Posix.open(pipe, O_WRONLY | Posix.O_NONBLOCK | Posix.O_CLOEXEC)));
    }
    link = new PipesLink(pipes);
  }

  @AfterEach
  void close() {
    if (link != null) {
      link.close();
      for (int reader : readers) {
        Posix.close(reader);
      }
    }
  }

  @Test
  void packetsLeaveByTheFirstQueueUntilTheyAreSpread() {
    for (int queue = 0; queue < QUEUES; queue++) {
      assertThat(transmit(queue)).isEqualTo(Link.SENT);
    }
    assertThat(drain(0)).isEqualTo(3 * 100);
    assertThat(drain(1) + drain(2)).isZero();
    spread();
    assertThat(link.spread(false)).isTrue();
    assertThat(transmit(2)).isEqualTo(Link.SENT);
    assertThat(drain(0)).isEqualTo(100);
  }

  @Test
  void whatIsAskedForTwiceIsDoneOnce() {
    assertThat(link.spread(false)).isTrue();
    assertThat(link.spread(true)).isTrue();
    assertThat(link.spread(true)).isTrue();
    assertThat(link.spread(false)).isTrue();
    assertThat(steered).containsExactly(1, 2, -1, -2);
  }

  @Test
  void whenOneQueueRefusesNothingHasChanged() {
    refuses = 2;
    assertThat(link.spread(true)).isFalse();
    assertThat(steered).containsExactly(1, 2, -1);
    assertThat(transmit(1)).isEqualTo(Link.SENT);
    assertThat(drain(0)).isEqualTo(100);
    refuses = 0;
    spread();
    steered.clear();
    refuses = 2;
    assertThat(link.spread(false)).isFalse();
    assertThat(steered).containsExactly(-1, -2, 1);
    assertThat(transmit(1)).isEqualTo(Link.SENT);
    assertThat(drain(1)).isEqualTo(100);
  }

  @Test
  void aFullQueueIsWaitedForInThatQueueAlone() {
    spread();
    fill(1);
    assertWaits(0);
    assertWaits(1);
    drain(1);
    assertWaits(0);
    queue(1).await(-1);
    assertThat(transmit(1)).isEqualTo(Link.SENT);
    assertWaits(1);
  }

  @Test
  void aThreadThatWaitsInAQueueAlreadyLearnsThatItIsFull() throws InterruptedException {
    spread();
    Thread waiter = Thread.ofPlatform().start(() -> queue(1).await(-1));
    while (!queue(1).waiting) {
      Thread.onSpinWait();
    }
    fill(1);
    drain(1);
    waiter.join();
  }

  /** The packet that waited leaves by another queue: the old one's room is no news any more. */
  @Test
  void afterAChangeTheFirstQueueTellsThatThePacketCanBeOffered() {
    spread();
    fill(1);
    assertThat(link.spread(false)).isTrue();
    drain(1);
    assertWaits(1);
    queue(0).await(-1);
    assertThat(transmit(1)).isEqualTo(Link.SENT);
    assertWaits(0);
    fill(0);
    assertThat(link.spread(true)).isTrue();
    drain(0);
    queue(0).await(-1);
    assertThat(transmit(1)).isEqualTo(Link.SENT);
    assertWaits(0);
    assertWaits(1);
  }

  @Test
  void aSecondFullQueueTakesTheFirstOnesPlace() {
    spread();
    fill(1);
    fill(2);
    drain(1);
    assertWaits(1);
    drain(2);
    queue(2).await(-1);
  }

  @Test
  void malformedPacketsOfAllQueuesAreCounted() {
    MemorySegment m = Arena.ofAuto().allocate(64);
    for (int queue = 0; queue < QUEUES; queue++) {
      queue(queue).deliver(m, 0, 0, (memory, at, length, flags) -> {});
    }
    assertThat(link.receiveErrorCount()).isEqualTo(QUEUES);
  }

  @Test
  void aFailureIsSaidOnceAndHoldsForEveryQueue() throws InterruptedException {
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      threads.add(Thread.ofPlatform().start(() -> link.fail(Errno.EIO)));
    }
    for (Thread t : threads) {
      t.join();
    }
    String said = link.failure();
    assertThat(said).contains("pipes", "EIO");
    link.fail(Errno.EBADFD);
    assertThat(link.failure()).isEqualTo(said);
    assertThat(link.spread(true)).isFalse();
    for (int i = 0; i < QUEUES; i++) {
      assertThat(queue(i).receive((m, at, length, flags) -> {}, 1)).isZero();
      assertWaits(i);
    }
  }

  private DeviceQueue queue(int i) {
    return i == 0 ? link.first : (DeviceQueue) link.sideQueues().get(i - 1);
  }

  /** The first packets after it take turns. */
  private void spread() {
    assertThat(link.spread(true)).isTrue();
    for (int queue = 0; queue < QUEUES; queue++) {
      assertThat(transmit(queue)).isEqualTo(Link.SENT);
    }
    assertThat(List.of(drain(0), drain(1), drain(2))).containsOnly(100L);
  }

  private void assertWaits(int i) {
    long t = System.nanoTime();
    queue(i).await(SHORT_NANOS);
    assertThat(System.nanoTime() - t).as("queue %d", i).isGreaterThanOrEqualTo(SHORT_NANOS);
  }

  private void fill(int queue) {
    int result;
    do {
      result = transmit(queue);
    } while (result == Link.SENT);
    assertThat(result).isEqualTo(Link.BUSY);
  }

  /** A packet of the flow that {@link #spread} has given to this queue. */
  private int transmit(int queue) {
    int port = 40_000 + 2 * queue;
    TxQueue out = new TxQueue(1);
    TxPacket p = out.reserve();
    if (p == null) {
      throw new AssertionError("full");
    }
    MemorySegment m = p.header();
    long ip = p.headerOffset();
    m.asSlice(ip, 100).fill((byte) 0);
    m.set(ValueLayout.JAVA_BYTE, ip, (byte) 0x45);
    m.set(ValueLayout.JAVA_BYTE, ip + 9, (byte) 17);
    m.set(ValueLayout.JAVA_BYTE, ip + 22, (byte) (port >> 8));
    m.set(ValueLayout.JAVA_BYTE, ip + 23, (byte) port);
    p.headerLength(100);
    out.commit();
    try {
      return link.transmit(p);
    } finally {
      out.clear();
    }
  }

  /** Returns how many bytes there were. */
  private long drain(int queue) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = arena.allocate(Posix.ERRNO_LAYOUT);
      MemorySegment buffer = arena.allocate(1 << 17);
      long sum = 0;
      long n;
      while ((n = Posix.read(errno, readers[queue], buffer, buffer.byteSize())) > 0) {
        sum += n;
      }
      return sum;
    }
  }
}
