package dev.sinew.tcp;

import dev.sinew.base.Counter;
import dev.sinew.base.TcpState;
import org.jspecify.annotations.Nullable;

/**
 * The end of a passive OPEN (RFC 9293 section 3.10.7.4, fifth step in SYN-RECEIVED): the TCB that a
 * half-open record was too small to be.
 */
final class PassiveOpen {
  private PassiveOpen() {}

  /**
   * The full connection, in SYN-RECEIVED, that a half-open record becomes; null when there are too
   * many.
   */
  static @Nullable Connection complete(SynRecord r, long now) {
    TcpListener l = r.listener;
    TcpLayer layer = l.layer;
    if (!layer.connectionAllowed()) {
      return null;
    }
    TcpEndpoint e = new TcpEndpoint(layer, l.options.inherited());
    Connection c =
        new Connection(
            layer,
            e,
            r.id,
            r.localHigh,
            r.localLow,
            r.localPort,
            r.remoteHigh,
            r.remoteLow,
            r.remotePort);
    e.connection = c;
    Authentication.inherit(c, r);
    e.listener = l;
    layer.ip.route(c.flow);
    c.rcvMss = layer.receiveMss(c.flow, l.options);
    c.setIss(r.iss);
    c.sndNxt = r.iss + 1;
    c.irs = r.irs;
    c.rcvNxt = r.irs + 1;
    // Rounded up as the record's ACKs were.
    int offered = r.offeredWindow();
    c.rcvAdv = c.rcvNxt + (offered + (1 << r.scale) - 1 >> r.scale << r.scale);
    c.lastAckSent = c.rcvNxt;
    c.sendMss = r.mss;
    c.scaling = r.peerScale >= 0;
    c.sndScale = c.scaling ? r.peerScale : 0;
    c.rcvScale = r.scale;
    c.sackPermitted = r.sack;
    c.timestamps = r.timestamps;
    c.tsOffset = layer.timestampOffset(r);
    c.tsRecent = r.tsRecent;
    c.tsRecentAt = r.startedAt;
    ReceiveTuning.roundUp(c);
    c.rcvWnd = ReceiveWindow.of(c);
    EcnHandshake.accepted(c, r);
    c.openedAt = r.startedAt;
    c.unackedSince = now;
    c.retransmits = r.retries;
    c.state = TcpState.SYN_RECEIVED;
    layer.context.counters.inc(Counter.TcpPassiveOpens);
    layer.addConnection(c);
    return c;
  }
}
