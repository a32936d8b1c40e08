package dev.sinew.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.Limits;
import dev.sinew.base.Profile;
import dev.sinew.base.TcpError;
import dev.sinew.base.TcpState;
import dev.sinew.ip.IpAddress;
import dev.sinew.testing.Packets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A short conversation with every choice of up to three of its first packets lost, and of up to two
 * of them late by seconds: it always comes to its end. Opens by one side and by both at once,
 * closes by one side and by both at once.
 */
class FewLossesTest {
  private static final IpAddress A = Packets.address("10.0.0.1");
  private static final IpAddress B = Packets.address("10.0.0.2");
  private static final long S = 1_000_000_000L;

  enum Shape {
    CLIENT_CLOSES_FIRST,
    SERVER_CLOSES_FIRST,
    BOTH_CLOSE_AT_ONCE,
    SIMULTANEOUS_OPEN,
    NO_TIMESTAMPS
  }

  private static void converse(Shape shape, String what, FaultyPair w) {
    TcpEndpoint a = w.a.tcp();
    TcpEndpoint b = null;
    TcpListener l = null;
    if (shape == Shape.SIMULTANEOUS_OPEN) {
      b = w.b.tcp();
      assertThat(a.bind(A, 5000)).isZero();
      assertThat(b.bind(B, 6000)).isZero();
      a.connect(B, 6000);
      b.connect(A, 5000);
    } else {
      l = w.b.listen(IpAddress.ANY_V4, 80, 0, true, false);
      a.connect(B, 80);
    }
    byte[] hello = "hello".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    a.write(hello, 0, 5);
    boolean aWrote = true;
    boolean bWrote = false;
    int aGot = 0;
    int bGot = 0;
    boolean aEnd = false;
    boolean bEnd = false;
    long end = w.now + 300 * S;
    while (w.now < end && !(aEnd && bEnd)) {
      w.pump();
      if (b == null && l != null) {
        b = l.accept();
      }
      if (b != null) {
        if (!bWrote && b.state() == TcpState.ESTABLISHED) {
          bWrote = b.write(hello, 0, 5) == 5;
        }
        bGot += Math.max(0, b.read(new byte[10], 0, 10));
      }
      aGot += Math.max(0, a.read(new byte[10], 0, 10));
      boolean said = aWrote && bWrote && aGot == 5 && bGot == 5;
      if (said && b != null) {
        if (shape != Shape.SERVER_CLOSES_FIRST || ended(a)) {
          a.shutdownOutput();
        }
        if (shape != Shape.CLIENT_CLOSES_FIRST || ended(b)) {
          b.shutdownOutput();
        }
        aEnd = ended(a);
        bEnd = ended(b);
      }
      w.step(end);
    }
    assertThat(aGot)
        .as("%s: what a got; b %s, a %s", what, b == null ? null : b.state(), a.state())
        .isEqualTo(5);
    assertThat(bGot).as("%s: what b got", what).isEqualTo(5);
    assertThat(aEnd && bEnd).as("%s: both ends seen", what).isTrue();
    a.close();
    if (b != null) {
      b.close();
      assertThat(b.error()).isNull();
    }
    assertThat(a.error()).isNull();
    if (l != null) {
      l.close();
    }
    for (long over = w.now + 500 * S; w.now < over && !w.idle(); w.step(over)) {
      w.pump();
    }
    w.pump();
    assertThat(w.poolA.usedBytes() + w.poolB.usedBytes()).as(what).isZero();
    w.a.forEachSocket(r -> assertThat(r.state()).isEqualTo(TcpState.CLOSED));
    w.b.forEachSocket(r -> assertThat(r.state()).isEqualTo(TcpState.CLOSED));
  }

  private static boolean ended(TcpEndpoint e) {
    return TcpError.of(e.read(new byte[1], 0, 1)) == TcpError.END_OF_STREAM;
  }

  private static FaultyPair pair(Shape shape, int seed) {
    Profile profile = Peer.profile(Profile.STANDARD, "timestamps", shape != Shape.NO_TIMESTAMPS);
    return new FaultyPair(seed, profile, Limits.DEFAULT, 8 << 20, 1500);
  }

  @ParameterizedTest
  @EnumSource(Shape.class)
  void upToThreeLosses(Shape shape) {
    for (int[] lost : subsets(10, 3)) {
      FaultyPair w = pair(shape, 1);
      w.lostOnes = n -> contains(lost, n);
      converse(shape, "lost " + java.util.Arrays.toString(lost), w);
    }
  }

  @ParameterizedTest
  @EnumSource(Shape.class)
  void upToTwoLateByThreeSeconds(Shape shape) {
    for (int[] late : subsets(10, 2)) {
      FaultyPair w = pair(shape, 2);
      w.extraDelay = n -> contains(late, n) ? 3 * S : 0;
      converse(shape, "late " + java.util.Arrays.toString(late), w);
    }
  }

  private static boolean contains(int[] set, long n) {
    for (int x : set) {
      if (x == n) {
        return true;
      }
    }
    return false;
  }

  /** All subsets of 1 .. n with up to k members. */
  private static List<int[]> subsets(int n, int k) {
    List<int[]> all = new ArrayList<>();
    for (int bits = 0; bits < 1 << n; bits++) {
      if (Integer.bitCount(bits) <= k) {
        int[] set = new int[Integer.bitCount(bits)];
        int j = 0;
        for (int i = 0; i < n; i++) {
          if ((bits & 1 << i) != 0) {
            set[j++] = i + 1;
          }
        }
        all.add(set);
      }
    }
    return all;
  }

  /**
   * Connections of one pair of sockets after each other, while packets of the earlier ones are
   * still under way (MSL is 30 s).
   */
  @org.junit.jupiter.api.Test
  void oldDuplicatesAreNobodysData() {
    for (int seed = 0; seed < 12; seed++) {
      FaultyPair w = pair(seed % 2 == 0 ? Shape.SERVER_CLOSES_FIRST : Shape.NO_TIMESTAMPS, seed);
      w.delayNanos = 5_000_000L;
      w.repeat = 200;
      java.util.Random r = new java.util.Random(seed);
      w.extraDelay = n -> r.nextInt(8) == 0 ? r.nextLong(25 * S) : 0;
      TcpListener l = w.b.listen(IpAddress.ANY_V4, 80, 0, true, false);
      assertThat(l).isNotNull();
      int done = 0;
      for (int round = 0; round < 12; round++) {
        done += incarnation(w, l, round) ? 1 : 0;
      }
      assertThat(done).as("connections of seed %d that went through", seed).isGreaterThan(3);
    }
  }

  /**
   * One connection from port 5000: the client says which one it is, the server closes first. False
   * when it could not be opened.
   */
  private static boolean incarnation(FaultyPair w, TcpListener l, int round) {
    TcpEndpoint a = w.a.tcp();
    a.setReuseAddress(true);
    assertThat(a.bind(A, 5000)).isZero();
    if (TcpError.of(a.connect(B, 80)) != TcpError.IN_PROGRESS) {
      a.close();
      for (long end = w.now + 20 * S; w.now < end; w.step(end)) {
        w.pump();
      }
      return false;
    }
    byte[] data = new byte[3000];
    java.util.Arrays.fill(data, (byte) (round + 1));
    a.write(data, 0, data.length);
    TcpEndpoint b = null;
    int got = 0;
    for (long end = w.now + 200 * S; w.now < end; w.step(end)) {
      w.pump();
      if (b == null) {
        b = acceptLive(l);
      }
      if (b != null) {
        byte[] in = new byte[4000];
        int n = b.read(in, 0, in.length);
        for (int i = 0; i < n; i++) {
          assertThat(in[i]).as("a byte of connection %d", round + 1).isEqualTo((byte) (round + 1));
        }
        got += Math.max(0, n);
        if (got == data.length) {
          b.close();
        }
      }
      if (ended(a) || a.error() != null) {
        break;
      }
    }
    boolean through = got == data.length;
    a.close();
    if (b != null) {
      b.close();
    }
    return through;
  }

  private static @Nullable TcpEndpoint acceptLive(TcpListener l) {
    for (TcpEndpoint e = l.accept(); e != null; e = l.accept()) {
      if (e.state() != TcpState.CLOSED) {
        return e;
      }
      e.close();
    }
    return null;
  }
}
