package dev.sinew.sockets;

import dev.sinew.wire.Bytes;
import dev.sinew.wire.Ipv4Header;
import dev.sinew.wire.Ipv6Header;
import java.lang.foreign.MemorySegment;

/** What one look at a queue has brought: how much, and whether of more than one flow. */
final class SeenFlows {
  private static final int PORTS_BYTES = 4;

  private long bytes;
  private int ports;
  private boolean any;
  private boolean several;

  void begin() {
    bytes = 0;
    any = false;
    several = false;
  }

  void note(MemorySegment memory, long offset, int length) {
    bytes += length;
    int p = ports(memory, offset, length);
    several |= any && p != ports;
    any = true;
    ports = p;
  }

  long bytes() {
    return bytes;
  }

  /** The ports of two packets differ. */
  boolean areSeveral() {
    return several;
  }

  /** Where ports are in a packet without options and extension headers: good enough to guess. */
  private static int ports(MemorySegment memory, long offset, int length) {
    boolean v6 = Bytes.u8(memory, offset) >> 4 == 6;
    int at = v6 ? Ipv6Header.LENGTH : Ipv4Header.MIN_LENGTH;
    return length < at + PORTS_BYTES ? 0 : Bytes.i32(memory, offset + at);
  }
}
