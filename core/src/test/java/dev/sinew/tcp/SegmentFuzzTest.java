package dev.sinew.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.Counter;
import dev.sinew.base.Profile;
import dev.sinew.base.TcpState;
import dev.sinew.testing.Packets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A peer out of its mind: segments whose numbers are nearly right, in any order, with any flags,
 * windows and options, while the application does what it likes. No exception, no broken invariant,
 * no endless answer, nothing left.
 */
class SegmentFuzzTest {
  private static final Profile[] PROFILES = {Profile.STANDARD, Profile.LINUX, Profile.FREEBSD};

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
  void anythingMayArrive(int seed) {
    Random r = new Random(seed);
    int buffer = 2048 << r.nextInt(8);
    Peer p =
        new Peer(
            seed % 4 != 0,
            PROFILES[seed % 3],
            Peer.limits(
                "receiveBufferBytes",
                buffer,
                "sendBufferBytes",
                buffer,
                "outOfOrderRanges",
                1 + r.nextInt(30)));
    p.rawData = true;
    p.listen();
    List<TcpEndpoint> ends = new ArrayList<>();
    int last = 0;
    for (int i = 0; i < 3000; i++) {
      if (i % 150 == 0) {
        p.peerPort = 4000 + r.nextInt(3);
        p.stackPort = 80;
        p.timestamps = r.nextBoolean();
        last = 0;
        if (r.nextBoolean()) {
          TcpEndpoint e = p.stack.tcp();
          e.connect(Packets.address(p.peerAddress), p.peerPort);
          ends.add(e);
          p.stackPort = e.localPort();
        }
      }
      last = act(r, p, last);
      application(r, p, ends);
      if (r.nextInt(3) == 0) {
        p.run(r.nextInt(r.nextInt(20) == 0 ? 100_000 : 300));
      }
      String wrong = p.stack.violation(p.network.now());
      assertThat(wrong).as("after step %d", i).isNull();
      int sent = 0;
      while (p.pending() > 0) {
        Seg s = p.next();
        last = s.seq + s.length;
        sent++;
      }
      assertThat(sent).isLessThan(2000);
    }
    assertThat(
            p.count(Counter.TcpPassiveOpens)
                + p.count(Counter.TcpExtTCPOFOQueue)
                + p.count(Counter.TcpRetransSegs))
        .isGreaterThan(50);
    ends.forEach(TcpEndpoint::close);
    p.listener.close();
    p.run(4_000_000);
    p.discard();
    p.nothingLeft();
  }

  private static int near(Random r, int value) {
    return switch (r.nextInt(8)) {
      case 0 -> value - 1 - r.nextInt(3000);
      case 1 -> value + 1 + r.nextInt(3000);
      case 2 -> r.nextInt();
      case 3 -> value + 1;
      default -> value;
    };
  }

  private int expected = 0;

  private int act(Random r, Peer p, int last) {
    int flags =
        r.nextInt(3) == 0
            ? r.nextInt(64)
            : new int[] {16, 16, 24, 17, 2, 18, 4, 20, 48}[r.nextInt(9)];
    int length = r.nextInt(3) == 0 ? 0 : r.nextInt(r.nextBoolean() ? 20 : 1460);
    if ((flags & Seg.SYN) != 0) {
      length = r.nextInt(4) == 0 ? length : 0;
      expected = 0;
    }
    int seq = near(r, expected);
    StringBuilder options = new StringBuilder();
    if ((flags & Seg.SYN) != 0) {
      options
          .append("mss ")
          .append(r.nextInt(1600))
          .append(r.nextBoolean() ? ",sackOK" : "")
          .append(",wscale ")
          .append(r.nextInt(18));
    }
    if (r.nextInt(4) == 0) {
      options
          .append(options.isEmpty() ? "" : ",")
          .append("TS val ")
          .append(r.nextInt(5) == 0 ? r.nextInt() & 0xffff_ffffL : p.clock())
          .append(" ecr ")
          .append(p.lastTsVal);
    }
    if (r.nextInt(6) == 0 && options.length() < 30) {
      options
          .append(options.isEmpty() ? "" : ",")
          .append("sack ")
          .append(last - r.nextInt(2000))
          .append(':')
          .append(last + r.nextInt(2000));
    }
    int window = r.nextInt(4) == 0 ? r.nextInt(3) : r.nextInt(65_536);
    String text =
        Seg.flagText(flags)
            + " "
            + seq
            + ":"
            + (seq + length)
            + "("
            + length
            + ") ack "
            + near(r, last)
            + " win "
            + window
            + ((flags & Seg.URG) != 0 ? " urg " + r.nextInt(2000) : "")
            + (options.isEmpty() ? "" : " <" + options + ">");
    p.in(text, new byte[length]);
    if (seq == expected && (flags & Seg.RST) == 0) {
      expected = seq + length + (flags & 1) + ((flags & 2) >> 1);
    }
    return last;
  }

  private static void application(Random r, Peer p, List<TcpEndpoint> ends) {
    TcpEndpoint accepted = p.listener.accept();
    if (accepted != null) {
      ends.add(accepted);
    }
    if (ends.isEmpty()) {
      return;
    }
    TcpEndpoint e = ends.get(r.nextInt(ends.size()));
    byte[] b = new byte[3000];
    switch (r.nextInt(12)) {
      case 0, 1, 2 -> e.write(b, 0, r.nextInt(3000));
      case 3, 4, 5 -> e.read(b, 0, r.nextInt(3000));
      case 6 -> e.shutdownOutput();
      case 7 -> {
        if (r.nextInt(5) == 0) {
          e.close();
          ends.remove(e);
        }
      }
      case 8 -> e.writeUrgent(7);
      case 9 -> {
        switch (r.nextInt(8)) {
          case 0 -> e.setNoDelay(r.nextBoolean());
          case 1 -> e.setCork(r.nextBoolean());
          case 2 -> e.setKeepAlive(r.nextBoolean());
          case 3 -> e.setReceiveBuffer(r.nextInt(100_000));
          case 4 -> e.setSendBuffer(r.nextInt(100_000));
          case 5 -> e.setUserTimeout(r.nextLong(20 * Peer.S));
          case 6 -> e.setLinger(r.nextInt(2) - 1);
          default -> e.shutdownInput();
        }
      }
      case 10 -> {
        e.readiness();
        assertThat(e.urgentRemaining()).isNotNegative();
        assertThat(e.available()).isNotNegative();
        assertThat(e.unacknowledged()).isNotNegative();
        assertThat(e.unsent()).isBetween(0, e.unacknowledged() + 1);
        assertThat(e.state()).isNotEqualTo(TcpState.LISTEN);
        e.info();
      }
      default -> p.icmp(3, r.nextInt(16), r.nextInt(1600), r.nextInt(3000));
    }
    p.pump();
  }
}
