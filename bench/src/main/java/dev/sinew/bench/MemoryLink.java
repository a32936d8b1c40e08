package dev.sinew.bench;

import dev.sinew.link.Link;
import dev.sinew.link.LinkProperties;
import dev.sinew.link.PacketSink;
import dev.sinew.link.TxPacket;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** One end of a wire in native memory: what it transmits its peer receives, without allocation. */
final class MemoryLink implements Link {
  private static final int SLOTS = 1024;
  private static final int SLOT = 2048;

  private final LinkProperties properties;
  private final MemorySegment ring = Arena.ofAuto().allocate((long) SLOTS * SLOT, 64);
  private final int[] lengths = new int[SLOTS];
  private int head;
  private int tail;
  @Nullable MemoryLink peer;

  /** Packets transmitted so far. */
  long transmitted;

  MemoryLink(String name) {
    properties = new LinkProperties(name, 1500, false, false, false, false);
  }

  static void join(MemoryLink a, MemoryLink b) {
    a.peer = b;
    b.peer = a;
  }

  @Override
  public LinkProperties properties() {
    return properties;
  }

  @Override
  public int receive(PacketSink sink, int max) {
    int n = 0;
    while (n < max && head != tail) {
      int slot = head++ & (SLOTS - 1);
      sink.packet(ring, (long) slot * SLOT, lengths[slot], 0);
      n++;
    }
    return n;
  }

  @Override
  public int transmit(TxPacket packet) {
    transmitted++;
    MemoryLink to = peer;
    if (to == null) {
      return SENT;
    }
    if (to.tail - to.head == SLOTS) {
      return BUSY;
    }
    int slot = to.tail++ & (SLOTS - 1);
    to.lengths[slot] = packet.copyTo(to.ring, (long) slot * SLOT);
    return SENT;
  }

  @Override
  public void await(long timeoutNanos) {}

  @Override
  public void wakeup() {}

  @Override
  public void close() {}
}
