package dev.sinew.tcp;

import dev.sinew.base.EcnCapable;
import dev.sinew.base.Profile;
import dev.sinew.wire.Segment;
import dev.sinew.wire.TcpHeader;

/**
 * ECN in the handshake of a full connection: what a SYN asks, when it stops asking, and what the
 * answer means (RFC 3168 section 6.1.1, RFC 9768 section 3.1). The passive side is {@link
 * SynRecord}'s.
 */
final class EcnHandshake {
  private EcnHandshake() {}

  /** An active open begins. */
  static void begin(Connection c) {
    EcnMode asked = EcnMode.asked(c.options.ecn, c.profile());
    if (asked != EcnMode.NONE) {
      c.ecn = new Ecn(asked);
    }
  }

  /**
   * AE, CWR and ECE of our next SYN. After the profile's number of retransmissions with them it
   * goes without: some middleboxes drop what they don't know (RFC 3168 section 6.1.1.1, RFC 9768
   * section 3.1.4.1).
   */
  static int synFlags(Connection c) {
    Ecn e = c.ecn;
    if (e == null) {
      return 0;
    }
    int retries =
        e.asked == EcnMode.ACCURATE ? c.profile().accEcnSynRetries() : c.profile().ecnSynRetries();
    if (c.retransmits > retries) {
      e.fellBack = true;
    }
    return e.fellBack ? 0 : e.asked.synFlags();
  }

  /** The ECN field of our next SYN or SYN-ACK; see {@link EcnCapable}. */
  static int synField(Connection c, int flags) {
    boolean all = c.profile().ecnCapable() == EcnCapable.ALL;
    return all && (flags & TcpHeader.ECN_FLAGS) != 0 ? EcnMode.ECT_0 : EcnMode.NOT_ECT;
  }

  /** AE, CWR and ECE of the SYN-ACK of a simultaneous open. */
  static int synAckFlags(Connection c) {
    Ecn e = c.ecn;
    return e == null ? 0 : e.mode.synAckFlags(e.synEcn);
  }

  /**
   * A reset has answered our SYN.
   *
   * @return true when that may be about the ECN flags, and the SYN goes again without them (RFC
   *     3168 section 6.1.1.1)
   */
  static boolean refused(Connection c) {
    Ecn e = c.ecn;
    if (e == null || e.fellBack || !c.profile().ecnRetryAfterReset()) {
      return false;
    }
    e.fellBack = true;
    return true;
  }

  /** The peer's SYN has crossed ours: agreed as if we had answered it (RFC 9768 section 3.1.2). */
  static void synArrived(Connection c, Segment s) {
    Profile p = c.profile();
    EcnMode mode = EcnMode.ofSyn(c.options.ecn, p, s);
    if (mode == EcnMode.NONE) {
      c.ecn = null;
      return;
    }
    Ecn asking = c.ecn;
    Ecn e = asking == null ? new Ecn(EcnMode.NONE) : asking;
    e.synEcn = s.ecn;
    e.enter(mode, !e.fellBack);
    c.ecn = e;
  }

  /** The SYN-ACK of an active open; the connection is established. */
  static void synAckArrived(Connection c, Segment s, long now) {
    Ecn e = c.ecn;
    if (e == null) {
      return;
    }
    EcnMode mode = e.asked.ofSynAck(s);
    if (mode == EcnMode.NONE) {
      c.ecn = null;
      return;
    }
    // Who has sent a SYN without these flags may not send ECT (RFC 3168 section 6.1.1); with RFC
    // 9768 an initiator may (section 3.1.4.1).
    e.enter(mode, mode == EcnMode.ACCURATE || !e.fellBack);
    AccEcn a = e.counters;
    if (a == null) {
      return;
    }
    a.synAckArrived(s.ecn);
    a.noteOption(s);
    a.testOptions();
    int synArrivedAs = EcnMode.reflection(EcnMode.bits(s));
    if (synArrivedAs > EcnMode.NOT_ECT && c.profile().ecnTestsMangling()) {
      e.stopMarking(); // Section 3.2.2.3: our SYN was not-ECT.
    }
    if (synArrivedAs == EcnMode.CE && c.profile().ecnTestsMangling()) {
      e.react(c, s.ack, now); // Section 3.2.2.2: s.cep stays as it is.
    }
  }

  /** A SYN-ACK comes again: its pure ACK reflects it (RFC 9768 section 3.2.2.1). */
  static void synAckRepeated(Connection c, Segment s) {
    Ecn e = c.ecn;
    if (e != null
        && e.counters != null
        && e.asked == EcnMode.ACCURATE
        && (c.profile().accEcnHeedsRepeats() || e.asked.ofSynAck(s) == EcnMode.ACCURATE)) {
      e.counters.synAckArrived(s.ecn);
    }
  }

  /** What a half-open record has agreed on goes to its connection. */
  static void accepted(Connection c, SynRecord r) {
    if (r.ecn != EcnMode.NONE) {
      Ecn e = new Ecn(EcnMode.NONE);
      e.synEcn = r.synEcn;
      e.enter(r.ecn, !r.ecnUnsure);
      if (e.counters != null && r.synEcn == EcnMode.CE && !c.profile().ecnTestsMangling()) {
        e.counters.markedSyn();
      }
      c.ecn = e;
    }
  }
}
