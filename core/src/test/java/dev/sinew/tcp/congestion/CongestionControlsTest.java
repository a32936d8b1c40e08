package dev.sinew.tcp.congestion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sinew.base.Counter;
import dev.sinew.base.Counters;
import dev.sinew.base.Profile;
import dev.sinew.stack.Stack;
import dev.sinew.tcp.TcpEndpoint;
import dev.sinew.tcp.congestion.CongestionControl.Cause;
import dev.sinew.testing.TestEntropy;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Controllers by name, those of others among them, and what happens when one of these fails. */
class CongestionControlsTest {
  private final Counters counters = new Counters();

  private CongestionControl create(CongestionControls all, String name) {
    return all.create(name, Profile.STANDARD, new TestEntropy(1), counters);
  }

  /** A controller that hands each call to {@code handler}. */
  private static CongestionControls.Factory foreign(InvocationHandler handler) {
    return (profile, entropy) ->
        (CongestionControl)
            Proxy.newProxyInstance(
                CongestionControl.class.getClassLoader(),
                new Class<?>[] {CongestionControl.class},
                handler);
  }

  @Test
  void theBuiltInOnesAreThere() {
    for (String name : List.of("reno", "cubic", "bbr")) {
      assertThat(create(CongestionControls.STANDARD, name).name()).isEqualTo(name);
    }
  }

  @Test
  void anUnknownNameIsAnswerdByTheKnownOnes() {
    CongestionControls more =
        CongestionControls.STANDARD.with("mine", foreign((proxy, method, args) -> null));
    assertThatThrownBy(() -> more.check("vegas"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("no congestion control named \"vegas\"; there are bbr, cubic, mine, reno");
    assertThatThrownBy(() -> CongestionControls.STANDARD.check("mine"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> more.with("mine", foreign((proxy, method, args) -> null)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> more.with("bbr", foreign((proxy, method, args) -> null)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  /** Where a name is chosen, a wrong one is an error there, not when a connection opens. */
  @Test
  void stackAndEndpointRefuseAnUnknownName() {
    Profile vegas = Profile.STANDARD.with(v -> v.congestionControl = "vegas");
    assertThatThrownBy(() -> Stack.builder().entropy(new TestEntropy(1)).profile(vegas).build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("vegas");
    Stack stack = Stack.builder().entropy(new TestEntropy(1)).build();
    assertThatThrownBy(() -> stack.setProfile(vegas)).isInstanceOf(IllegalArgumentException.class);
    TcpEndpoint e = stack.tcp();
    assertThatThrownBy(() -> e.setCongestionControl("vegas"))
        .isInstanceOf(IllegalArgumentException.class);
    e.setCongestionControl("bbr");
    assertThat(e.congestionControl()).isEqualTo("bbr");
  }

  /** Whichever call throws, Reno goes on from the initial window, and it is counted once. */
  @Test
  void oneThatThrowsIsReplacedByReno() {
    AckSample ack = new AckSample();
    List<Method> calls = new ArrayList<>(List.of(CongestionControl.class.getMethods()));
    assertThat(calls).hasSize(15);
    for (Method bad : calls) {
      CongestionControls all =
          CongestionControls.STANDARD.with(
              "bad",
              foreign((proxy, method, args) -> {
                if (method.equals(bad)) {
                  throw new IllegalStateException("planted");
                }
                return switch (method.getReturnType().getName()) {
                  case "long" -> 7_000_000L;
                  case "boolean" -> false;
                  case "java.lang.String" -> "bad";
                  default -> null;
                };
              }));
      long before = counters.get(Counter.SinewControllerFailures);
      CongestionControl c = create(all, "bad");
      c.start(1000, 10_000);
      for (int round = 0; round < 2; round++) {
        c.window();
        c.threshold();
        c.pacingRate();
        c.usesRateReduction();
        c.wantsRate();
        c.onAck(ack);
        c.onCongestion(Cause.LOSS, 10_000, 0);
        c.onRecovered(10_000);
        c.onUndo(10_000);
        c.onIdleRestart();
        c.onTransmitAfterIdle(0);
        c.mss(1000);
        c.onCongestion(Cause.TIMEOUT, 10_000, 0);
        c.onRepeatedTimeout();
        c.name();
      }
      assertThat(c.name()).as(bad.getName()).isEqualTo("reno");
      assertThat(c.window()).isBetween(1000L, 10_000L);
      assertThat(counters.get(Counter.SinewControllerFailures)).isEqualTo(before + 1);
    }
  }

  @Test
  void aFactoryThatFailsIsAnsweredByReno() {
    CongestionControls all =
        CongestionControls.STANDARD.with(
            "thrower",
            (profile, entropy) -> {
              throw new UnsupportedOperationException("planted");
            });
    assertThat(create(all, "thrower").name()).isEqualTo("reno");
    assertThat(counters.get(Counter.SinewControllerFailures)).isEqualTo(1);
  }

  /** What would stall a connection is not taken at its word. */
  @Test
  void noWindowIsBelowASegmentAndNoPaceNegative() {
    CongestionControl c =
        create(
            CongestionControls.STANDARD.with("none", foreign((proxy, method, args) -> -5L)),
            "none");
    c.mss(1460);
    assertThat(c.window()).isEqualTo(1460);
    assertThat(c.pacingRate()).isZero();
  }
}
