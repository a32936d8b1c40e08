package dev.sinew.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class LineWriterTest {
  private final List<String> written = new ArrayList<>();

  @Test
  void everythingIsWrittenInItsOrderBeforeItCloses() {
    AtomicInteger flushes = new AtomicInteger();
    try (LineWriter lines = new LineWriter(written::add, flushes::incrementAndGet)) {
      for (int i = 0; i < 1000; i++) {
        lines.add("line " + i);
      }
      lines.add("end"); // equal to the writer's own mark, but not it
      lines.add("after");
    }
    assertThat(written)
        .hasSize(1002)
        .startsWith("line 0", "line 1")
        .endsWith("line 999", "end", "after");
    assertThat(flushes.get()).isPositive();
  }

  @Test
  void aReaderThatDoesNotReadCostsLinesAndNoTime() throws InterruptedException {
    CountDownLatch taken = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    LineWriter lines =
        new LineWriter(
            line -> {
              taken.countDown();
              try {
                goOn.await();
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
              written.add(line);
            },
            () -> {},
            10);
    lines.add("first");
    taken.await(); // it is being written: the queue is empty again
    for (int i = 0; i < 15; i++) {
      lines.add("line " + i);
    }
    assertThat(lines.lost()).isEqualTo(5);
    goOn.countDown();
    lines.close();
    assertThat(written).hasSize(11).endsWith("line 9");
  }
}
