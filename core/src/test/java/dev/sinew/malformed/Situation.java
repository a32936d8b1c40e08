package dev.sinew.malformed;

import dev.sinew.base.Limits;
import dev.sinew.base.TcpState;

/** The states of a connection in which packets arrive, and the shortest way into each. */
enum Situation {
  CLOSED(TcpState.CLOSED) {
    @Override
    void enter(Host h) {
      // Nobody listens.
    }
  },
  LISTEN(TcpState.LISTEN) {
    @Override
    void enter(Host h) {
      h.listen();
    }
  },
  /**
   * The SYN queue is full: SYNs are answered by cookies, and the third segment must bring one back.
   */
  LISTEN_WITH_COOKIES(TcpState.LISTEN) {
    @Override
    Limits limits() {
      return Host.limits()
          .with(v -> {
            v.synBacklog = 1;
            v.acceptBacklog = 8;
          });
    }

    @Override
    void enter(Host h) {
      h.listen();
      byte[] other =
          RawPacket.tcp(
              50_000, Host.LOCAL_PORT, 1, 0, RawPacket.SYN, 1000, 0, Host.NO_OPTIONS, Host.NO_DATA);
      h.feed(RawPacket.repaired(RawPacket.ip(h.v4, true, RawPacket.TCP, other)));
      h.sendSyn(false);
    }
  },
  SYN_SENT(TcpState.SYN_SENT) {
    @Override
    void enter(Host h) {
      h.connect();
    }
  },
  SYN_RECEIVED(TcpState.SYN_RECEIVED) {
    @Override
    void enter(Host h) {
      h.listen();
      h.sendSyn(false);
    }
  },
  SYN_RECEIVED_SIMULTANEOUSLY(TcpState.SYN_RECEIVED) {
    @Override
    void enter(Host h) {
      h.connect();
      h.sendSyn(false);
    }
  },
  ESTABLISHED(TcpState.ESTABLISHED) {
    @Override
    void enter(Host h) {
      h.establish();
    }
  },
  NOT_YET_ACCEPTED(TcpState.ESTABLISHED) {
    @Override
    void enter(Host h) {
      h.listen();
      h.sendSyn(false);
      h.sendAck(h.stackNxt, 512);
    }
  },
  ESTABLISHED_WITHOUT_OPTIONS(TcpState.ESTABLISHED) {
    @Override
    void enter(Host h) {
      h.timestamps = false;
      h.referee.mss = h.v4 ? 536 : 1220;
      h.establish();
    }
  },
  DATA_IN_FLIGHT(TcpState.ESTABLISHED) {
    @Override
    void enter(Host h) {
      h.establish();
      h.sendAck(h.stackNxt, 32);
      h.write(9000);
    }
  },
  DATA_OUT_OF_ORDER(TcpState.ESTABLISHED) {
    @Override
    void enter(Host h) {
      h.establish();
      h.sendData(0, 100);
      h.sendData(120, 30);
      h.sendData(200, 50);
    }
  },
  /** What comes next fills the gap and brings the FIN behind it into force. */
  FIN_BEHIND_A_GAP(TcpState.ESTABLISHED) {
    @Override
    void enter(Host h) {
      h.establish();
      h.sendData(16, 30);
      h.feed(
          h.segment(
              RawPacket.FIN | RawPacket.ACK,
              Host.PEER_ISS + 1 + 46,
              h.stackNxt,
              512,
              0,
              h.options(),
              Host.NO_DATA));
    }
  },
  RECEIVE_BUFFER_FULL(TcpState.ESTABLISHED) {
    @Override
    void enter(Host h) {
      h.establish(2048);
      h.sendData(0, 2048);
    }
  },
  INPUT_SHUT(TcpState.ESTABLISHED) {
    @Override
    void enter(Host h) {
      h.establish();
      java.util.Objects.requireNonNull(h.endpoint).shutdownInput();
      h.flush();
    }
  },
  ZERO_WINDOW(TcpState.ESTABLISHED) {
    @Override
    void enter(Host h) {
      h.establish();
      h.sendAck(h.stackNxt, 0);
      h.write(100);
    }
  },
  FIN_WAIT_1(TcpState.FIN_WAIT_1) {
    @Override
    void enter(Host h) {
      h.establish();
      h.write(100);
      h.shutdown();
    }
  },
  FIN_WAIT_1_ORPHANED(TcpState.FIN_WAIT_1) {
    @Override
    void enter(Host h) {
      h.establish();
      h.write(100);
      java.util.Objects.requireNonNull(h.endpoint).close();
      h.flush();
    }
  },
  FIN_WAIT_2(TcpState.FIN_WAIT_2) {
    @Override
    void enter(Host h) {
      h.establish();
      h.write(100);
      h.shutdown();
      h.sendAck(h.stackNxt, 512);
    }
  },
  FIN_WAIT_2_ORPHANED(TcpState.FIN_WAIT_2) {
    @Override
    void enter(Host h) {
      FIN_WAIT_1_ORPHANED.enter(h);
      h.sendAck(h.stackNxt, 512);
    }
  },
  CLOSE_WAIT(TcpState.CLOSE_WAIT) {
    @Override
    void enter(Host h) {
      h.establish();
      h.sendData(0, 20);
      h.write(100);
      h.sendFin(h.iss + 1);
    }
  },
  CLOSING(TcpState.CLOSING) {
    @Override
    void enter(Host h) {
      h.establish();
      h.write(100);
      h.shutdown();
      h.sendFin(h.iss + 1);
    }
  },
  LAST_ACK(TcpState.LAST_ACK) {
    @Override
    void enter(Host h) {
      h.establish();
      h.write(100);
      h.sendFin(h.iss + 1);
      h.shutdown();
    }
  },
  TIME_WAIT(TcpState.TIME_WAIT) {
    @Override
    void enter(Host h) {
      h.establish();
      h.shutdown();
      h.sendAck(h.stackNxt, 512);
      h.sendFin(h.stackNxt);
    }
  };

  final TcpState state;

  Situation(TcpState state) {
    this.state = state;
  }

  Limits limits() {
    return Host.limits();
  }

  abstract void enter(Host h);

  /** A new host in this situation. */
  Host build(Host.Ground ground, boolean v4) {
    Host h = new Host(ground, v4, limits());
    enter(h);
    h.settle();
    return h;
  }
}
