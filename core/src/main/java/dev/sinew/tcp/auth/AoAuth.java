package dev.sinew.tcp.auth;

import dev.sinew.base.Counter;
import dev.sinew.base.Seq;
import dev.sinew.base.SeqNum;
import dev.sinew.ip.Flow;
import dev.sinew.link.TxPacket;
import dev.sinew.wire.Bytes;
import dev.sinew.wire.IpPacket;
import dev.sinew.wire.Segment;
import dev.sinew.wire.TcpHeader;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The TCP authentication option of one connection (RFC 5925 section 4.4): its master keys, current
 * and next, both initial sequence numbers, and how often each direction's sequence numbers have
 * wrapped.
 */
final class AoAuth implements SegmentAuth {
  private static final int OPTION_LENGTH = TcpHeader.OPT_AO_MIN_LENGTH + AoMac.MAC_LENGTH;

  /** The codes of one master key, for both directions of the connection. */
  private record Traffic(AuthKey key, AoMac send, AoMac receive) {}

  private final AuthContext context;
  private final AuthKeys keys;
  private final boolean v4;
  private final long localHigh;
  private final long localLow;
  private final int localPort;
  private final long peerHigh;
  private final long peerLow;
  private final int peerPort;
  private final List<Traffic> traffic = new ArrayList<>(1);

  @Seq private int localIsn;
  @Seq private int peerIsn;
  private boolean peerKnown;

  /** The furthest sequence number of each direction, extended to 64 bits (section 6.2). */
  private long sent;

  private long received;
  private AuthKey current;
  private AuthKey next;

  /** At least one of {@code keys} is for this peer. */
  AoAuth(
      AuthContext context,
      AuthKeys keys,
      long localHigh,
      long localLow,
      int localPort,
      long peerHigh,
      long peerLow,
      int peerPort) {
    this.context = context;
    this.keys = keys;
    this.v4 = peerHigh == 0 && peerLow >>> 32 == 0xffff;
    this.localHigh = localHigh;
    this.localLow = localLow;
    this.localPort = localPort;
    this.peerHigh = peerHigh;
    this.peerLow = peerLow;
    this.peerPort = peerPort;
    current = keys.firstFor(peerHigh, peerLow, peerPort);
    next = current;
    choose();
  }

  @Override
  public int optionLength() {
    return OPTION_LENGTH;
  }

  @Override
  public boolean canSign(int flags) {
    return peerKnown || isFirst(flags);
  }

  @Override
  public void localIsn(@Seq int isn) {
    localIsn = isn;
    sent = isn & 0xffff_ffffL;
    traffic.clear();
  }

  @Override
  public void peerIsn(@Seq int isn) {
    peerIsn = isn;
    peerKnown = true;
    received = isn & 0xffff_ffffL;
    traffic.clear();
  }

  @Override
  public AuthKeys keys() {
    return keys;
  }

  @Override
  public boolean ignoresIcmp() {
    return !keys.acceptsIcmp();
  }

  AuthKey current() {
    return current;
  }

  AuthKey next() {
    return next;
  }

  /** Takes what the application has chosen, as far as it is for this peer. */
  void choose() {
    AuthKey send = keys.bySendId(keys.currentId(), peerHigh, peerLow, peerPort);
    current = send != null ? send : current;
    AuthKey receive = keys.byReceiveId(keys.nextId(), peerHigh, peerLow, peerPort);
    next = receive != null ? receive : send != null ? send : next;
  }

  /** The segment that begins a connection: its receiver's number is not known yet. */
  private static boolean isFirst(int flags) {
    return (flags & (TcpHeader.SYN | TcpHeader.ACK)) == TcpHeader.SYN;
  }

  // ---- out

  @Override
  public void sign(Flow f, TxPacket p, long tcp, int headerLength, long optionOffset) {
    MemorySegment m = p.header();
    int flags = Bytes.u8(m, tcp + TcpHeader.FLAGS);
    @Seq int seq = Bytes.i32(m, tcp + TcpHeader.SEQUENCE);
    boolean first = isFirst(flags);
    AuthKey key = current;
    AoMac mac = first ? sending(key, 0) : traffic(key).send;
    long extended = first ? localIsn & 0xffff_ffffL : extend(sent, seq);
    sent = Math.max(sent, extended);
    Bytes.put8(m, optionOffset, TcpHeader.OPT_AO);
    Bytes.put8(m, optionOffset + 1, OPTION_LENGTH);
    Bytes.put8(m, optionOffset + 2, key.sendId());
    Bytes.put8(m, optionOffset + 3, next.receiveId());
    begin(
        extended,
        f.sourceHigh,
        f.sourceLow,
        f.destinationHigh,
        f.destinationLow,
        headerLength + p.payloadLength());
    cover(key, m, tcp, headerLength, optionOffset, OPTION_LENGTH);
    context.payload(p);
    mac.sign(context);
    context.writeMac(m, optionOffset + TcpHeader.OPT_AO_MIN_LENGTH, AoMac.MAC_LENGTH);
  }

  // ---- in (section 7.5)

  @Override
  public @Nullable Counter verify(IpPacket p, Segment s) {
    if (s.aoLength == Segment.ABSENT) {
      return Counter.TcpExtTCPAORequired;
    }
    int keyId = Bytes.u8(s.memory, s.aoOffset + 2);
    int nextId = Bytes.u8(s.memory, s.aoOffset + 3);
    AuthKey key = keys.byReceiveId(keyId, peerHigh, peerLow, peerPort);
    if (key == null) {
      return Counter.TcpExtTCPAOKeyNotFound;
    }
    boolean first = isFirst(s.flags);
    boolean syn = s.has(TcpHeader.SYN);
    if (s.aoLength != OPTION_LENGTH || !syn && !peerKnown) {
      return Counter.TcpExtTCPAOBad;
    }
    AoMac mac =
        first
            ? receiving(key, s.seq, 0)
            : peerKnown && !(syn && s.seq != peerIsn)
                ? traffic(key).receive
                : receiving(key, s.seq, localIsn);
    long extended = syn ? s.seq & 0xffff_ffffL : extend(received, s.seq);
    begin(
        extended,
        p.sourceHigh,
        p.sourceLow,
        p.destinationHigh,
        p.destinationLow,
        s.headerLength + s.dataLength);
    cover(key, s.memory, s.dataOffset - s.headerLength, s.headerLength, s.aoOffset, OPTION_LENGTH);
    context.put(s.memory, s.dataOffset, s.dataLength);
    mac.sign(context);
    long macAt = s.aoOffset + TcpHeader.OPT_AO_MIN_LENGTH;
    if (!context.sameMac(s.memory, macAt, AoMac.MAC_LENGTH)) {
      return Counter.TcpExtTCPAOBad;
    }
    if (!syn) {
      received = Math.max(received, extended);
    }
    if (first && !peerKnown) {
      // A passive open answers with what the SYN was signed with (section 7.5.1).
      next = key;
    }
    // Section 7.5.2: the peer says which key it wants to see. One that we lack is no error.
    if (nextId != current.sendId()) {
      AuthKey wanted = keys.bySendId(nextId, peerHigh, peerLow, peerPort);
      current = wanted != null ? wanted : current;
    }
    return null;
  }

  // ---- both

  /**
   * Section 6.2: which of the 2^32 ranges a sequence number lies in, told by its distance from the
   * furthest one. What lies before the first number belongs to the first range.
   */
  private static long extend(long furthest, @Seq int seq) {
    @Seq int low = (int) furthest;
    return Math.max(0, furthest + SeqNum.diff(seq, low));
  }

  /** Section 5.1: SNE and pseudo-header. */
  private void begin(
      long extended, long fromHigh, long fromLow, long toHigh, long toLow, int length) {
    context.begin();
    context.put32((int) (extended >>> 32));
    context.pseudoHeader(v4, fromHigh, fromLow, toHigh, toLow, length);
  }

  /** Section 5.1: the header, and all options or this one alone, its MAC taken for zero. */
  private void cover(
      AuthKey key, MemorySegment m, long tcp, int headerLength, long option, int optionLength) {
    context.fixedHeader(m, tcp);
    int fixed = TcpHeader.OPT_AO_MIN_LENGTH;
    if (key.coversOptions()) {
      long options = tcp + TcpHeader.MIN_LENGTH;
      context.put(m, options, (int) (option - options) + fixed);
      context.zeros(optionLength - fixed);
      long after = option + optionLength;
      context.put(m, after, (int) (tcp + headerLength - after));
    } else {
      context.put(m, option, fixed);
      context.zeros(optionLength - fixed);
    }
  }

  private Traffic traffic(AuthKey key) {
    for (Traffic t : traffic) {
      if (t.key.equals(key)) {
        return t;
      }
    }
    Traffic t = new Traffic(key, sending(key, peerIsn), receiving(key, peerIsn, localIsn));
    traffic.add(t);
    return t;
  }

  /** Keys changed: what was derived from one that is gone goes too. */
  void forgetTraffic() {
    traffic.clear();
  }

  private AoMac sending(AuthKey key, int toIsn) {
    return AoMac.derive(
        context, key, v4, localHigh, localLow, localPort, peerHigh, peerLow, peerPort, localIsn,
        toIsn);
  }

  private AoMac receiving(AuthKey key, int fromIsn, int toIsn) {
    return AoMac.derive(
        context, key, v4, peerHigh, peerLow, peerPort, localHigh, localLow, localPort, fromIsn,
        toIsn);
  }
}
