package dev.sinew.tcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Objects;
import org.junit.jupiter.api.Test;

/** A defect of ours in one connection must not take others with it. */
class BrokenConnectionTest {
  @Test
  void whatOthersHaveToSendIsSentAllTheSame() {
    Peer p = new Peer();
    TcpEndpoint[] ends = new TcpEndpoint[3];
    for (int i = 0; i < ends.length; i++) {
      ends[i] = p.acceptPlain();
      p.peerPort++;
    }
    for (TcpEndpoint e : ends) {
      e.write(new byte[100], 0, 100);
    }
    breakIt(Objects.requireNonNull(ends[1].connection));
    assertThatThrownBy(() -> p.stack.flush(p.network.now())).isInstanceOf(RuntimeException.class);
    p.pump();
    p.rawData = true;
    p.peerPort = 4000;
    assertThat(p.next().length).isEqualTo(100);
    assertThat(p.next().length).isEqualTo(100);
    p.quiet();
  }

  /** As after a defect: it cannot be looked at without an exception. */
  @SuppressWarnings("NullAway")
  private static void breakIt(Connection c) {
    c.options = null;
  }
}
