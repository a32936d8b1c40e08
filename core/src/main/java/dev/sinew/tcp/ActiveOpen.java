package dev.sinew.tcp;

import dev.sinew.base.Counter;
import dev.sinew.base.Profile;
import dev.sinew.base.SeqNum;
import dev.sinew.base.TcpError;
import dev.sinew.base.TcpState;
import dev.sinew.ip.Flow;
import dev.sinew.ip.IpAddress;
import org.jspecify.annotations.Nullable;

/**
 * OPEN, active (RFC 9293 section 3.10.1): chooses both sockets, creates the TCB and asks for the
 * SYN.
 */
final class ActiveOpen {
  private ActiveOpen() {}

  /**
   * @param boundPort 0 when the endpoint was not bound
   * @return what forbids it, or null
   */
  static @Nullable TcpError open(
      TcpLayer layer,
      TcpEndpoint endpoint,
      IpAddress remote,
      int port,
      long boundHigh,
      long boundLow,
      int boundPort) {
    if (port < 0 || port > 65_535) {
      return TcpError.INVALID;
    }
    if (port == 0) {
      return TcpError.ADDRESS_NOT_AVAILABLE;
    }
    boolean v4 = remote.isV4();
    // Connecting to the unspecified address means this host, as everywhere.
    IpAddress to = !remote.isAny() ? remote : v4 ? IpAddress.v4(0x7f00_0001) : new IpAddress(0, 1);
    if (layer.ip.isBroadcastOrMulticast(to.high(), to.low())) {
      return TcpError.NET_UNREACHABLE; // MUST-46
    }
    IpAddress bound = new IpAddress(boundHigh, boundLow);
    boolean chosen = boundPort != 0 && !bound.isAny();
    if (chosen && bound.isV4() != v4) {
      return TcpError.NET_UNREACHABLE;
    }
    Flow flow = new Flow();
    IpAddress any = v4 ? IpAddress.ANY_V4 : IpAddress.ANY_V6;
    IpAddress from = chosen ? bound : any;
    flow.set(v4, from.high(), from.low(), to.high(), to.low());
    if (!layer.ip.route(flow)) {
      return TcpError.NET_UNREACHABLE;
    }
    int wanted = boundPort != 0 ? boundPort : endpoint.options.localPort;
    int localPort = wanted != 0 ? wanted : freePort(layer, flow, port);
    long now = layer.context.now;
    @Nullable Record before =
        localPort < 0
            ? null
            : layer.table.find(
                flow.sourceHigh, flow.sourceLow, localPort, to.high(), to.low(), port);
    TimeWaitRecord old =
        before instanceof TimeWaitRecord t && t.yields(boundPort != 0, now) ? t : null;
    if (localPort < 0 || before != null && old == null) {
      return TcpError.ADDRESS_NOT_AVAILABLE;
    }
    if (!layer.connectionAllowed()) {
      return TcpError.NO_BUFFERS;
    }
    if (old != null) {
      layer.removeTimeWait(old);
    }
    Connection c =
        new Connection(
            layer,
            endpoint,
            layer.nextId(),
            flow.sourceHigh,
            flow.sourceLow,
            localPort,
            to.high(),
            to.low(),
            port);
    layer.ip.route(c.flow);
    Profile p = layer.context.profile;
    c.tsOffset = layer.timestampOffset(c);
    int iss = layer.secrets.initialSequence(c, now, p.isnTickNanos());
    c.setIss(old != null && SeqNum.leq(iss, old.sndNxt) ? old.sndNxt + 65_536 : iss);
    c.sndNxt = c.iss + 1;
    Authentication.open(c);
    c.rcvMss = layer.receiveMss(c.flow, c.options);
    c.sendMss = v4 ? 536 : 1220;
    c.offeredScale =
        p.windowScale() && !endpoint.options.noOptions
            ? layer.windowScaleFor(endpoint.options)
            : -1;
    EcnHandshake.begin(c);
    c.synDue = true;
    endpoint.connection = c;
    layer.addConnection(c);
    layer.context.counters.inc(Counter.TcpActiveOpens);
    c.enter(TcpState.SYN_SENT, now);
    c.markDirty();
    return null;
  }

  private static int freePort(TcpLayer layer, Flow f, int remotePort) {
    return layer.portAllocator.choose(
        f.sourceHigh,
        f.sourceLow,
        f.destinationHigh,
        f.destinationLow,
        remotePort,
        p ->
            !layer.ports.held(p)
                && layer.table.find(
                        f.sourceHigh,
                        f.sourceLow,
                        p,
                        f.destinationHigh,
                        f.destinationLow,
                        remotePort)
                    == null);
  }
}
