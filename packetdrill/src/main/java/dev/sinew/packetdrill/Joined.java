package dev.sinew.packetdrill;

import java.util.Arrays;

/** Two segments in a row as the one that an offloading device would show. */
final class Joined {
  private Joined() {}

  /** Flags FIN and PSH, and the acknowledgement, of the second; everything else of the first. */
  static LivePacket of(LivePacket first, LivePacket second) {
    byte[] bytes = Arrays.copyOf(first.bytes, first.bytes.length + second.dataLength());
    System.arraycopy(second.bytes, second.dataAt, bytes, first.bytes.length, second.dataLength());
    LivePacket joined = LivePacket.joined(bytes, first);
    joined.flags = first.flags & ~0x09 | second.flags & 0x09;
    joined.window = second.window;
    return joined;
  }
}
