package dev.sinew.bench;

import dev.sinew.link.LinkProperties;
import dev.sinew.link.PacketSink;
import dev.sinew.link.PassiveLink;
import dev.sinew.link.TxPacket;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** One end of a wire in native memory: what it transmits its peer receives, without allocation. */
final class MemoryLink extends PassiveLink {
  private static final int SLOTS = 1024;
  private static final int SLOT = 2048;

  private final MemorySegment ring = Arena.ofAuto().allocate((long) SLOTS * SLOT, 64);
  private final int[] lengths = new int[SLOTS];
  private int head;
  private int tail;
  @Nullable MemoryLink peer;

  /** Packets transmitted so far. */
  long transmitted;

  MemoryLink(String name) {
    super(new LinkProperties(name, 1500, false, false, false, false));
  }

  static void join(MemoryLink a, MemoryLink b) {
    a.peer = b;
    b.peer = a;
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
}
