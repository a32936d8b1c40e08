package dev.sinew.malformed;

import dev.sinew.base.TcpError;
import dev.sinew.base.TcpState;
import dev.sinew.ip.IcmpEndpoint;
import dev.sinew.tcp.TcpEndpoint;
import dev.sinew.tcp.TcpProbe;
import dev.sinew.udp.Datagram;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Everything that is done to one situation: each packet of its corpus, each damage, each as it is
 * and with the checksums made good. A host serves until something in it has changed; then it is
 * brought to its end, which must leave nothing behind, and a new one takes its place.
 */
final class Attack {
  /** Damages of several bytes per packet. */
  private static final int RANDOM_DAMAGES = 24;

  /**
   * Every so many hosts one is closed in order and its timers run their whole course; the others
   * are aborted.
   */
  private static final int ORDERLY_END = 16;

  /** What was done, for the report. */
  static final class Tally {
    long packets;
    long asIs;
    long rejected;
    long repaired;
    long changed;
    long moves;
    long hosts;

    void add(Tally t) {
      packets += t.packets;
      asIs += t.asIs;
      rejected += t.rejected;
      repaired += t.repaired;
      changed += t.changed;
      moves += t.moves;
      hosts += t.hosts;
    }

    @Override
    public String toString() {
      return String.format(
          "%d packets; as corrupted %d, of them past no checksum %d; repaired %d; changed something %d; state changes %d; hosts %d",
          packets, asIs, rejected, repaired, changed, moves, hosts);
    }
  }

  private final Situation situation;
  private final boolean v4;
  private final Host.Ground ground = new Host.Ground();
  private final RawPacket raw = new RawPacket();
  private final byte[] damaged = new byte[70_000];
  private final byte[] mended = new byte[70_000];
  final Tally tally = new Tally();
  private Host host;
  private Host.Known known;
  private long essence;
  private int answers;

  /** All there is to see of the host now. */
  private long current;

  private long ends;

  // ---- what is being fed, for the failure message and the judges
  private List<byte[]> train = List.of();
  private int target;
  private String what = "";

  Attack(Situation situation, boolean v4) {
    this.situation = situation;
    this.v4 = v4;
    host = situation.build(ground, v4);
    known = host.known(situation.state);
    essence = TcpProbe.essence(host.tcp);
    current = TcpProbe.everything(host.tcp);
    String wrong = host.objection();
    if (wrong != null) {
      throw new AssertionError(situation + ": " + wrong);
    }
    tally.hosts++;
  }

  Tally run() {
    for (ConnectionCorpus.Case c : ConnectionCorpus.of(host, known)) {
      train = c.train();
      for (target = 0; target < train.size(); target++) {
        tally.packets++;
        damage(c.name(), train.get(target));
      }
      goesOn(c);
    }
    renew();
    return tally;
  }

  // ---- the damages

  private void damage(String name, byte[] packet) {
    int n = packet.length;
    for (int cut = 0; cut < n; cut++) {
      what = name + " cut to " + cut;
      System.arraycopy(packet, 0, damaged, 0, cut);
      asIs(cut, false);
      mend(packet, cut, false, false);
      mend(packet, cut, true, false);
      mend(packet, cut, true, true);
    }
    BitSet uncovered = RawPacket.uncovered(packet);
    for (int bit = 0; bit < n * 8; bit++) {
      what = name + " bit " + bit;
      System.arraycopy(packet, 0, damaged, 0, n);
      damaged[bit / 8] ^= (byte) (0x80 >> bit % 8);
      asIs(n, !uncovered.get(bit));
      mend(packet, n, false, false);
    }
    for (int at = 0; at < n; at++) {
      for (int value = 0; value <= 0xff; value += 0xff) {
        if (RawPacket.u8(packet, at) != value) {
          what = name + " byte " + at + " is " + value;
          System.arraycopy(packet, 0, damaged, 0, n);
          damaged[at] = (byte) value;
          asIs(n, false);
          mend(packet, n, false, false);
        }
      }
    }
    SplittableRandom random = new SplittableRandom(name.hashCode());
    for (int i = 0; i < RANDOM_DAMAGES; i++) {
      what = name + " random " + i;
      System.arraycopy(packet, 0, damaged, 0, n);
      for (int k = random.nextInt(2, 5); k > 0; k--) {
        damaged[random.nextInt(n)] = (byte) random.nextInt();
      }
      if (!Arrays.equals(damaged, 0, n, packet, 0, n)) {
        asIs(n, false);
        mend(packet, n, false, false);
      }
    }
  }

  /** Feeds the damaged packet as it is. */
  private void asIs(int n, boolean covered) {
    tally.asIs++;
    raw.read(damaged, n);
    if (raw.sound && !covered) {
      judge(damaged, n);
      return;
    }
    // Some checksum or length is wrong: nothing may come of it but a count, however many of these
    // come.
    tally.rejected++;
    Host h = host;
    long rejections = h.rejections();
    long used = ground.pool.usedBytes();
    h.watch.reset();
    h.referee.reset();
    feed(damaged, n);
    if (train.size() > 1) {
      renew(); // Pieces wait for the damaged one.
      return;
    }
    if (!h.context.readyList.isEmpty()) {
      fail("a reader was woken by what no checksum passes");
    }
    if (h.rejections() == rejections || h.watch.drops == 0) {
      fail("nobody counted it");
    }
    if (!h.watch.changes.isEmpty()
        || TcpProbe.everything(h.tcp) != current
        || ground.pool.usedBytes() != used) {
      fail("something changed");
    }
    answered(h, 1);
  }

  /**
   * Repairs what is asked for and feeds it, unless that makes the original again or changes
   * nothing.
   */
  private void mend(byte[] original, int n, boolean lengths, boolean udpLength) {
    System.arraycopy(damaged, 0, mended, 0, n);
    if (lengths && !RawPacket.repairLengths(mended, n, udpLength)) {
      return;
    }
    raw.repair(mended, n);
    if (Arrays.equals(mended, 0, n, damaged, 0, n)
        || Arrays.equals(mended, 0, n, original, 0, original.length)) {
      return;
    }
    tally.repaired++;
    judge(mended, n);
  }

  // ---- the judges

  /**
   * Feeds a packet that nothing is known against, and looks whether what comes of it may come of
   * it.
   */
  private void judge(byte[] packet, int n) {
    Host h = host;
    h.watch.reset();
    h.referee.reset();
    feed(packet, n);
    raw.read(packet, n);
    boolean segment = raw.isSegmentOf(Host.PEER_PORT, Host.LOCAL_PORT);
    for (StateWatch.Change c : h.watch.changes) {
      tally.moves++;
      String wrong = train.size() > 1 ? null : StateWatch.unjustified(c, raw, segment, known);
      if (wrong != null) {
        fail(wrong);
      }
    }
    if (h.watch.changes.size() == 1 && h.watch.changes.get(0).from() == TcpState.TIME_WAIT) {
      fail("I2: TIME-WAIT ended by a SYN of which nothing came");
    }
    if (segment
        && train.size() == 1
        && raw.hasBadOption()
        && (h.referee.packets > 0 || TcpProbe.everything(h.tcp) != current)) {
      fail("a malformed option was not the end of it");
    }
    answered(h, train.size());
    readDatagrams(h, n);
    boolean changed =
        TcpProbe.essence(h.tcp) != essence || ground.pool.usedBytes() != h.settledBytes;
    if (changed || !h.context.readyList.isEmpty()) {
      tally.changed++;
      String wrong = h.objection();
      if (wrong != null) {
        fail(wrong);
      }
      if (!segment
          && raw.protocol == RawPacket.TCP
          && train.size() == 1
          && !known.equals(h.known(situation.state))) {
        fail("a segment of other ends touched the connection");
      }
      readStream(h, segment);
      renew();
    } else if (answers >= 2 || answers > 0 && situation.state == TcpState.TIME_WAIT) {
      // Answers are limited per connection; the next packet shall find the allowance whole.
      renew();
    }
  }

  private void answered(Host h, int most) {
    if (h.referee.packets == 0) {
      current = TcpProbe.everything(h.tcp);
      return;
    }
    if (h.referee.replies > most || h.referee.dataSegments > 64) {
      fail(
          h.referee.replies
              + " replies and "
              + h.referee.dataSegments
              + " segments of data to one packet");
    }
    if (h.referee.objection != null) {
      fail("I7: " + h.referee.objection);
    }
    answers += h.referee.acks;
    current = TcpProbe.everything(h.tcp);
  }

  /**
   * I1: what an application reads is what sound segments said, at its place, the first to say it.
   */
  private void readStream(Host h, boolean segment) {
    TcpEndpoint e = h.endpoint;
    if (h.listener != null) {
      TcpEndpoint accepted = h.listener.accept();
      if (accepted != null) {
        h.endpoint = accepted;
        e = accepted;
      }
    }
    if (e == null) {
      return;
    }
    int position = 0;
    for (int n = e.read(ground.read, 0, 8192); n > 0; n = e.read(ground.read, 0, 8192)) {
      for (int i = 0; i < n; i++) {
        int wanted = saidAt(h, segment, position);
        if (wanted != (ground.read[i] & 0xff)) {
          fail("I1: read " + ground.read[i] + " at " + position + ", said was " + wanted);
        }
        position++;
      }
      h.flush();
    }
    if (h.objection() != null) {
      fail("after reading: " + h.objection());
    }
  }

  private int saidAt(Host h, boolean segment, int position) {
    if (position < h.said.length && h.said[position] >= 0) {
      return h.said[position];
    }
    if (train.size() > 1) {
      // Damage to a piece of a segment does not pass the segment's checksum.
      return 0x41 + position - (known.rcvNxt() - Host.PEER_ISS - 1);
    }
    if (!segment) {
      return -1;
    }
    boolean syn = raw.has(RawPacket.SYN);
    int first = situation.state == TcpState.SYN_SENT ? raw.seq() + 1 : Host.PEER_ISS + 1;
    int at = first + position - raw.seq() - (syn ? 1 : 0);
    return at >= 0 && at < raw.dataLength()
        ? RawPacket.u8(raw.bytes, raw.transport + raw.dataOffset() + at)
        : -1;
  }

  private void readDatagrams(Host h, int n) {
    for (Datagram d = h.udp.receive(ground.read, 0, ground.read.length);
        d != null;
        d = h.udp.receive(ground.read, 0, ground.read.length)) {
      boolean here =
          train.size() > 1
              || raw.protocol == RawPacket.UDP
                  && same(
                      ground.read,
                      d.length(),
                      raw.transport + 8,
                      RawPacket.u16(raw.bytes, raw.transport + 4) - 8);
      if (!here || d.length() > n * train.size()) {
        fail("a datagram that nobody sent");
      }
    }
    for (IcmpEndpoint.Message m = h.icmp.receive(); m != null; m = h.icmp.receive()) {
      if (!same(m.message(), m.message().length, raw.transport, raw.transportLength)) {
        fail("an ICMP message that nobody sent");
      }
    }
    TcpError e = h.udp.takeError();
    if (e != null) {
      fail("an unconnected UDP endpoint was told " + e);
    }
    // Only the two readers that were just read may have been woken by a datagram.
    if (h.watch.changes.isEmpty() && raw.protocol != RawPacket.TCP) {
      drainDatagramReaders(h);
    }
  }

  private void drainDatagramReaders(Host h) {
    boolean icmpForTcp = TcpProbe.essence(h.tcp) != essence;
    for (var e = h.stack.takeReady(); e != null; e = h.stack.takeReady()) {
      if (e != h.udp && e != h.icmp && !icmpForTcp && train.size() == 1) {
        fail("woke " + e.getClass().getSimpleName());
      }
    }
  }

  private boolean same(byte[] got, int length, int from, int count) {
    return length == count && Arrays.equals(got, 0, length, raw.bytes, from, from + count);
  }

  /** After all that, the packet itself does the same to this host as to one that saw nothing. */
  private void goesOn(ConnectionCorpus.Case c) {
    what = c.name() + " undamaged, afterwards";
    target = -1;
    if (answers > 0) {
      renew();
    }
    feed(new byte[0], -1);
    long here = TcpProbe.essence(host.tcp);
    renew();
    feed(new byte[0], -1);
    if (TcpProbe.essence(host.tcp) != here) {
      fail("a host that saw the damaged ones takes it differently");
    }
    renew();
  }

  // ---- hosts

  private void feed(byte[] packet, int n) {
    try {
      for (int i = 0; i < train.size(); i++) {
        if (i == target) {
          host.feed(packet, n);
        } else {
          host.feed(train.get(i));
        }
      }
    } catch (RuntimeException | Error e) {
      throw new AssertionError(describe("threw"), e);
    }
  }

  private void renew() {
    String wrong;
    try {
      wrong = host.end(ends++ % ORDERLY_END == 0);
    } catch (RuntimeException | Error e) {
      throw new AssertionError(describe("threw while it ended"), e);
    }
    if (wrong != null) {
      fail(wrong);
    }
    host = situation.build(ground, v4);
    tally.hosts++;
    answers = 0;
    current = TcpProbe.everything(host.tcp);
    if (TcpProbe.essence(host.tcp) != essence) {
      fail("a new host is not like the first");
    }
  }

  private void fail(String text) {
    throw new AssertionError(describe(text));
  }

  private String describe(String text) {
    StringBuilder b = new StringBuilder();
    b.append(situation).append(v4 ? " v4: " : " v6: ").append(text).append("\n  ").append(what);
    for (int i = 0; i < train.size(); i++) {
      b.append("\n  ")
          .append(i == target ? "original " : "with ")
          .append(HexFormat.of().formatHex(train.get(i)));
    }
    if (raw.length > 0) {
      b.append("\n  fed      ").append(HexFormat.of().formatHex(raw.bytes, 0, raw.length));
    }
    return b.append("\n  known ")
        .append(known)
        .append(" changes ")
        .append(host.watch.changes)
        .toString();
  }
}
