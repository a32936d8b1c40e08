package dev.sinew.sim;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Makes a list that lets something fail as short as it can while it still fails: Zeller's and
 * Hildebrandt's delta debugging (ddmin). The result is 1-minimal, unless the budget ran out: to
 * leave out any one element makes the failure go away. It shrinks the faults of a {@link FaultPlan}
 * and anything else that is a list.
 */
public final class Shrinker<T> {
  private final Predicate<List<T>> fails;
  private final int budget;
  private int runCount;

  /**
   * @param fails true when the failure happens with these elements, in their order
   * @param budget how often it may be asked
   */
  public Shrinker(Predicate<List<T>> fails, int budget) {
    this.fails = fails;
    this.budget = budget;
  }

  /** How often it was asked so far. */
  public int runCount() {
    return runCount;
  }

  private boolean stillFails(List<T> candidate) {
    if (runCount == budget) {
      return false;
    }
    runCount++;
    return fails.test(candidate);
  }

  /** The shortest list found; {@code list} itself, which is known to fail, in the worst case. */
  public List<T> shrink(List<T> list) {
    if (list.isEmpty() || stillFails(List.of())) {
      return List.of();
    }
    List<T> best = list;
    int parts = 2;
    while (best.size() >= 2 && runCount < budget) {
      List<T> smaller = reduce(best, parts);
      if (smaller != null) {
        parts = smaller.size() < best.size() / 2 + 1 ? 2 : Math.max(parts - 1, 2);
        best = smaller;
      } else if (parts < best.size()) {
        parts = Math.min(best.size(), parts * 2);
      } else {
        break;
      }
    }
    return List.copyOf(best);
  }

  /** One part alone, or all but one part, that still fails; null when none does. */
  private @Nullable List<T> reduce(List<T> list, int parts) {
    int n = list.size();
    for (int i = 0; i < parts && parts > 2; i++) {
      List<T> part = list.subList(i * n / parts, (i + 1) * n / parts);
      if (stillFails(part)) {
        return List.copyOf(part);
      }
    }
    for (int i = 0; i < parts; i++) {
      List<T> rest = new ArrayList<>(list.subList(0, i * n / parts));
      rest.addAll(list.subList((i + 1) * n / parts, n));
      if (stillFails(rest)) {
        return rest;
      }
    }
    return null;
  }
}
