package dev.sinew.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.BufferPool;
import dev.sinew.base.Limits;
import dev.sinew.base.Profile;
import dev.sinew.base.TcpError;
import dev.sinew.base.TcpState;
import dev.sinew.ip.IpAddress;
import dev.sinew.stack.Stack;
import dev.sinew.testing.Packets;
import dev.sinew.testing.TestEntropy;
import dev.sinew.testing.TestLink;
import dev.sinew.testing.TestNetwork;
import org.jspecify.annotations.Nullable;

/** Two stacks on one wire, and what tests do with them again and again. */
final class TcpPair {
  static final long MS = 1_000_000L;
  static final long S = 1_000_000_000L;

  final TestNetwork network = new TestNetwork();
  final BufferPool poolA = new BufferPool(64L << 20);
  final BufferPool poolB = new BufferPool(64L << 20);
  final Stack a;
  final Stack b;
  final TestLink linkA;
  final TestLink linkB;
  final IpAddress addressB;
  @Nullable TcpListener listener;

  TcpPair(boolean v4, long delayNanos) {
    this(v4, delayNanos, Profile.STANDARD, Limits.DEFAULT);
  }

  TcpPair(boolean v4, long delayNanos, Profile profile, Limits limits) {
    a =
        Stack.builder()
            .entropy(new TestEntropy(1))
            .pool(poolA)
            .profile(profile)
            .limits(limits)
            .build();
    b =
        Stack.builder()
            .entropy(new TestEntropy(2))
            .pool(poolB)
            .profile(profile)
            .limits(limits)
            .build();
    linkA = new TestLink("a", 1500);
    linkB = new TestLink("b", 1500);
    network.addInterface(a, linkA, v4 ? "10.0.0.1/24" : "fd00::1/64");
    network.addInterface(b, linkB, v4 ? "10.0.0.2/24" : "fd00::2/64");
    network.connect(linkA, linkB);
    linkA.setDelay(delayNanos);
    linkB.setDelay(delayNanos);
    addressB = Packets.address(v4 ? "10.0.0.2" : "fd00::2");
  }

  TcpListener listen(int port) {
    TcpListener l = b.listen(IpAddress.ANY_V6, port, 0, true, false);
    assertThat(l).as("listener").isNotNull();
    listener = l;
    return l;
  }

  TcpEndpoint connect(int port) {
    TcpEndpoint e = a.tcp();
    assertThat(TcpError.of(e.connect(addressB, port))).isEqualTo(TcpError.IN_PROGRESS);
    return e;
  }

  /** Connects and accepts; returns {client, server}. */
  TcpEndpoint[] established() {
    TcpListener l = listen(80);
    TcpEndpoint client = connect(80);
    network.runUntil(() -> l.acceptQueueLength() > 0, 10 * S);
    TcpEndpoint server = l.accept();
    assertThat(server).isNotNull();
    assertThat(client.state()).isEqualTo(TcpState.ESTABLISHED);
    return new TcpEndpoint[] {client, server};
  }

  /** Writes {@code bytes} of the pattern from one to the other, checking each byte that arrives. */
  void transfer(TcpEndpoint from, TcpEndpoint to, int bytes, long limitNanos) {
    byte[] data = Packets.pattern(bytes);
    byte[] got = new byte[65_536];
    int[] sent = {0};
    int[] received = {0};
    network.runUntil(
        () -> {
          while (sent[0] < bytes) {
            int n = from.write(data, sent[0], bytes - sent[0]);
            if (n < 0) {
              assertThat(TcpError.of(n)).isEqualTo(TcpError.WOULD_BLOCK);
              break;
            }
            sent[0] += n;
          }
          while (true) {
            int n = to.read(got, 0, got.length);
            if (n < 0) {
              assertThat(TcpError.of(n)).isIn(TcpError.WOULD_BLOCK, TcpError.END_OF_STREAM);
              break;
            }
            for (int i = 0; i < n; i++) {
              if (got[i] != data[received[0] + i]) {
                throw new AssertionError("byte " + (received[0] + i) + " differs");
              }
            }
            received[0] += n;
          }
          network.pump();
          return received[0] == bytes;
        },
        limitNanos);
  }
}
