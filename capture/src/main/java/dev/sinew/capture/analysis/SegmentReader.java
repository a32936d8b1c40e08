package dev.sinew.capture.analysis;

import dev.sinew.base.TcpState;
import dev.sinew.wire.IpPacket;
import dev.sinew.wire.Segment;
import dev.sinew.wire.TcpHeader;
import java.util.List;
import java.util.Locale;

/** Reads one segment: what it says, given what its connection's ends said before. */
final class SegmentReader {
  private static final int CONGESTION_EXPERIENCED = 3;

  private final Connection connection;
  private final End e;
  private final End p;
  private final List<Note> notes;
  private final boolean absolute;

  /**
   * @param sender sends the segment
   * @param peer receives it
   */
  SegmentReader(Connection connection, End sender, End peer, List<Note> notes, boolean absolute) {
    this.connection = connection;
    this.e = sender;
    this.p = peer;
    this.notes = notes;
    this.absolute = absolute;
  }

  /** Returns the position of the segment. */
  long read(long now, IpPacket ip, Segment s, int sender, int data, boolean damaged) {
    boolean syn = s.has(TcpHeader.SYN);
    boolean ack = s.has(TcpHeader.ACK);
    boolean fin = s.has(TcpHeader.FIN);
    boolean rst = s.has(TcpHeader.RST);
    flags(s, syn, ack, fin, rst);
    boolean first = !e.known();
    if ((first && !rst) || (syn && !e.synSeen && !rst)) {
      e.begin(s.seq);
    }
    if (ack && !p.known() && !rst) {
      p.begin(s.ack - 1);
      p.next = 1;
    }
    long from = e.known() ? e.position(s.seq) : 0;
    long to = from + data + (syn ? 1 : 0) + (fin ? 1 : 0);
    if (damaged) {
      return from; // the receiver drops it
    }
    if (rst) {
      reset(s, sender, from);
      return from;
    }
    if (syn) {
      syn(s, now, ack);
    }
    if (e.segmentCount == 0 && !syn) {
      e.next = Math.max(e.next, from);
    }
    sequence(ip, now, from, to, data, syn, fin);
    boolean windowFull = data > 0 && p.window >= 0 && p.ackSent >= 0 && to >= p.ackSent + p.window;
    if (windowFull) {
      notes.add(new Note(Finding.WINDOW_FULL, "fills " + p + "'s window"));
    }
    if (fin && e.fin == End.ABSENT) {
      e.fin = to - 1;
    }
    if (ack) {
      acknowledgment(s, now, sender, to - from, syn, fin);
    }
    window(s, syn, ack);
    sack(s);
    congestion(ip, s, syn);
    if (fin) {
      fin(sender, ack);
    }
    return from;
  }

  // ---- flags

  private void flags(Segment s, boolean syn, boolean ack, boolean fin, boolean rst) {
    if ((syn && fin) || (syn && rst) || (!syn && !ack && !rst)) {
      notes.add(
          new Note(
              Finding.ODD_FLAGS,
              syn && fin
                  ? "SYN with FIN: no honest end sends that"
                  : syn ? "SYN with RST: no honest end sends that" : "neither SYN, ACK nor RST"));
    }
    if (!ack && s.ack != 0) {
      notes.add(new Note(Finding.ODD_FLAGS, "an acknowledgment number, but ACK is not set"));
    }
  }

  private void syn(Segment s, long now, boolean ack) {
    e.synSeen = true;
    e.scale = s.windowScale;
    Connection.Opening o = connection.opening();
    if (ack) {
      o.synAckNanos = o.synAckNanos < 0 ? now : o.synAckNanos;
      notes.add(new Note(Finding.SYN, "accepts, and asks for the other direction" + offers(s)));
      States.synAck(e, p, p.synSeen && p.position(s.ack) == 1);
    } else {
      o.synNanos = o.synNanos < 0 ? now : o.synNanos;
      boolean crossing = p.synSeen && p.state == TcpState.SYN_SENT;
      notes.add(
          new Note(
              Finding.SYN,
              crossing
                  ? "asks at the same time: a simultaneous open (RFC 9293 section 3.5)"
                  : "asks for a connection" + offers(s)));
      States.syn(e);
    }
  }

  private static String offers(Segment s) {
    StringBuilder out = new StringBuilder();
    if (s.mss != Segment.ABSENT) {
      out.append("; takes segments of ").append(s.mss).append(" bytes");
    }
    if (s.windowScale != Segment.ABSENT) {
      out.append("; later windows count in ").append(1 << Math.min(s.windowScale, 14)).append("s");
    }
    if (s.dataLength > 0) {
      out.append("; with data");
    }
    return out.toString();
  }

  // ---- sequence numbers

  private void sequence(
      IpPacket ip, long now, long from, long to, int data, boolean syn, boolean fin) {
    long length = to - from;
    boolean quiet = e.acked >= e.next && e.next > 0;
    if (!syn && !fin && data <= 1 && from == e.next - 1 && quiet && e.segmentCount > 0) {
      e.keepaliveSeen = true;
      notes.add(
          p.window == 0
              ? new Note(Finding.ZERO_WINDOW_PROBE, "asks whether the window is still shut")
              : new Note(Finding.KEEPALIVE, "keepalive: asks whether the peer is still there"));
      return;
    }
    if (length == 0) {
      return;
    }
    if (from >= e.next) {
      if (p.window == 0 && data == 1 && p.rawWindow == 0) {
        notes.add(
            new Note(
                Finding.ZERO_WINDOW_PROBE, "asks with one byte whether the window is still shut"));
      }
      if (from > e.next) {
        notes.add(
            new Note(Finding.GAP, "what is before it was not seen: " + range(e, e.next, from)));
        e.gaps.add(e.next, from);
      }
      e.next = to;
      e.dataBytes += data;
      e.sent(to, now);
      return;
    }
    again(ip, now, from, to, data);
    if (to > e.next) {
      e.dataBytes += Math.min(data, to - e.next);
      e.next = to;
      e.sent(to, now);
    }
  }

  private void again(IpPacket ip, long now, long from, long to, int data) {
    boolean filled = e.gaps.fill(from, Math.min(to, e.next));
    boolean asked = p.duplicateAcks > 0 || p.sacked;
    if (filled && !asked) {
      e.dataBytes += data;
      notes.add(new Note(Finding.OUT_OF_ORDER, "fills a gap: it was overtaken on the way"));
      return;
    }
    if (ip.v4 && ip.fragmentId != 0 && ip.fragmentId == e.lastIpId && from == e.lastSequence) {
      notes.add(new Note(Finding.DUPLICATE, "the same packet again: the network doubled it"));
      return;
    }
    e.retransmissionCount++;
    String when = age(now, to);
    if (to <= e.acked) {
      notes.add(
          new Note(
              Finding.NEEDLESS_RETRANSMISSION, "sent again, though it was acknowledged already"));
    } else if (p.duplicateAcks >= 3 || p.sacked) {
      notes.add(
          new Note(
              Finding.FAST_RETRANSMISSION,
              "sent again after "
                  + (p.sacked ? "a SACK" : p.duplicateAcks + " duplicate ACKs")
                  + when));
    } else {
      notes.add(new Note(Finding.RETRANSMISSION, "sent again" + when));
    }
  }

  private String age(long now, long to) {
    for (End.Outstanding o : e.outstanding) {
      if (o.end() >= to) {
        return ", " + millis(now - o.timeNanos()) + " after the first time";
      }
    }
    return "";
  }

  // ---- acknowledgment and window

  private void acknowledgment(
      Segment s, long now, int sender, long length, boolean syn, boolean fin) {
    long a = p.position(s.ack);
    if (a > p.next) {
      notes.add(
          new Note(
              Finding.ACK_OF_UNSEEN, "acknowledges what was not seen: " + range(p, p.next, a)));
      p.gaps.add(p.next, a);
      p.next = a;
    }
    long was = p.acked;
    boolean finCovered = p.fin != End.ABSENT && a > p.fin;
    if (a > was) {
      p.acked = a;
      e.ackSent = a;
      e.duplicateAcks = 0;
      e.sacked = false;
      acknowledged(now, was, a, finCovered);
      boolean synCovered = p.synSeen && was < 1 && a >= 1;
      if (synCovered && !syn && sender == 0) {
        connection.opening().ackNanos = now;
      }
      States.acknowledges(e, p, synCovered && !syn, finCovered);
      if (finCovered) {
        connection.closing().finAcknowledged(1 - sender, fin);
      }
    } else if (a == was && length == 0 && !syn) {
      repeated(s, a);
    }
    if (p.fin != End.ABSENT && !finCovered && a == p.fin && length == 0) {
      notes.add(
          new Note(
              Finding.REMARK,
              "does not acknowledge the FIN, which takes ack " + number(p, p.fin + 1)));
    }
  }

  private void acknowledged(long now, long was, long a, boolean fin) {
    StringBuilder what = new StringBuilder();
    if (p.synSeen && was < 1) {
      what.append("the SYN");
    }
    long low = Math.max(was, p.synSeen ? 1 : 0);
    long high = fin ? p.fin : a;
    boolean known = was >= 0 || p.synSeen;
    if (known && high > low) {
      what.append(what.isEmpty() ? "" : " and ").append(range(p, low, high));
    }
    if (fin) {
      what.append(what.isEmpty() ? "" : " and ").append("the FIN");
    }
    long sent = p.acknowledged(a);
    if (!what.isEmpty()) {
      String took = sent < 0 ? "" : ", " + millis(now - sent) + " after it was sent";
      notes.add(new Note(Finding.ACKNOWLEDGES, "acknowledges " + what + took));
    }
  }

  private void repeated(Segment s, long a) {
    if (p.keepaliveSeen) {
      p.keepaliveSeen = false;
      notes.add(new Note(Finding.REMARK, "answers the probe"));
    } else if (p.next > a && s.window == e.rawWindow) {
      e.duplicateAcks++;
      notes.add(new Note(Finding.DUPLICATE_ACK, "duplicate ACK " + e.duplicateAcks));
    }
  }

  private void window(Segment s, boolean syn, boolean ack) {
    boolean scaled = !syn && e.scale >= 0 && p.scale >= 0;
    long window = (long) s.window << (scaled ? Math.min(e.scale, 14) : 0);
    long was = e.window;
    if (ack && !syn) {
      if (s.window == 0) {
        notes.add(new Note(Finding.ZERO_WINDOW, "can take nothing for now"));
      } else if (e.rawWindow == 0) {
        notes.add(
            new Note(Finding.WINDOW_UPDATE, "the window opens again, to " + window + " bytes"));
      } else if (window > was && was >= 0 && notes.isEmpty() && e.rawWindow != End.ABSENT) {
        notes.add(
            new Note(Finding.WINDOW_UPDATE, "the window grows from " + was + " to " + window));
      }
    }
    e.window = window;
    e.rawWindow = syn ? End.ABSENT : s.window;
  }

  private void sack(Segment s) {
    if (s.sackCount == 0) {
      return;
    }
    StringBuilder text = new StringBuilder();
    boolean duplicate = false;
    for (int i = 0; i < s.sackCount; i++) {
      long left = p.position(s.sackEdges[2 * i]);
      long right = p.position(s.sackEdges[2 * i + 1]);
      duplicate |= i == 0 && right <= p.position(s.ack);
      text.append(i == 0 ? "" : ", ").append(range(p, left, right));
    }
    if (duplicate) {
      notes.add(new Note(Finding.DUPLICATE_SACK, "received twice: " + text));
    } else {
      e.sacked = true;
      notes.add(new Note(Finding.SACK, "holds beyond a gap: " + text));
    }
  }

  private void congestion(IpPacket ip, Segment s, boolean syn) {
    if ((ip.trafficClass & 3) == CONGESTION_EXPERIENCED) {
      notes.add(new Note(Finding.ECN, "a router has marked it: congestion"));
    }
    if (!syn && s.has(TcpHeader.ECE)) {
      notes.add(new Note(Finding.ECN, "tells that congestion was marked"));
    }
    if (!syn && s.has(TcpHeader.CWR)) {
      notes.add(new Note(Finding.ECN, "has reduced its congestion window"));
    }
  }

  // ---- the end

  private void fin(int sender, boolean ack) {
    boolean knows = ack && p.fin != End.ABSENT && p.acked > p.fin;
    boolean crossing = p.fin != End.ABSENT && !knows;
    connection.closing().fin(sender);
    notes.add(
        new Note(
            Finding.FIN,
            crossing
                ? "has nothing more to say; both FINs cross: a simultaneous close"
                : knows ? "has nothing more to say either" : "has nothing more to say"));
    States.finSent(e, knows);
    if (e.gaps.isEmpty()) {
      States.finReceived(p);
    }
  }

  private void reset(Segment s, int sender, long from) {
    boolean refusal =
        p.state == TcpState.SYN_SENT && s.has(TcpHeader.ACK) && p.position(s.ack) == p.next;
    String text;
    boolean valid = true;
    if (refusal) {
      text = "refuses the connection: nobody listens there";
      connection.opening().refused = true;
    } else if (p.ackSent < 0 || !e.known()) {
      text = "aborts the connection";
    } else if (from == p.ackSent) {
      text =
          p.state == TcpState.CLOSED
              ? "says that there is no connection any more"
              : "aborts the connection: its number is exactly the one expected";
    } else {
      valid = false;
      text =
          from > p.ackSent && from < p.ackSent + Math.max(p.window, 0)
              ? "a RST within the window, but not at its edge: answered with a challenge ACK"
                  + " (RFC 5961 section 3.2)"
              : "a RST outside the window: ignored (RFC 5961 section 3.2)";
    }
    notes.add(new Note(Finding.RST, text));
    if (valid) {
      connection.closing().reset = sender;
      States.reset(e, p);
    }
  }

  // ---- words

  private String range(End end, long from, long to) {
    long count = to - from;
    return (count == 1 ? "byte " : "bytes ")
        + number(end, from)
        + (count == 1 ? "" : " to " + number(end, to - 1) + " (" + count + ")");
  }

  private String number(End end, long position) {
    return absolute
        ? Integer.toUnsignedString(end.base() + (int) position)
        : Long.toString(position);
  }

  static String millis(long nanos) {
    return String.format(Locale.ROOT, "%.3f ms", nanos / 1e6);
  }
}
