package dev.sinew.tcp;

import dev.sinew.base.TcpState;

/**
 * SEGMENT ARRIVES for one probing segment, written from RFC 9293 section 3.10.7 with RFC 5961, and
 * from nothing else: an independent judge of the stack. Numbers are distances: {@code at} is
 * SEG.SEQ - RCV.NXT, {@code ackAt} SEG.ACK - SND.UNA. Nothing is in the reassembly queue.
 */
final class SegmentModel {
  /** How a stack reacts to one segment. */
  record Reaction(Answer answer, TcpState next) {}

  enum Answer {
    /** Nothing at once; an ACK may follow with the delay that section 3.8.6.3 allows. */
    SILENCE,
    ACK,
    RESET
  }

  static final int FIN = 1;
  static final int SYN = 2;
  static final int RST = 4;
  static final int ACK = 16;

  final TcpState state;
  final long window;

  /** SND.NXT - SND.UNA. */
  final int inFlight;

  /** MAX.SND.WND. */
  final long maxSndWnd;

  /** SND.UNA - (ISS + 1): how much was ever acknowledged. */
  final int everAcked;

  /** FIN was sent and ends at SND.NXT. */
  final boolean finSent;

  /** The application closed its end (section 3.6.1): new data resets. */
  final boolean orphan;

  SegmentModel(
      TcpState state,
      long window,
      int inFlight,
      long maxSndWnd,
      int everAcked,
      boolean finSent,
      boolean orphan) {
    this.state = state;
    this.window = window;
    this.inFlight = inFlight;
    this.maxSndWnd = maxSndWnd;
    this.everAcked = everAcked;
    this.finSent = finSent;
    this.orphan = orphan;
  }

  private static Reaction silent(TcpState next) {
    return new Reaction(Answer.SILENCE, next);
  }

  private static Reaction ack(TcpState next) {
    return new Reaction(Answer.ACK, next);
  }

  Reaction arrives(int flags, int at, int dataLength, int ackAt) {
    return switch (state) {
      case CLOSED -> (flags & RST) != 0 ? silent(state) : new Reaction(Answer.RESET, state);
      case LISTEN -> listen(flags);
      case SYN_SENT -> synSent(flags, ackAt);
      default -> other(flags, at, dataLength, ackAt);
    };
  }

  /** 3.10.7.2; the profile drops SYN with FIN. */
  private Reaction listen(int flags) {
    if ((flags & RST) != 0) {
      return silent(state);
    }
    if ((flags & ACK) != 0) {
      return new Reaction(Answer.RESET, state);
    }
    // The SYN-ACK acknowledges, too.
    return (flags & SYN) != 0 && (flags & FIN) == 0 ? ack(TcpState.SYN_RECEIVED) : silent(state);
  }

  /** 3.10.7.3; here SND.UNA is ISS, so an acceptable ACK is at 1. */
  private Reaction synSent(int flags, int ackAt) {
    boolean hasAck = (flags & ACK) != 0;
    if (hasAck && !(ackAt > 0 && ackAt <= inFlight)) {
      return (flags & RST) != 0 ? silent(state) : new Reaction(Answer.RESET, state);
    }
    if ((flags & RST) != 0) {
      return silent(hasAck ? TcpState.CLOSED : state);
    }
    if ((flags & SYN) == 0) {
      return silent(state);
    }
    if (hasAck) {
      return ack((flags & FIN) != 0 ? TcpState.CLOSE_WAIT : TcpState.ESTABLISHED);
    }
    return (flags & FIN) != 0 ? silent(state) : ack(TcpState.SYN_RECEIVED);
  }

  private boolean acceptable(int at, int length, boolean rst, boolean fin) {
    // Two liberties of the stack, documented there: a bare ACK at the right edge itself, and a FIN,
    // which needs no buffer.
    boolean liberties = state != TcpState.SYN_RECEIVED && state != TcpState.TIME_WAIT;
    if (length == 0) {
      return window == 0 ? at == 0 : at >= 0 && (at < window || liberties && at == window && !rst);
    }
    if (window == 0) {
      return false;
    }
    if (liberties && fin && length == 1 && at == window) {
      return true;
    }
    long last = (long) at + length - 1;
    return at >= 0 && at < window || last >= 0 && last < window;
  }

  /** 3.10.7.4. */
  private Reaction other(int flags, int at, int dataLength, int ackAt) {
    int length = dataLength + ((flags & SYN) != 0 ? 1 : 0) + ((flags & FIN) != 0 ? 1 : 0);
    boolean rst = (flags & RST) != 0;
    boolean timeWait = state == TcpState.TIME_WAIT;
    // MAY-2: a SYN that begins a new connection in TIME-WAIT.
    if (timeWait && (flags & (SYN | ACK | RST)) == SYN && at > 0) {
      return (flags & FIN) != 0 ? silent(state) : ack(TcpState.SYN_RECEIVED);
    }
    // A repeated SYN gets the SYN-ACK again: an acknowledgement, as for every segment that is not
    // acceptable.
    if (state == TcpState.SYN_RECEIVED && (flags & (SYN | ACK | RST)) == SYN && at == -1) {
      return ack(state);
    }
    // First, sequence number.
    if (!acceptable(at, length, rst, (flags & (FIN | SYN | RST)) == FIN)) {
      return rst ? silent(state) : ack(state);
    }
    // Second, RST.
    if (rst) {
      if (timeWait) {
        return silent(state); // RFC 1337
      }
      return at == 0
          ? silent(state == TcpState.SYN_RECEIVED ? TcpState.LISTEN : TcpState.CLOSED)
          : ack(state);
    }
    // Fourth, SYN.
    if ((flags & SYN) != 0) {
      return state == TcpState.SYN_RECEIVED ? silent(TcpState.LISTEN) : ack(state);
    }
    // Fifth, ACK.
    if ((flags & ACK) == 0) {
      return silent(state);
    }
    TcpState now = state;
    if (now == TcpState.SYN_RECEIVED) {
      if (!(ackAt > 0 && ackAt <= inFlight)) {
        return new Reaction(Answer.RESET, state);
      }
      now = TcpState.ESTABLISHED;
    } else if (ackAt > inFlight || !timeWait && (ackAt < -maxSndWnd || ackAt < -everAcked)) {
      return ack(state);
    }
    boolean finAcked = finSent && ackAt == inFlight;
    switch (now) {
      case FIN_WAIT_1 -> now = finAcked ? TcpState.FIN_WAIT_2 : now;
      case CLOSING, LAST_ACK, CLOSE_WAIT -> {
        if (finAcked) {
          return silent(now == TcpState.CLOSING ? TcpState.TIME_WAIT : TcpState.CLOSED);
        }
        // Eighth: a FIN is acknowledged, and the state remains. Text is ignored.
        return (flags & FIN) != 0 ? ack(now) : silent(now);
      }
      case TIME_WAIT -> {
        // What is acceptable here has text or FIN beyond the peer's FIN: nothing of it is true.
        return length > 0 ? ack(now) : silent(now);
      }
      default -> {}
    }
    // Seventh, text.
    boolean receives =
        now == TcpState.ESTABLISHED || now == TcpState.FIN_WAIT_1 || now == TcpState.FIN_WAIT_2;
    if (dataLength > 0 && receives && orphan && at + dataLength > 0) {
      return new Reaction(Answer.RESET, TcpState.CLOSED);
    }
    boolean cut = (long) at + dataLength > window;
    // Eighth, FIN: only once everything before it is here.
    boolean fin = (flags & FIN) != 0 && !cut;
    if (fin && at <= 0) {
      return switch (now) {
        case ESTABLISHED -> ack(TcpState.CLOSE_WAIT);
        case FIN_WAIT_1 -> ack(TcpState.CLOSING);
        case FIN_WAIT_2 -> ack(TcpState.TIME_WAIT);
        default -> ack(now);
      };
    }
    if (length > 0 && at > 0) {
      return ack(now); // MAY-13 and RFC 5681 section 4.2: a gap is reported at once.
    }
    return silent(now);
  }
}
