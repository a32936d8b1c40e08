package dev.sinew.base;

import java.util.function.Consumer;

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

  /**
   * The values while a profile is made: {@code profile.with(v -> v.minRtoNanos = 1)}. What it
   * begins with is {@link #STANDARD}.
   */
  public static final class Values implements Cloneable {
    /** What {@code docs/profiles.md} calls it. */
    public String name = "standard";

    // ---- retransmission and how long one tries

    /** RTO before the first measurement (RFC 6298 section 2.1). */
    public long initialRtoNanos = S;

    /** The least RTO (RFC 6298 section 2.4). */
    public long minRtoNanos = 200 * MS;

    /** Added to each computed RTO. */
    public long rtoSlopNanos = 0;

    /** The largest RTO (RFC 6298 section 2.5). */
    public long maxRtoNanos = 60 * S;

    /** Retransmissions of a SYN before the open fails. */
    public int synRetries = 7;

    /** When an open fails at the latest (RFC 9293 MUST-23). */
    public long synTimeoutNanos = 180 * S;

    /** Retransmissions of a SYN-ACK. */
    public int synAckRetries = 5;

    /** A full queue of half-open records is answered with SYN cookies; else SYNs are dropped. */
    public boolean synCookies = true;

    /** R1 of RFC 9293 section 3.8.3. */
    public int dataRetriesR1 = 3;

    /** R2 of RFC 9293 section 3.8.3, as a count. */
    public int dataRetriesR2 = 15;

    /** R2 as a time that must have passed too. */
    public long dataTimeoutR2Nanos = 100 * S;

    /** R2 of a connection that its application has closed. */
    public int orphanRetries = 8;

    // ---- states

    /** 2 MSL. */
    public long timeWaitNanos = 60 * S;

    /** A RST ends TIME-WAIT; RFC 1337 has it ignored. */
    public boolean rstClosesTimeWait = false;

    /** A SYN that carries FIN opens a connection. */
    public boolean acceptSynFin = false;

    // ---- acknowledging

    /** How long an ACK may wait (RFC 9293 MUST-40). */
    public long delayedAckNanos = 40 * MS;

    /** Segments that are acknowledged at once when a connection is young. */
    public int quickAckSegments = 0;

    // ---- congestion

    /** RFC 6928. */
    public int initialWindowSegments = 10;

    // ---- options of the handshake

    /** The order of the options on a SYN. */
    public SynOptions synOptions = SynOptions.LINUX;

    /** SACK is offered and accepted (RFC 2018). */
    public boolean sack = true;

    /** Timestamps are offered and accepted (RFC 7323 section 3). */
    public boolean timestamps = true;

    /** The window scale is offered and accepted (RFC 7323 section 2). */
    public boolean windowScale = true;

    /** The scale lets a connection offer at least this window, bytes (RFC 7323 section 2.3). */
    public int scaledWindowBytes = 4 << 20;

    // ---- keepalive and challenge ACKs

    /** Default of a connection: idle time before the first keepalive probe. */
    public long keepAliveIdleNanos = 7200 * S;

    /** Time between two keepalive probes. */
    public long keepAliveIntervalNanos = 75 * S;

    /** Unanswered probes that end a connection. */
    public int keepAliveCount = 10;

    /** A connection earns one challenge ACK in this time (RFC 5961 section 7). */
    public long challengeAckIntervalNanos = 500 * MS;

    /** Challenge ACKs that may be sent at once. */
    public int challengeAckBurst = 3;

    // ---- segments

    /** The smallest MSS that we send with, whatever the peer or the path say. */
    public int minSendMss = 216;

    /** How long an orphan stays in FIN-WAIT-2. */
    public long finWait2Nanos = 60 * S;

    /** RFC 7323 section 3.2 once timestamps were agreed. */
    public boolean dropSegmentsWithoutTimestamp = false;

    /** Any ICMP error ends a connection attempt; RFC 9293 MUST-56 says no. */
    public boolean anyIcmpAbortsConnect = false;

    // ---- probing a closed window

    /** The shortest interval of zero-window probes. */
    public long persistMinNanos = 200 * MS;

    /** The longest interval of zero-window probes. */
    public long persistMaxNanos = 60 * S;

    // ---- numbers

    /** One step of the ISN clock (RFC 9293 section 3.4.1). */
    public long isnTickNanos = 4000;

    /** TTL or hop limit of what we send. */
    public int defaultTtl = 64;

    // ---- recovery

    /** RACK-TLP with a peer that does SACK (RFC 8985); else RFC 6675 counts duplicates. */
    public boolean rack = true;

    /** The probe of RFC 8985 section 7. */
    public boolean tailLossProbe = true;

    /** Proportional rate reduction (RFC 9937). */
    public boolean prr = true;

    /** Duplicates are reported in SACK blocks (RFC 2883). */
    public boolean dsack = true;

    /** A spurious retransmission takes the reduction back (RFC 5682, 4015). */
    public boolean undo = true;

    // ---- congestion control

    /** The controller of a connection that asks for none. */
    public String congestionControl = "cubic";

    /** Slow start ends by delay too (RFC 9406). */
    public boolean hyStart = true;

    /** Reno and CUBIC spread a window over the round-trip time; BBR always does. */
    public boolean pacing = true;

    // ---- ECN

    /** RFC 3168. */
    public Ecn ecn = Ecn.ANSWER;

    /** The accurate feedback of RFC 9768 where ECN is used. */
    public boolean accEcn = true;

    /** Retransmissions of a SYN that still ask for ECN; later ones don't. */
    public int ecnSynRetries = 1;

    /** A SYN that asked for ECN and was answered with a reset goes again without. */
    public boolean ecnRetryAfterReset = true;

    // ---- path MTU

    /** When segments probe for a larger path MTU (RFC 4821). */
    public MtuProbing mtuProbing = MtuProbing.BLACK_HOLE;

    // ---- buffers

    /** The receive buffer grows with what the application reads. */
    public boolean autoTuneReceive = true;

    /** The send buffer grows with the congestion window. */
    public boolean autoTuneSend = true;

    // ---- Fast Open

    /** A client may send data on its SYN when it is asked to (RFC 7413). */
    public boolean fastOpenClient = true;

    /** Listeners take data on a SYN unless told otherwise (RFC 7413). */
    public boolean fastOpenServer = false;

    private Values() {}

    @Override
    protected Values clone() {
      try {
        return (Values) super.clone();
      } catch (CloneNotSupportedException e) {
        throw new AssertionError(e);
      }
    }
  }

  /** The RFCs, with the deviations that every deployed system has; the default. */
  public static final Profile STANDARD = new Profile(new Values());

  /** As Linux answers. */
  public static final Profile LINUX =
      STANDARD.with(v -> {
        v.name = "linux";
        v.maxRtoNanos = 120 * S;
        v.synRetries = 6;
        v.synTimeoutNanos = 127 * S;
        v.dataTimeoutR2Nanos = 0;
        v.rstClosesTimeWait = true;
        v.quickAckSegments = 16;
        v.ecnSynRetries = 0;
        v.ecnRetryAfterReset = false;
        v.keepAliveCount = 9;
        v.challengeAckBurst = 1;
        v.minSendMss = 48;
        v.anyIcmpAbortsConnect = true;
        v.persistMaxNanos = 120 * S;
        v.isnTickNanos = 64;
        v.mtuProbing = MtuProbing.OFF;
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
        v.synOptions = SynOptions.FREEBSD;
        v.scaledWindowBytes = 2 << 20;
        v.keepAliveCount = 8;
        v.challengeAckIntervalNanos = 200 * MS;
        v.challengeAckBurst = 5;
        v.ecnRetryAfterReset = false;
        v.mtuProbing = MtuProbing.OFF;
      });

  private final Values v;

  private Profile(Values v) {
    this.v = v;
  }

  /** The same profile with the values that {@code change} sets. */
  public Profile with(Consumer<Values> change) {
    Values next = v.clone();
    change.accept(next);
    return new Profile(next);
  }

  /** The built-in profile of that name, or null. */
  public static @org.jspecify.annotations.Nullable Profile named(String name) {
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

  public boolean acceptSynFin() {
    return v.acceptSynFin;
  }

  public long delayedAckNanos() {
    return v.delayedAckNanos;
  }

  public int quickAckSegments() {
    return v.quickAckSegments;
  }

  public int initialWindowSegments() {
    return v.initialWindowSegments;
  }

  public SynOptions synOptions() {
    return v.synOptions;
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

  public boolean anyIcmpAbortsConnect() {
    return v.anyIcmpAbortsConnect;
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

  public int ecnSynRetries() {
    return v.ecnSynRetries;
  }

  public boolean ecnRetryAfterReset() {
    return v.ecnRetryAfterReset;
  }

  public MtuProbing mtuProbing() {
    return v.mtuProbing;
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

  public boolean fastOpenServer() {
    return v.fastOpenServer;
  }
}
