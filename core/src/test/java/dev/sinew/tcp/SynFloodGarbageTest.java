package dev.sinew.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.sinew.base.BufferPool;
import dev.sinew.base.Counter;
import dev.sinew.ip.IpAddress;
import dev.sinew.ip.NetworkInterface;
import dev.sinew.ip.Prefix;
import dev.sinew.link.Link;
import dev.sinew.link.LinkProperties;
import dev.sinew.link.PassiveLink;
import dev.sinew.link.TxPacket;
import dev.sinew.stack.Stack;
import dev.sinew.testing.TestEntropy;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** A SYN that is answered with a cookie leaves no garbage. */
class SynFloodGarbageTest {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private static final int SYNS = 5000;

  /** Takes every packet and forgets it. */
  private static final class Nowhere extends PassiveLink {
    Nowhere() {
      super(new LinkProperties("nowhere", 1500, false, false, false, false));
    }

    @Override
    public int transmit(TxPacket packet) {
      return SENT;
    }
  }

  @Test
  void a_cookie_allocates_nothing() {
    Stack stack = Stack.builder().entropy(new TestEntropy(1)).pool(new BufferPool(1 << 20)).build();
    Link link = new Nowhere();
    NetworkInterface itf =
        stack.addInterface(link, Objects.requireNonNull(Prefix.parse("10.0.0.1/24")));
    stack.addRoute(
        Objects.requireNonNull(Prefix.parse("0.0.0.0/0")),
        itf,
        Objects.requireNonNull(IpAddress.parse("10.0.0.2")));
    Objects.requireNonNull(stack.listen(IpAddress.ANY_V6, 80, 16, true, false));
    Peer p = new Peer();
    byte[] syn = p.packet("S 0:0(0) <" + Peer.SYN_OPTIONS + ">");
    MemorySegment memory = Arena.ofAuto().allocate(syn.length, 8);
    MemorySegment.copy(syn, 0, memory, ValueLayout.JAVA_BYTE, 0, syn.length);
    // The ones that fill the queue of half-open records, each from another port.
    for (int i = 0; stack.counters().get(Counter.TcpExtSyncookiesSent) == 0; i++) {
      p.peerPort = 5000 + i;
      byte[] s = p.packet("S 0:0(0) <" + Peer.SYN_OPTIONS + ">");
      MemorySegment m = Arena.ofAuto().allocate(s.length, 8);
      MemorySegment.copy(s, 0, m, ValueLayout.JAVA_BYTE, 0, s.length);
      receive(stack, itf, link, m, s.length);
    }
    long least = Long.MAX_VALUE;
    for (int round = 0; round < 20 && least > 0; round++) {
      long before = THREADS.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < SYNS; i++) {
        receive(stack, itf, link, memory, syn.length);
      }
      least = Math.min(least, THREADS.getCurrentThreadAllocatedBytes() - before);
    }
    assertThat(stack.counters().get(Counter.TcpExtSyncookiesSent)).isGreaterThan(SYNS);
    assertThat(least).isLessThan(SYNS);
  }

  private static void receive(
      Stack stack, NetworkInterface itf, Link link, MemorySegment m, int length) {
    stack.receive(itf, m, 0, length, 0, 1_000_000_000L);
    stack.flush(1_000_000_000L);
    itf.txQueue().drainTo(link);
  }
}
