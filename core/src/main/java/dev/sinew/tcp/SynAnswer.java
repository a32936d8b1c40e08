package dev.sinew.tcp;

import dev.sinew.base.EcnCapable;
import dev.sinew.base.Profile;
import dev.sinew.base.Seq;
import dev.sinew.ip.Flow;
import dev.sinew.observe.SendCause;
import dev.sinew.wire.TcpHeader;

/**
 * Writes the SYN-ACK of a passive open: for a {@link SynRecord} and for a cookie, so that both look
 * alike.
 */
final class SynAnswer {
  private SynAnswer() {}

  /**
   * @param windowScale our shift, or -1 for none
   * @param experiment the cookie goes in the option that the SYN has asked with, or in that of the
   *     experiment before it
   * @param ecnFlags AE, CWR and ECE
   * @param testAccEcn an Accurate ECN option shows whether such a thing gets through (RFC 9768
   *     section 3.2.3.2.1)
   */
  static boolean send(
      TcpListener listener,
      Record key,
      long id,
      @Seq int irs,
      @Seq int iss,
      int windowScale,
      boolean sack,
      boolean timestamps,
      int tsVal,
      int tsEcr,
      int ecnFlags,
      boolean testAccEcn,
      boolean fastOpenCookie,
      boolean experiment,
      SendCause cause,
      long now) {
    TcpLayer layer = listener.layer;
    Profile profile = layer.context.profile;
    Flow flow = layer.scratchFlow(key, listener.options);
    if (!layer.ip.route(flow)) {
      return true;
    }
    if (listener.options.noOptions) {
      layer.writer.begin(key.auth);
    } else {
      layer.writer.synOptions(
          key.auth,
          profile,
          layer.receiveMss(flow, listener.options),
          windowScale,
          sack,
          timestamps,
          tsVal,
          tsEcr,
          testAccEcn && profile.accEcnOptions() && profile.accEcnOptionAlways());
    }
    if (fastOpenCookie) {
      layer.writer.fastOpen(layer.fastOpen.cookies().of(key, now), experiment);
    }
    if (testAccEcn && profile.accEcnOptions() && !profile.accEcnOptionAlways()) {
      AccEcn.writeFirst(layer.writer, false);
    }
    if (ecnFlags != 0 && cause == SendCause.NEW) {
      EcnCapable which = profile.ecnCapable();
      boolean may = which == EcnCapable.SYN_ACKS || which == EcnCapable.ALL;
      flow.ecn = may ? EcnMode.ECT_0 : EcnMode.NOT_ECT;
    }
    int window = window(listener, layer.receiveMss(flow, listener.options), timestamps);
    boolean sent =
        layer.writer.send(
            flow,
            key.localPort,
            key.remotePort,
            iss,
            irs + 1,
            TcpHeader.SYN | TcpHeader.ACK | ecnFlags,
            window,
            0,
            null,
            0,
            0,
            id,
            cause,
            now);
    flow.ecn = EcnMode.NOT_ECT;
    return sent;
  }

  /** What a SYN-ACK offers: as {@link #window}, before or after it was sent. */
  static int offered(TcpListener listener, Record key, boolean timestamps) {
    TcpLayer layer = listener.layer;
    SocketOptions o = listener.options;
    if (!layer.context.profile.windowOffer().byMemory()) {
      return Math.min(65_535, o.receiveBufferBytes);
    }
    Flow flow = layer.scratchFlow(key, o);
    int mss = layer.ip.route(flow) ? layer.receiveMss(flow, o) : 536;
    return window(listener, mss, timestamps);
  }

  private static int window(TcpListener listener, int mss, boolean timestamps) {
    SocketOptions o = listener.options;
    return ReceiveWindow.ofSyn(
        listener.layer.context.profile,
        o.receiveBufferFixed,
        o.receiveBufferBytes,
        mss - (timestamps ? 12 : 0));
  }
}
