package dev.sinew.sim.sweep;

import dev.sinew.sim.FaultPlan;
import dev.sinew.sim.FaultSpec;
import java.util.ArrayList;
import java.util.List;

/** Random links and random faults, in words that a person could have written. */
final class RandomWords {
  private RandomWords() {}

  /** What a direction of a link does to packets; without an MTU. */
  static String link(Draws d, boolean fast) {
    int delay = d.between(0, 3) == 0 ? 0 : d.between(1, fast ? 20 : 80);
    StringBuilder s = new StringBuilder("delay " + delay + "ms");
    if (delay > 0 && d.chance(0.3)) {
      s.append(' ').append(d.between(1, delay)).append("ms");
      s.append(d.chance(0.3) ? " 25%" : "");
      s.append(d.chance(0.4) ? " distribution " + d.pick("normal", "pareto", "paretonormal") : "");
    }
    double worst = fast ? 2 : 15;
    if (d.chance(0.5)) {
      s.append(" loss ");
      switch (d.between(0, 3)) {
        case 0 -> s.append("gemodel ").append(d.percent(worst / 5)).append(" 25%");
        case 1 -> s.append("state ").append(d.percent(worst / 5)).append(" 40%");
        default -> s.append(d.percent(worst));
      }
      s.append(d.chance(0.3) ? " ecn" : "");
    }
    if (d.chance(0.3)) {
      s.append(" duplicate ").append(d.percent(10));
    }
    if (d.chance(0.3)) {
      s.append(" reorder ").append(d.percent(20)).append(' ').append(d.between(1, 50)).append("ms");
      s.append(d.chance(0.3) ? " gap " + d.between(2, 9) : "");
    }
    if (d.chance(0.3)) {
      s.append(" corrupt ").append(d.percent(fast ? 1 : 5));
    }
    if (d.chance(0.5)) {
      s.append(" rate ").append(fast ? d.between(50, 1000) : d.between(1, 100)).append("mbit");
      s.append(" limit ").append(d.between(4, 200));
      s.append(d.chance(0.3) ? " ce_threshold " + d.between(1, 50) : "");
    }
    if (d.chance(0.05)) {
      s.append(" slot 1ms ").append(d.between(1, 5)).append("ms packets ").append(d.between(1, 20));
    }
    return s.toString();
  }

  /**
   * Up to four faults, all of them over after a minute.
   *
   * @param links names of links
   * @param directions names of directions
   */
  static FaultPlan faults(Draws d, List<String> links, List<String> directions) {
    List<FaultSpec> faults = new ArrayList<>();
    int count = d.chance(0.4) ? 0 : d.between(1, 4);
    for (int i = 0; i < count; i++) {
      String line =
          switch (d.between(0, 9)) {
            case 0 -> at(d) + "partition " + pick(d, links) + lasting(d, 10_000) + inFlight(d);
            case 1 ->
                at(d)
                    + "flap "
                    + pick(d, links)
                    + " every "
                    + d.between(50, 3000)
                    + "ms up "
                    + d.between(20, 90)
                    + "%"
                    + lasting(d, 10_000)
                    + inFlight(d);
            case 2 -> at(d) + "crash " + d.pick("client", "server") + lasting(d, 10_000);
            case 3 -> at(d) + "pause " + d.pick("client", "server") + lasting(d, 20_000);
            case 4 -> "clock " + d.pick("client", "server") + " " + d.pick("1ms", "4ms", "15ms");
            case 5 ->
                at(d)
                    + "impair "
                    + pick(d, directions)
                    + lasting(d, 5000)
                    + " to "
                    + d.pick("delay 200ms loss 30%", "delay 1ms loss gemodel 20% 20%", "delay 1s");
            default -> packets(d, directions);
          };
      faults.addAll(FaultPlan.parse(line).faults());
    }
    return new FaultPlan(faults);
  }

  private static String packets(Draws d, List<String> directions) {
    String kind = d.pick("data", "data", "syn", "synack", "ack", "fin", "rst", "icmp", "packet");
    int first = d.between(1, 6);
    String which = kind + " " + first + (d.chance(0.3) ? "-" + (first + d.between(0, 4)) : "");
    return switch (d.between(0, 4)) {
      case 0 -> "delay " + pick(d, directions) + " " + which + " by " + d.between(10, 3000) + "ms";
      case 1 -> "duplicate " + pick(d, directions) + " " + which;
      case 2 -> "corrupt " + pick(d, directions) + " " + which;
      default -> "drop " + pick(d, directions) + " " + which;
    };
  }

  private static String at(Draws d) {
    return "at " + d.between(1, 8000) + "ms ";
  }

  private static String lasting(Draws d, int maxMs) {
    return " for " + d.between(1, maxMs) + "ms";
  }

  private static String inFlight(Draws d) {
    return d.pick(" drop", " deliver");
  }

  private static String pick(Draws d, List<String> of) {
    return of.get(d.between(0, of.size() - 1));
  }
}
