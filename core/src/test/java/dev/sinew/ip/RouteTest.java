package dev.sinew.ip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sinew.testing.Packets;
import dev.sinew.testing.TestLink;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The way out of the stack, and the address that a packet leaves with. */
class RouteTest {
  private final IpHarness h = new IpHarness(false);

  private Flow flow(String source, String destination) {
    IpAddress d = Packets.address(destination);
    IpAddress s = source.isEmpty() ? new IpAddress(0, 0) : Packets.address(source);
    Flow f = new Flow();
    f.set(d.isV4(), s.high(), s.low(), d.high(), d.low());
    return f;
  }

  private String source(String destination) {
    Flow f = flow("", destination);
    assertThat(h.ip.route(f)).as("a way to %s", destination).isTrue();
    return new IpAddress(f.sourceHigh, f.sourceLow).toString();
  }

  private NetworkInterface out(String source, String destination) {
    Flow f = flow(source, destination);
    return h.ip.route(f) ? f.out() : null;
  }

  @Tag("RFC1122-3.2.1.3-a")
  @Tag("RFC1122-3.3.1.1")
  @Tag("RFC1122-3.3.1.6")
  @Tag("RFC1122-3.2.2.9-a")
  @ParameterizedTest
  @CsvSource({
    "10.0.0.9,10.0.0.1",
    "10.0.1.9,10.0.1.1",
    "fd00:a::9,fd00:a::1",
    "fd00:b::9,fd00:b::1",
    "fe80::9,fe80::1"
  })
  void aConnectedNetworkIsReachedFromOurAddressInIt(String destination, String source) {
    assertThat(source(destination)).isEqualTo(source);
  }

  @ParameterizedTest
  @CsvSource({
    "10.0.0.1,10.0.0.1",
    "10.0.1.1,10.0.1.1",
    "127.0.0.1,127.0.0.1",
    "127.9.9.9,127.9.9.9",
    "::1,::1",
    "fd00:b::1,fd00:b::1"
  })
  void ownAddressesAreReachedOverLoopbackFromThemselves(String destination, String source) {
    assertThat(source(destination)).isEqualTo(source);
    assertThat(out("", destination)).isSameAs(h.ip.interfaces().getFirst());
  }

  @Test
  void whatNoRouteLeadsToIsUnreachable() {
    assertThat(out("", "192.0.2.1")).isNull();
    assertThat(out("", "2001:db8::1")).isNull();
    assertThat(out("", "0.0.0.0")).isNull();
    assertThat(out("", "::")).isNull();
  }

  @Tag("RFC1122-3.3.1.2")
  @Tag("RFC1122-3.3.1.6")
  @Test
  void theLongestPrefixWinsAndOfEqualOnesTheFirst() {
    h.ip.addRoute(IpHarness.prefix("0.0.0.0/0"), h.itf, Packets.address("10.0.0.254"));
    h.ip.addRoute(IpHarness.prefix("192.0.0.0/8"), h.otherItf, null);
    h.ip.addRoute(IpHarness.prefix("192.0.2.0/24"), h.itf, null);
    h.ip.addRoute(IpHarness.prefix("192.0.2.0/24"), h.otherItf, null);
    h.ip.addRoute(IpHarness.prefix("192.0.2.7/32"), h.otherItf, null);
    assertThat(out("", "8.8.8.8")).isSameAs(h.itf);
    assertThat(out("", "192.9.9.9")).isSameAs(h.otherItf);
    assertThat(out("", "192.0.2.6")).isSameAs(h.itf);
    assertThat(out("", "192.0.2.7")).isSameAs(h.otherItf);
    assertThat(out("", "2001:db8::1")).isNull();
    h.ip.addRoute(IpHarness.prefix("::/0"), h.otherItf, null);
    assertThat(out("", "2001:db8::1")).isSameAs(h.otherItf);
  }

  @Test
  @Tag("MUST-44")
  void overAGatewayTheSourceIsTheOneInTheGatewaysNetwork() {
    TestLink many = new TestLink("m", 1500);
    NetworkInterface itf =
        h.ip.addInterface(
            many, IpHarness.prefix("172.16.0.1/16"), IpHarness.prefix("172.20.0.1/16"));
    h.ip.addRoute(IpHarness.prefix("198.51.100.0/24"), itf, Packets.address("172.20.0.254"));
    h.ip.addRoute(IpHarness.prefix("203.0.113.0/24"), itf, null);
    assertThat(source("198.51.100.1")).isEqualTo("172.20.0.1");
    assertThat(source("203.0.113.1")).isEqualTo("172.16.0.1");
    assertThat(source("172.20.9.9")).isEqualTo("172.20.0.1");
  }

  @Test
  void ipv6SourcesFitTheScopeAndThenThePrefix() {
    TestLink many = new TestLink("m", 1500);
    NetworkInterface itf =
        h.ip.addInterface(
            many,
            IpHarness.prefix("fe80::5/64"),
            IpHarness.prefix("2001:db8:1::5/64"),
            IpHarness.prefix("2001:db8:2::5/64"));
    h.ip.addRoute(IpHarness.prefix("::/0"), itf, null);
    assertThat(source("2001:db8:2:7::1")).isEqualTo("2001:db8:2::5");
    assertThat(source("2001:db8:1::9")).isEqualTo("2001:db8:1::5");
    assertThat(source("2606::1")).isEqualTo("2001:db8:1::5");
  }

  @Test
  void anInterfaceWithoutAnAddressBorrowsOne() {
    NetworkInterface bare = h.ip.addInterface(new TestLink("bare", 1500));
    h.ip.addRoute(IpHarness.prefix("192.0.2.0/24"), bare, null);
    assertThat(source("192.0.2.9")).isEqualTo("10.0.0.1");
    assertThat(out("", "192.0.2.9")).isSameAs(bare);
  }

  @Test
  void aVersionWithoutAnyAddressReachesNobody() {
    NetworkInterface only = h.otherItf;
    h.ip.removeInterface(h.itf);
    h.ip.removeInterface(only);
    NetworkInterface v4 =
        h.ip.addInterface(new TestLink("v4", 1500), IpHarness.prefix("10.5.0.1/24"));
    h.ip.addRoute(IpHarness.prefix("::/0"), v4, null);
    assertThat(out("", "2001:db8::1")).isNull();
    assertThat(out("", "ff02::5")).isNull();
    assertThat(out("", "224.0.0.5")).isSameAs(v4);
  }

  @Test
  void ofTwoNetworksAroundTheNextHopTheNarrowerGivesTheSource() {
    NetworkInterface itf =
        h.ip.addInterface(
            new TestLink("m", 1500),
            IpHarness.prefix("172.16.0.1/12"),
            IpHarness.prefix("172.20.0.1/16"),
            IpHarness.prefix("172.20.0.2/16"));
    assertThat(source("172.20.3.3")).isEqualTo("172.20.0.1");
    assertThat(source("172.17.3.3")).isEqualTo("172.16.0.1");
    assertThat(itf.addresses()).hasSize(3);
  }

  @Tag("RFC1122-3.2.1.3-b")
  @Tag("RFC1122-3.2.1.3-e")
  @Test
  void aSourceThatIsNotOursSendsNothing() {
    assertThat(out("10.0.0.7", "10.0.0.9")).isNull();
    assertThat(out("10.0.1.1", "10.0.0.9")).isSameAs(h.itf);
  }

  @Tag("RFC1122-3.2.1.3-f")
  @Test
  void loopbackAddressesNeverLeave() {
    h.ip.addRoute(IpHarness.prefix("0.0.0.0/0"), h.itf, null);
    assertThat(out("127.0.0.1", "10.0.0.9")).isNull();
    assertThat(out("::1", "fd00:a::9")).isNull();
    assertThat(out("127.0.0.1", "10.0.0.1")).isSameAs(h.ip.interfaces().getFirst());
  }

  @Test
  void groupsAndLinkLocalDestinationsLeaveByTheInterfaceOfTheSource() {
    assertThat(out("10.0.1.1", "255.255.255.255")).isSameAs(h.otherItf);
    assertThat(out("", "255.255.255.255")).isSameAs(h.itf);
    assertThat(out("10.0.1.1", "224.0.0.251")).isSameAs(h.otherItf);
    assertThat(out("fd00:b::1", "ff02::fb")).isSameAs(h.otherItf);
    assertThat(out("fd00:b::1", "fe80::77")).isSameAs(h.otherItf);
    assertThat(source("10.0.1.255")).isEqualTo("10.0.1.1");
  }

  @Test
  void aFlowFollowsItsRoute() {
    Flow f = flow("", "192.0.2.1");
    assertThat(h.ip.route(f)).isFalse();
    h.ip.addRoute(IpHarness.prefix("192.0.2.0/24"), h.itf, null);
    assertThat(h.ip.route(f)).isTrue();
    assertThat(f.out()).isSameAs(h.itf);
    h.ip.addRoute(IpHarness.prefix("192.0.2.1/32"), h.otherItf, null);
    assertThat(h.ip.route(f)).isTrue();
    assertThat(f.out()).isSameAs(h.otherItf);
    h.ip.removeInterface(h.otherItf);
    assertThat(h.ip.route(f)).isTrue();
    assertThat(f.out()).isSameAs(h.itf);
    h.ip.removeInterface(h.itf);
    assertThat(h.ip.route(f)).isFalse();
    assertThat(f.out()).isNull();
  }

  @Test
  void aRemovedInterfaceTakesItsAddressesAndPacketsAlong() {
    IcmpEndpoint e = h.ip.openIcmp(true);
    assertThat(e.send(new byte[2000], Packets.address("10.0.0.9"), 64)).isEqualTo(2000);
    assertThat(h.context.pool.usedBytes()).isPositive();
    h.ip.removeInterface(h.itf);
    assertThat(h.context.pool.usedBytes()).isZero();
    assertThat(h.ip.isLocal(0, Packets.address("10.0.0.1").low())).isFalse();
    assertThat(h.ip.interfaces()).doesNotContain(h.itf);
    h.ip.removeInterface(h.ip.interfaces().getFirst());
    assertThat(h.ip.isLocal(0, Packets.address("127.0.0.1").low())).isTrue();
  }

  @Test
  void wrongRoutesAreRefused() {
    NetworkInterface foreign = new IpHarness(false).itf;
    assertThatThrownBy(() -> h.ip.addRoute(IpHarness.prefix("0.0.0.0/0"), foreign, null))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(
            () -> h.ip.addRoute(IpHarness.prefix("0.0.0.0/0"), h.itf, Packets.address("fd00::1")))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @CsvSource({
    "0.0.0.0/8,1500",
    "224.0.0.1/24,1500",
    "10.0.0.255/24,1500",
    "255.255.255.255/32,1500",
    "::/64,1500",
    "ff02::5/64,1500",
    "10.9.0.1/24,67",
    "fd00:9::1/64,1279"
  })
  void interfacesThatCannotBeAreRefused(String address, int mtu) {
    TestLink link = new TestLink("x", mtu);
    assertThatThrownBy(() -> h.ip.addInterface(link, IpHarness.prefix(address)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(h.ip.interfaces()).hasSize(3);
  }

  @Test
  void theSmallestLinksOfBothVersionsAreAccepted() {
    h.ip.addInterface(new TestLink("x", 68), IpHarness.prefix("10.9.0.1/24"));
    h.ip.addInterface(new TestLink("y", 1280), IpHarness.prefix("fd00:9::1/64"));
    assertThat(h.ip.interfaces()).hasSize(5);
  }

  @Tag("RFC1122-3.3.6-a")
  @ParameterizedTest
  @CsvSource({
    "10.0.0.255,true",
    "10.0.1.255,true",
    "10.0.0.254,false",
    "255.255.255.255,true",
    "10.0.0.0,false",
    "224.0.0.9,true",
    "ff0e::1,true",
    "fd00:a::ffff,false",
    "127.255.255.255,false"
  })
  void broadcastAndMulticastAddressesAreKnown(String text, boolean group) {
    IpAddress a = Packets.address(text);
    assertThat(h.ip.isBroadcastOrMulticast(a.high(), a.low())).isEqualTo(group);
  }

  @Test
  void networksOfTwoHostsHaveNoBroadcastAddress() {
    h.ip.addInterface(
        new TestLink("p", 1500),
        IpHarness.prefix("192.168.7.0/31"),
        IpHarness.prefix("192.168.8.3/32"));
    IpAddress peer = Packets.address("192.168.7.1");
    assertThat(h.ip.isBroadcastOrMulticast(peer.high(), peer.low())).isFalse();
    assertThat(source("192.168.7.1")).isEqualTo("192.168.7.0");
  }
}
