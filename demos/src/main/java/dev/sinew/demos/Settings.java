package dev.sinew.demos;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** The parameters of one run and their values. */
final class Settings {
  /** What every experiment takes. */
  static final Param DELAY =
      Param.time("delay", "0s", "10s", "delay of every link, instead of its own", "各链路的时延（替换原值）");

  static final Param LOSS =
      Param.share("loss", "0%", "random loss of every link, both ways", "各链路双向的随机丢包率");
  static final Param ROWS =
      Param.count(
          "rows",
          40,
          0,
          1_000_000,
          "rows of a ladder before it is cut, 0 for all",
          "时序图最多显示的行数，0 为全部");
  static final List<Param> COMMON = List.of(DELAY, LOSS, ROWS);

  private final Map<String, Long> values = new HashMap<>();
  private final Map<String, String> given;

  /**
   * Reads what was given.
   *
   * @throws DemoException when a name is unknown or a value can't be
   */
  Settings(String demo, List<Param> own, Map<String, String> given) {
    List<Param> all = new ArrayList<>(own);
    all.addAll(COMMON);
    for (Param p : all) {
      values.put(p.name(), p.value(p.fallback()));
    }
    for (Map.Entry<String, String> e : given.entrySet()) {
      Param p =
          all.stream()
              .filter(q -> q.name().equals(e.getKey()))
              .findFirst()
              .orElseThrow(() ->
                  new DemoException(
                      demo + " has no parameter '" + e.getKey() + "'; it has " + list(all)));
      values.put(p.name(), p.value(e.getValue()));
    }
    this.given = Map.copyOf(given);
  }

  private static String list(List<Param> all) {
    return String.join(", ", all.stream().map(p -> p.name() + "=" + p.fallback()).toList());
  }

  long value(Param p) {
    return Objects.requireNonNull(values.get(p.name()));
  }

  boolean given(Param p) {
    return given.containsKey(p.name());
  }

  /** What was set, or what it is by default. */
  String text(Param p) {
    return given.getOrDefault(p.name(), p.fallback());
  }
}
