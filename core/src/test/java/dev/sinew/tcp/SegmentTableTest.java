package dev.sinew.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.Profile;
import dev.sinew.base.TcpState;
import dev.sinew.tcp.SegmentModel.Answer;
import dev.sinew.tcp.SegmentModel.Reaction;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Every state x every kind of segment x every place in or out of the window x every ACK, against
 * {@link SegmentModel}.
 */
class SegmentTableTest {
  private static final int[] FLAGS = {0, 1, 2, 3, 4, 6, 16, 17, 18, 19, 20, 22};
  private static final int[] LENGTHS = {0, 10};

  /** A stack in a state, with what the model must know of it. */
  private static final class Prepared {
    final Peer peer;
    SegmentModel model;

    /** RCV.NXT and SND.UNA in relative numbers. */
    int rcvNxt = 1;

    int sndUna = 1;

    Prepared(Peer peer, SegmentModel model) {
      this.peer = peer;
      this.model = model;
    }
  }

  /**
   * Brings a fresh stack into the state. Data of 100 bytes was acknowledged before, where that can
   * be.
   */
  private static Prepared prepare(TcpState state, @Nullable Peer before) {
    // Limits are not what this table is about: there are none.
    Profile profile = Peer.profile(Profile.STANDARD, "challengeAckBurst", 1_000_000);
    Peer p =
        before != null
            ? before
            : new Peer(true, profile, Peer.limits("resetsPerSecond", 1_000_000));
    if (before != null) {
      if (p.endpoint != null) {
        p.endpoint.abort();
      }
      p.in("R 1:1(0)");
      p.discard();
      p.peerPort++;
      p.endpoint = null;
    }
    if (state == TcpState.CLOSED) {
      return new Prepared(p, new SegmentModel(state, 0, 0, 0, 0, false, false));
    }
    p.stackPort = 80;
    if (p.listener == null) {
      p.listen();
    }
    switch (state) {
      case LISTEN -> {
        return new Prepared(p, new SegmentModel(state, 0, 0, 0, 0, false, false));
      }
      case SYN_SENT -> {
        p.connect();
        p.next();
        Prepared r = new Prepared(p, new SegmentModel(state, 0, 1, 0, 0, false, false));
        r.rcvNxt = 0;
        r.sndUna = 0;
        return r;
      }
      case SYN_RECEIVED -> {
        p.in("S 0:0(0) <mss 1460>");
        p.next();
        Prepared r = new Prepared(p, new SegmentModel(state, 65_535, 1, 65_535, 0, false, false));
        r.sndUna = 0;
        return r;
      }
      default -> {}
    }
    p.acceptPlain();
    p.write(100);
    p.discard();
    p.in(". 1:1(0) ack 101");
    Prepared r =
        new Prepared(
            p, new SegmentModel(state, p.info().receiveWindow(), 0, 65_535, 100, false, false));
    r.sndUna = 101;
    switch (state) {
      case ESTABLISHED -> {
        p.write(50);
        p.discard();
        r.model = new SegmentModel(state, p.info().receiveWindow(), 50, 65_535, 100, false, false);
      }
      case FIN_WAIT_1 -> {
        p.shutdown();
        r.model = new SegmentModel(state, p.info().receiveWindow(), 1, 65_535, 100, true, false);
      }
      case FIN_WAIT_2 -> {
        p.shutdown();
        p.in(". 1:1(0) ack 102");
        r.sndUna = 102;
        r.model = new SegmentModel(state, p.info().receiveWindow(), 0, 65_535, 101, true, false);
      }
      case CLOSE_WAIT -> {
        p.in("F. 1:1(0) ack 101");
        p.write(50);
        r.rcvNxt = 2;
        r.model = new SegmentModel(state, p.info().receiveWindow(), 50, 65_535, 100, false, false);
      }
      case CLOSING -> {
        p.shutdown();
        p.in("F. 1:1(0) ack 101");
        r.rcvNxt = 2;
        r.model = new SegmentModel(state, p.info().receiveWindow(), 1, 65_535, 100, true, false);
      }
      case LAST_ACK -> {
        p.in("F. 1:1(0) ack 101");
        p.shutdown();
        r.rcvNxt = 2;
        r.model = new SegmentModel(state, p.info().receiveWindow(), 1, 65_535, 100, true, false);
      }
      case TIME_WAIT -> {
        p.shutdown();
        p.in("F. 1:1(0) ack 102");
        r.rcvNxt = 2;
        r.sndUna = 102;
        r.model = new SegmentModel(state, p.info().receiveWindow(), 0, 65_535, 101, true, false);
      }
      default -> throw new AssertionError(state);
    }
    p.discard();
    p.state(state);
    return r;
  }

  /** What the stack did. A listener's connections are told apart by what it holds. */
  private static Reaction observe(Prepared r) {
    Peer p = r.peer;
    List<Seg> sent = p.all();
    assertThat(sent).as("replies to one segment").hasSizeLessThanOrEqualTo(2);
    Answer answer = Answer.SILENCE;
    for (Seg s : sent) {
      if (s.has(Seg.RST)) {
        answer = Answer.RESET;
      } else if (answer == Answer.SILENCE && s.has(Seg.ACK)) {
        answer = Answer.ACK;
      }
    }
    assertThat(p.stack.violation(p.network.now())).isNull();
    return new Reaction(answer, stateOf(p));
  }

  private static TcpState stateOf(Peer p) {
    TcpState[] found = {null};
    p.stack.forEachSocket(i -> {
      if (i.remotePort() == p.peerPort) {
        found[0] = i.state();
      }
    });
    if (found[0] != null) {
      return found[0];
    }
    return p.endpoint == null && p.listener != null ? TcpState.LISTEN : TcpState.CLOSED;
  }

  @ParameterizedTest
  @EnumSource(TcpState.class)
  @Tag("RFC9293-3.10.7.4-a")
  @Tag("RFC9293-3.10.7.4-b")
  @Tag("RFC9293-3.10.7.4-d")
  @Tag("RFC9293-3.10.7.4-e")
  @Tag("RFC9293-3.10.7.4-f")
  @Tag("RFC9293-3.10.7.4-g")
  @Tag("RFC9293-3.10.7.4-i")
  @Tag("RFC9293-3.10.7.4-k")
  @Tag("RFC9293-3.10.7.4-m")
  @Tag("RFC9293-3.10.7.4-q")
  void everySegmentInThisStateIsTreatedAsTheRfcSays(TcpState state) {
    List<String> wrong = new ArrayList<>();
    int cases = 0;
    Prepared r = prepare(state, null);
    boolean used = false;
    int w = (int) r.model.window;
    int[] places = {-100_000, -10, -9, -2, -1, 0, 1, 5, w - 10, w - 1, w, w + 1, w + 100_000};
    int f = r.model.inFlight;
    int[] acks = {-70_000, -100, -1, 0, 1, f - 1, f, f + 1, f + 1000};
    for (int flags : FLAGS) {
      for (int length : LENGTHS) {
        if ((flags & SegmentModel.SYN) != 0 && length > 0) {
          continue;
        }
        for (int at : places) {
          for (int ackAt : acks) {
            if ((flags & SegmentModel.ACK) == 0 && ackAt != 0) {
              continue;
            }
            if (used) {
              r = prepare(state, r.peer);
              used = false;
            }
            Reaction expected = r.model.arrives(flags, at, length, ackAt);
            String text =
                Seg.flagText(flags)
                    + " "
                    + (r.rcvNxt + at)
                    + ":"
                    + (r.rcvNxt + at + length)
                    + "("
                    + length
                    + ")"
                    + ((flags & 16) != 0 ? " ack " + (r.sndUna + ackAt) : "");
            r.peer.in(text);
            Reaction got = observe(r);
            cases++;
            // Whatever may have changed anything: a fresh stack for the next.
            used =
                got.next() != state
                    || got.answer() == Answer.ACK
                    || length > 0
                    || (flags & SegmentModel.FIN) != 0
                    || ackAt != 0
                    || (flags & 2) != 0;
            String mismatch = differs(expected, got);
            if (mismatch != null) {
              wrong.add(
                  state + ": " + text + " (at " + at + ", ack at " + ackAt + "): " + mismatch);
            }
          }
        }
      }
    }
    assertThat(wrong).as("%d of %d", wrong.size(), cases).isEmpty();
    assertThat(cases).isGreaterThan(500);
  }

  private static @Nullable String differs(Reaction expected, Reaction got) {
    // A simultaneous TIME-WAIT shows no endpoint row of its own; CLOSED and LISTEN without a record
    // look alike.
    boolean sameState = expected.next() == got.next() || gone(expected.next()) && gone(got.next());
    return sameState && expected.answer() == got.answer()
        ? null
        : "expected " + expected + ", got " + got;
  }

  private static boolean gone(TcpState s) {
    return s == TcpState.CLOSED || s == TcpState.LISTEN;
  }

  /** The closed application's states, where data resets. */
  @ParameterizedTest
  @ValueSource(strings = {"FIN_WAIT_1", "FIN_WAIT_2"})
  void orphansResetOnNewDataOnly(String name) {
    TcpState state = TcpState.valueOf(name);
    for (int at : new int[] {-10, -9, 0, 5}) {
      Prepared r = prepare(state, null);
      r.peer.app().close();
      r.peer.pump().discard();
      r.peer.in("P. " + (1 + at) + ":" + (11 + at) + "(10) ack " + r.sndUna);
      Reaction got = observe(r);
      assertThat(got.answer()).as("at %d", at).isEqualTo(at == -10 ? Answer.ACK : Answer.RESET);
    }
  }

  /** A window of zero: nothing with length is acceptable, but ACK and RST at RCV.NXT count. */
  @Test
  @Tag("RFC9293-3.10.7.4-b")
  void aWindowOfZero() {
    for (String s :
        new String[] {
          "P. 2049:2059(10) ack 101",
          ". 2050:2050(0) ack 101",
          "P. 2039:2059(20) ack 101",
          ". 2048:2048(0) ack 1"
        }) {
      Peer p = new Peer(true, Profile.STANDARD, Peer.limits("receiveBufferBytes", 2048));
      p.acceptPlain();
      p.write(100);
      p.discard();
      p.in(". 1:1461(1460) ack 1").in(". 1461:2049(588) ack 1");
      p.run(50);
      p.discard();
      p.in(s);
      p.out(". 101:101(0) ack 2049 win 0");
      assertThat(p.app().available()).isEqualTo(2048);
    }
  }
}
