package dev.sinew.base;

/**
 * Where real systems differ, a value here decides; the code has no forks. A profile may be replaced
 * between events. Times are nanoseconds. Every value names its source in the table of {@code
 * docs/profiles.md}.
 */
public record Profile(
    String name,
    long initialRtoNanos,
    long minRtoNanos,
    long rtoSlopNanos,
    long maxRtoNanos,
    int synRetries,
    long synTimeoutNanos,
    int synAckRetries,
    int dataRetriesR1,
    int dataRetriesR2,
    long dataTimeoutR2Nanos,
    int orphanRetries,
    long timeWaitNanos,
    boolean rstClosesTimeWait,
    boolean acceptSynFin,
    long delayedAckNanos,
    int quickAckSegments,
    int initialWindowSegments,
    SynOptions synOptions,
    boolean sack,
    boolean timestamps,
    boolean windowScale,
    long keepAliveIdleNanos,
    long keepAliveIntervalNanos,
    int keepAliveCount,
    long challengeAckIntervalNanos,
    int challengeAckBurst,
    int minSendMss,
    long finWait2Nanos,
    boolean dropSegmentsWithoutTimestamp,
    boolean anyIcmpAbortsConnect,
    long persistMinNanos,
    long persistMaxNanos,
    long isnTickNanos,
    int defaultTtl) {

  private static final long MS = 1_000_000L;
  private static final long S = 1_000_000_000L;

  /** The order of the options on a SYN. */
  public enum SynOptions {
    /** mss, sackOK, TS, nop, wscale. */
    LINUX,
    /** mss, nop, wscale, sackOK, TS. */
    FREEBSD
  }

  /** The RFCs, with the deviations that every deployed system has; the default. */
  public static final Profile STANDARD =
      new Profile(
          "standard",
          S,
          200 * MS,
          0,
          60 * S,
          7,
          180 * S,
          5,
          3,
          15,
          100 * S,
          8,
          60 * S,
          false,
          false,
          40 * MS,
          0,
          10,
          SynOptions.LINUX,
          true,
          true,
          true,
          7200 * S,
          75 * S,
          10,
          500 * MS,
          3,
          216,
          60 * S,
          false,
          false,
          200 * MS,
          60 * S,
          4000,
          64);

  /** As Linux answers. */
  public static final Profile LINUX =
      new Profile(
          "linux",
          S,
          200 * MS,
          0,
          120 * S,
          6,
          127 * S,
          5,
          3,
          15,
          0,
          8,
          60 * S,
          true,
          false,
          40 * MS,
          16,
          10,
          SynOptions.LINUX,
          true,
          true,
          true,
          7200 * S,
          75 * S,
          9,
          500 * MS,
          1,
          48,
          60 * S,
          false,
          true,
          200 * MS,
          120 * S,
          64,
          64);

  /** As FreeBSD answers. */
  public static final Profile FREEBSD =
      new Profile(
          "freebsd",
          S,
          30 * MS,
          200 * MS,
          64 * S,
          12,
          75 * S,
          3,
          3,
          12,
          0,
          12,
          60 * S,
          false,
          true,
          40 * MS,
          0,
          10,
          SynOptions.FREEBSD,
          true,
          true,
          true,
          7200 * S,
          75 * S,
          8,
          200 * MS,
          5,
          216,
          60 * S,
          false,
          false,
          200 * MS,
          60 * S,
          4000,
          64);

  /** The built-in profile of that name, or null. */
  public static @org.jspecify.annotations.Nullable Profile named(String name) {
    return switch (name) {
      case "standard" -> STANDARD;
      case "linux" -> LINUX;
      case "freebsd" -> FREEBSD;
      default -> null;
    };
  }
}
