package dev.sinew.linux;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.link.Link;
import dev.sinew.link.TxPacket;
import dev.sinew.link.TxQueue;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A full device. No TUN device gets full by itself, so a named pipe stands in for it: it needs no
 * right, and its reader decides.
 */
@Timeout(30)
class TunLinkBusyTest {
  private static final int O_WRONLY = 1;

  @TempDir Path folder;
  private final TxQueue queue = new TxQueue(64);
  private int reader;
  private TunLink link;

  @BeforeEach
  void openPipe() throws Exception {
    Assumptions.assumeTrue(System.getProperty("os.name").equals("Linux"), "SKIPPED: needs Linux");
    String pipe = folder.resolve("pipe").toString();
    assertThat(new ProcessBuilder("mkfifo", pipe).start().waitFor()).isZero();
    reader = Posix.open(pipe, Posix.O_RDONLY | Posix.O_NONBLOCK | Posix.O_CLOEXEC);
    link =
        new TunLink(
            "pipe",
            1500,
            List.of(
                DeviceDescriptors.of(
                    Posix.open(pipe, O_WRONLY | Posix.O_NONBLOCK | Posix.O_CLOEXEC))),
            false,
            false);
  }

  @AfterEach
  void close() {
    if (link != null) {
      link.close();
      Posix.close(reader);
    }
  }

  @Test
  void aFullDeviceKeepsThePacketInTheQueueAndAwaitEndsWhenThereIsRoom() {
    fillUp();
    int waiting = queue.size();
    assertThat(waiting).isPositive();
    long t = System.nanoTime();
    link.await(30_000_000);
    assertThat(System.nanoTime() - t).as("still full").isGreaterThanOrEqualTo(30_000_000);
    drain();
    link.await(-1);
    assertThat(queue.drainTo(link)).isTrue();
    assertThat(queue.failedCount()).isZero();
  }

  @Test
  void onceItHasTakenAPacketAwaitWaitsForPacketsOnly() {
    fillUp();
    drain();
    assertThat(queue.drainTo(link)).isTrue();
    long t = System.nanoTime();
    link.await(30_000_000);
    assertThat(System.nanoTime() - t)
        .as("room alone is no news")
        .isGreaterThanOrEqualTo(30_000_000);
  }

  @Test
  void aThreadThatWentToWaitBeforeTheDeviceWasFullLearnsOfIt() throws InterruptedException {
    for (int round = 0; round < 20; round++) {
      Thread waiter = Thread.ofPlatform().start(() -> link.await(-1));
      while (!link.first.waiting) {
        Thread.onSpinWait();
      }
      fillUp();
      drain();
      waiter.join();
      queue.drainTo(link);
      drain();
      link.await(0); // a wake-up that came too late for the waiter
    }
  }

  @Test
  void whenTheReaderIsGoneTheLinkHasFailedAndDoesNotSpin() {
    Posix.close(reader);
    link.await(-1);
    assertThat(link.failure()).isNotNull();
    long t = System.nanoTime();
    link.await(20_000_000);
    assertThat(System.nanoTime() - t).isGreaterThanOrEqualTo(20_000_000);
    reader = Posix.eventfd();
  }

  private void fillUp() {
    do {
      while (!queue.isFull()) {
        TxPacket p = queue.reserve();
        if (p == null) {
          throw new AssertionError("full");
        }
        p.headerLength(100);
        queue.commit();
      }
    } while (queue.drainTo(link));
    assertThat(link.failure()).isNull();
  }

  private void drain() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = arena.allocate(Posix.ERRNO_LAYOUT);
      MemorySegment buffer = arena.allocate(1 << 17);
      while (Posix.read(errno, reader, buffer, buffer.byteSize()) > 0) {}
    }
  }

  @Test
  void busyIsNeitherSentNorFailed() {
    fillUp();
    TxQueue other = new TxQueue(1);
    TxPacket p = other.reserve();
    if (p == null) {
      throw new AssertionError("full");
    }
    p.headerLength(100);
    other.commit();
    assertThat(link.transmit(p)).isEqualTo(Link.BUSY);
  }
}
