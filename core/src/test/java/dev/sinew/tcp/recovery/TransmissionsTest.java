package dev.sinew.tcp.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The list of transmission records against a plain list of objects, across the wrap of sequence
 * numbers.
 */
class TransmissionsTest {
  private static final class Row {
    int start;
    int end;
    long sentAt;
    boolean lost;
    boolean retransmitted;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4})
  void itBehavesAsAPlainList(int seed) {
    Random r = new Random(seed);
    Transmissions t = new Transmissions();
    List<Row> model = new ArrayList<>();
    int next = -20_000;
    int una = next;
    for (int now = 0; now < 20_000; now++) {
      switch (r.nextInt(7)) {
        case 0, 1 -> {
          Row row = new Row();
          row.start = next;
          next += 1 + r.nextInt(3000);
          row.end = next;
          row.sentAt = now;
          model.add(row);
          t.append(row.start, row.end, 0, now);
        }
        case 2 -> {
          una += r.nextInt(Math.max(1, Math.min(next - una + 1, 5000)));
          t.acknowledge(una);
          while (!model.isEmpty() && model.getFirst().end - una <= 0) {
            model.removeFirst();
          }
          if (!model.isEmpty()) {
            model.getFirst().start = una;
          }
        }
        case 3 -> {
          if (!model.isEmpty()) {
            int i = r.nextInt(model.size());
            t.markLost(i);
            model.get(i).lost = true;
          }
        }
        case 4 -> {
          int first = t.firstLost();
          if (first >= 0) {
            t.markRetransmitted(first, now);
            Row row = model.get(first);
            assertThat(row.lost).isTrue();
            row.lost = false;
            row.retransmitted = true;
            row.sentAt = now;
          }
        }
        case 5 -> {
          if (!model.isEmpty()) {
            int i = r.nextInt(model.size());
            int bytes = 1 + r.nextInt(2000);
            t.split(i, bytes);
            Row row = model.get(i);
            if (row.end - row.start > bytes) {
              Row rest = new Row();
              rest.start = row.start + bytes;
              rest.end = row.end;
              rest.sentAt = row.sentAt;
              rest.lost = row.lost;
              rest.retransmitted = row.retransmitted;
              row.end = rest.start;
              model.add(i + 1, rest);
            }
          }
        }
        default -> {
          if (r.nextInt(20) == 0) {
            t.markAllLost();
            model.forEach(row -> row.lost = true);
          }
        }
      }
      check(t, model, una);
    }
    assertThat(next).isGreaterThan(1_000_000);
  }

  private static void check(Transmissions t, List<Row> model, int una) {
    assertThat(t.count()).isEqualTo(model.size());
    assertThat(t.isEmpty()).isEqualTo(model.isEmpty());
    long bytes = 0;
    long lost = 0;
    int firstLost = -1;
    for (int i = 0; i < model.size(); i++) {
      Row row = model.get(i);
      if (t.start(i) != row.start
          || t.end(i) != row.end
          || t.sentAt(i) != row.sentAt
          || t.lost(i) != row.lost
          || t.retransmitted(i) != row.retransmitted) {
        throw new AssertionError("record " + i + " differs");
      }
      bytes += row.end - row.start;
      if (row.lost) {
        lost += row.end - row.start;
        firstLost = firstLost < 0 ? i : firstLost;
      }
    }
    assertThat(t.outstandingBytes()).isEqualTo(bytes);
    assertThat(t.lostBytes()).isEqualTo(lost);
    assertThat(t.firstLost()).isEqualTo(firstLost);
    assertThat(t.violation(una)).isNull();
  }
}
