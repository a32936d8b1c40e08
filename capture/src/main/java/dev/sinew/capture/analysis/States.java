package dev.sinew.capture.analysis;

import static dev.sinew.base.TcpState.CLOSED;
import static dev.sinew.base.TcpState.CLOSE_WAIT;
import static dev.sinew.base.TcpState.CLOSING;
import static dev.sinew.base.TcpState.ESTABLISHED;
import static dev.sinew.base.TcpState.FIN_WAIT_1;
import static dev.sinew.base.TcpState.FIN_WAIT_2;
import static dev.sinew.base.TcpState.LAST_ACK;
import static dev.sinew.base.TcpState.LISTEN;
import static dev.sinew.base.TcpState.SYN_RECEIVED;
import static dev.sinew.base.TcpState.SYN_SENT;
import static dev.sinew.base.TcpState.TIME_WAIT;

import dev.sinew.base.TcpState;
import org.jspecify.annotations.Nullable;

/**
 * The state of both ends as the segments tell it (RFC 9293 section 3.3.2, figure 5): the sender's
 * when it sends, the receiver's when it receives. A receiver is taken to receive what was seen,
 * until what it sends says otherwise.
 */
final class States {
  private States() {}

  static void syn(End sender) {
    if (sender.state != SYN_RECEIVED) {
      sender.state = SYN_SENT;
    }
  }

  /** The receiver learns that its SYN has arrived, and answers with an ACK or a RST. */
  static void synAck(End sender, End receiver, boolean acknowledgesSyn) {
    if (sender.state == null
        || sender.state == CLOSED
        || sender.state == LISTEN
        || sender.state == SYN_SENT) {
      sender.state = SYN_RECEIVED;
    }
    if (acknowledgesSyn && (receiver.state == SYN_SENT || receiver.state == SYN_RECEIVED)) {
      receiver.state = ESTABLISHED;
    }
  }

  /** An acknowledgment of a SYN or a FIN of the receiver. */
  static void acknowledges(End sender, End receiver, boolean syn, boolean fin) {
    if (syn) {
      if (receiver.state == SYN_RECEIVED) {
        receiver.state = ESTABLISHED;
      }
      if (sender.state == SYN_SENT) {
        sender.state = ESTABLISHED;
      }
    }
    if (fin) {
      receiver.state = finAcknowledged(receiver.state);
    }
  }

  private static @Nullable TcpState finAcknowledged(@Nullable TcpState state) {
    return switch (state) {
      case FIN_WAIT_1 -> FIN_WAIT_2;
      case CLOSING -> TIME_WAIT;
      case LAST_ACK -> CLOSED;
      case null, default -> state;
    };
  }

  /** A FIN is sent; {@code knowsPeers} when the same segment acknowledges one of the peer's. */
  static void finSent(End sender, boolean knowsPeers) {
    TcpState state = sender.state;
    if (state == CLOSE_WAIT && knowsPeers) {
      sender.state = LAST_ACK;
    } else if (state == CLOSE_WAIT) {
      // The peer's FIN has crossed this one and arrives now (section 3.6, case 3).
      sender.state = CLOSING;
    } else if (state == null || state == ESTABLISHED || state == SYN_RECEIVED) {
      sender.state = FIN_WAIT_1;
    }
  }

  /** A FIN that nothing is missing before arrives. */
  static void finReceived(End receiver) {
    TcpState state = receiver.state;
    if (state == null || state == ESTABLISHED || state == SYN_RECEIVED) {
      receiver.state = CLOSE_WAIT;
    } else if (state == FIN_WAIT_1) {
      receiver.state = CLOSING;
    } else if (state == FIN_WAIT_2) {
      receiver.state = TIME_WAIT;
    }
  }

  static void reset(End sender, End receiver) {
    sender.state = CLOSED;
    if (receiver.state != TIME_WAIT) {
      receiver.state = CLOSED;
    }
  }

  /** What an end was in before it was seen: the server listens, the client does not exist. */
  static TcpState before(boolean client) {
    return client ? CLOSED : LISTEN;
  }
}
