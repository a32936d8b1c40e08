package dev.sinew.packetdrill;

import dev.sinew.base.TcpState;
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
    if (constant != null || endpoint == null || !name.startsWith("tcpi_")) {
      return constant;
    }
    if (name.equals("tcpi_state")) {
      return state(endpoint.state(), freebsd);
    }
    TcpInfo i = endpoint.info();
    return i == null ? null : field(name, i);
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
          (i.timestamps() ? 1L : 0) | (i.sack() ? 2L : 0) | (i.sendScale() > 0 || i.receiveScale() > 0 ? 4L : 0);
      case "tcpi_snd_wscale" -> (long) i.sendScale();
      case "tcpi_rcv_wscale" -> (long) i.receiveScale();
      case "tcpi_rto" -> i.rtoNanos() / 1000;
      case "tcpi_snd_mss" -> (long) i.sendMss();
      case "tcpi_rcv_mss" -> (long) i.receiveMss();
      case "tcpi_rtt" -> i.srttNanos() / 1000;
      case "tcpi_rttvar" -> i.rttvarNanos() / 1000;
      case "tcpi_min_rtt" -> i.minRttNanos() / 1000;
      case "tcpi_snd_cwnd" -> i.cwnd() / mss;
      case "tcpi_snd_ssthresh" -> i.ssthresh() >= Integer.MAX_VALUE ? 0x7fff_ffffL : i.ssthresh() / mss;
      case "tcpi_retransmits" -> (long) i.retransmits();
      case "tcpi_unacked" -> (i.inFlight() + mss - 1) / mss;
      case "tcpi_bytes_acked" -> i.bytesAcked();
      case "tcpi_bytes_received" -> i.bytesReceived();
      case "tcpi_segs_out" -> i.segmentsOut();
      case "tcpi_segs_in" -> i.segmentsIn();
      case "tcpi_notsent_bytes" -> i.unsent();
      case "tcpi_snd_wnd" -> i.sendWindow();
      default -> null;
    };
  }
}
