package dev.sinew.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.Limits;
import dev.sinew.base.Profile;
import dev.sinew.base.TcpError;
import dev.sinew.base.TcpState;
import dev.sinew.ip.IpAddress;
import dev.sinew.testing.Packets;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Two applications that write, read and close at random over a wire with faults. What was read is
 * always a prefix of what was written (I1); the invariants hold after every event (I3, I4); once
 * the wire is healed everything arrives (I5); in the end nothing is left (I9).
 */
class SoakTest {
  private static final long S = 1_000_000_000L;
  private static final Profile[] PROFILES = {Profile.STANDARD, Profile.LINUX, Profile.FREEBSD};

  /** One side's application. */
  private static final class Talker {
    final Random random;
    final int seedOut;
    final int seedIn;
    final long toWrite;
    final boolean aborts;
    TcpEndpoint end;
    long written;
    long read;
    boolean finished;
    boolean sawEnd;
    @Nullable TcpError failed;
    private final byte[] buffer = new byte[20_000];

    Talker(Random random, TcpEndpoint end, boolean first) {
      this.random = random;
      this.end = end;
      this.seedOut = first ? 11 : 22;
      this.seedIn = first ? 22 : 11;
      this.toWrite =
          random.nextInt(4) == 0 ? 0 : random.nextInt(random.nextBoolean() ? 2000 : 120_000);
      this.aborts = random.nextInt(10) == 0;
      end.setNoDelay(random.nextBoolean());
    }

    void act() {
      if (finished) {
        return;
      }
      if (aborts && random.nextInt(200) == 0) {
        end.abort();
        finished = true;
        return;
      }
      write();
      if (random.nextInt(3) != 0) {
        read();
      }
      if (sawEnd && written == toWrite && failed == null) {
        end.close();
        finished = true;
      }
    }

    private void write() {
      while (written < toWrite && failed == null && random.nextInt(4) != 0) {
        int n =
            (int)
                Math.min(
                    toWrite - written,
                    1 + random.nextInt(random.nextBoolean() ? 100 : buffer.length));
        for (int i = 0; i < n; i++) {
          buffer[i] = Pattern.at(written + i, seedOut);
        }
        int done = end.write(buffer, 0, n);
        if (done < 0) {
          TcpError e = TcpError.of(done);
          if (e != TcpError.WOULD_BLOCK && e != TcpError.NO_BUFFERS) {
            failed = e;
          }
          return;
        }
        written += done;
        if (written == toWrite && random.nextBoolean()) {
          end.shutdownOutput();
        }
      }
      if (written == toWrite && random.nextInt(5) == 0) {
        end.shutdownOutput();
      }
    }

    private void read() {
      int want = 1 + random.nextInt(random.nextBoolean() ? 100 : buffer.length);
      int n = end.read(buffer, 0, want);
      if (n < 0) {
        TcpError e = TcpError.of(n);
        if (e == TcpError.END_OF_STREAM) {
          sawEnd = true;
        } else if (e != TcpError.WOULD_BLOCK) {
          failed = e;
        }
        return;
      }
      for (int i = 0; i < n; i++) {
        if (buffer[i] != Pattern.at(read + i, seedIn)) {
          throw new AssertionError("byte " + (read + i) + " of the stream is wrong");
        }
      }
      read += n;
    }
  }

  /** Runs one history; throws what is wrong with it. */
  private static void history(long seed) {
    Random setup = new Random(seed * 77 + 5);
    Profile profile = PROFILES[setup.nextInt(3)];
    if (setup.nextInt(3) == 0) {
      profile =
          Peer.profile(
              profile,
              "timestamps",
              setup.nextBoolean(),
              "sack",
              setup.nextBoolean(),
              "windowScale",
              setup.nextBoolean());
    }
    int buffer = setup.nextBoolean() ? 1 << 20 : 2048 << setup.nextInt(6);
    Limits limits =
        Peer.limits(
            "sendBufferBytes",
            buffer,
            "receiveBufferBytes",
            buffer,
            "outOfOrderRanges",
            1 + setup.nextInt(20));
    long pool = setup.nextInt(4) == 0 ? 256 << 10 : 64 << 20;
    FaultyPair w =
        new FaultyPair(
            seed, profile, limits, pool, setup.nextBoolean() ? 1500 : 296 + setup.nextInt(1000));
    w.delayNanos = setup.nextInt(4) == 0 ? 0 : setup.nextLong(80_000_000L);
    if (setup.nextInt(5) != 0) {
      w.loss = setup.nextInt(200);
      w.repeat = setup.nextInt(100);
      w.reorder = setup.nextInt(300);
      w.damage = setup.nextInt(50);
    }
    TcpListener l = w.b.listen(IpAddress.ANY_V4, 80, 0, true, false);
    assertThat(l).isNotNull();
    TcpEndpoint client = w.a.tcp();
    client.connect(Packets.address("10.0.0.2"), 80);
    Talker x = new Talker(w.random, client, true);
    Talker y = null;
    long healAt = w.now + 30 * S;
    long end = w.now + 1200 * S;
    while (w.now < end) {
      if (w.now >= healAt) {
        w.heal();
      }
      w.pump();
      if (y == null) {
        TcpEndpoint server = l.accept();
        if (server != null) {
          y = new Talker(w.random, server, false);
        }
      }
      x.act();
      if (y != null) {
        y.act();
      }
      w.pump();
      boolean xOver = x.finished || x.failed != null;
      boolean yOver = y == null ? xOver && w.now > healAt + 60 * S : y.finished || y.failed != null;
      if (xOver && yOver) {
        break;
      }
      w.step(w.now + 1 + w.random.nextLong(50_000_000L));
    }
    boolean orderly = x.failed == null && y != null && y.failed == null && !x.aborts && !y.aborts;
    if (orderly) {
      assertThat(x.finished && y.finished)
          .as("both finished: %s %s / %s %s", x.written, x.read, y.written, y.read)
          .isTrue();
      assertThat(y.read).isEqualTo(x.written);
      assertThat(x.read).isEqualTo(y.written);
    } else if (!x.aborts && (y == null || !y.aborts)) {
      throw new AssertionError(
          "failed: " + x.failed + " / " + (y == null ? "never accepted" : y.failed));
    }
    x.end.close();
    if (y != null) {
      y.end.close();
    }
    l.close();
    w.heal();
    long over = w.now + 2000 * S;
    while (!w.idle() && w.now < over) {
      w.pump();
      w.step(over);
    }
    w.pump();
    assertThat(w.poolA.usedBytes()).as("pool a").isZero();
    assertThat(w.poolB.usedBytes()).as("pool b").isZero();
    w.a.forEachSocket(r -> assertThat(r.state()).isEqualTo(TcpState.CLOSED));
    w.b.forEachSocket(r -> assertThat(r.state()).isEqualTo(TcpState.CLOSED));
  }

  @Test
  void randomHistoriesKeepTheirPromises() {
    int first = Integer.getInteger("sinew.soak.first", 0);
    int count = first + Integer.getInteger("sinew.soak", 100);
    for (int seed = first; seed < count; seed++) {
      try {
        history(seed);
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
      }
    }
  }

  /** Seeds that found something once. */
  @ParameterizedTest
  @ValueSource(longs = {236})
  void historiesThatFailedOnce(long seed) {
    history(seed);
  }
}
