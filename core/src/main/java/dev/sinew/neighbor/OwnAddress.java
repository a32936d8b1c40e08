package dev.sinew.neighbor;

import dev.sinew.base.Timer;

/**
 * One address that this stack is to have on the link: asked for before it is used, announced, and
 * defended. IPv4 follows RFC 5227 sections 2.1 to 2.4, IPv6 follows RFC 4862 section 5.4.
 */
final class OwnAddress extends Timer {
  private static final long SECOND = Neighborhood.SECOND;

  // RFC 5227 section 1.1.
  static final long PROBE_WAIT_NANOS = SECOND;
  static final int PROBE_NUM = 3;
  static final long PROBE_MIN_NANOS = SECOND;
  static final long PROBE_MAX_NANOS = 2 * SECOND;
  static final long ANNOUNCE_WAIT_NANOS = 2 * SECOND;
  static final int ANNOUNCE_NUM = 2;
  static final long ANNOUNCE_INTERVAL_NANOS = 2 * SECOND;
  static final long DEFEND_INTERVAL_NANOS = 10 * SECOND;

  // RFC 4862 section 5.1; RFC 4861 section 10.
  static final int DUP_ADDR_DETECT_TRANSMITS = 1;
  static final long MAX_RTR_SOLICITATION_DELAY_NANOS = SECOND;

  private final OwnAddresses home;
  private final Neighborhood speaker;
  final long high;
  final long low;
  final int prefixBits;
  final boolean v4;
  AddressState state = AddressState.TENTATIVE;

  /** Who else has it. */
  long rivalMac;

  /** Probes sent; once the address is ours, announcements. */
  int sentCount;

  private boolean defended;
  private long defendedNanos;

  OwnAddress(OwnAddresses home, Neighborhood speaker, long high, long low, int prefixBits) {
    this.home = home;
    this.speaker = speaker;
    this.high = high;
    this.low = low;
    this.prefixBits = prefixBits;
    this.v4 = Neighborhood.isV4(high, low);
  }

  @Override
  protected void fire(long now) {
    if (state == AddressState.TENTATIVE && sentCount < probes()) {
      speaker.probe(this, now);
      sentCount++;
      home.arm(this, now + untilNext());
      return;
    }
    if (state == AddressState.TENTATIVE) {
      state = AddressState.PREFERRED;
      sentCount = 0;
      home.changed();
    }
    speaker.announce(this, now);
    sentCount++;
    if (v4 && sentCount < ANNOUNCE_NUM) {
      home.arm(this, now + ANNOUNCE_INTERVAL_NANOS);
    }
  }

  private int probes() {
    return v4 ? PROBE_NUM : DUP_ADDR_DETECT_TRANSMITS;
  }

  private long untilNext() {
    if (!v4) {
      return Neighborhood.RETRANS_TIMER_NANOS;
    }
    return sentCount < PROBE_NUM
        ? PROBE_MIN_NANOS + home.random(PROBE_MAX_NANOS - PROBE_MIN_NANOS)
        : ANNOUNCE_WAIT_NANOS;
  }

  /** Somebody else has it, or asks for it at the same time while it is not ours yet. */
  void conflict(long mac, long now) {
    rivalMac = mac;
    if (state == AddressState.TENTATIVE) {
      state = AddressState.DUPLICATE;
      home.disarm(this);
      home.changed();
    } else if (state == AddressState.PREFERRED
        && v4
        && (!defended || now - defendedNanos >= DEFEND_INTERVAL_NANOS)) {
      // RFC 5227 section 2.4 (c): it was given to us by a person and is kept, or one forged packet
      // would take a server off the network.
      defended = true;
      defendedNanos = now;
      speaker.announce(this, now);
    }
  }
}
