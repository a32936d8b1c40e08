package dev.sinew.tcp;

import dev.sinew.base.Profile;
import dev.sinew.base.Profile.Ecn;
import dev.sinew.wire.Segment;
import dev.sinew.wire.TcpHeader;

/**
 * How two ends tell each other of congestion marks, and how the three flags AE, CWR and ECE of a
 * SYN and its answer agree on it (RFC 3168 section 6.1.1, RFC 9768 sections 3.1.1 and 3.1.2).
 */
enum EcnMode {
  /** Not at all. */
  NONE,
  /** RFC 3168: ECE until CWR. */
  CLASSIC,
  /** RFC 9768: counters. */
  ACCURATE;

  /** The ECN field of the IP header (RFC 3168 section 5). */
  static final int NOT_ECT = 0;

  static final int ECT_1 = 1;
  static final int ECT_0 = 2;
  static final int CE = 3;

  /**
   * RFC 9768 table 2: AE, CWR and ECE with which a SYN-ACK says how the SYN's ECN field arrived.
   */
  private static final int[] REFLECTED = {0b010, 0b011, 0b100, 0b110};

  /** Flags of RFC 3168's ECN-setup SYN and of its answer. */
  private static final int CLASSIC_SYN = 0b011;

  private static final int CLASSIC_ANSWER = 0b001;
  private static final int ACCURATE_SYN = 0b111;

  /** What our own SYN asks for. */
  static EcnMode asked(Ecn policy, Profile profile) {
    return policy != Ecn.REQUEST ? NONE : profile.accEcn() ? ACCURATE : CLASSIC;
  }

  /** The flags of a SYN that asks for this. */
  int synFlags() {
    return switch (this) {
      case NONE -> 0;
      case CLASSIC -> CLASSIC_SYN << TcpHeader.ACE_SHIFT;
      case ACCURATE -> ACCURATE_SYN << TcpHeader.ACE_SHIFT;
    };
  }

  /** What a responder makes of a SYN. */
  static EcnMode ofSyn(Ecn policy, Profile profile, Segment syn) {
    int bits = bits(syn);
    if (policy == Ecn.OFF || bits == 0) {
      return NONE;
    }
    if (bits == CLASSIC_SYN || !profile.accEcn()) {
      // A SYN may not be ECN-capable: somebody has written into the field on its way, and these
      // marks can't be believed (RFC 3168 section 6.1.1; RFC 9768 section 2.5 on what only its
      // feedback can tell apart).
      boolean intact = syn.ecn == NOT_ECT || !profile.ecnTestsMangling();
      return (bits & CLASSIC_SYN) == CLASSIC_SYN && intact ? CLASSIC : NONE;
    }
    // RFC 9768 section 3.1.3: every other combination, too.
    return ACCURATE;
  }

  /**
   * The flags of a SYN-ACK that agrees to this.
   *
   * @param synEcn the ECN field with which the latest SYN has arrived
   */
  int synAckFlags(int synEcn) {
    return switch (this) {
      case NONE -> 0;
      case CLASSIC -> CLASSIC_ANSWER << TcpHeader.ACE_SHIFT;
      case ACCURATE -> reflected(synEcn);
    };
  }

  /** The flags that say in a handshake how the peer's packet has arrived (RFC 9768 tables 2, 3). */
  static int reflected(int ecn) {
    return REFLECTED[ecn] << TcpHeader.ACE_SHIFT;
  }

  /** What such flags say, or -1 when they say nothing. */
  static int reflection(int ace) {
    for (int i = 0; i < REFLECTED.length; i++) {
      if (REFLECTED[i] == ace) {
        return i;
      }
    }
    return -1;
  }

  /** What an initiator that asked for this makes of the SYN-ACK. */
  EcnMode ofSynAck(Segment synAck) {
    int bits = bits(synAck);
    return switch (this) {
      case NONE -> NONE;
      case CLASSIC -> (bits & CLASSIC_SYN) == CLASSIC_ANSWER ? CLASSIC : NONE;
      case ACCURATE ->
          switch (bits) {
            // All reflected as they were sent: a broken peer, and no ECN (RFC 9768 table 2).
            case 0, ACCURATE_SYN -> NONE;
            case CLASSIC_ANSWER -> CLASSIC;
            default -> ACCURATE;
          };
    };
  }

  /** AE, CWR and ECE as a number. */
  static int bits(Segment s) {
    return (s.flags & TcpHeader.ECN_FLAGS) >> TcpHeader.ACE_SHIFT;
  }
}
