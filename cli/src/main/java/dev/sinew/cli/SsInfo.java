package dev.sinew.cli;

import dev.sinew.base.TcpState;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The second line of {@code ss -i}, in the words and the order of Linux's: windows in segments,
 * times in milliseconds, rates in bits per second, what is zero left out.
 */
final class SsInfo {
  private final Map<?, ?> info;
  private final Map<?, ?> path;
  private final Map<?, ?> recovery;
  private final Map<?, ?> sender;
  private final Map<?, ?> receiver;
  private final StringBuilder out = new StringBuilder();

  private SsInfo(Map<?, ?> info) {
    this.info = info;
    path = part("path");
    recovery = part("recovery");
    sender = part("sender");
    receiver = part("receiver");
  }

  private Map<?, ?> part(String name) {
    return info.get(name) instanceof Map<?, ?> map ? map : Map.of();
  }

  /** Empty where there is no connection. */
  static String of(SsRow row) {
    Map<?, ?> info = row.info();
    if (info == null || row.state() == TcpState.LISTEN || row.state() == TcpState.TIME_WAIT) {
      return "";
    }
    return new SsInfo(info).line();
  }

  private String line() {
    negotiated();
    times();
    amounts();
    rates();
    recovery();
    receiving();
    return out.toString();
  }

  private void negotiated() {
    word(is(info, "timestamps"), "ts");
    word(is(info, "sack"), "sack");
    word(true, text(path, "ecn"));
    word(is(path, "fastOpen"), "fastopen");
    String signature = text(path, "signature");
    word(!signature.isEmpty(), signature);
    word(true, text(info, "congestionControl"));
    long sendScale = number(info, "sendScale");
    long receiveScale = number(info, "receiveScale");
    word(sendScale > 0 || receiveScale > 0, "wscale:" + sendScale + "," + receiveScale);
  }

  private void times() {
    word(true, "rto:" + millis("rtoNanos"));
    count("backoff", number(sender, "backoff"));
    long srtt = number(info, "srttNanos");
    word(srtt > 0, "rtt:" + SsTable.millis(srtt) + "/" + millis("rttvarNanos"));
    long ato = number(receiver, "ackTimeoutNanos");
    word(ato > 0, "ato:" + SsTable.millis(ato));
  }

  private void amounts() {
    long mss = number(info, "sendMss");
    word(true, "mss:" + mss);
    count("pmtu", number(path, "pathMtu"));
    word(true, "rcvmss:" + number(info, "receiveMss"));
    count("advmss", number(path, "advertisedMss"));
    word(mss > 0, "cwnd:" + segments("cwnd", false));
    long ssthresh = number(info, "ssthresh");
    word(mss > 0 && ssthresh > 0 && ssthresh < 1L << 31, "ssthresh:" + segments("ssthresh", false));
    count("bytes_sent", number(info, "bytesSent"));
    count("bytes_retrans", number(info, "bytesRetransmitted"));
    count("bytes_acked", number(info, "bytesAcked"));
    count("bytes_received", number(info, "bytesReceived"));
    count("segs_out", number(info, "segmentsOut"));
    count("segs_in", number(info, "segmentsIn"));
    count("data_segs_out", number(sender, "dataSegments"));
    count("data_segs_in", number(receiver, "dataSegments"));
  }

  private void rates() {
    long srtt = number(info, "srttNanos");
    word(srtt > 0, "send " + rate(srtt > 0 ? number(info, "cwnd") * 1e9 / srtt : 0));
    since("lastsnd", number(sender, "sinceDataNanos"));
    since("lastrcv", number(receiver, "sinceDataNanos"));
    since("lastack", number(receiver, "sinceAckNanos"));
    long pacing = number(sender, "pacingRate");
    word(pacing > 0, "pacing_rate " + rate((double) pacing));
    long delivery = number(sender, "deliveryRate");
    word(delivery > 0, "delivery_rate " + rate((double) delivery));
    count("delivered_ce", inSegments(number(sender, "markedBytes"), true));
    word(is(sender, "applicationLimited"), "app_limited");
    long busy = number(sender, "busyNanos");
    word(busy >= 1_000_000, "busy:" + busy / 1_000_000 + "ms");
    limited("rwnd_limited", number(sender, "receiveWindowLimitedNanos"), busy);
    limited("sndbuf_limited", number(sender, "sendBufferLimitedNanos"), busy);
  }

  private void recovery() {
    count("unacked", segments("inFlight", true));
    long now = inSegments(number(recovery, "retransmittedBytes"), true);
    long total = number(sender, "segmentsRetransmitted");
    word(now > 0 || total > 0, "retrans:" + now + "/" + total);
    count("lost", inSegments(number(recovery, "lostBytes"), true));
    count("sacked", number(recovery, "sackedSegments"));
    count("dsack_dups", number(sender, "duplicatesReported"));
    word(is(recovery, "reorderingSeen"), "reord_seen:1");
    count("timeouts", number(sender, "timeouts"));
  }

  private void receiving() {
    long rtt = number(receiver, "rttNanos");
    word(rtt > 0, "rcv_rtt:" + SsTable.millis(rtt));
    count("rcv_space", number(receiver, "spaceBytes"));
    count("notsent", number(info, "unsent"));
    long minRtt = number(info, "minRttNanos");
    word(minRtt > 0 && minRtt < Long.MAX_VALUE, "minrtt:" + SsTable.millis(minRtt));
    count("rcv_ooopack", number(receiver, "outOfOrderSegments"));
    word(true, "snd_wnd:" + number(info, "sendWindow"));
    word(true, "rcv_wnd:" + number(info, "receiveWindow"));
  }

  // ---- words

  private void word(boolean when, String word) {
    if (when && !word.isEmpty()) {
      out.append(out.isEmpty() ? "" : " ").append(word);
    }
  }

  private void count(String name, long value) {
    word(value > 0, name + ":" + value);
  }

  private void since(String name, long nanos) {
    word(nanos > 0, name + ":" + nanos / 1_000_000);
  }

  private void limited(String name, long nanos, long busy) {
    if (nanos >= 1_000_000 && busy > 0) {
      String share = String.format(Locale.ROOT, "%.1f", 100.0 * nanos / busy);
      word(true, name + ":" + nanos / 1_000_000 + "ms(" + share + "%)");
    }
  }

  /** Bytes per second as bits per second: {@code 1.5Mbps}. */
  static String rate(double bytesPerSecond) {
    double bits = bytesPerSecond * 8;
    String[] units = {"bps", "Kbps", "Mbps", "Gbps", "Tbps"};
    int unit = 0;
    while (bits >= 999.5 && unit < units.length - 1) {
      bits /= 1000;
      unit++;
    }
    String number = String.format(Locale.ROOT, unit == 0 ? "%.0f" : "%.3g", bits);
    return (number.contains("e") ? String.format(Locale.ROOT, "%.0f", bits) : number) + units[unit];
  }

  private String millis(String name) {
    return SsTable.millis(number(info, name));
  }

  private long segments(String name, boolean up) {
    return inSegments(number(info, name), up);
  }

  private long inSegments(long bytes, boolean up) {
    long mss = number(info, "sendMss");
    return mss <= 0 ? 0 : (bytes + (up ? mss - 1 : 0)) / mss;
  }

  private static boolean is(Map<?, ?> map, String name) {
    return Boolean.TRUE.equals(map.get(name));
  }

  private static String text(Map<?, ?> map, String name) {
    @Nullable Object value = map.get(name);
    return value instanceof String s ? s : "";
  }

  private static long number(Map<?, ?> map, String name) {
    return map.get(name) instanceof Number n ? n.longValue() : 0;
  }
}
