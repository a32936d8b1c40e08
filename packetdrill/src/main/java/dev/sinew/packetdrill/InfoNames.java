package dev.sinew.packetdrill;

import dev.sinew.base.TcpState;
import dev.sinew.tcp.RecoverySnapshot;
import dev.sinew.tcp.TcpEndpoint;
import dev.sinew.tcp.TcpInfo;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The names that assertions use: fields of {@code tcp_info}, and constants. */
final class InfoNames {
  private static final Map<String, Long> CONSTANTS =
      Map.ofEntries(
          Map.entry("TCP_ESTABLISHED", 1L),
          Map.entry("TCP_SYN_SENT", 2L),
          Map.entry("TCP_SYN_RECV", 3L),
          Map.entry("TCP_FIN_WAIT1", 4L),
          Map.entry("TCP_FIN_WAIT2", 5L),
          Map.entry("TCP_TIME_WAIT", 6L),
          Map.entry("TCP_CLOSE", 7L),
          Map.entry("TCP_CLOSE_WAIT", 8L),
          Map.entry("TCP_LAST_ACK", 9L),
          Map.entry("TCP_LISTEN", 10L),
          Map.entry("TCP_CLOSING", 11L),
          Map.entry("TCP_CA_Open", 0L),
          Map.entry("TCP_CA_Disorder", 1L),
          Map.entry("TCP_CA_CWR", 2L),
          Map.entry("TCP_CA_Recovery", 3L),
          Map.entry("TCP_CA_Loss", 4L),
          Map.entry("TCPI_OPT_TIMESTAMPS", 1L),
          Map.entry("TCPI_OPT_SACK", 2L),
          Map.entry("TCPI_OPT_WSCALE", 4L),
          Map.entry("TCPI_OPT_ECN", 8L),
          Map.entry("TCPI_OPT_ECN_SEEN", 16L),
          Map.entry("TCPI_OPT_SYN_DATA", 32L),
          Map.entry("TCPI_CLOSED", 0L),
          Map.entry("TCPI_LISTEN", 1L),
          Map.entry("TCPI_SYN_SENT", 2L),
          Map.entry("TCPI_SYN_RECEIVED", 3L),
          Map.entry("TCPI_ESTABLISHED", 4L),
          Map.entry("TCPI_CLOSE_WAIT", 5L),
          Map.entry("TCPI_FIN_WAIT_1", 6L),
          Map.entry("TCPI_CLOSING", 7L),
          Map.entry("TCPI_LAST_ACK", 8L),
          Map.entry("TCPI_FIN_WAIT_2", 9L),
          Map.entry("TCPI_TIME_WAIT", 10L));

  private InfoNames() {}

  /** The value behind a name, or null when nobody knows it. */
  static @Nullable Object of(String name, @Nullable TcpEndpoint endpoint, boolean freebsd) {
    Long constant = CONSTANTS.get(name);
    if (constant != null || endpoint == null) {
      return constant;
    }
    if (!name.startsWith("tcpi_")) {
      return memory(name, endpoint);
    }
    if (name.equals("tcpi_state")) {
      return state(endpoint.state(), freebsd);
    }
    TcpInfo i = endpoint.info();
    if (i == null) {
      return null;
    }
    Long v = field(name, i);
    return v != null ? v : detail(name, i);
  }

  /** What Linux tells of a socket's memory. */
  private static @Nullable Long memory(String name, TcpEndpoint e) {
    return switch (name) {
      case "SK_MEMINFO_RCVBUF" -> (long) e.receiveBuffer();
      case "SK_MEMINFO_SNDBUF" -> (long) e.sendBuffer();
      case "SK_MEMINFO_RMEM_ALLOC" -> (long) e.available();
      case "SK_MEMINFO_WMEM_ALLOC", "SK_MEMINFO_WMEM_QUEUED" -> (long) e.unacknowledged();
      case "SK_MEMINFO_FWD_ALLOC", "SK_MEMINFO_OPTMEM", "SK_MEMINFO_BACKLOG", "SK_MEMINFO_DROPS" ->
          0L;
      default -> null;
    };
  }

  private static long state(TcpState s, boolean freebsd) {
    String name =
        freebsd
            ? "TCPI_" + s.name()
            : switch (s) {
              case SYN_RECEIVED -> "TCP_SYN_RECV";
              case FIN_WAIT_1 -> "TCP_FIN_WAIT1";
              case FIN_WAIT_2 -> "TCP_FIN_WAIT2";
              case CLOSED -> "TCP_CLOSE";
              default -> "TCP_" + s.name();
            };
    Long v = CONSTANTS.get(name);
    return v == null ? -1 : v;
  }

  private static @Nullable Long field(String name, TcpInfo i) {
    long mss = Math.max(1, i.sendMss());
    return switch (name) {
      case "tcpi_options" ->
          (i.timestamps() ? 1L : 0)
              | (i.sack() ? 2L : 0)
              | (i.sendScale() > 0 || i.receiveScale() > 0 ? 4L : 0)
              | (i.path().ecn().isEmpty() ? 0L : 8L)
              | (i.path().fastOpen() ? 32L : 0);
      case "tcpi_snd_wscale" -> (long) i.sendScale();
      case "tcpi_rcv_wscale" -> (long) i.receiveScale();
      case "tcpi_rto" -> i.rtoNanos() / 1000;
      case "tcpi_snd_mss" -> (long) i.sendMss();
      case "tcpi_rcv_mss" -> (long) i.receiveMss();
      case "tcpi_rtt" -> i.srttNanos() / 1000;
      case "tcpi_rttvar" -> i.rttvarNanos() / 1000;
      case "tcpi_min_rtt" -> i.minRttNanos() / 1000;
      case "tcpi_snd_cwnd" -> i.recovery().windowBytes() / mss;
      case "tcpi_snd_ssthresh" ->
          i.ssthresh() >= Integer.MAX_VALUE ? 0x7fff_ffffL : i.ssthresh() / mss;
      case "tcpi_retransmits" -> (long) i.retransmits();
      case "tcpi_unacked" -> (i.inFlight() + mss - 1) / mss;
      case "tcpi_bytes_acked" -> i.bytesAcked();
      case "tcpi_bytes_received" -> i.bytesReceived();
      case "tcpi_segs_out" -> i.segmentsOut();
      case "tcpi_segs_in" -> i.segmentsIn();
      case "tcpi_bytes_sent" -> i.bytesSent() + i.bytesRetransmitted();
      case "tcpi_bytes_retrans" -> i.bytesRetransmitted();
      case "tcpi_notsent_bytes" -> i.unsent();
      case "tcpi_snd_wnd" -> i.sendWindow();
      case "tcpi_rcv_wnd" -> i.receiveWindow();
      default -> null;
    };
  }

  /** Counts of segments are bytes in full segments: the stack counts bytes. */
  private static @Nullable Long detail(String name, TcpInfo i) {
    long mss = Math.max(1, i.sendMss());
    RecoverySnapshot r = i.recovery();
    TcpInfo.Sender s = i.sender();
    TcpInfo.Receiver in = i.receiver();
    return switch (name) {
      case "tcpi_ca_state" ->
          switch (r.state()) {
            case "disorder" -> 1L;
            case "cwr" -> 2L;
            case "recovery" -> 3L;
            case "loss" -> 4L;
            default -> 0L;
          };
      case "tcpi_sacked" -> r.sackedSegments();
      // What was lost counts as lost until it is acknowledged, though it is under way again.
      case "tcpi_lost" ->
          Math.ceilDiv(r.lostBytes(), mss) + Math.ceilDiv(r.retransmittedBytes(), mss);
      case "tcpi_retrans" -> Math.ceilDiv(r.retransmittedBytes(), mss);
      case "tcpi_total_retrans" -> s.segmentsRetransmitted();
      case "tcpi_reord_seen" -> (long) r.reorderingCount();
      case "tcpi_reordering" -> (long) r.reorderingSegments();
      // The SYN that was acknowledged counts too.
      case "tcpi_delivered" -> 1 + Math.ceilDiv(s.deliveredBytes(), mss);
      case "tcpi_delivered_e0_bytes" -> s.ect0Bytes();
      case "tcpi_delivered_e1_bytes" -> s.ect1Bytes();
      case "tcpi_delivered_ce_bytes" -> s.markedBytes();
      case "tcpi_delivered_ce" -> Math.ceilDiv(s.markedBytes(), mss);
      case "tcpi_dsack_dups" -> s.duplicatesReported();
      case "tcpi_backoff" -> (long) s.backoff();
      case "tcpi_probes" -> (long) s.probes();
      case "tcpi_busy_time" -> s.busyNanos() / 1000;
      case "tcpi_rwnd_limited" -> s.receiveWindowLimitedNanos() / 1000;
      case "tcpi_sndbuf_limited" -> s.sendBufferLimitedNanos() / 1000;
      case "tcpi_pacing_rate" -> s.pacingRate();
      case "tcpi_delivery_rate" -> s.deliveryRate();
      case "tcpi_delivery_rate_app_limited" -> s.applicationLimited() ? 1L : 0L;
      case "tcpi_data_segs_out" -> s.dataSegments();
      case "tcpi_last_data_sent" -> s.sinceDataNanos() / 1_000_000;
      case "tcpi_data_segs_in" -> in.dataSegments();
      case "tcpi_rcv_ooopack" -> in.outOfOrderSegments();
      case "tcpi_ato" -> in.ackTimeoutNanos() / 1000;
      case "tcpi_rcv_rtt" -> in.rttNanos() / 1000;
      case "tcpi_rcv_space" -> in.spaceBytes();
      case "tcpi_last_data_recv" -> in.sinceDataNanos() / 1_000_000;
      case "tcpi_last_ack_recv" -> in.sinceAckNanos() / 1_000_000;
      case "tcpi_pmtu" -> (long) i.path().pathMtu();
      case "tcpi_advmss" -> (long) i.path().advertisedMss() - (i.timestamps() ? 12 : 0);
      default -> null;
    };
  }
}
