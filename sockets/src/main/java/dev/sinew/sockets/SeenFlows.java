package dev.sinew.sockets;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import java.lang.foreign.MemorySegment;

/** What one look at a queue has brought: how much, and whether of more than one flow. */
final class SeenFlows {
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
    boolean v6 = (memory.get(JAVA_BYTE, offset) & 0xf0) == 0x60;
    int at = v6 ? 40 : 20;
    return length < at + 4 ? 0 : memory.get(JAVA_INT_UNALIGNED, offset + at);
  }
}
