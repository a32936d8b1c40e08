package dev.sinew.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class DescriptorGuardTest {
  private final AtomicInteger closes = new AtomicInteger();
  private final DescriptorGuard guard = new DescriptorGuard(closes::incrementAndGet);

  @Test
  void withNobodyInsideTheCloserClosesAtOnce() {
    assertThat(guard.close()).isTrue();
    assertThat(closes).hasValue(0);
    guard.exit();
    assertThat(closes).hasValue(1);
    guard.awaitClosed();
  }

  @Test
  void theLastToLeaveCloses() {
    assertThat(guard.enter()).isTrue();
    assertThat(guard.enter()).isTrue();
    assertThat(guard.close()).isTrue();
    guard.exit();
    assertThat(closes).hasValue(0);
    guard.exit();
    assertThat(closes).hasValue(0);
    guard.exit();
    assertThat(closes).hasValue(1);
  }

  @Test
  void afterTheCloseNobodyEntersAndASecondCloseDoesNothing() {
    assertThat(guard.enter()).isTrue();
    assertThat(guard.close()).isTrue();
    assertThat(guard.isClosed()).isTrue();
    assertThat(guard.enter()).isFalse();
    assertThat(guard.close()).isFalse();
    guard.exit();
    guard.exit();
    assertThat(closes).hasValue(1);
    assertThat(guard.close()).isFalse();
  }

  @Test
  void anInterruptIsKeptForLaterWhileWaiting() {
    guard.close();
    guard.exit();
    Thread.currentThread().interrupt();
    guard.awaitClosed();
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void underContentionItIsClosedOnceAndNeverWhileSomebodyIsInside() throws InterruptedException {
    for (int round = 0; round < 300; round++) {
      AtomicBoolean open = new AtomicBoolean(true);
      AtomicInteger closed = new AtomicInteger();
      AtomicInteger usedAfterClose = new AtomicInteger();
      DescriptorGuard g =
          new DescriptorGuard(() -> {
            open.set(false);
            closed.incrementAndGet();
          });
      List<Thread> threads = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        boolean closer = i >= 2;
        threads.add(
            Thread.ofPlatform()
                .start(() -> {
                  while (g.enter()) {
                    if (!open.get()) {
                      usedAfterClose.incrementAndGet();
                    }
                    g.exit();
                    if (closer && g.close()) {
                      g.exit();
                    }
                  }
                  g.awaitClosed();
                }));
      }
      for (Thread t : threads) {
        t.join();
      }
      assertThat(closed).hasValue(1);
      assertThat(usedAfterClose).hasValue(0);
    }
  }
}
