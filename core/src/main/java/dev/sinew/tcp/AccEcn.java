package dev.sinew.tcp;

import dev.sinew.base.Profile;
import dev.sinew.base.Seq;
import dev.sinew.wire.Segment;
import dev.sinew.wire.TcpHeader;

/**
 * Accurate ECN feedback (RFC 9768 section 3.2): what the receiver of a half-connection counts and
 * tells ({@code r.cep, r.e0b, r.ceb, r.e1b}), and what the sender of the other one makes of what it
 * is told ({@code s.…}).
 */
final class AccEcn {
  private static final int FIELD = 0xff_ffff;

  /** Where r.cep and s.cep begin (section 3.2.1). */
  private static final int FIRST_COUNT = 5;

  /** The ACE field before any mark. */
  static final int FIRST_FLAGS = FIRST_COUNT << TcpHeader.ACE_SHIFT;

  /** Where r.e0b, r.ceb and r.e1b begin. */
  private static final long[] FIRST_BYTES = {1, 0, 1};

  /** No handshake packet waits to be reflected. */
  private static final int NOTHING = -1;

  // ---- as a receiver

  /** r.cep: packets that came with CE. */
  private int receivedCePackets = FIRST_COUNT;

  /** r.e0b, r.ceb, r.e1b in the order of the option. */
  private final long[] receivedBytes = {1, 0, 1};

  /** What the last option said of them. */
  private final long[] toldBytes = {1, 0, 1};

  /** For the option: the same in the order in which it is sent. */
  private final long[] ordered = new long[3];

  private int lastEcn;
  private int marksSinceAck;
  private int reflect = NOTHING;
  private boolean handshakeMarkCounted;

  /** Options that are sent though no counter moved, to test the path: section 3.2.3.2.1. */
  private int optionsToTest;

  private boolean sendsOptions = true;

  /** A segment of the peer had such an option. */
  private boolean peerSendsOptions;

  /** So many fields of the option in the order that has ECT(1) first hold all that has moved. */
  private int owedFields;

  private boolean optionWritten;

  /** An option went out beside the report of a duplicate. */
  private boolean writtenWithReport;

  private boolean testedByData;
  @Seq private int testedAt;

  // ---- as a sender

  /** s.cep. */
  private int countedCePackets = FIRST_COUNT;

  /** s.e0b, s.ceb, s.e1b in the order of the option. */
  private final long[] countedBytes = {1, 0, 1};

  private int newMarks;
  private boolean readsOptions = true;
  private boolean firstFieldSeen;
  private boolean lateHandshake;
  private int lastTsVal;
  private boolean hasLastTsVal;

  /** Segments that an ACK covers, on average, in sixteenths. */
  private int ackedSegments = 32;

  // ---- the handshake

  /** The option of a SYN-ACK, whose counters have not begun; none without room. */
  static void writeFirst(SegmentWriter w, boolean order1) {
    if (w.room() >= size(3)) {
      w.accEcn(order1 ? TcpHeader.OPT_ACC_ECN_1 : TcpHeader.OPT_ACC_ECN_0, FIRST_BYTES, 3);
    }
  }

  /**
   * A SYN-ACK has arrived that confirms our wish: the next pure ACK reflects its ECN field, and a
   * mark on it counts once (section 3.2.2.2).
   */
  void synAckArrived(int ecn) {
    reflect = ecn;
    lastEcn = ecn;
    if (ecn == EcnMode.CE && !handshakeMarkCounted) {
      handshakeMarkCounted = true;
      receivedCePackets++;
    }
  }

  /** The SYN that was agreed to has come with a mark, and is counted as any other segment. */
  void markedSyn() {
    receivedCePackets++;
  }

  /**
   * Our first ACK and our first data carry the option, so that we learn whether it gets through.
   */
  void testOptions() {
    optionsToTest = 2;
  }

  /**
   * The responder's look at the ACK of its SYN-ACK, which was not ECN-capable (table 4).
   *
   * @return true when the field was that of a handshake, and is dealt with
   */
  boolean handshakeAck(Ecn ecn, Segment s, Profile profile) {
    noteOption(s);
    if (s.ace < 0 || s.dataLength > 0 || s.sackCount > 0) {
      return false;
    }
    if (!profile.ecnTestsMangling()) {
      lateHandshake = true;
      return true;
    }
    if (s.ace == 0) {
      // Note 1: whatever the reason, marks can't be relied on.
      ecn.stopHeeding();
      return true;
    }
    int arrived = EcnMode.reflection(s.ace);
    if (arrived == EcnMode.CE) {
      countedCePackets++;
    }
    if (arrived > EcnMode.NOT_ECT) {
      ecn.stopMarking(); // Section 3.2.2.3: not-ECT became something else.
    }
    lateHandshake = true;
    return true;
  }

  /** The initiator's look at the option of the SYN-ACK, and of the responder's at the first ACK. */
  void noteOption(Segment s) {
    peerSendsOptions |= s.accEcnFields >= 0;
    if (s.accEcnFields > 0 && s.accEcn(0) == 0) {
      // Section 3.2.3.2.4: the first field of either order begins above zero.
      readsOptions = false;
    } else if (s.accEcnFields == 3 && s.accEcn(2) == 0) {
      readsOptions = false;
    }
  }

  // ---- receiving

  /**
   * Counts an acceptable segment.
   *
   * @param unacknowledged there is data to acknowledge
   * @return whether an ACK must go at once (section 3.2.2.5.1)
   */
  boolean arrived(Segment s, boolean unacknowledged) {
    boolean marked = s.ecn == EcnMode.CE;
    peerSendsOptions |= s.accEcnFields >= 0;
    if (s.ecn != EcnMode.NOT_ECT && s.dataLength > 0) {
      owedFields = Math.max(owedFields, 3 - index(s.ecn));
      receivedBytes[index(s.ecn)] += s.dataLength;
    }
    boolean changed = marked && s.dataLength > 0 && lastEcn != EcnMode.CE;
    lastEcn = s.ecn;
    if (!marked) {
      return false;
    }
    receivedCePackets += s.segmentCount();
    marksSinceAck += s.segmentCount();
    return changed || marksSinceAck >= (unacknowledged ? 2 : 3);
  }

  /** Where the option has the counter of an ECN field: ECT(0), CE, ECT(1). */
  private static int index(int ecn) {
    return ecn == EcnMode.ECT_0 ? 0 : ecn == EcnMode.CE ? 1 : 2;
  }

  // ---- sending

  boolean reflecting() {
    return reflect != NOTHING;
  }

  /** The ACE field of a segment, or the handshake's encoding on the pure ACK of a SYN-ACK. */
  int flags(boolean pure) {
    return pure && reflect != NOTHING
        ? EcnMode.reflected(reflect)
        : (receivedCePackets & 7) << TcpHeader.ACE_SHIFT;
  }

  /** The flag that RFC 3168 calls CWR is set in the field of segments that go out now. */
  boolean showsCwr() {
    return (flags(false) & TcpHeader.CWR) != 0;
  }

  /**
   * Adds the option to a segment where it is due: a counter has moved since the last one (section
   * 3.2.3.3, the simple scheme), or the path is tested.
   *
   * @param reserved bytes that it must leave for SACK, which comes first
   * @param data the segment carries new data
   */
  void writeOption(SegmentWriter w, int reserved, boolean data) {
    optionWritten = false;
    boolean test = optionsToTest > 0 && (data || optionsToTest == 2);
    if (!sendsOptions || !test && last(receivedBytes, toldBytes, false) < 0) {
      return;
    }
    int room = w.room() - reserved;
    boolean order1 = receivedBytes[0] == 1 && receivedBytes[2] != 1;
    int wanted = test && !moved() ? 3 : 1 + last(receivedBytes, null, order1);
    int needed = 1 + last(receivedBytes, toldBytes, order1);
    if (needed > 0 && size(needed) > room) {
      order1 = !order1;
      needed = 1 + last(receivedBytes, toldBytes, order1);
    }
    int fields = Math.max(wanted, needed);
    while (fields > needed && size(fields) > room) {
      fields--;
    }
    if (size(fields) > room) {
      return; // All that have moved, or none.
    }
    for (int i = 0; i < 3; i++) {
      ordered[i] = receivedBytes[order1 ? 2 - i : i];
    }
    w.accEcn(order1 ? TcpHeader.OPT_ACC_ECN_1 : TcpHeader.OPT_ACC_ECN_0, ordered, fields);
    optionWritten = true;
  }

  /**
   * The other policy: always, in the order that has ECT(1) first, with as many fields as fit beside
   * the SACK blocks, but no fewer than have moved; a third or fourth block gives way to these.
   *
   * @param sackBlocks that there are to report
   * @param repeated the first of them reports a duplicate
   */
  void writeAlways(SegmentWriter w, int sackBlocks, boolean repeated) {
    optionWritten = false;
    if (!peerSendsOptions || !sendsOptions) {
      return;
    }
    int blocks = Math.min(sackBlocks, (w.room() - 4) / 8);
    int room = w.room() - (blocks > 0 ? 4 + 8 * blocks : 0);
    int fields = 3;
    while (fields > 0 && size(fields) > room) {
      if (fields > Math.max(owedFields, 1)) {
        fields--;
      } else if (owedFields > 0 && blocks > 2) {
        blocks--;
        room += 8;
        fields = 3;
      } else {
        return;
      }
    }
    for (int i = 0; i < 3; i++) {
      ordered[i] = receivedBytes[2 - i];
    }
    w.accEcn(TcpHeader.OPT_ACC_ECN_1, ordered, fields);
    optionWritten = true;
    writtenWithReport = repeated;
  }

  /**
   * What was acknowledged has come again, although the report of an earlier duplicate went out: it
   * may be the option beside it that does not get through.
   */
  void repeated() {
    sendsOptions &= !writtenWithReport;
  }

  private boolean moved() {
    return last(receivedBytes, null, false) >= 0;
  }

  private static int size(int fields) {
    return (2 + 3 * fields + 3) & ~3;
  }

  /**
   * The place of the last counter that differs from what was told, or from its beginning when that
   * is null; -1 when none does.
   */
  private static int last(
      long[] counters, long @org.jspecify.annotations.Nullable [] told, boolean order1) {
    for (int i = 2; i >= 0; i--) {
      int k = order1 ? 2 - i : i;
      if (counters[k] != (told == null ? FIRST_BYTES[k] : told[k])) {
        return i;
      }
    }
    return -1;
  }

  /** The segment went out. */
  void sent(boolean pure) {
    marksSinceAck = 0;
    if (pure) {
      reflect = NOTHING;
    }
    if (optionWritten) {
      optionWritten = false;
      owedFields = 0;
      System.arraycopy(receivedBytes, 0, toldBytes, 0, 3);
      optionsToTest = Math.max(0, optionsToTest - 1);
    }
  }

  /** New data that begins at {@code seq} goes out with what was put together. */
  void sendsData(@Seq int seq) {
    if (optionWritten && !testedByData) {
      testedByData = true;
      testedAt = seq;
    }
  }

  /** Data is sent again: if it was the first that carried the option, options don't get through. */
  void sentAgain(@Seq int seq) {
    if (testedByData && seq == testedAt) {
      sendsOptions = false;
    }
  }

  // ---- the peer's feedback

  /** CE marks that the segment looked at last adds to what was known. */
  int newMarks() {
    return newMarks;
  }

  /** s.cep, less where it began: marks that the peer has reported. */
  int reportedMarks() {
    return countedCePackets - FIRST_COUNT;
  }

  /** r.cep, less where it began: marked packets that have come. */
  int receivedMarks() {
    return receivedCePackets - FIRST_COUNT;
  }

  /** r.e0b, r.ceb and r.e1b, less where they began: bytes that have come so. */
  long receivedBytes(int ecn) {
    int i = index(ecn);
    return receivedBytes[i] - FIRST_BYTES[i];
  }

  /** s.e0b, s.ceb and s.e1b, less where they began: bytes that the peer reports to have come so. */
  long reportedBytes(int ecn) {
    int i = index(ecn);
    return countedBytes[i] - FIRST_BYTES[i];
  }

  /**
   * Takes the feedback of a segment, if no later one has been seen (appendices A.1 and A.2).
   *
   * @param ackedBytes by how much it moves SND.UNA
   * @return newly marked bytes, estimated where the peer does not say
   */
  long decode(Connection c, Segment s, long ackedBytes) {
    newMarks = 0;
    if (lateHandshake) {
      // The ACK that ended the handshake; it has been dealt with.
      lateHandshake = false;
      return 0;
    }
    boolean fresh = ackedBytes > 0 || s.sackCount > 0 || s.dataLength > 0 && s.seq == c.rcvNxt;
    if (s.hasTimestamps) {
      fresh |= !hasLastTsVal || SegmentWriter.timestampBefore(lastTsVal, s.tsVal);
      fresh &= !hasLastTsVal || !SegmentWriter.timestampBefore(s.tsVal, lastTsVal);
    }
    if (!fresh) {
      return 0;
    }
    if (s.hasTimestamps) {
      lastTsVal = s.tsVal;
      hasLastTsVal = true;
    }
    Ecn ecn = java.util.Objects.requireNonNull(c.ecn);
    if (!firstFieldSeen) {
      firstFieldSeen = true;
      if (s.ace == 0) {
        ecn.stopHeeding(); // Section 3.2.2.4: the counter began at 5.
      }
    }
    int mss = Math.max(1, c.effectiveMss - c.fixedOptionLength());
    int segments = (int) Math.min(Integer.MAX_VALUE, (ackedBytes + mss - 1) / mss);
    int marks = s.ace - countedCePackets & 7;
    long bytes = -1;
    if (readsOptions && s.accEcnFields >= 0) {
      bytes = takeOption(s);
    }
    int safer = safer(marks, segments, bytes, mss);
    if (bytes > 0 && marks == 0 && safer == 0 && segments < 8) {
      // Section 3.2.3.2.5: marked bytes in no marked packet.
      ecn.stopMarking();
    }
    if (segments > 0) {
      ackedSegments += (Math.min(segments, 256) * 16 - ackedSegments) / 8;
    }
    newMarks = safer;
    countedCePackets += safer;
    return bytes >= 0 ? bytes : ackedBytes > 0 ? Math.min(ackedBytes, (long) safer * mss) : 0;
  }

  /** Moves the byte counters; returns newly marked bytes, or -1 when the option does not say. */
  private long takeOption(Segment s) {
    long marked = -1;
    for (int i = 0; i < s.accEcnFields; i++) {
      int k = s.accEcnOrder1 ? 2 - i : i;
      long more = s.accEcn(i) - countedBytes[k] & FIELD;
      countedBytes[k] += more;
      if (k == 1) {
        marked = more;
      }
    }
    // A field that is left out has not changed.
    return marked < 0 && s.accEcnFields > 0 ? 0 : marked;
  }

  /**
   * How many marks a difference of three bits most safely stands for (appendix A.2): where ACKs
   * usually cover few segments and this one covers many, ACKs are missing, and with them perhaps a
   * whole turn of the counter. Before the first mark, none is likelier than eight.
   */
  private int safer(int marks, int segments, long bytes, int mss) {
    boolean unlikely = marks == 0 && countedCePackets == FIRST_COUNT;
    if (segments < 8 || unlikely || ackedSegments >= 4 * 16) {
      return marks;
    }
    int most = segments - (segments - marks & 7);
    if (bytes >= 0 && most > marks && bytes <= (long) mss * marks && bytes / most < mss / 2) {
      return marks;
    }
    return most;
  }
}
