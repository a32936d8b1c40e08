package dev.sinew.sim;

import dev.sinew.base.TimerHeap;
import java.util.Locale;

/**
 * One fault as a value that can be printed and read back: see {@link FaultPlan} for the words.
 * Times are virtual nanoseconds; a duration of {@link #FOR_EVER} has no end.
 */
public sealed interface FaultSpec {
  /** A duration without end. */
  long FOR_EVER = TimerHeap.NEVER;

  /** When it begins. */
  long atNanos();

  /** For how long. */
  long forNanos();

  /**
   * When it is over; the present time for what is never over, as the network stays as it is then.
   */
  default long endNanos() {
    return forNanos() >= FOR_EVER - atNanos() ? atNanos() : atNanos() + forNanos();
  }

  /** A link ({@code a-b}) or one direction ({@code a>b}) is cut. */
  record Partition(long atNanos, String where, long forNanos, Direction.InFlight inFlight)
      implements FaultSpec {
    @Override
    public String toString() {
      return at(this) + "partition " + where + lasting(this) + " " + word(inFlight);
    }
  }

  /**
   * A link or direction goes down and up: of each period the link is up for a share, first up, then
   * down.
   */
  record Flap(
      long atNanos,
      String where,
      long periodNanos,
      double up,
      long forNanos,
      Direction.InFlight inFlight)
      implements FaultSpec {
    @Override
    public String toString() {
      return at(this)
          + "flap "
          + where
          + " every "
          + SpecWords.time(periodNanos)
          + " up "
          + SpecWords.percent(up)
          + lasting(this)
          + " "
          + word(inFlight);
    }
  }

  /** A host loses everything without a word, and is started again when the time is over. */
  record Crash(long atNanos, String host, long forNanos) implements FaultSpec {
    @Override
    public String toString() {
      return at(this) + "crash " + host + lasting(this);
    }
  }

  /** A host's process stands still. */
  record Pause(long atNanos, String host, long forNanos) implements FaultSpec {
    @Override
    public String toString() {
      return at(this) + "pause " + host + lasting(this);
    }
  }

  /** A host's clock goes in steps. */
  record Clock(long atNanos, String host, long stepNanos, long forNanos) implements FaultSpec {
    @Override
    public String toString() {
      return at(this) + "clock " + host + " " + SpecWords.time(stepNanos) + lasting(this);
    }
  }

  /** A link or direction does something else to packets, in the words of {@link Impairments}. */
  record Impair(long atNanos, String where, long forNanos, String words) implements FaultSpec {
    @Override
    public String toString() {
      return at(this) + "impair " + where + lasting(this) + " to " + words;
    }
  }

  /** What is done to packets. */
  enum PacketAction {
    DROP,
    DELAY,
    DUPLICATE,
    CORRUPT;

    String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * Something is done to packets of a kind.
   *
   * @param first the first one that it is done to, counted from 1 since {@code atNanos}
   * @param count how many in a row; {@link #FOR_EVER} for every one
   * @param byNanos for how long {@link PacketAction#DELAY} holds them back
   */
  record Packets(
      long atNanos,
      PacketAction action,
      String where,
      PacketKind kind,
      long first,
      long count,
      long byNanos,
      long forNanos)
      implements FaultSpec {
    /** The packets, without the time. */
    String what() {
      String which =
          count == FOR_EVER
              ? first == 1 ? "every " + kind : kind + " " + first + "-"
              : kind + " " + first + (count == 1 ? "" : "-" + (first + count - 1));
      return action.word()
          + " "
          + where
          + " "
          + which
          + (action == PacketAction.DELAY ? " by " + SpecWords.time(byNanos) : "");
    }

    @Override
    public String toString() {
      return at(this) + what() + lasting(this);
    }
  }

  private static String at(FaultSpec s) {
    return s.atNanos() == 0 ? "" : "at " + SpecWords.time(s.atNanos()) + " ";
  }

  private static String lasting(FaultSpec s) {
    return s.forNanos() == FOR_EVER ? "" : " for " + SpecWords.time(s.forNanos());
  }

  private static String word(Direction.InFlight inFlight) {
    return inFlight.name().toLowerCase(Locale.ROOT);
  }
}
