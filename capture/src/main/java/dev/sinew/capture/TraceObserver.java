package dev.sinew.capture;

import dev.sinew.base.TcpError;
import dev.sinew.base.TcpState;
import dev.sinew.observe.ConnectionFigures;
import dev.sinew.observe.DropReason;
import dev.sinew.observe.Observer;
import dev.sinew.observe.SendCause;
import dev.sinew.observe.TimerKind;
import dev.sinew.wire.PacketText;
import dev.sinew.wire.RelativeSequences;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Prints each packet the way {@code tcpdump -n -i any} does, and below it, indented, what came of
 * it: a state change, the reason why it was dropped, why it was sent again.
 *
 * <pre>
 * 0.010113 In  IP 10.0.0.1.32896 &gt; 10.0.0.2.80: Flags [S], seq 17, win 64240, options [mss 1460], length 0
 *              #1 LISTEN -&gt; SYN-RECEIVED
 * </pre>
 *
 * Never throws: when the consumer fails, the trace ends. Thread rule of {@link Observer}.
 */
public final class TraceObserver implements Observer {
  private static final int MAX_CONNECTIONS = 4096;

  private final Consumer<String> out;
  private final @Nullable PacketFilter filter;
  private final LongFunction<String> time;
  private final RelativeSequences relative = new RelativeSequences();

  /**
   * Connections of which a packet was shown; with a filter, the others' timers and states are not.
   */
  private final Map<Long, Boolean> shown =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, Boolean> eldest) {
          return size() > MAX_CONNECTIONS;
        }
      };

  private boolean ended;

  /** The packet shown to us last passed the filter; what happens at the same time is its doing. */
  private boolean current;

  private long currentTime;

  /** The time in the last line that has one. */
  private long printedTime = -1;

  /** From {@link #segmentSent}, for the packet that follows at once. */
  private long sendingConnection;

  private @Nullable SendCause sendingCause;

  /**
   * @param out takes one line at a time, without line end
   * @param filter chooses packets, or null for all
   * @param time writes the stack's time in nanoseconds
   */
  public TraceObserver(
      Consumer<String> out, @Nullable PacketFilter filter, LongFunction<String> time) {
    this.out = out;
    this.filter = filter == null || filter.takesAll() ? null : filter;
    this.time = time;
  }

  /** A trace with times in seconds since the stack's time 0. */
  public TraceObserver(Consumer<String> out, @Nullable PacketFilter filter) {
    this(out, filter, TraceObserver::seconds);
  }

  /** Seconds with six digits behind the point: {@code 12.000113}. */
  public static String seconds(long nanos) {
    String micros = Long.toString(nanos / 1000 % 1_000_000);
    return nanos / 1_000_000_000L + "." + "0".repeat(6 - micros.length()) + micros;
  }

  @Override
  public void packetReceived(
      long now, int interfaceIndex, MemorySegment packet, long offset, int length) {
    guarded(() -> {
      currentTime = now;
      current = filter == null || filter.matches(packet, offset, length, length);
      if (current) {
        line(now, " In  ", PacketText.ip(packet, offset, length, length, relative));
      }
    });
  }

  @Override
  public void packetSent(
      long now,
      int interfaceIndex,
      MemorySegment header,
      long offset,
      int headerLength,
      int totalLength) {
    guarded(() -> {
      SendCause cause = sendingCause;
      long connection = sendingConnection;
      sendingCause = null;
      currentTime = now;
      current = filter == null || filter.matches(header, offset, headerLength, totalLength);
      if (!current) {
        return;
      }
      line(
          now,
          " Out ",
          PacketText.ipUnchecked(header, offset, headerLength, totalLength, relative));
      if (cause != null) {
        shown.put(connection, true);
        String why = words(cause);
        if (!why.isEmpty()) {
          below(now, why);
        }
      }
    });
  }

  @Override
  public void packetDropped(long now, DropReason reason) {
    guarded(() -> {
      if (filter == null || current && now == currentTime) {
        below(now, "dropped: " + reason.text());
      }
    });
  }

  @Override
  public void segmentSent(long now, long connection, int seq, int sequenceLength, SendCause cause) {
    sendingConnection = connection;
    sendingCause = cause;
  }

  @Override
  public void stateChanged(
      long now, long connection, int localPort, int remotePort, TcpState from, TcpState to) {
    guarded(() -> {
      if (shows(now, connection)) {
        below(now, "#" + connection + " " + from.rfcName() + " -> " + to.rfcName());
      }
    });
  }

  @Override
  public void connectionEnded(long now, long connection, @Nullable TcpError error) {
    guarded(() -> {
      if (error != null && shows(now, connection)) {
        below(now, "#" + connection + " ended: " + error.text());
      }
      shown.remove(connection);
    });
  }

  @Override
  public void timerFired(long now, long connection, TimerKind kind) {
    guarded(() -> {
      current = false;
      // The timers that only pace or delay say nothing that the packet does not.
      boolean quiet = kind == TimerKind.DELAYED_ACK || kind == TimerKind.PACING;
      if (!quiet && shows(now, connection)) {
        String name = kind.name().toLowerCase(Locale.ROOT).replace('_', ' ');
        line(now, "     ", "#" + connection + " timer: " + name);
      }
    });
  }

  @Override
  public void recovery(long now, long connection, RecoveryEvent event, long cwnd, long ssthresh) {
    guarded(() -> {
      if (shows(now, connection)) {
        String words = event.name().toLowerCase(Locale.ROOT).replace('_', ' ');
        below(now, "#" + connection + " " + words + ", cwnd " + cwnd + ", ssthresh " + ssthresh);
      }
    });
  }

  @Override
  public boolean wantsFigures() {
    return !ended;
  }

  /** In the words and the order of {@code ss -i}: times in milliseconds, windows in segments. */
  @Override
  public void figures(long now, long connection, ConnectionFigures f) {
    guarded(() -> {
      if (f.sendMss() == 0 || !shows(now, connection)) {
        return;
      }
      StringBuilder b = new StringBuilder("#").append(connection);
      b.append(" rto:").append(millis(f.rtoNanos()));
      if (f.srttNanos() > 0) {
        b.append(" rtt:").append(millis(f.srttNanos())).append('/').append(millis(f.rttvarNanos()));
      }
      b.append(" mss:").append(f.sendMss()).append(" cwnd:").append(f.cwnd() / f.sendMss());
      if (f.ssthresh() < 1L << 31) {
        b.append(" ssthresh:").append(f.ssthresh() / f.sendMss());
      }
      count(b, "unacked", (f.inFlight() + f.sendMss() - 1) / f.sendMss());
      count(b, "bytes_sent", f.bytesSent());
      count(b, "bytes_retrans", f.bytesRetransmitted());
      count(b, "bytes_acked", f.bytesAcked());
      count(b, "bytes_received", f.bytesReceived());
      count(b, "segs_out", f.segmentsOut());
      count(b, "segs_in", f.segmentsIn());
      below(now, b.toString());
    });
  }

  private static void count(StringBuilder b, String name, long value) {
    if (value != 0) {
      b.append(' ').append(name).append(':').append(value);
    }
  }

  private static String millis(long nanos) {
    return String.format(Locale.ROOT, "%.3f", nanos / 1e6).replaceFirst("\\.?0+$", "");
  }

  private boolean shows(long now, long connection) {
    if (current && now == currentTime) {
      shown.put(connection, true);
      return true;
    }
    return filter == null || shown.containsKey(connection);
  }

  private static String words(SendCause cause) {
    return switch (cause) {
      case NEW, ACK, DUPLICATE_ACK, RESET, WINDOW_UPDATE -> "";
      case RETRANSMIT_TIMEOUT -> "retransmission after a timeout";
      case FAST_RETRANSMIT -> "fast retransmission";
      case REPEATED_REQUEST -> "answer to a repeated request";
      case WINDOW_PROBE -> "zero-window probe";
      case KEEPALIVE -> "keepalive";
      case CHALLENGE_ACK -> "challenge ACK";
      case LOSS_PROBE -> "tail loss probe";
      case MTU_PROBE -> "path MTU probe";
    };
  }

  private void line(long now, String direction, String text) {
    printedTime = now;
    out.accept(time.apply(now) + direction + text);
  }

  /**
   * Below the packet that caused it; what a call of the application caused has a time of its own.
   */
  private void below(long now, String text) {
    if (now == printedTime) {
      out.accept("             " + text);
    } else {
      line(now, "     ", text);
    }
  }

  /** Whoever writes the lines can fail; the stack must not notice. */
  private void guarded(Runnable action) {
    if (ended) {
      return;
    }
    try {
      action.run();
    } catch (RuntimeException e) {
      ended = true;
    }
  }
}
