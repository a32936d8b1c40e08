package dev.sinew.tcp;

import dev.sinew.base.Counter;
import dev.sinew.base.Counters;
import dev.sinew.base.TcpError;
import dev.sinew.ip.IcmpErrorKind;
import dev.sinew.observe.DropReason;
import dev.sinew.tcp.auth.AuthKey;
import dev.sinew.tcp.auth.AuthKeys;
import dev.sinew.tcp.auth.SegmentAuth;
import dev.sinew.wire.IpPacket;
import dev.sinew.wire.Segment;
import dev.sinew.wire.TcpHeader;
import org.jspecify.annotations.Nullable;

/**
 * The seam between demultiplexing and the first look at a record's state: a segment whose signature
 * (RFC 2385, RFC 5925) is missing, unexpected or wrong is dropped and counted, and never answered.
 */
final class Authentication {
  /** A timestamp option and one block of SACK, both padded. */
  private static final int TIMESTAMP_AND_SACK = 24;

  private Authentication() {}

  /**
   * Whether the segment may reach the record.
   *
   * @param r the record, or the sockets alone when there is none: then the listener's keys count,
   *     and what they make is left in {@link Record#auth}
   */
  static boolean admits(TcpLayer layer, Record r, IpPacket packet, Segment s, long now) {
    SegmentAuth auth = r.auth;
    if (auth == null && r instanceof Record.Key) {
      TcpListener l = layer.listenerFor(r);
      if (l == null) {
        return true;
      }
      auth = prepare(l, r, s);
    }
    if (auth == null) {
      // RFC 5925 section 7.3: TCP-AO without a matching key is taken as if it were not there.
      return s.md5Offset == 0 || drop(layer, Counter.TcpExtTCPMD5Unexpected, now);
    }
    Counter wrong = auth.verify(packet, s);
    if (wrong != null) {
      return drop(layer, wrong, now);
    }
    if (AuthKeys.isAo(auth)) {
      layer.context.counters.inc(Counter.TcpExtTCPAOGood);
    }
    return true;
  }

  private static boolean drop(TcpLayer layer, Counter counter, long now) {
    Counters counters = layer.context.counters;
    counters.inc(counter);
    layer.context.observer.packetDropped(now, DropReason.SIGNATURE);
    return false;
  }

  /** A listener's keys for a peer of which there is no record. */
  static @Nullable SegmentAuth prepare(TcpListener l, Record key, Segment s) {
    AuthKeys keys = l.options.authKeys;
    if (keys == null || keys.isEmpty()) {
      return null;
    }
    SegmentAuth auth =
        keys.forPeer(key.remoteHigh, key.remoteLow, key.remotePort)
            .open(
                l.layer.authContext,
                key.localHigh,
                key.localLow,
                key.localPort,
                key.remoteHigh,
                key.remoteLow,
                key.remotePort);
    key.auth = auth;
    if (auth != null && !s.has(TcpHeader.SYN)) {
      // Only the answer to a cookie has business here: its numbers are those of the handshake.
      auth.localIsn(s.ack - 1);
      auth.peerIsn(s.seq - 1);
    }
    return auth;
  }

  /** An active open: what the endpoint's keys say of this peer. */
  static void open(Connection c) {
    AuthKeys keys = c.options.authKeys;
    if (keys == null) {
      return;
    }
    c.auth =
        keys.open(
            c.layer.authContext,
            c.localHigh,
            c.localLow,
            c.localPort,
            c.remoteHigh,
            c.remoteLow,
            c.remotePort);
    if (c.auth != null) {
      c.auth.localIsn(c.iss);
    }
  }

  /** A passive open goes on with what its half-open record had. */
  static void inherit(Connection c, SynRecord r) {
    c.auth = r.auth;
    if (c.auth != null) {
      c.endpoint.own().authKeys = c.auth.keys();
    }
  }

  /**
   * The application adds a key to an endpoint or listener.
   *
   * @param c the endpoint's connection, if there is one
   */
  static int add(SocketOptions options, @Nullable Connection c, AuthKey key) {
    boolean ao = key.algorithm() != AuthKey.Algorithm.MD5;
    if (c != null && ao && c.auth == null) {
      // TCP-AO needs the numbers of the handshake and cannot begin later.
      return TcpError.INVALID.code();
    }
    AuthKeys keys = options.authKeys;
    if (keys == null) {
      keys = new AuthKeys();
    }
    if (!keys.add(key)) {
      return TcpError.INVALID.code();
    }
    options.authKeys = keys;
    changed(c, ao);
    return 0;
  }

  /** The application removes a key. */
  static int remove(SocketOptions options, @Nullable Connection c, AuthKey key) {
    AuthKeys keys = options.authKeys;
    if (keys == null || c != null && !AuthKeys.dispensable(c.auth, key) || !keys.remove(key)) {
      return TcpError.INVALID.code();
    }
    if (c != null) {
      AuthKeys.forget(c.auth);
    }
    changed(c, key.algorithm() != AuthKey.Algorithm.MD5);
    return 0;
  }

  /** The application chooses TCP-AO's current and next key. */
  static int choose(SocketOptions options, @Nullable Connection c, int sendId, int receiveId) {
    AuthKeys keys = options.authKeys;
    if (keys == null || !keys.choose(sendId, receiveId)) {
      return TcpError.INVALID.code();
    }
    if (c != null && c.auth != null) {
      AuthKeys.chosen(c.auth);
      c.markDirty();
    }
    return 0;
  }

  /** An MD5 key changes what a living connection signs with; TCP-AO asks for its keys each time. */
  private static void changed(@Nullable Connection c, boolean ao) {
    if (c != null && !ao && !AuthKeys.isAo(c.auth)) {
      open(c);
      if (c.state.synchronizedState() && c.recovery != null) {
        c.recovery.mss(c.effectiveMss - c.fixedOptionLength());
      }
      c.markDirty();
    }
  }

  /** A segment must have room for a timestamp and at least one block of SACK beside it. */
  static boolean leaveRoomForTimestamps(@Nullable SegmentAuth auth) {
    int room = TcpHeader.MAX_LENGTH - TcpHeader.MIN_LENGTH;
    return auth == null || auth.optionLength() + TIMESTAMP_AND_SACK <= room;
  }

  /**
   * RFC 5925 section 7.8: ICMPv4 type 3 codes 2 to 4 and ICMPv6 type 1 codes 1 and 4 about a
   * synchronized connection.
   */
  static boolean ignoresIcmp(Connection c, IcmpErrorKind kind, boolean v4) {
    SegmentAuth auth = c.auth;
    if (auth == null || !auth.ignoresIcmp() || !c.state.synchronizedState()) {
      return false;
    }
    return switch (kind) {
      case PORT_UNREACHABLE -> true;
      case PROTOCOL_UNREACHABLE, PACKET_TOO_BIG -> v4;
      case ADMINISTRATIVELY_PROHIBITED -> !v4;
      default -> false;
    };
  }
}
