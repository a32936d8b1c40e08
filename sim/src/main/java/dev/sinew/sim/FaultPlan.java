package dev.sinew.sim;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Faults as a value: a list that can be printed, read back, changed and shrunk. One fault a line,
 * or several divided by semicolons; {@code #} begins a comment.
 *
 * <pre>
 *   at 3s partition a-b for 2s drop        packets under way are lost; deliver: they arrive
 *   at 1s flap a-b every 500ms up 50% for 10s
 *   at 3s crash b for 2s                   state lost, silent; started again after 2 s
 *   at 3s pause b for 10s                  the process stands still: its clock jumps
 *   clock b 15ms                           its clock goes in steps
 *   at 2s impair a&gt;b for 1s to delay 20ms loss gemodel 1% 10%
 *   drop a&gt;b data 3                        the third data segment from a to b
 *   drop a&gt;b every larger 1400             a black hole
 *   delay a&gt;b syn 1 by 300ms
 *   duplicate a&gt;b data 2-4
 *   at 1s corrupt a&gt;b every data for 500ms
 * </pre>
 *
 * {@code a-b} is a link, {@code a>b} its direction from a to b. The kinds of packets are those of
 * {@link PacketKind}; packets are counted from 1 from the time on at which the fault begins.
 *
 * @param faults in the order in which they were written
 */
public record FaultPlan(List<FaultSpec> faults) {
  private static final String VERBS =
      "partition, flap, crash, pause, clock, impair, drop, delay, duplicate or corrupt";

  /** No fault. */
  public static final FaultPlan NONE = new FaultPlan(List.of());

  /** Copies the list. */
  public FaultPlan {
    faults = List.copyOf(faults);
  }

  /** A plan of these faults. */
  public static FaultPlan of(FaultSpec... faults) {
    return new FaultPlan(List.of(faults));
  }

  /**
   * Reads a plan.
   *
   * @throws IllegalArgumentException with the line, the column and what was expected there
   */
  public static FaultPlan parse(String text) {
    List<FaultSpec> faults = new ArrayList<>();
    for (String part : text.split("[;\n]", -1)) {
      int comment = part.indexOf('#');
      String line = comment < 0 ? part : part.substring(0, comment);
      if (!line.isBlank()) {
        try {
          faults.add(fault(new SpecWords(line)));
        } catch (IllegalArgumentException e) {
          throw new IllegalArgumentException(
              "fault \"" + line.strip() + "\": " + e.getMessage(), e);
        }
      }
    }
    return new FaultPlan(faults);
  }

  private static FaultSpec fault(SpecWords words) {
    long at = words.takeIf("at") ? words.time() : 0;
    String verb = words.take(VERBS);
    FaultSpec spec =
        switch (verb) {
          case "partition" -> {
            String where = words.take("a link such as a-b");
            yield new FaultSpec.Partition(at, where, lasting(words), inFlight(words));
          }
          case "flap" -> flap(at, words);
          case "crash" -> new FaultSpec.Crash(at, words.take("a host"), lasting(words));
          case "pause" -> {
            String host = words.take("a host");
            require(words, "for");
            yield new FaultSpec.Pause(at, host, words.time());
          }
          case "clock" ->
              new FaultSpec.Clock(at, words.take("a host"), words.time(), lasting(words));
          case "impair" -> impair(at, words);
          case "drop" -> packets(at, FaultSpec.PacketAction.DROP, words);
          case "delay" -> packets(at, FaultSpec.PacketAction.DELAY, words);
          case "duplicate" -> packets(at, FaultSpec.PacketAction.DUPLICATE, words);
          case "corrupt" -> packets(at, FaultSpec.PacketAction.CORRUPT, words);
          default -> throw words.wrong(VERBS);
        };
    if (!words.isEmpty()) {
      words.take("the end");
      throw words.wrong("the end of the fault");
    }
    return spec;
  }

  private static FaultSpec flap(long at, SpecWords words) {
    String where = words.take("a link such as a-b");
    require(words, "every");
    long period = words.time();
    require(words, "up");
    double up = words.share();
    require(words, "for");
    return new FaultSpec.Flap(at, where, period, up, words.time(), inFlight(words));
  }

  private static FaultSpec impair(long at, SpecWords words) {
    String where = words.take("a link such as a-b, or a direction such as a>b");
    long lasting = lasting(words);
    require(words, "to");
    String rest = words.rest();
    try {
      Impairments.parse(rest);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "from column " + words.column() + " on, " + e.getMessage(), e);
    }
    return new FaultSpec.Impair(at, where, lasting, rest);
  }

  private static FaultSpec packets(long at, FaultSpec.PacketAction action, SpecWords words) {
    String where = words.take("a direction such as a>b");
    boolean every = words.takeIf("every");
    PacketKind kind = PacketKind.read(words);
    long first = 1;
    long count = FaultSpec.FOR_EVER;
    if (!every) {
      String expected = "which: a number such as 3, or 3-5, or 3- for all from then on";
      String which = words.take(expected);
      int dash = which.indexOf('-');
      first = positive(words, dash < 0 ? which : which.substring(0, dash), expected);
      if (dash < 0) {
        count = 1;
      } else if (dash < which.length() - 1) {
        count = positive(words, which.substring(dash + 1), expected) - first + 1;
        if (count < 1) {
          throw words.wrong(expected);
        }
      }
    }
    long by = 0;
    if (action == FaultSpec.PacketAction.DELAY) {
      require(words, "by");
      by = words.time();
    }
    return new FaultSpec.Packets(at, action, where, kind, first, count, by, lasting(words));
  }

  private static long positive(SpecWords words, String digits, String expected) {
    try {
      long value = Long.parseLong(digits);
      if (value >= 1) {
        return value;
      }
    } catch (NumberFormatException e) {
      throw words.wrong(expected);
    }
    throw words.wrong(expected);
  }

  private static void require(SpecWords words, String word) {
    if (!words.takeIf(word)) {
      words.take("\"" + word + "\"");
      throw words.wrong("\"" + word + "\"");
    }
  }

  private static long lasting(SpecWords words) {
    return words.takeIf("for") ? words.time() : FaultSpec.FOR_EVER;
  }

  private static Direction.InFlight inFlight(SpecWords words) {
    if (words.isEmpty()) {
      return Direction.InFlight.DROP;
    }
    String expected = "drop or deliver (what happens to packets under way)";
    String word = words.take(expected);
    for (Direction.InFlight f : Direction.InFlight.values()) {
      if (f.name().toLowerCase(Locale.ROOT).equals(word)) {
        return f;
      }
    }
    throw words.wrong(expected);
  }

  /** When the last of the faults that end is over; 0 without any. */
  public long endNanos() {
    return faults.stream().mapToLong(FaultSpec::endNanos).max().orElse(0);
  }

  /** One line a fault; {@link #parse} reads it back. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    faults.forEach(f -> text.append(f).append('\n'));
    return text.toString();
  }
}
