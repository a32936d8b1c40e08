package dev.sinew.sim;

import dev.sinew.base.Block;
import dev.sinew.ip.NetworkInterface;
import dev.sinew.ip.Prefix;
import dev.sinew.link.Link;
import dev.sinew.link.LinkProperties;
import dev.sinew.link.PacketSink;
import dev.sinew.link.TxPacket;
import dev.sinew.wire.SuperSegments;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One host's end of a link. What arrives goes to the stack at once; nothing waits here. */
final class LinkEnd implements Link, Direction.Exit {
  private final SimHost host;
  private final Direction out;
  private final LinkProperties properties;
  private final List<PacketFilter> filters = new ArrayList<>();
  private Prefix[] prefixes = {};
  private @Nullable NetworkInterface itf;

  LinkEnd(SimHost host, Direction out, String name) {
    this.host = host;
    this.out = out;
    boolean cuts = host.superSegments();
    LinkProperties plain = new LinkProperties(name, out.interfaceMtu(), cuts, cuts, false, false);
    this.properties = cuts ? plain.withDatagramOffload() : plain;
    out.filters(filters);
  }

  void plugged(NetworkInterface to, Prefix... addresses) {
    itf = to;
    prefixes = addresses;
  }

  Prefix[] prefixes() {
    return prefixes;
  }

  @Nullable NetworkInterface itf() {
    return itf;
  }

  void filter(PacketFilter filter) {
    filters.add(filter);
  }

  @Override
  public void arrived(Direction direction, Block block, int length, long number) {
    if (!host.isPaused()) {
      enter(direction, block, length, number);
    } else if (!host.hold(this, direction, block, length, number)) {
      direction.refused(block, length, number, "paused, device full");
    }
  }

  /** The packet goes to the stack, unless a filter takes it. */
  void enter(Direction direction, Block block, int length, long number) {
    NetworkInterface to = itf;
    String why = to == null ? "host down" : null;
    for (int i = filters.size() - 1; i >= 0 && why == null; i--) {
      why = filters.get(i).incoming(direction.look(block, length), host.now());
    }
    if (why != null || to == null) {
      direction.refused(block, length, number, why == null ? "host down" : why);
      return;
    }
    direction.delivered(block, length, number);
    host.receive(to, block.memory(), block.base(), length);
    block.release();
  }

  @Override
  public LinkProperties properties() {
    return properties;
  }

  @Override
  public int receive(PacketSink sink, int max) {
    return 0;
  }

  @Override
  public int transmit(TxPacket packet) {
    if (packet.checksumStart() == 0) {
      out.send(packet);
    } else {
      finish(packet);
    }
    return SENT;
  }

  /** What a device that offloads does: completes the checksum, and cuts a super-segment. */
  private void finish(TxPacket packet) {
    int length = packet.totalLength();
    int ipHeader = packet.checksumStart();
    int protocol = packet.checksumProtocol();
    Block whole = out.block(length);
    MemorySegment m = whole.memory();
    packet.copyTo(m, whole.base());
    int size = packet.segmentSize();
    if (size == 0) {
      SuperSegments.finishChecksum(m, whole.base(), ipHeader, length, protocol);
      out.send(whole, length);
      return;
    }
    int payload = SuperSegments.payload(m, whole.base(), ipHeader, length, protocol);
    int count = SuperSegments.count(payload, size);
    for (int i = 0; i < count; i++) {
      Block piece = out.block(out.interfaceMtu());
      int bytes =
          SuperSegments.cut(
              m, whole.base(), ipHeader, length, protocol, size, i, piece.memory(), piece.base());
      out.send(piece, bytes);
    }
    whole.release();
  }

  @Override
  public void await(long timeoutNanos) {
    throw new IllegalStateException("nobody waits for a link in virtual time");
  }

  @Override
  public void wakeup() {}

  @Override
  public void close() {
    itf = null;
  }
}
