package dev.sinew.base;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Where real systems differ, a value here decides; the code has no forks. A profile never changes,
 * but a stack's may be replaced between events. Times are nanoseconds. Every value names its source
 * in the table of {@code docs/profiles.md}.
 */
public final class Profile {
  private static final long MS = 1_000_000L;
  private static final long S = 1_000_000_000L;

  /** The order of the options on a SYN. */
  public enum SynOptions {
    /** mss, sackOK, TS, nop, wscale. */
    LINUX,
    /** mss, nop, wscale, sackOK, TS. */
    FREEBSD
  }

  /** Explicit congestion notification (RFC 3168). */
  public enum Ecn {
    /** Never negotiated; a peer that asks is answered as one that does not know it would. */
    OFF,
    /** Used when the peer asks. */
    ANSWER,
    /** Our SYNs ask too. */
    REQUEST
  }

  /** Packetization layer path MTU discovery (RFC 4821). */
  public enum MtuProbing {
    OFF,
    /** When timeouts make a black hole likely. */
    BLACK_HOLE,
    ALWAYS
  }

  /** Which ICMP errors about its SYN end a connection attempt. */
  public enum ConnectErrors {
    /** Hard errors: protocol and port unreachable (RFC 9293 section 3.9.2.2, MUST-56, SHLD-26). */
    HARD,
    /** Any error. */
    ANY,
    /** Hard errors, prohibitions and an exceeded TTL; prohibitions count as a refusal. */
    PROHIBITIONS,
    /** None. */
    NONE
  }

  /** How the receive window follows the buffer. */
  public enum WindowOffer {
    /** By steps of a segment or half the buffer (RFC 9293 section 3.8.6.2.2), told on doubling. */
    STEPS,
    /**
     * What the buffer has room for to the byte, told when a quarter of it has become free. What
     * fits into the buffer is acceptable, offered or not.
     */
    BYTES,
    /** By the memory of the packets that are unread, with a ratio learnt from them. */
    MEMORY,
    /** The same, and it shrinks when that memory does. */
    SHRINKING_MEMORY;

    public boolean byMemory() {
      return this == MEMORY || this == SHRINKING_MEMORY;
    }
  }

  /** The RFCs, with the deviations that every deployed system has; the default. */
  public static final Profile STANDARD = new Profile(new ProfileValues());

  /** As Linux answers. */
  public static final Profile LINUX =
      STANDARD.with(v -> {
        v.name = "linux";
        v.maxRtoNanos = 120 * S;
        v.synRetries = 6;
        v.synTimeoutNanos = 131 * S;
        v.dataTimeoutR2Nanos = 0;
        v.rstClosesTimeWait = true;
        v.quickAckSegments = 16;
        v.synLinearTimeouts = 4;
        v.minRtoNanos = 1 * MS;
        v.minRttvarNanos = 200 * MS;
        v.ecnSynRetries = 0;
        v.accEcnOptionAlways = true;
        v.ecnCapable = EcnCapable.ALL_IF_ACCURATE;
        v.ecnRetryAfterReset = false;
        v.fullWindowAfterRecovery = true;
        v.lostRetransmissionReduces = false;
        v.rackRttOfHighest = true;
        v.reorderTickNanos = 1 * MS;
        v.sackOfOldAcks = true;
        v.rateReductionAfterMark = true;
        v.growsByDelivery = true;
        v.segmentCubic = true;
        v.superSegmentLeast = 2;
        v.nagleBySmallSegments = true;
        v.fastOpenOptionBytes = 40;
        v.fastOpenExperiment = true;
        v.timeWaitReuseNanos = Long.MAX_VALUE;
        v.keepCrossingData = false;
        v.checkSynEcho = true;
        v.sendRecordBytes = 960;
        v.fastOpenBlockedEasily = false;
        v.resetOffersWindow = true;
        v.ignoreAckOfUnsent = true;
        v.finEndsReports = true;
        v.accEcnHeedsRepeats = true;
        v.slowStartLimitSegments = Integer.MAX_VALUE;
        v.pacing = false;
        v.keepAliveCount = 9;
        v.challengeAckBurst = 1;
        v.minSendMss = 48;
        v.connectErrors = ConnectErrors.ANY;
        v.persistMaxNanos = 120 * S;
        v.isnTickNanos = 64;
        v.mtuProbing = MtuProbing.OFF;
        v.windowOffer = WindowOffer.MEMORY;
      });

  /** As FreeBSD answers. */
  public static final Profile FREEBSD =
      STANDARD.with(v -> {
        v.name = "freebsd";
        v.minRtoNanos = 30 * MS;
        v.rtoSlopNanos = 200 * MS;
        v.maxRtoNanos = 64 * S;
        v.synRetries = 12;
        v.synTimeoutNanos = 75 * S;
        v.synAckRetries = 3;
        v.dataRetriesR2 = 12;
        v.dataTimeoutR2Nanos = 0;
        v.orphanRetries = 12;
        v.acceptSynFin = true;
        v.timeWaitAnswersAcks = true;
        v.resetAlwaysTold = true;
        v.ackSecondSegment = true;
        v.finOnAcks = true;
        v.connectErrors = ConnectErrors.PROHIBITIONS;
        v.windowOffer = WindowOffer.BYTES;
        v.buffersInSegments = true;
        v.accEcn = false;
        v.ecnTestsMangling = false;
        v.ecnOnAnySegment = true;
        v.resetsUnread = false;
        v.accEcnOptions = false;
        v.synOptions = SynOptions.FREEBSD;
        v.scaledWindowBytes = 2 << 20;
        v.keepAliveCount = 8;
        v.challengeAckIntervalNanos = 200 * MS;
        v.challengeAckBurst = 5;
        v.ecnRetryAfterReset = false;
        v.rack = false;
        v.tailLossProbe = false;
        v.hyStart = false;
        v.pacing = false;
        v.fastOpenGivesUp = true;
        v.mtuProbing = MtuProbing.OFF;
      });

  private final ProfileValues v;

  private Profile(ProfileValues v) {
    this.v = v;
  }

  /** The same profile with the values that {@code change} sets. */
  public Profile with(Consumer<ProfileValues> change) {
    ProfileValues next = v.clone();
    change.accept(next);
    return new Profile(next);
  }

  /** The built-in profile of that name, or null. */
  public static @Nullable Profile named(String name) {
    return switch (name) {
      case "standard" -> STANDARD;
      case "linux" -> LINUX;
      case "freebsd" -> FREEBSD;
      default -> null;
    };
  }

  public String name() {
    return v.name;
  }

  public long initialRtoNanos() {
    return v.initialRtoNanos;
  }

  public long minRtoNanos() {
    return v.minRtoNanos;
  }

  public long rtoSlopNanos() {
    return v.rtoSlopNanos;
  }

  public long maxRtoNanos() {
    return v.maxRtoNanos;
  }

  public int synRetries() {
    return v.synRetries;
  }

  public long synTimeoutNanos() {
    return v.synTimeoutNanos;
  }

  public int synAckRetries() {
    return v.synAckRetries;
  }

  public boolean synCookies() {
    return v.synCookies;
  }

  public int dataRetriesR1() {
    return v.dataRetriesR1;
  }

  public int dataRetriesR2() {
    return v.dataRetriesR2;
  }

  public long dataTimeoutR2Nanos() {
    return v.dataTimeoutR2Nanos;
  }

  public int orphanRetries() {
    return v.orphanRetries;
  }

  public long timeWaitNanos() {
    return v.timeWaitNanos;
  }

  public boolean rstClosesTimeWait() {
    return v.rstClosesTimeWait;
  }

  public boolean timeWaitAnswersAcks() {
    return v.timeWaitAnswersAcks;
  }

  public boolean insecureRst() {
    return v.insecureRst;
  }

  public boolean insecureSyn() {
    return v.insecureSyn;
  }

  public boolean resetAlwaysTold() {
    return v.resetAlwaysTold;
  }

  public boolean acceptSynFin() {
    return v.acceptSynFin;
  }

  public long delayedAckNanos() {
    return v.delayedAckNanos;
  }

  public int quickAckSegments() {
    return v.quickAckSegments;
  }

  public boolean ackSecondSegment() {
    return v.ackSecondSegment;
  }

  public boolean finOnAcks() {
    return v.finOnAcks;
  }

  public int initialWindowSegments() {
    return v.initialWindowSegments;
  }

  public SynOptions synOptions() {
    return v.synOptions;
  }

  public int synRetriesWithOptions() {
    return v.synRetriesWithOptions;
  }

  public boolean sack() {
    return v.sack;
  }

  public boolean timestamps() {
    return v.timestamps;
  }

  public boolean windowScale() {
    return v.windowScale;
  }

  public int scaledWindowBytes() {
    return v.scaledWindowBytes;
  }

  public long keepAliveIdleNanos() {
    return v.keepAliveIdleNanos;
  }

  public long keepAliveIntervalNanos() {
    return v.keepAliveIntervalNanos;
  }

  public int keepAliveCount() {
    return v.keepAliveCount;
  }

  public long challengeAckIntervalNanos() {
    return v.challengeAckIntervalNanos;
  }

  public int challengeAckBurst() {
    return v.challengeAckBurst;
  }

  public int minSendMss() {
    return v.minSendMss;
  }

  public long finWait2Nanos() {
    return v.finWait2Nanos;
  }

  public boolean dropSegmentsWithoutTimestamp() {
    return v.dropSegmentsWithoutTimestamp;
  }

  public ConnectErrors connectErrors() {
    return v.connectErrors;
  }

  public long persistMinNanos() {
    return v.persistMinNanos;
  }

  public long persistMaxNanos() {
    return v.persistMaxNanos;
  }

  public long isnTickNanos() {
    return v.isnTickNanos;
  }

  public int defaultTtl() {
    return v.defaultTtl;
  }

  public boolean rack() {
    return v.rack;
  }

  public boolean tailLossProbe() {
    return v.tailLossProbe;
  }

  public boolean prr() {
    return v.prr;
  }

  public boolean dsack() {
    return v.dsack;
  }

  public boolean undo() {
    return v.undo;
  }

  public String congestionControl() {
    return v.congestionControl;
  }

  public boolean hyStart() {
    return v.hyStart;
  }

  public boolean pacing() {
    return v.pacing;
  }

  public Ecn ecn() {
    return v.ecn;
  }

  public boolean accEcn() {
    return v.accEcn;
  }

  public boolean ecnTestsMangling() {
    return v.ecnTestsMangling;
  }

  public boolean ecnOnAnySegment() {
    return v.ecnOnAnySegment;
  }

  public boolean resetsUnread() {
    return v.resetsUnread;
  }

  public boolean accEcnOptions() {
    return v.accEcnOptions;
  }

  public int ecnSynRetries() {
    return v.ecnSynRetries;
  }

  public boolean ecnRetryAfterReset() {
    return v.ecnRetryAfterReset;
  }

  public MtuProbing mtuProbing() {
    return v.mtuProbing;
  }

  public WindowOffer windowOffer() {
    return v.windowOffer;
  }

  public boolean buffersInSegments() {
    return v.buffersInSegments;
  }

  public boolean autoTuneReceive() {
    return v.autoTuneReceive;
  }

  public boolean autoTuneSend() {
    return v.autoTuneSend;
  }

  public boolean fastOpenClient() {
    return v.fastOpenClient;
  }

  public boolean fastOpenGivesUp() {
    return v.fastOpenGivesUp;
  }

  public boolean fastOpenServer() {
    return v.fastOpenServer;
  }

  public int synLinearTimeouts() {
    return v.synLinearTimeouts;
  }

  public long minRttvarNanos() {
    return v.minRttvarNanos;
  }

  public boolean fullWindowAfterRecovery() {
    return v.fullWindowAfterRecovery;
  }

  public boolean accEcnOptionAlways() {
    return v.accEcnOptionAlways;
  }

  public int accEcnSynRetries() {
    return v.accEcnSynRetries;
  }

  public EcnCapable ecnCapable() {
    return v.ecnCapable;
  }

  public int superSegmentLeast() {
    return v.superSegmentLeast;
  }

  public int slowStartLimitSegments() {
    return v.slowStartLimitSegments;
  }

  public boolean fastOpenWithoutCookie() {
    return v.fastOpenWithoutCookie;
  }

  public boolean fastOpenCookieNotRequired() {
    return v.fastOpenCookieNotRequired;
  }

  public int fastOpenOptionBytes() {
    return v.fastOpenOptionBytes;
  }

  public @Nullable SipHash fastOpenKey() {
    return v.fastOpenKey;
  }

  public boolean nagleBySmallSegments() {
    return v.nagleBySmallSegments;
  }

  public boolean forwardRto() {
    return v.forwardRto;
  }

  public boolean lostRetransmissionReduces() {
    return v.lostRetransmissionReduces;
  }

  public boolean rackRttOfHighest() {
    return v.rackRttOfHighest;
  }

  public long reorderTickNanos() {
    return v.reorderTickNanos;
  }

  public boolean rateReductionAfterMark() {
    return v.rateReductionAfterMark;
  }

  public boolean growsByDelivery() {
    return v.growsByDelivery;
  }

  public boolean segmentCubic() {
    return v.segmentCubic;
  }

  public boolean sackOfOldAcks() {
    return v.sackOfOldAcks;
  }

  public boolean restartAfterIdle() {
    return v.restartAfterIdle;
  }

  public boolean fastOpenExperiment() {
    return v.fastOpenExperiment;
  }

  public long fastOpenBlockNanos() {
    return v.fastOpenBlockNanos;
  }

  public boolean fastOpenBlockedEasily() {
    return v.fastOpenBlockedEasily;
  }

  public boolean resetOffersWindow() {
    return v.resetOffersWindow;
  }

  public boolean ignoreAckOfUnsent() {
    return v.ignoreAckOfUnsent;
  }

  public boolean finEndsReports() {
    return v.finEndsReports;
  }

  public boolean accEcnHeedsRepeats() {
    return v.accEcnHeedsRepeats;
  }

  public int sendRecordBytes() {
    return v.sendRecordBytes;
  }

  public boolean keepCrossingData() {
    return v.keepCrossingData;
  }

  public boolean checkSynEcho() {
    return v.checkSynEcho;
  }

  public long timeWaitReuseNanos() {
    return v.timeWaitReuseNanos;
  }
}
