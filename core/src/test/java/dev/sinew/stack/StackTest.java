package dev.sinew.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sinew.base.BufferPool;
import dev.sinew.base.Counter;
import dev.sinew.base.Counters;
import dev.sinew.base.Limits;
import dev.sinew.base.Profile;
import dev.sinew.base.TcpError;
import dev.sinew.base.TcpState;
import dev.sinew.base.TimerHeap;
import dev.sinew.ip.IcmpEndpoint;
import dev.sinew.ip.IpAddress;
import dev.sinew.ip.NetworkInterface;
import dev.sinew.observe.DropReason;
import dev.sinew.observe.Observer;
import dev.sinew.testing.Packets;
import dev.sinew.testing.TestLink;
import dev.sinew.testing.TestNetwork;
import dev.sinew.testing.TestStacks;
import dev.sinew.udp.UdpEndpoint;
import java.lang.foreign.MemorySegment;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The stack as its driver and its observers see it. */
class StackTest {
  private static final long MS = 1_000_000L;

  private static byte[] ping(boolean v4, int size) {
    byte[] m = new byte[8 + size];
    m[0] = (byte) (v4 ? 8 : 128);
    return m;
  }

  private static IcmpEndpoint.Message reply(IcmpEndpoint e, boolean v4) {
    for (IcmpEndpoint.Message m = e.receive(); m != null; m = e.receive()) {
      if (m.message()[0] == (byte) (v4 ? 0 : 129)) {
        return m;
      }
    }
    throw new AssertionError("no reply");
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "127.1.2.3", "10.0.0.1", "::1", "fd00::1"})
  void aStackTalksToItselfOverLoopbackWithoutAnyDevice(String address) {
    Stack stack = TestStacks.stack(1);
    TestNetwork net = new TestNetwork();
    TestLink link = net.attach(stack, 1500, "10.0.0.1/24", "fd00::1/64");
    boolean v4 = !address.contains(":");
    IcmpEndpoint e = stack.icmp(v4);
    assertThat(e.send(ping(v4, 1000), Packets.address(address), 9)).isEqualTo(1008);
    assertThat(e.receive()).as("nothing re-enters").isNull();
    assertThat(stack.nextDeadline()).isZero();
    stack.flush(7);
    assertThat(reply(e, v4).source()).isEqualTo(Packets.address(address));
    assertThat(stack.takeReady()).isSameAs(e);
    assertThat(stack.nextDeadline()).isEqualTo(TimerHeap.NEVER);
    assertThat(link.sent()).isEmpty();
    assertThat(stack.pool().usedBytes()).isZero();
  }

  @Test
  void theLargestPacketFitsThroughLoopback() {
    Stack stack = TestStacks.stack(1);
    IcmpEndpoint v4 = stack.icmp(true);
    IcmpEndpoint v6 = stack.icmp(false);
    IpAddress lo6 = Packets.address("::1");
    assertThat(v4.send(ping(true, 65_507), Packets.address("127.0.0.1"), 9)).isEqualTo(65_515);
    assertThat(v6.send(ping(false, 65_527), lo6, 9)).isEqualTo(65_535);
    stack.flush(0);
    assertThat(reply(v4, true).message()).hasSize(65_515);
    assertThat(reply(v6, false).message()).hasSize(65_535);
    assertThat(stack.pool().usedBytes()).isZero();
  }

  @Test
  void morePacketsThanLoopbackHoldsAtOnceAllArrive() {
    Stack stack = TestStacks.stack(1);
    IcmpEndpoint e = stack.icmp(true);
    byte[] reply = new byte[8];
    for (int i = 0; i < 1000; i++) {
      assertThat(e.send(reply, Packets.address("127.0.0.1"), 9)).isEqualTo(8);
    }
    stack.flush(0);
    assertThat(stack.counters().get(Counter.IcmpInEchoReps)).isEqualTo(1000);
    assertThat(stack.pool().usedBytes()).isZero();
  }

  @Test
  void withoutMemoryLoopbackPacketsAreLostAndCounted() {
    BufferPool pool = new BufferPool(64 << 10);
    Stack stack = TestStacks.builder(1).pool(pool).build();
    IcmpEndpoint e = stack.icmp(true);
    assertThat(e.send(new byte[60_000], Packets.address("127.0.0.1"), 9)).isEqualTo(60_000);
    stack.flush(0);
    assertThat(e.receive()).isNull();
    assertThat(stack.counters().get(Counter.SinewLinkErrors)).isOne();
    assertThat(pool.usedBytes()).isZero();
  }

  @Test
  void packetsFromTheLoopbackNetworkAreTakenFromLoopbackOnly() {
    Stack stack = TestStacks.stack(1);
    TestNetwork net = new TestNetwork();
    TestLink link = net.attach(stack, 1500, "10.0.0.1/24");
    net.inject(link, Packets.icmpPacket("127.0.0.1", "10.0.0.1", 8, 0, 1, new byte[4]));
    net.inject(link, Packets.icmpPacket("10.0.0.1", "10.0.0.1", 8, 0, 1, new byte[4]));
    net.inject(link, Packets.icmpPacket("10.0.0.9", "127.0.0.1", 8, 0, 1, new byte[4]));
    assertThat(stack.counters().get(Counter.SinewIpMartians)).isEqualTo(3);
    assertThat(link.sent()).isEmpty();
  }

  @Test
  void twoStacksPingAcrossARouterInVirtualTime() {
    TestNetwork net = new TestNetwork();
    Stack a = TestStacks.stack(1);
    Stack b = TestStacks.stack(2);
    Stack r = TestStacks.builder(3).forwarding(true).build();
    TestLink la = new TestLink("a", 1500);
    TestLink lra = new TestLink("ra", 1500);
    TestLink lrb = new TestLink("rb", 1300);
    TestLink lb = new TestLink("b", 1300);
    NetworkInterface ia = net.addInterface(a, la, "10.0.0.2/24", "fd00:a::2/64");
    net.addInterface(r, lra, "10.0.0.1/24", "fd00:a::1/64");
    net.addInterface(r, lrb, "10.0.1.1/24", "fd00:b::1/64");
    NetworkInterface ib = net.addInterface(b, lb, "10.0.1.2/24", "fd00:b::2/64");
    net.connect(la, lra);
    net.connect(lrb, lb);
    for (TestLink l : List.of(la, lra, lrb, lb)) {
      l.setDelay(5 * MS);
    }
    a.addRoute(prefix("0.0.0.0/0"), ia, Packets.address("10.0.0.1"));
    a.addRoute(prefix("::/0"), ia, Packets.address("fd00:a::1"));
    b.addRoute(prefix("0.0.0.0/0"), ib, Packets.address("10.0.1.1"));
    b.addRoute(prefix("::/0"), ib, Packets.address("fd00:b::1"));

    IcmpEndpoint v4 = a.icmp(true);
    assertThat(v4.send(ping(true, 1400), Packets.address("10.0.1.2"), 64)).isPositive();
    net.runFor(19 * MS);
    assertThat(v4.receive()).isNull();
    net.runFor(MS);
    IcmpEndpoint.Message m = reply(v4, true);
    assertThat(m.receivedNanos()).isEqualTo(20 * MS);
    assertThat(m.ttl()).isEqualTo(63);

    // IPv6: the router says too big once, then the source makes fragments.
    IcmpEndpoint v6 = a.icmp(false);
    assertThat(v6.send(ping(false, 1400), Packets.address("fd00:b::2"), 64)).isPositive();
    net.runFor(30 * MS);
    assertThat(v6.receive().message()).startsWith(2, 0);
    assertThat(v6.send(ping(false, 1400), Packets.address("fd00:b::2"), 64)).isPositive();
    net.runFor(30 * MS);
    assertThat(reply(v6, false).message()).hasSize(1408);
    for (Stack s : List.of(a, b, r)) {
      assertThat(s.pool().usedBytes()).isZero();
    }
  }

  private static dev.sinew.ip.Prefix prefix(String text) {
    dev.sinew.ip.Prefix p = dev.sinew.ip.Prefix.parse(text);
    if (p == null) {
      throw new AssertionError(text);
    }
    return p;
  }

  // ---- observers

  private static Observer recorder(List<String> log) {
    return new Observer() {
      @Override
      public void packetReceived(
          long now, int index, MemorySegment packet, long offset, int length) {
        log.add("received " + index + " " + length);
      }

      @Override
      public void packetSent(
          long now, int index, MemorySegment header, long offset, int headerLength, int total) {
        log.add("sent " + index + " " + total);
      }

      @Override
      public void packetDropped(long now, DropReason reason) {
        log.add("dropped " + reason);
      }
    };
  }

  @Test
  void observersHearInOrder() {
    List<String> log = new ArrayList<>();
    Stack stack = TestStacks.builder(1).observer(recorder(log)).build();
    TestNetwork net = new TestNetwork();
    TestLink link = net.attach(stack, 1500, "10.0.0.1/24");
    net.inject(link, Packets.icmpPacket("10.0.0.9", "10.0.0.1", 8, 0, 1, new byte[4]));
    net.inject(link, Packets.icmpPacket("10.0.0.9", "10.0.0.7", 8, 0, 1, new byte[4]));
    assertThat(log)
        .containsExactly("received 2 32", "sent 2 32", "received 2 32", "dropped NOT_MINE");
  }

  @Test
  void anObserverThatThrowsIsSwitchedOffAndTheOthersGoOn() {
    List<String> first = new ArrayList<>();
    List<String> last = new ArrayList<>();
    int[] calls = new int[1];
    Observer bad =
        new Observer() {
          @Override
          public void packetReceived(
              long now, int index, MemorySegment packet, long offset, int length) {
            calls[0]++;
            throw new UnsupportedOperationException("planted");
          }
        };
    Stack stack =
        TestStacks.builder(1)
            .observer(recorder(first))
            .observer(bad)
            .observer(recorder(last))
            .build();
    TestNetwork net = new TestNetwork();
    TestLink link = net.attach(stack, 1500, "10.0.0.1/24");
    net.inject(link, Packets.icmpPacket("10.0.0.9", "10.0.0.1", 8, 0, 1, new byte[4]));
    net.inject(link, Packets.icmpPacket("10.0.0.9", "10.0.0.1", 8, 0, 1, new byte[4]));
    assertThat(calls[0]).isOne();
    assertThat(first).isEqualTo(last).hasSize(4);
    assertThat(stack.counters().get(Counter.SinewObserverFailures)).isOne();
    assertThat(link.sent()).hasSize(2);
  }

  @Test
  void everyCallOfAnObserverIsIsolatedFromOneThatThrows() throws ReflectiveOperationException {
    for (Method m : Observer.class.getMethods()) {
      List<String> heard = new ArrayList<>();
      Observer bad =
          proxy(name -> {
            throw new IllegalStateException("planted");
          });
      Counters counters = new Counters();
      ObserverGroup group = new ObserverGroup(List.of(bad, proxy(heard::add)), counters);
      Object[] arguments = new Object[m.getParameterCount()];
      for (int i = 0; i < arguments.length; i++) {
        Class<?> type = m.getParameterTypes()[i];
        arguments[i] = type == int.class ? (Object) 1 : type == long.class ? (Object) 2L : null;
      }
      m.invoke(group, arguments);
      m.invoke(group, arguments);
      assertThat(heard).containsExactly(m.getName(), m.getName());
      assertThat(counters.get(Counter.SinewObserverFailures)).isOne();
    }
  }

  private static Observer proxy(Consumer<String> calls) {
    return (Observer)
        Proxy.newProxyInstance(
            Observer.class.getClassLoader(),
            new Class<?>[] {Observer.class},
            (self, method, arguments) -> {
              calls.accept(method.getName());
              return method.getReturnType() == boolean.class ? false : null;
            });
  }

  // ---- what ss shows

  @Test
  void everySocketIsShown() {
    Stack stack = TestStacks.stack(1);
    UdpEndpoint bound = stack.udp();
    assertThat(bound.bind(IpAddress.ANY_V4, 53)).isZero();
    UdpEndpoint connected = stack.udp();
    assertThat(connected.connect(Packets.address("127.0.0.1"), 53)).isZero();
    assertThat(stack.listen(IpAddress.ANY_V6, 80, 5, false, false)).isNotNull();
    assertThat(stack.listen(IpAddress.ANY_V6, 80, 5, false, false)).isNull();
    assertThat(stack.lastError()).isEqualTo(TcpError.ADDRESS_IN_USE.code());
    List<SocketInfo> rows = new ArrayList<>();
    stack.forEachSocket(rows::add);
    assertThat(rows).extracting(SocketInfo::transport).containsExactly("tcp", "udp", "udp");
    assertThat(rows)
        .extracting(SocketInfo::state)
        .containsExactly(TcpState.LISTEN, TcpState.CLOSED, TcpState.ESTABLISHED);
    assertThat(rows).extracting(SocketInfo::localPort).startsWith(80, 53);
    assertThat(rows.get(1).remoteAddress()).isEqualTo(IpAddress.ANY_V4);
    assertThat(rows.get(2).remoteAddress()).hasToString("127.0.0.1");
    assertThat(rows.get(2).remotePort()).isEqualTo(53);
  }

  @Test
  void theBuildersValuesAreTheStacks() {
    Limits limits =
        Limits.DEFAULT.with(v -> {
          v.synBacklog = 1;
          v.acceptBacklog = 2;
        });
    Stack stack =
        TestStacks.builder(1).limits(limits).profile(Profile.LINUX).clockResolution(1000).build();
    assertThat(stack.limits()).isSameAs(limits);
    assertThat(stack.profile()).isSameAs(Profile.LINUX);
    stack.setProfile(Profile.FREEBSD);
    assertThat(stack.profile()).isSameAs(Profile.FREEBSD);
    assertThat(Stack.builder().entropy(() -> 4).build().pool().limitBytes()).isEqualTo(256L << 20);
  }

  // ---- robustness

  @Test
  void anErrorInsideTheStackIsCountedAndLeavesNoPacketHalfWritten() {
    Stack stack = TestStacks.stack(1);
    TestNetwork net = new TestNetwork();
    TestLink link = net.attach(stack, 1500, "10.0.0.1/24");
    NetworkInterface itf = stack.interfaces().getLast();
    MemorySegment tooShort = java.lang.foreign.Arena.ofAuto().allocate(10);
    tooShort.set(java.lang.foreign.ValueLayout.JAVA_BYTE, 0, (byte) 0x45);
    // The driver lies about the length: a programming error, not bad input.
    assertThatThrownBy(() -> stack.receive(itf, tooShort, 0, 40, 0, 5))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThat(stack.counters().get(Counter.SinewInternalErrors)).isOne();
    net.inject(link, Packets.icmpPacket("10.0.0.9", "10.0.0.1", 8, 0, 1, new byte[4]));
    assertThat(link.sent()).hasSize(1);
  }

  @Test
  void aBusyDeviceKeepsThePacketsUntilItIsWritable() {
    Stack stack = TestStacks.stack(1);
    TestNetwork net = new TestNetwork();
    TestLink link = net.attach(stack, 1500, "10.0.0.1/24");
    link.setBusy(true);
    net.inject(link, Packets.icmpPacket("10.0.0.9", "10.0.0.1", 8, 0, 1, new byte[500]));
    assertThat(link.sent()).isEmpty();
    assertThat(stack.pool().usedBytes()).isEqualTo(BufferPool.SMALL);
    link.setBusy(false);
    net.pump();
    assertThat(link.sent()).hasSize(1);
    assertThat(stack.pool().usedBytes()).isZero();
  }

  @Test
  void whatADeviceRefusesIsCounted() {
    Stack stack = TestStacks.stack(1);
    TestNetwork net = new TestNetwork();
    TestLink link = net.attach(stack, 1500, "10.0.0.1/24");
    link.setFailing(true);
    for (int i = 0; i < 3; i++) {
      net.inject(link, Packets.icmpPacket("10.0.0.9", "10.0.0.1", 8, 0, 1, new byte[500]));
    }
    assertThat(stack.counters().get(Counter.SinewLinkErrors)).isEqualTo(3);
    assertThat(stack.counters().get(Counter.SinewLinkErrors)).isEqualTo(3);
    assertThat(stack.pool().usedBytes()).isZero();
  }

  @Test
  void aClosedStackIsSilentAndHoldsNothing() {
    Stack stack = TestStacks.stack(1);
    TestNetwork net = new TestNetwork();
    TestLink link = net.attach(stack, 1500, "10.0.0.1/24");
    IcmpEndpoint e = stack.icmp(true);
    assertThat(e.send(ping(true, 100), Packets.address("127.0.0.1"), 9)).isPositive();
    net.inject(
        link, Packets.ipv4("10.0.0.9", "10.0.0.1", 17, 64, 1, 0x2000, new byte[0], new byte[64]));
    stack.close();
    stack.close();
    net.inject(link, Packets.icmpPacket("10.0.0.9", "10.0.0.1", 8, 0, 1, new byte[4]));
    assertThat(link.sent()).isEmpty();
    assertThat(stack.pool().usedBytes()).isZero();
    assertThat(stack.nextDeadline()).isEqualTo(TimerHeap.NEVER);
  }

  @Test
  void aStackNeedsRandomness() {
    assertThatThrownBy(() -> Stack.builder().build()).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void theLoopbackInterfaceComesFirstAndStays() {
    Stack stack = TestStacks.stack(1);
    NetworkInterface lo = stack.interfaces().getFirst();
    assertThat(lo.link().properties().loopback()).isTrue();
    assertThat(lo.index()).isOne();
    stack.removeInterface(lo);
    assertThat(stack.interfaces()).containsExactly(lo);
  }
}
