package dev.sinew.ip;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.Limits;
import dev.sinew.testing.Packets;
import dev.sinew.testing.TestLink;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PathMtuTest {
  private static final String PEER4 = "192.0.2.9";

  private final IpHarness h = new IpHarness(false);

  @BeforeEach
  void defaultRoutes() {
    h.ip.addRoute(IpHarness.prefix("0.0.0.0/0"), h.itf, null);
    h.ip.addRoute(IpHarness.prefix("::/0"), h.itf, null);
  }

  private Flow flow(String destination) {
    IpAddress d = Packets.address(destination);
    Flow f = new Flow();
    f.set(d.isV4(), 0, 0, d.high(), d.low());
    assertThat(h.ip.route(f)).isTrue();
    return f;
  }

  private void learn(String destination, int mtu) {
    IpAddress d = Packets.address(destination);
    h.ip.learnPathMtu(d.high(), d.low(), mtu, h.now);
  }

  @ParameterizedTest
  @CsvSource({
    "192.0.2.9,1400,1400",
    "192.0.2.9,552,552",
    "192.0.2.9,551,552",
    "192.0.2.9,68,552",
    "192.0.2.9,1,552",
    "192.0.2.9,1500,1500",
    "192.0.2.9,65535,1500",
    "2001:db8::9,1400,1400",
    "2001:db8::9,1280,1280",
    "2001:db8::9,1279,1500",
    "2001:db8::9,0,1500",
    "2001:db8::9,2147483647,1500"
  })
  void whatIsLearntIsBounded(String peer, int said, int known) {
    Flow f = flow(peer);
    assertThat(h.ip.mtu(f)).isEqualTo(1500);
    learn(peer, said);
    assertThat(h.ip.mtu(f)).isEqualTo(known);
    assertThat(h.ip.mtu(flow(peer))).isEqualTo(known);
    assertThat(h.ip.interfaceMtu(f)).isEqualTo(1500);
    assertThat(h.ip.mtu(flow(peer.equals(PEER4) ? "192.0.2.8" : "2001:db8::8"))).isEqualTo(1500);
  }

  @Test
  void anErrorNeverMakesThePathWider() {
    Flow f = flow(PEER4);
    learn(PEER4, 1000);
    learn(PEER4, 1400);
    assertThat(h.ip.mtu(f)).isEqualTo(1000);
  }

  @Test
  void aRouterThatNamesNoMtuMakesUsTryTheNextUsualOne() {
    Flow f = flow(PEER4);
    int[] steps = {1492, 1006, 552, 552};
    for (int step : steps) {
      learn(PEER4, 0);
      assertThat(h.ip.mtu(f)).isEqualTo(step);
    }
  }

  @Test
  void afterTenMinutesThePathIsTriedAnew() {
    Flow f = flow(PEER4);
    learn(PEER4, 1000);
    h.pass(PathMtu.LIFETIME_NANOS - 1);
    assertThat(h.ip.mtu(f)).isEqualTo(1000);
    h.pass(1);
    assertThat(h.ip.mtu(f)).isEqualTo(1500);
  }

  @Test
  void hearingItAgainProlongsIt() {
    Flow f = flow(PEER4);
    learn(PEER4, 1000);
    h.pass(PathMtu.LIFETIME_NANOS / 2);
    learn(PEER4, 1000);
    h.pass(PathMtu.LIFETIME_NANOS - 1);
    assertThat(h.ip.mtu(f)).isEqualTo(1000);
  }

  @Test
  void aFloodOfErrorsForgetsTheOldestAndKeepsWhatIsUsed() {
    Flow used = flow(PEER4);
    learn(PEER4, 1000);
    learn("192.0.2.10", 1000);
    for (int i = 0; i < Limits.DEFAULT.pathMtuEntries() + 500; i++) {
      learn("198.18." + (i >> 8) + "." + (i & 0xff), 1100);
      assertThat(h.ip.mtu(used)).isEqualTo(1000);
    }
    assertThat(h.ip.mtu(flow("192.0.2.10"))).isEqualTo(1500);
    assertThat(h.ip.mtu(flow("198.18.0.0"))).isEqualTo(1500);
    assertThat(h.ip.mtu(flow("198.18.5.200"))).isEqualTo(1100);
  }

  @Test
  void nothingIsLearntAboutOurselvesOrTheUnreachable() {
    learn("10.0.0.1", 600);
    assertThat(h.ip.mtu(flow("10.0.0.1"))).isEqualTo(LoopbackLink.MTU);
    learn("127.0.0.1", 600);
    assertThat(h.ip.mtu(flow("127.0.0.1"))).isEqualTo(LoopbackLink.MTU);
  }

  @Tag("RFC1122-3.3.3-a")
  @Test
  void theInterfaceBoundsWhatThePathAllows() {
    Flow f = flow(PEER4);
    learn(PEER4, 1400);
    NetworkInterface narrow =
        h.ip.addInterface(new TestLink("n", 900), IpHarness.prefix("10.7.0.1/24"));
    h.ip.addRoute(IpHarness.prefix("192.0.2.9/32"), narrow, null);
    assertThat(h.ip.route(f)).isTrue();
    assertThat(h.ip.mtu(f)).isEqualTo(900);
  }

  /** What was learnt of one way says nothing about another. */
  @Test
  void anotherInterfaceIsAnotherPath() {
    Flow f = flow(PEER4);
    learn(PEER4, 1000);
    assertThat(h.ip.mtu(f)).isEqualTo(1000);
    NetworkInterface other =
        h.ip.addInterface(new TestLink("o", 1500), IpHarness.prefix("10.8.0.1/24"));
    h.ip.addRoute(IpHarness.prefix("192.0.2.9/32"), other, null);
    assertThat(h.ip.route(f)).isTrue();
    assertThat(h.ip.mtu(f)).isEqualTo(1500);
    learn(PEER4, 1400);
    assertThat(h.ip.mtu(f)).isEqualTo(1400);
  }
}
