package dev.sinew.tcp;

import dev.sinew.base.Counter;
import dev.sinew.base.Profile;
import dev.sinew.base.Seq;
import dev.sinew.base.SeqNum;
import dev.sinew.tcp.recovery.SizeProbe;
import dev.sinew.tcp.recovery.Transmissions;

/**
 * Packetization layer path MTU discovery (RFC 4821): a connection finds out by itself which packets
 * arrive, where no router tells. Repeated timeouts of segments that were larger make a black hole
 * likely: then segments shrink to a base size and, if that does not help, further. From there on,
 * and from the beginning with {@code MtuProbing.ALWAYS}, segments of ordinary data are sent larger
 * than the others as probes. One that is lost alone is nobody's congestion (section 7.6), and is
 * repeated in smaller segments.
 *
 * <p>Sections 7.4 and 7.5: a probe carries data that waits, both windows have room for it, nothing
 * is being recovered, no other probe is under way, and enough follows that its loss is noticed.
 */
final class MtuProbing {
  /** The MSS to fall back to, as Linux's {@code tcp_base_mss}. */
  private static final int BASE_MSS = 1024;

  /** What every IPv6 link carries (RFC 8200 section 5). */
  private static final int MIN_V6 = 1280;

  /** Segments that must follow a probe, so that loss recovery sees that it is missing. */
  private static final int FOLLOWING = 4;

  private final MtuSearch search;

  /** Bytes of the packet under way as a probe, 0 when there is none. */
  private int probedSize;

  @Seq private int probeEnd;

  private MtuProbing(Connection c, int size) {
    search = new MtuSearch(size, ceiling(c));
  }

  /** The path MTU of a connection whose own search decides. */
  int pathMtu(Connection c) {
    search.ceiling(ceiling(c));
    return search.plpmtu();
  }

  private static int ceiling(Connection c) {
    int peer = c.headerBytes() + c.sendMss;
    int own = c.options.maxSegment;
    int most = own > 0 ? Math.min(peer, c.headerBytes() + own) : peer;
    return Math.min(c.layer.ip.interfaceMtu(c.flow), most);
  }

  private static int base(Connection c) {
    return Math.max(c.headerBytes() + BASE_MSS, c.v4() ? 0 : MIN_V6);
  }

  private static int least(Connection c) {
    return c.v4() ? c.headerBytes() + c.profile().minSendMss() : MIN_V6;
  }

  /** The connection is about to be established. */
  static void begin(Connection c) {
    if (c.profile().mtuProbing() == Profile.MtuProbing.ALWAYS && c.flow.out() != null) {
      c.mtuProbing = new MtuProbing(c, base(c));
    }
  }

  /**
   * The retransmission timer ran out, for the profile's R1 times or more in a row: if what it was
   * about was larger than the size to fall back to, a black hole is likely.
   */
  static void repeatedTimeout(Connection c) {
    if (c.profile().mtuProbing() == Profile.MtuProbing.OFF
        || c.sndWnd == 0
        || c.flow.out() == null && !c.layer.ip.route(c.flow)) {
      return;
    }
    MtuProbing p = c.mtuProbing;
    int size = p == null ? c.headerBytes() + c.effectiveMss : p.pathMtu(c);
    int next = size > base(c) ? base(c) : size / 2;
    int first = c.headerBytes() + c.fixedOptionLength() + c.recovery().records().segmentSize(0);
    if (first <= Math.max(next, least(c))) {
      return;
    }
    if (p == null) {
      p = new MtuProbing(c, size);
      c.mtuProbing = p;
    }
    p.search.blackHole(base(c), least(c));
    PacketTooBig.of(c).forget();
    c.layer.context.counters.inc(Counter.SinewTcpBlackHoles);
    c.updateMss();
  }

  /** A router's error was believed. */
  static void tooBig(Connection c, int mtu) {
    if (c.mtuProbing != null) {
      c.mtuProbing.search.limit(Math.max(mtu, least(c)));
    }
  }

  /** What has become of the probe? Asked before each output. */
  static void look(Connection c, long now) {
    MtuProbing p = c.mtuProbing;
    if (p != null && p.probedSize > 0) {
      p.take(c, now);
    }
  }

  private void take(Connection c, long now) {
    SizeProbe.Outcome outcome = c.recovery().records().sizeProbe().take();
    boolean passed = SeqNum.geq(c.sndUna, probeEnd);
    if (outcome == SizeProbe.Outcome.UNDER_WAY && !passed) {
      return;
    }
    int size = probedSize;
    probedSize = 0;
    switch (outcome) {
      case DELIVERED -> {
        c.layer.context.counters.inc(Counter.TcpExtTCPMTUPSuccess);
        search.delivered(size);
      }
      case LOST -> {
        c.layer.context.counters.inc(Counter.TcpExtTCPMTUPFail);
        search.lost(size);
      }
      // Lost among others, or cut: it proves nothing (section 7.6).
      case INCONCLUSIVE, UNDER_WAY -> {}
    }
    if (search.next(now) == 0) {
      // Others shall begin with what this one has found (section 5.2).
      c.layer.ip.learnPathMtu(c.remoteHigh, c.remoteLow, search.plpmtu(), now);
    }
  }

  /**
   * How much data a probe carries that may go now, or 0.
   *
   * @param overhead the options of the segment in bytes
   * @param usable what the peer's window still takes
   */
  static int due(Connection c, int overhead, int unsent, long usable, long now) {
    MtuProbing p = c.mtuProbing;
    if (p == null || p.probedSize > 0 || c.recovery().inRecovery()) {
      return 0;
    }
    int size = p.search.next(now);
    if (size == 0) {
      return 0;
    }
    int data = size - c.headerBytes() - overhead;
    int needed = data + FOLLOWING * c.effectiveMss;
    boolean ready =
        data > 0
            && unsent >= needed
            && usable >= needed
            && c.recovery().records().lostBytes() == 0
            && c.recovery().quota() >= data
            && c.recovery().control().window() >= needed
            && !c.urgentToSend;
    return ready ? data : 0;
  }

  /** The newest record is a probe. */
  void sent(Connection c, int overhead) {
    Transmissions records = c.recovery().records();
    int i = records.count() - 1;
    probedSize = c.headerBytes() + overhead + records.size(i);
    probeEnd = records.end(i);
    records.sizeProbe().begin();
  }
}
