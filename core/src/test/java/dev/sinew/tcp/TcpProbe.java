package dev.sinew.tcp;

import dev.sinew.base.SeqNum;
import dev.sinew.ip.IpAddress;
import dev.sinew.observe.TimerKind;
import org.jspecify.annotations.Nullable;

/** Opens TCP's records for tests that must see whether anything in them changed. */
public final class TcpProbe {
  private static final TimerKind[] TIMERS = {
    TimerKind.RETRANSMIT,
    TimerKind.PERSIST,
    TimerKind.DELAYED_ACK,
    TimerKind.KEEPALIVE,
    TimerKind.FIN_WAIT_2
  };

  private TcpProbe() {}

  /** The variables of a record that tell which segments it may believe. */
  public record Variables(int sndUna, int sndNxt, int rcvNxt, boolean orphan, boolean finSeen) {}

  /**
   * A number over all that records hold, counts of segments included: equal numbers mean that
   * nothing at all has changed.
   */
  public static long everything(TcpLayer layer) {
    return print(layer, true);
  }

  /**
   * The same without counts of segments and allowances for answers: what makes the next segment be
   * judged in the same way.
   */
  public static long essence(TcpLayer layer) {
    return print(layer, false);
  }

  private static long print(TcpLayer layer, boolean all) {
    Record[] records = layer.table.snapshot();
    long h = records.length;
    for (Record r : records) {
      h = mix(h, r.localPort << 16 | r.remotePort);
      h = mix(h, r.remoteLow);
      switch (r) {
        case Connection c -> h = ofConnection(c, all, h);
        case SynRecord s -> {
          h = mix(mix(mix(h, s.irs), s.iss), s.tsRecent);
          h = mix(mix(mix(h, s.retries), s.deadline), s.mss << 8 | s.peerScale & 0xff);
        }
        case TimeWaitRecord t -> h = mix(mix(h, t.sndNxt), t.deadline);
        default -> throw new AssertionError(r.getClass());
      }
    }
    return h;
  }

  private static long ofConnection(Connection c, boolean all, long start) {
    long h = mix(start, c.state.ordinal());
    h = mix(mix(mix(h, c.sndUna), c.sndNxt), c.sndWnd);
    h = mix(mix(mix(h, c.sndWl1), c.sndWl2), c.maxSndWnd);
    h = mix(mix(mix(h, c.sndUp), c.sndScale), c.sendMss);
    h = mix(mix(mix(h, c.effectiveMss), c.toSend.length()), c.headSeq);
    h = mix(mix(mix(h, c.irs), c.rcvNxt), c.rcvAdv);
    h = mix(mix(mix(h, c.rcvUp), c.rcvScale), c.finSeq);
    h = mix(mix(mix(h, c.tsRecent), c.tsRecentAt), c.lastAckSent);
    h =
        mix(
            mix(mix(h, c.received.nextPosition()), c.received.readable()),
            c.received.outOfOrderBytes());
    int[] edges = new int[8];
    for (int i = 0; i < 2 * c.received.sackBlocks(c.rcvNxt, edges, 4); i++) {
      h = mix(h, edges[i]);
    }
    h = mix(mix(h, c.recovery().control().window()), c.recovery().control().threshold());
    h = mix(mix(h, c.recovery().duplicateAcks()), c.recovery().inFlight());
    h = mix(mix(h, c.rtt.rto(c.profile())), c.recovery().records().count());
    h = mix(mix(mix(h, c.retransmits), c.persistBackoff), c.unansweredProbes);
    h = mix(h, c.softError == null ? -1 : c.softError.ordinal());
    h =
        mix(
            h,
            bits(
                c.urgentToSend,
                c.finQueued,
                c.urgentReceived,
                c.scaling,
                c.finSeen,
                c.inputShut,
                c.timestamps,
                c.sackPermitted,
                c.ackNow,
                c.windowUpdateDue,
                c.advertisedZero,
                c.forceSend,
                c.synDue,
                c.orphan,
                c.dirty,
                c.starving));
    for (TimerKind k : TIMERS) {
      h = mix(h, c.deadline(k));
    }
    if (all) {
      h = mix(mix(mix(h, c.segmentsIn), c.segmentsOut), c.lastHeardAt);
      h = mix(mix(mix(h, c.challengeTokens), c.quickAcks), c.receivedMss);
      h = mix(mix(mix(h, Figures.bytesAcked(c)), Figures.bytesReceived(c)), c.keepAliveProbes);
    }
    return h;
  }

  private static long bits(boolean... flags) {
    long b = 0;
    for (boolean f : flags) {
      b = b << 1 | (f ? 1 : 0);
    }
    return b;
  }

  private static long mix(long h, long v) {
    long x = (h ^ v) * 0x9e37_79b9_7f4a_7c15L;
    return x ^ x >>> 29;
  }

  /**
   * The variables of the record of a local port and a remote end, or null when there is none or it
   * is in TIME-WAIT.
   */
  public static @Nullable Variables variables(
      TcpLayer layer, int localPort, IpAddress remote, int remotePort) {
    for (Record r : layer.table.snapshot()) {
      if (r.localPort == localPort
          && r.remotePort == remotePort
          && r.remoteHigh == remote.high()
          && r.remoteLow == remote.low()) {
        if (r instanceof Connection c) {
          return new Variables(c.sndUna, c.sndNxt, c.rcvNxt, c.orphan, c.finSeen);
        }
        if (r instanceof SynRecord s) {
          return new Variables(s.iss, s.iss + 1, s.irs + 1, false, false);
        }
      }
    }
    return null;
  }

  /** What is left in TCP when nothing should be; null when all is gone. */
  public static @Nullable String leftovers(TcpLayer layer) {
    if (layer.table.size() != 0) {
      return layer.table.size()
          + " records, the first: "
          + layer.table.snapshot()[0].getClass().getSimpleName();
    }
    if (layer.outputPending()) {
      return "output pending";
    }
    if (!layer.ports.unused(80)) {
      return "port 80 in use";
    }
    return layer.connectionCount() != 0
        ? layer.connectionCount() + " connections counted"
        : layer.orphanCount() != 0 ? layer.orphanCount() + " orphans counted" : null;
  }

  /** Whether {@code a} comes before {@code b} in sequence space. */
  public static boolean before(int a, int b) {
    return SeqNum.lt(a, b);
  }
}
