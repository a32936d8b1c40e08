package dev.sinew.bench.run;

import java.util.List;
import java.util.regex.Pattern;

/**
 * Loads that are measured together: with each configuration every peer runs every load, once per
 * round.
 *
 * @param seconds of each measurement; 0 for the usual
 * @param rounds 0 for the usual
 * @param idler processors are kept awake meanwhile
 */
record Group(
    String name,
    String title,
    List<Config> configs,
    List<Peer> peers,
    List<Load> loads,
    double seconds,
    int rounds,
    boolean idler,
    List<String> jvmOptions) {

  static Group of(
      String name,
      String title,
      List<Config> configs,
      List<Peer> peers,
      List<? extends Load> loads) {
    return new Group(name, title, configs, peers, List.copyOf(loads), 0, 0, false, List.of());
  }

  Group withIdler() {
    return new Group(name, title, configs, peers, loads, seconds, rounds, true, jvmOptions);
  }

  Group once(double newSeconds, List<String> options) {
    return new Group(name, title, configs, peers, loads, newSeconds, 1, idler, options);
  }

  Group only(List<Load> chosen, List<Config> chosenConfigs) {
    return new Group(name, title, chosenConfigs, peers, chosen, seconds, rounds, idler, jvmOptions);
  }

  /** What a row is called. */
  String cell(Load load, Config config) {
    return configs.size() == 1 ? load.name() : load.name() + " " + config;
  }

  /** Whether one of the patterns means this row: {@code bulk}, {@code bulk/send-1-*}. */
  static boolean matches(List<String> patterns, String group, String cell) {
    if (patterns.isEmpty()) {
      return true;
    }
    String row = group + "/" + cell.replace(' ', '-');
    return patterns.stream()
        .anyMatch(p ->
            p.equals(group) || Pattern.matches(("\\Q" + p + "\\E").replace("*", "\\E.*\\Q"), row));
  }
}
