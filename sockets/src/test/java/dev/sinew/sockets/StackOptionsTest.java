package dev.sinew.sockets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sinew.base.TcpState;
import dev.sinew.ip.Prefix;
import dev.sinew.tcp.auth.AuthKey;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The options that only our sockets have, and that each option said to be supported is. */
class StackOptionsTest extends StreamFixture {
  private final TwoStacks stacks = new TwoStacks();

  @AfterEach
  void closeStacks() {
    stacks.close();
  }

  @Override
  Side client() {
    return stacks.left(true);
  }

  @Override
  Side server() {
    return stacks.right(true);
  }

  @Test
  void whatIsSupportedCanBeRead() throws Exception {
    Pair p = new Pair();
    for (SocketOption<?> o : p.client.supportedOptions()) {
      if (!o.equals(SinewSocketOptions.TCP_AUTH_KEY)) {
        assertThat((Object) p.client.getOption(o)).as(o.name()).isInstanceOf(o.type());
      }
    }
    ServerSocket unbound = closing(server().serverSocket());
    for (ServerSocket s : new ServerSocket[] {p.listener, unbound}) {
      for (SocketOption<?> o : s.supportedOptions()) {
        if (!o.equals(SinewSocketOptions.TCP_AUTH_KEY)) {
          assertThat((Object) s.getOption(o)).as(o.name()).isInstanceOf(o.type());
        }
      }
    }
    assertThat(p.client.supportedOptions())
        .contains(
            SinewSocketOptions.TCP_CORK,
            SinewSocketOptions.TCP_USER_TIMEOUT,
            SinewSocketOptions.TCP_CONGESTION,
            SinewSocketOptions.TCP_NOTSENT_LOWAT,
            SinewSocketOptions.TCP_MAXSEG,
            SinewSocketOptions.TCP_ECN,
            SinewSocketOptions.IP_TTL,
            SinewSocketOptions.TCP_AUTH_KEY,
            SinewSocketOptions.TCP_INFO)
        .doesNotContain(SinewSocketOptions.TCP_FASTOPEN, SinewSocketOptions.TCP_DEFER_ACCEPT);
    assertThat(p.listener.supportedOptions())
        .contains(SinewSocketOptions.TCP_FASTOPEN, SinewSocketOptions.TCP_DEFER_ACCEPT)
        .doesNotContain(SinewSocketOptions.TCP_INFO, StandardSocketOptions.TCP_NODELAY);
    assertThatThrownBy(() -> p.client.setOption(SinewSocketOptions.TCP_FASTOPEN, 1))
        .isInstanceOf(UnsupportedOperationException.class);
    assertThatThrownBy(() -> p.listener.getOption(SinewSocketOptions.TCP_INFO))
        .isInstanceOf(UnsupportedOperationException.class);
  }

  @Test
  void aConnectionsOptions() throws Exception {
    Socket s = closing(client().socket());
    s.setOption(SinewSocketOptions.TCP_CORK, true);
    assertThat(s.getOption(SinewSocketOptions.TCP_CORK)).isTrue();
    s.setOption(SinewSocketOptions.TCP_CORK, false);
    s.setOption(SinewSocketOptions.TCP_USER_TIMEOUT, Duration.ofSeconds(3));
    assertThat(s.getOption(SinewSocketOptions.TCP_USER_TIMEOUT)).isEqualTo(Duration.ofSeconds(3));
    s.setOption(SinewSocketOptions.TCP_USER_TIMEOUT, Duration.ofSeconds(Long.MAX_VALUE));
    assertThat(s.getOption(SinewSocketOptions.TCP_USER_TIMEOUT))
        .as("as good as for ever")
        .isGreaterThan(Duration.ofDays(10_000));
    s.setOption(SinewSocketOptions.TCP_CONGESTION, "reno");
    assertThat(s.getOption(SinewSocketOptions.TCP_CONGESTION)).isEqualTo("reno");
    assertThatThrownBy(() -> s.setOption(SinewSocketOptions.TCP_CONGESTION, "nonsense"))
        .isInstanceOf(IllegalArgumentException.class);
    s.setOption(SinewSocketOptions.TCP_NOTSENT_LOWAT, 10_000);
    assertThat(s.getOption(SinewSocketOptions.TCP_NOTSENT_LOWAT)).isEqualTo(10_000);
    s.setOption(SinewSocketOptions.TCP_MAXSEG, 700);
    s.setOption(SinewSocketOptions.IP_TTL, 3);
    assertThat(s.getOption(SinewSocketOptions.IP_TTL)).isEqualTo(3);
    assertThatThrownBy(() -> s.setOption(SinewSocketOptions.IP_TTL, -1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(
            () -> s.setOption(SinewSocketOptions.TCP_USER_TIMEOUT, Duration.ofSeconds(-1)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> s.getOption(SinewSocketOptions.TCP_INFO))
        .isInstanceOf(SocketException.class)
        .hasMessage("Not connected");
    ServerSocket listener = listening();
    s.connect(new InetSocketAddress(server().address(), listener.getLocalPort()));
    Socket accepted = closing(listener.accept());
    assertThat(s.getOption(SinewSocketOptions.TCP_INFO).state()).isEqualTo(TcpState.ESTABLISHED);
    assertThat(s.getOption(SinewSocketOptions.TCP_INFO).congestionControl()).isEqualTo("reno");
    // Both ends keep to the bound: one announced it, the other heard of it.
    int overhead = 12;
    assertThat(s.getOption(SinewSocketOptions.TCP_INFO).sendMss()).isEqualTo(700 - overhead);
    assertThat(accepted.getOption(SinewSocketOptions.TCP_INFO).sendMss()).isEqualTo(700 - overhead);
    assertThatThrownBy(() ->
            s.setOption(SinewSocketOptions.TCP_INFO, s.getOption(SinewSocketOptions.TCP_INFO)))
        .isInstanceOf(UnsupportedOperationException.class);
  }

  @Test
  void aServersOptionsAreThoseOfItsConnections() throws Exception {
    ServerSocket s = closing(server().serverSocket());
    s.setOption(SinewSocketOptions.TCP_CONGESTION, "reno");
    s.setOption(SinewSocketOptions.TCP_FASTOPEN, 5);
    s.setOption(SinewSocketOptions.TCP_DEFER_ACCEPT, Duration.ofMillis(200));
    s.setOption(StandardSocketOptions.IP_TOS, 0x28);
    assertThat(s.getOption(SinewSocketOptions.TCP_FASTOPEN)).isEqualTo(5);
    s.bind(new InetSocketAddress(server().address(), 0));
    assertThat(s.getOption(SinewSocketOptions.TCP_FASTOPEN)).isEqualTo(5);
    assertThat(s.getOption(SinewSocketOptions.TCP_DEFER_ACCEPT)).isEqualTo(Duration.ofMillis(200));
    s.setOption(SinewSocketOptions.TCP_USER_TIMEOUT, Duration.ofSeconds(9));
    Socket c = connectedTo(s);
    c.getOutputStream().write(7);
    Socket a = closing(s.accept());
    assertThat(a.getOption(SinewSocketOptions.TCP_CONGESTION)).isEqualTo("reno");
    assertThat(a.getOption(SinewSocketOptions.TCP_USER_TIMEOUT)).isEqualTo(Duration.ofSeconds(9));
    assertThat(a.getTrafficClass()).isEqualTo(0x28);
    assertThat(a.getInputStream().read()).isEqualTo(7);
    assertThat(Set.copyOf(s.supportedOptions())).isNotEmpty();
  }

  @Test
  void keysAreForBoth() throws Exception {
    Prefix all = Objects.requireNonNull(Prefix.parse("10.9.0.0/24"));
    AuthKey key = AuthKey.md5(all, new byte[] {1, 2, 3});
    ServerSocket s = closing(server().serverSocket());
    s.setOption(SinewSocketOptions.TCP_AUTH_KEY, key);
    s.bind(new InetSocketAddress(server().address(), 0));
    Socket c = closing(client().socket());
    c.setOption(SinewSocketOptions.TCP_AUTH_KEY, key);
    assertThatThrownBy(() ->
            c.setOption(
                SinewSocketOptions.TCP_AUTH_KEY,
                AuthKey.ao(all, 1, 1, AuthKey.Algorithm.HMAC_SHA_1_96, new byte[] {1})))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("contradicts");
    assertThatThrownBy(() -> c.getOption(SinewSocketOptions.TCP_AUTH_KEY))
        .isInstanceOf(UnsupportedOperationException.class);
    c.connect(new InetSocketAddress(server().address(), s.getLocalPort()));
    c.getOutputStream().write(1);
    assertThat(closing(s.accept()).getInputStream().read()).isEqualTo(1);
  }
}
