package dev.sinew.base;

import org.jspecify.annotations.Nullable;

/**
 * The values while a profile is made: {@code profile.with(v -> v.minRtoNanos = 1)}. What it begins
 * with is {@link Profile#STANDARD}.
 */
public final class ProfileValues implements Cloneable {
  private static final long MS = 1_000_000L;
  private static final long S = 1_000_000_000L;

  /** What {@code docs/profiles.md} calls it. */
  public String name = "standard";

  // ---- retransmission and how long one tries

  /** RTO before the first measurement (RFC 6298 section 2.1). */
  public long initialRtoNanos = S;

  /** The least RTO (RFC 6298 section 2.4). */
  public long minRtoNanos = 200 * MS;

  /** Added to each computed RTO. */
  public long rtoSlopNanos = 0;

  /** The least that is added to SRTT for the variance, instead of the least RTO; 0 for none. */
  public long minRttvarNanos = 0;

  /** The largest RTO (RFC 6298 section 2.5). */
  public long maxRtoNanos = 60 * S;

  /** Timeouts of a SYN before the interval begins to double. */
  public int synLinearTimeouts = 0;

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

  /**
   * In TIME-WAIT each ACK but the peer's last one is answered, without ECN's flags, and nothing
   * without ACK.
   */
  public boolean timeWaitAnswersAcks = false;

  /**
   * An active open may take the sockets of a connection with timestamps that has been in TIME-WAIT
   * for so long since the peer's last FIN, and at once where its application has bound the port;
   * negative for never.
   */
  public long timeWaitReuseNanos = -1;

  /** A RST anywhere in the window ends a connection; RFC 5961 section 3 wants RCV.NXT itself. */
  public boolean insecureRst = false;

  /** A SYN in the window ends a connection; RFC 5961 section 4 has it challenged. */
  public boolean insecureSyn = false;

  /** The application learns of a RST also when it has closed its half or the peer has. */
  public boolean resetAlwaysTold = false;

  /** The reset of an abort names the window, as any segment does; else 0. */
  public boolean resetOffersWindow = false;

  /** In ESTABLISHED, what acknowledges something never sent leaves no trace: no ACK, TS.Recent. */
  public boolean ignoreAckOfUnsent = false;

  /** A SYN-ACK with a timestamp that echoes none of this open's SYNs is answered with a reset. */
  public boolean checkSynEcho = false;

  /**
   * A close that leaves data unread resets the connection (RFC 9293 section 3.6.1, SHLD-3); else
   * only where the peer has closed too.
   */
  public boolean resetsUnread = true;

  /** A SYN that carries FIN opens a connection. */
  public boolean acceptSynFin = false;

  // ---- acknowledging

  /** How long an ACK may wait (RFC 9293 MUST-40). */
  public long delayedAckNanos = 40 * MS;

  /** Segments that are acknowledged at once when a connection is young. */
  public int quickAckSegments = 0;

  /** Every second segment is acknowledged at once, however small; else what makes two full ones. */
  public boolean ackSecondSegment = false;

  /** An ACK repeats our FIN until that is acknowledged. */
  public boolean finOnAcks = false;

  /** The peer's FIN ends the reports of duplicates: its ACK has none. */
  public boolean finEndsReports = false;

  // ---- congestion

  /**
   * Nagle's rule holds a short segment only while another short one is out (RFC 9293 appendix A.3).
   */
  public boolean nagleBySmallSegments = false;

  /** RFC 6928. */
  public int initialWindowSegments = 10;

  /**
   * Segments that go out as one super-segment at least, of which the last carries PSH; 0 for no
   * super-segments.
   */
  public int superSegmentLeast = 0;

  // ---- options of the handshake

  /** The order of the options on a SYN. */
  public Profile.SynOptions synOptions = Profile.SynOptions.LINUX;

  /** Retransmissions of a SYN with all its options; later ones name the MSS alone. */
  public int synRetriesWithOptions = Integer.MAX_VALUE;

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

  /** Which ICMP errors end a connection attempt. */
  public Profile.ConnectErrors connectErrors = Profile.ConnectErrors.HARD;

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

  /** F-RTO looks for spurious timeouts (RFC 5682). */
  public boolean forwardRto = true;

  /** The loss of a retransmission reduces the window once more (RFC 5681 section 4.3). */
  public boolean lostRetransmissionReduces = true;

  /** SACK blocks of an ACK below SND.UNA count too. */
  public boolean sackOfOldAcks = false;

  /**
   * RACK.rtt is that of the segment with the highest number that an acknowledgement delivers; else
   * that of the one that was sent last (RFC 8985 section 6.2 step 2).
   */
  public boolean rackRttOfHighest = false;

  /**
   * The reordering timer runs in ticks of this length, the part of one counts in full and two are
   * added; 0 for an exact one.
   */
  public long reorderTickNanos = 0;

  // ---- congestion control

  /**
   * The window is ssthresh when fast recovery ends, whatever is in flight (RFC 6582 section 3.2
   * step 3, option 2).
   */
  public boolean fullWindowAfterRecovery = false;

  /** After a pause the restart window is all that may be in flight (RFC 5681 section 4.1). */
  public boolean restartAfterIdle = true;

  /** The flight shrinks by PRR after a congestion mark too, not after losses alone. */
  public boolean rateReductionAfterMark = false;

  /**
   * The window grows by what an acknowledgement that moves SND.UNA newly delivers: not by what SACK
   * or, without it, duplicate ACKs have told of before. Else by how far SND.UNA moves.
   */
  public boolean growsByDelivery = false;

  /** CUBIC counts segments and milliseconds, and leaves slow start by trains of ACKs too. */
  public boolean segmentCubic = false;

  /** The controller of a connection that asks for none. */
  public String congestionControl = "cubic";

  /** Slow start ends by delay too (RFC 9406). */
  public boolean hyStart = true;

  /**
   * How many segments an acknowledgement adds at most in slow start without a pace (L of RFC 9406).
   */
  public int slowStartLimitSegments = 8;

  /** Reno and CUBIC spread a window over the round-trip time; BBR always does. */
  public boolean pacing = true;

  // ---- ECN

  /** RFC 3168. */
  public Profile.Ecn ecn = Profile.Ecn.ANSWER;

  /** The accurate feedback of RFC 9768 where ECN is used. */
  public boolean accEcn = true;

  /**
   * A SYN or SYN-ACK that arrived with another ECN field than RFC 3168 has them sent with forbids
   * ECT, one with CE counts as a mark (RFC 3168 section 6.1.1, RFC 9768 sections 3.2.2.2, 3.2.2.3).
   */
  public boolean ecnTestsMangling = true;

  /**
   * Where RFC 3168 looks at data alone, any segment counts: CE and CWR of an ACK are heeded, and
   * CWR goes with a retransmission too.
   */
  public boolean ecnOnAnySegment = false;

  /** Its options are sent, not the counter in the header alone (RFC 9768 section 3.2.3). */
  public boolean accEcnOptions = true;

  /**
   * Once the peer has sent such an option, every segment carries one, in the order ECT(1), CE,
   * ECT(0); else it goes when a counter has moved.
   */
  public boolean accEcnOptionAlways = false;

  /** Accurate ECN counts data that was acknowledged before, and reflects any repeated SYN-ACK. */
  public boolean accEcnHeedsRepeats = false;

  /** Retransmissions of a SYN that still ask for ECN; later ones don't. */
  public int ecnSynRetries = 1;

  /** The same of a SYN that asks for accurate ECN. */
  public int accEcnSynRetries = 1;

  /** What is sent as ECN-capable. */
  public EcnCapable ecnCapable = EcnCapable.NEW_DATA;

  /** A SYN that asked for ECN and was answered with a reset goes again without. */
  public boolean ecnRetryAfterReset = true;

  // ---- path MTU

  /** When segments probe for a larger path MTU (RFC 4821). */
  public Profile.MtuProbing mtuProbing = Profile.MtuProbing.BLACK_HOLE;

  // ---- buffers

  /** How the receive window follows the buffer. */
  public Profile.WindowOffer windowOffer = Profile.WindowOffer.STEPS;

  /** Both buffers are rounded up to whole segments once the MSS is known. */
  public boolean buffersInSegments = false;

  /** The receive buffer grows with what the application reads. */
  public boolean autoTuneReceive = true;

  /**
   * What a super-segment in the send buffer costs beside its bytes. More than 0 has the buffer
   * counted in such records: one may begin while less than the limit is in use, and is then filled.
   */
  public int sendRecordBytes = 0;

  /** The send buffer grows with the congestion window. */
  public boolean autoTuneSend = true;

  // ---- Fast Open

  /** A client may send data on its SYN when it is asked to (RFC 7413). */
  public boolean fastOpenClient = true;

  /** A server that answers a request with no good cookie is not asked again for a while. */
  public boolean fastOpenGivesUp = false;

  /** A client's SYN carries data to servers that have given no cookie (RFC 7413 leaves it out). */
  public boolean fastOpenWithoutCookie = false;

  /** Listeners with Fast Open take data on a SYN without a cookie too. */
  public boolean fastOpenCookieNotRequired = false;

  /** Fast Open in the experiment's option, 254 with 0xf989, is known too, and answered in kind. */
  public boolean fastOpenExperiment = false;

  /** How long SYNs with data are not tried after the first loss; each doubles it. 0 for never. */
  public long fastOpenBlockNanos = 3600 * S;

  /** A lost request for a cookie, and a reset that answers a SYN with data, count as losses. */
  public boolean fastOpenBlockedEasily = true;

  /** Room that data on a SYN leaves for options at least, bytes. */
  public int fastOpenOptionBytes = 0;

  /**
   * Cookies are this hash of both addresses; null for a key of the stack's own, changed with time.
   */
  public @Nullable SipHash fastOpenKey = null;

  /** Data of a SYN that crosses ours is kept until the handshake is done (RFC 9293 3.10.7.3). */
  public boolean keepCrossingData = true;

  /** Listeners take data on a SYN unless told otherwise (RFC 7413). */
  public boolean fastOpenServer = false;

  ProfileValues() {}

  @Override
  protected ProfileValues clone() {
    try {
      return (ProfileValues) super.clone();
    } catch (CloneNotSupportedException e) {
      throw new AssertionError(e);
    }
  }
}
