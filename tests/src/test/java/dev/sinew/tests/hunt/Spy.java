package dev.sinew.tests.hunt;

import dev.sinew.base.SeqNum;
import dev.sinew.sim.Direction;
import dev.sinew.sim.NamedRandom;
import dev.sinew.sim.PacketView;
import dev.sinew.sim.SimLink;
import dev.sinew.sim.SimObserver;
import dev.sinew.sim.Simulation;
import dev.sinew.wire.Bytes;
import dev.sinew.wire.Checksum;
import dev.sinew.wire.Ipv4Header;
import dev.sinew.wire.Segment;
import dev.sinew.wire.TcpHeader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/** Sees the one connection on a link, and can forge segments of either end. */
final class Spy implements SimObserver {
  private static final int REMEMBERED = 64;

  /** What one end has sent. */
  private static final class Side {
    long address;
    int port;
    int end;
    boolean known;
    int ack;
    int window;
    int scale;
    int timestamp;
    int echo;
    final List<Piece> pieces = new ArrayList<>();
  }

  private record Piece(int seq, byte[] bytes) {}

  private final SimLink link;
  private boolean open;
  private final Side[] sides = {new Side(), new Side()};

  Spy(Simulation sim, SimLink link) {
    this.link = link;
    sim.observe(this);
  }

  private Side side(boolean forth) {
    return sides[forth ? 0 : 1];
  }

  @Override
  public void packetSent(long now, Direction direction, long number, PacketView p) {
    if (!p.isTcp() || p.isRst()) {
      return;
    }
    Side s = side(direction == link.forward());
    Segment t = p.tcp();
    s.address = p.ip().sourceLow;
    s.port = t.sourcePort;
    if (!s.known || t.endSeq() - s.end > 0) {
      s.end = t.endSeq();
      s.known = true;
    }
    open |= direction == link.backward() && !t.has(TcpHeader.SYN) && s.ack != 0 && t.ack != s.ack;
    s.ack = t.ack;
    s.window = t.window << (t.has(TcpHeader.SYN) ? 0 : s.scale);
    if (t.has(TcpHeader.SYN) && t.windowScale != Segment.ABSENT) {
      s.scale = t.windowScale;
    }
    s.timestamp = t.tsVal;
    s.echo = t.tsEcr;
    if (t.dataLength > 1) {
      byte[] data = new byte[t.dataLength];
      MemorySegment.copy(t.memory, ValueLayout.JAVA_BYTE, t.dataOffset, data, 0, data.length);
      s.pieces.add(new Piece(t.seq, data));
      if (s.pieces.size() > REMEMBERED) {
        s.pieces.removeFirst();
      }
    }
  }

  /** Both ends are past their handshake: the server has acknowledged data. */
  boolean isOpen() {
    return open;
  }

  /** The sequence number after everything that an end has sent. */
  int endOf(boolean forth) {
    return side(forth).end;
  }

  /** What an end expects next. */
  int ackOf(boolean forth) {
    return side(forth).ack;
  }

  int windowOf(boolean forth) {
    return side(forth).window;
  }

  /** A piece, with edges of its own, of bytes that were sent not long ago. */
  void sendPiece(boolean forth, NamedRandom random) {
    // Older ones have arrived and say nothing.
    int expected = side(!forth).ack;
    List<Piece> pieces =
        side(forth).pieces.stream()
            .filter(p -> SeqNum.gt(p.seq + p.bytes.length, expected))
            .toList();
    if (pieces.isEmpty()) {
      return;
    }
    int n = pieces.size();
    int first = (int) Math.floorMod(random.nextLong(), (long) n);
    Piece a = pieces.get(first);
    int from =
        random.chance(0.3) ? 0 : (int) Math.floorMod(random.nextLong(), (long) a.bytes.length);
    byte[] bytes = java.util.Arrays.copyOfRange(a.bytes, from, a.bytes.length);
    if (first + 1 < n
        && pieces.get(first + 1).seq == a.seq + a.bytes.length
        && random.chance(0.5)) {
      byte[] b = pieces.get(first + 1).bytes;
      int more = 1 + (int) Math.floorMod(random.nextLong(), (long) b.length);
      int old = bytes.length;
      bytes = java.util.Arrays.copyOf(bytes, old + more);
      System.arraycopy(b, 0, bytes, old, more);
    } else {
      bytes =
          java.util.Arrays.copyOf(
              bytes, 1 + (int) Math.floorMod(random.nextLong(), (long) bytes.length));
    }
    send(forth, TcpHeader.ACK, a.seq + from, side(forth).ack, bytes, 0);
  }

  /**
   * Forges a segment of an end.
   *
   * @param later added to its last timestamp
   */
  void send(boolean forth, int flags, int seq, int ack, byte[] data, int later) {
    send(forth, flags, seq, ack, data, later, 0, 0);
  }

  /** An ACK of an end that reports a block which it may not have. */
  void sendSack(boolean forth, int left, int right) {
    send(forth, TcpHeader.ACK, side(forth).end, side(forth).ack, new byte[0], 0, left, right);
  }

  private void send(
      boolean forth, int flags, int seq, int ack, byte[] data, int later, int left, int right) {
    Side s = side(forth);
    Side peer = side(!forth);
    int header = left == right ? 32 : 44;
    int length = 20 + header + data.length;
    MemorySegment m = Arena.ofAuto().allocate(length);
    Ipv4Header.write(m, 0, 0, length, 7, 0, 64, 6, s.address, peer.address);
    int field = Math.min(65_535, s.window >> s.scale);
    TcpHeader.write(m, 20, s.port, peer.port, seq, ack, header, flags, field, 0);
    if (left != right) {
      Bytes.put32(m, 52, 0x0101_050a);
      Bytes.put32(m, 56, left);
      Bytes.put32(m, 60, right);
    }
    Bytes.put32(m, 40, 0x0101_080a);
    Bytes.put32(m, 44, s.timestamp + later);
    Bytes.put32(m, 48, (flags & TcpHeader.ACK) == 0 ? 0 : s.echo);
    MemorySegment.copy(data, 0, m, ValueLayout.JAVA_BYTE, 20 + header, data.length);
    long sum = Checksum.addPseudoHeader(0, true, 0, s.address, 0, peer.address, 6, length - 20);
    Bytes.put16(m, 36, Checksum.finish(Checksum.add(sum, m, 20, length - 20)));
    (forth ? link.forward() : link.backward()).inject(m.toArray(ValueLayout.JAVA_BYTE));
  }
}
