package dev.sinew.packetdrill;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Cuts an IP packet into fragments (RFC 791 section 3.2, RFC 8200 section 4.5). */
final class Fragments {
  private static final int FRAGMENT_HEADER = 44;
  private static final int MORE_V4 = 0x2000;

  private Fragments() {}

  /**
   * @param bytes what each carries at most, a multiple of 8; 0 leaves the packet whole
   * @param id the same for all of a packet, and another one for the next packet
   * @return the last first
   */
  static List<byte[]> of(boolean v4, byte[] packet, int bytes, int id) {
    int header = v4 ? 20 : 40;
    int length = packet.length - header;
    if (bytes == 0 || length <= bytes) {
      return List.of(packet);
    }
    List<byte[]> all = new ArrayList<>();
    for (int at = 0; at < length; at += bytes) {
      int n = Math.min(bytes, length - at);
      boolean more = at + n < length;
      all.addFirst(v4 ? v4(packet, at, n, more, id) : v6(packet, at, n, more, id));
    }
    return all;
  }

  private static byte[] v4(byte[] packet, int at, int n, boolean more, int id) {
    ByteBuffer b = ByteBuffer.allocate(20 + n).put(packet, 0, 20).put(packet, 20 + at, n);
    b.putShort(2, (short) (20 + n)).putShort(4, (short) id);
    b.putShort(6, (short) (at / 8 | (more ? MORE_V4 : 0))).putShort(10, (short) 0);
    long sum = 0;
    for (int i = 0; i < 20; i += 2) {
      sum += b.getShort(i) & 0xffff;
    }
    b.putShort(10, (short) ~LivePacket.fold(sum));
    return b.array();
  }

  private static byte[] v6(byte[] packet, int at, int n, boolean more, int id) {
    ByteBuffer b = ByteBuffer.allocate(48 + n).put(packet, 0, 40);
    b.putShort(4, (short) (8 + n)).put(6, (byte) FRAGMENT_HEADER);
    b.put(packet[6]).put((byte) 0).putShort((short) (at | (more ? 1 : 0))).putInt(id);
    b.put(packet, 40 + at, n);
    return b.array();
  }
}
