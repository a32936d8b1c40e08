package dev.sinew.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.Limits;
import dev.sinew.base.Profile;
import dev.sinew.base.SipHash;
import dev.sinew.base.TcpError;
import dev.sinew.base.TimerHeap;
import dev.sinew.ip.IpAddress;
import dev.sinew.testing.Packets;
import dev.sinew.testing.TestEntropy;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The demultiplexing table, the queues of small records, and who may have which port. */
class TablesTest {
  private static final class Row extends QueuedRecord {
    final List<Row> expired;

    Row(int n, List<Row> expired) {
      super(0, 0xffff_0a00_0001L, n & 0xffff, 0, 0xffff_0a00_0000L + (n >>> 16), 80);
      this.expired = expired;
    }

    @Override
    void expire(long now) {
      assertThat(deadline).isLessThanOrEqualTo(now);
      expired.add(this);
    }
  }

  private static Record find(RecordTable t, Row r) {
    return t.find(r.localHigh, r.localLow, r.localPort, r.remoteHigh, r.remoteLow, r.remotePort);
  }

  // ---- RecordTable

  @Test
  void theTableIsAMapWhateverTheOrderOfAddingAndRemoving() {
    Random random = new Random(1);
    RecordTable table = new RecordTable(new SipHash(new TestEntropy(9)));
    Map<Integer, Row> model = new HashMap<>();
    for (int i = 0; i < 15_000; i++) {
      int n = random.nextInt(3000) * 37;
      Row there = model.get(n);
      if (there == null) {
        Row row = new Row(n, List.of());
        table.add(row);
        model.put(n, row);
      } else {
        if (find(table, there) != there) {
          throw new AssertionError("not found");
        }
        if (random.nextInt(3) == 0) {
          assertThat(table.remove(there)).isTrue();
          assertThat(table.remove(there)).isFalse();
          assertThat(find(table, there)).isNull();
          model.remove(n);
        }
      }
      assertThat(table.size()).isEqualTo(model.size());
      if (i % 5000 == 0) {
        Set<Record> all = Collections.newSetFromMap(new IdentityHashMap<>());
        Collections.addAll(all, table.snapshot());
        Set<Record> walked = Collections.newSetFromMap(new IdentityHashMap<>());
        for (int c = 0; c < table.chains(); c++) {
          for (Record r = table.chain(c); r != null; r = r.nextInBucket) {
            walked.add(r);
          }
        }
        assertThat(all).hasSize(model.size()).isEqualTo(walked);
        assertThat(new HashSet<>(all)).containsAll(model.values());
      }
    }
  }

  /** Without the key nobody makes records collide: the longest chain stays short at any size. */
  @Test
  void chainsAreShort() {
    RecordTable table = new RecordTable(new SipHash(new TestEntropy(10)));
    for (int i = 0; i < 200_000; i++) {
      table.add(new Row(i, List.of()));
    }
    int longest = 0;
    for (int c = 0; c < table.chains(); c++) {
      int n = 0;
      for (Record r = table.chain(c); r != null; r = r.nextInBucket) {
        n++;
      }
      longest = Math.max(longest, n);
    }
    assertThat(longest).isLessThanOrEqualTo(16);
  }

  // ---- RecordQueue

  @Test
  void recordsExpireInOrderAtTheirTimes() {
    TimerHeap timers = new TimerHeap();
    RecordQueue queue = new RecordQueue(timers);
    List<Row> expired = new ArrayList<>();
    Random random = new Random(2);
    List<Row> waiting = new ArrayList<>();
    long now = 0;
    for (int i = 0; i < 5000; i++) {
      now += random.nextInt(20);
      while (timers.fireNext(now)) {
        // all that is due
      }
      for (Row r : expired) {
        assertThat(waiting.removeFirst()).isSameAs(r);
        assertThat(r.queue).isNull();
      }
      expired.clear();
      assertThat(queue.size()).isEqualTo(waiting.size());
      assertThat(timers.nextDeadline())
          .isEqualTo(waiting.isEmpty() ? TimerHeap.NEVER : waiting.getFirst().deadline);
      if (random.nextBoolean()) {
        Row r = new Row(i, expired);
        queue.add(r, now + 1000);
        waiting.add(r);
      } else if (!waiting.isEmpty()) {
        queue.remove(waiting.remove(random.nextInt(waiting.size())));
      }
      assertThat(queue.first()).isSameAs(waiting.isEmpty() ? null : waiting.getFirst());
    }
  }

  // ---- ListenerTable

  private static final String[] ADDRESSES = {"::", "0.0.0.0", "10.0.0.1", "10.0.0.9", "fd00::1"};

  private static Peer host() {
    Peer p = new Peer();
    p.network.addInterface(
        p.stack, new dev.sinew.testing.TestLink("second", 1500), "10.0.0.9/24", "fd00::1/64");
    return p;
  }

  private static TcpListener listen(Peer p, String address, boolean reuse, boolean share) {
    return p.stack.listen(Packets.address(address), 80, 0, reuse, share);
  }

  /** Two listeners of one port: only where no address is common, or both share the port. */
  @Test
  void listenersOfOnePortConflictWhereTheirAddressesMeet() {
    boolean[][] meet = {
      {true, true, true, true, true},
      {true, true, true, true, false},
      {true, true, true, false, false},
      {true, true, false, true, false},
      {true, false, false, false, true},
    };
    for (int i = 0; i < 5; i++) {
      for (int k = 0; k < 5; k++) {
        for (int options = 0; options < 4; options++) {
          Peer p = host();
          TcpListener first = listen(p, ADDRESSES[i], true, (options & 1) != 0);
          assertThat(first).isNotNull();
          TcpListener second = listen(p, ADDRESSES[k], true, (options & 2) != 0);
          boolean allowed = !meet[i][k] || options == 3;
          assertThat(second != null)
              .as("%s then %s, sharing %d", ADDRESSES[i], ADDRESSES[k], options)
              .isEqualTo(allowed);
          if (!allowed) {
            assertThat(p.stack.lastError()).isEqualTo(TcpError.ADDRESS_IN_USE.code());
          }
          first.close();
          if (second == null) {
            assertThat(listen(p, ADDRESSES[k], false, false)).isNotNull();
          }
        }
      }
    }
  }

  @Test
  @Tag("MUST-43")
  void theMostExactListenerGetsTheSyn() {
    Peer p = host();
    TcpListener any = listen(p, "::", true, true);
    TcpListener any4 = listen(p, "0.0.0.0", true, true);
    TcpListener exact = listen(p, "10.0.0.1", true, true);
    TcpListener[] byExactness = {exact, any4, any};
    for (TcpListener l : byExactness) {
      p.peerPort++;
      p.timestamps = false;
      p.in("S 0:0(0) <mss 1460>");
      p.out("S. 0:0(0) ack 1");
      p.in(". 1:1(0) ack 1");
      assertThat(l.acceptQueueLength()).isEqualTo(1);
      l.close();
      p.discard();
    }
  }

  @Test
  void listenersThatShareAPortShareItsConnections() {
    Peer p = host();
    TcpListener a = listen(p, "0.0.0.0", true, true);
    TcpListener b = listen(p, "0.0.0.0", true, true);
    for (int i = 0; i < 60; i++) {
      p.peerPort++;
      p.in("S 0:0(0) <mss 1460>");
      p.out("S. 0:0(0) ack 1");
      p.in("S 0:0(0) <mss 1460>");
      p.out("S. 0:0(0) ack 1");
      p.in(". 1:1(0) ack 1");
    }
    assertThat(a.acceptQueueLength()).isBetween(15, 45);
    assertThat(a.acceptQueueLength() + b.acceptQueueLength()).isEqualTo(60);
  }

  @Test
  void aPortInTimeWaitNeedsReuse() {
    Peer p = new Peer();
    p.acceptPlain();
    p.close();
    p.out("F. 1:1(0) ack 1");
    p.in("F. 1:1(0) ack 2");
    p.discard();
    p.listener.close();
    assertThat(listen(p, "0.0.0.0", false, false)).isNull();
    TcpListener again = listen(p, "0.0.0.0", true, false);
    assertThat(again).isNotNull();
    again.close();
    p.run(61_000);
    assertThat(listen(p, "0.0.0.0", false, false)).isNotNull();
  }

  /** A listener is no connection's business, and the other way round (MUST-41, MUST-42). */
  @Test
  void listeningOnAPortThatConnectsElsewhere() {
    Peer p = new Peer();
    TcpEndpoint e = p.stack.tcp();
    e.setReuseAddress(true);
    assertThat(e.bind(Packets.address("10.0.0.1"), 80)).isZero();
    e.connect(Packets.address(p.peerAddress), 4000);
    p.pump();
    p.endpoint = e;
    p.out("S 0:0(0)");
    int stackIss = p.stackIss;
    assertThat(p.stack.listen(Packets.address("10.0.0.9"), 80, 0, true, false)).isNull();
    assertThat(TcpError.of(p.stack.lastError())).isEqualTo(TcpError.ADDRESS_NOT_AVAILABLE);
    assertThat(p.stackIss).isEqualTo(stackIss);
  }

  @ParameterizedTest
  @CsvSource({"-1, INVALID", "65536, INVALID"})
  void impossiblePorts(int port, TcpError error) {
    Peer p = new Peer();
    assertThat(p.stack.listen(IpAddress.ANY_V4, port, 0, true, false)).isNull();
    assertThat(p.stack.lastError()).isEqualTo(error.code());
    assertThat(p.stack.tcp().bind(IpAddress.ANY_V4, port)).isEqualTo(error.code());
    assertThat(p.stack.tcp().connect(Packets.address(p.peerAddress), port)).isEqualTo(error.code());
  }

  @Test
  void everyEphemeralPortCanBeUsedTowardsOnePeerAndThenNoMore() {
    Peer p = new Peer(true, Profile.STANDARD, Limits.DEFAULT);
    Set<Integer> ports = new HashSet<>();
    int count = 60_999 - 32_768 + 1;
    TcpEndpoint last = null;
    for (int i = 0; i < count; i++) {
      last = p.stack.tcp();
      assertThat(TcpError.of(last.connect(Packets.address(p.peerAddress), 80)))
          .isEqualTo(TcpError.IN_PROGRESS);
      assertThat(ports.add(last.localPort())).isTrue();
    }
    assertThat(TcpError.of(p.stack.tcp().connect(Packets.address(p.peerAddress), 80)))
        .isEqualTo(TcpError.ADDRESS_NOT_AVAILABLE);
    // Another peer port is another matter; and what is closed is free again.
    assertThat(TcpError.of(p.stack.tcp().connect(Packets.address(p.peerAddress), 81)))
        .isEqualTo(TcpError.IN_PROGRESS);
    last.close();
    assertThat(TcpError.of(p.stack.tcp().connect(Packets.address(p.peerAddress), 80)))
        .isEqualTo(TcpError.IN_PROGRESS);
  }
}
