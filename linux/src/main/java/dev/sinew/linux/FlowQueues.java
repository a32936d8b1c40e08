package dev.sinew.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.sinew.link.TxPacket;
import dev.sinew.wire.IpProtocol;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Says by which of several queues a packet leaves, by the ports of TCP and UDP. A flow that is seen
 * for the first time takes its turn, so that few flows spread evenly, as by their hashes they would
 * not: of four and two queues every other time three would meet. Flows with the same hash stay
 * together, and when each hash was seen, they alone decide. Packets that show no ports (another
 * protocol, a fragment, options or extension headers before them) take the first queue.
 *
 * <p>Used by whoever runs the stack.
 */
final class FlowQueues {
  private static final ValueLayout.OfInt BIG_32 =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfShort BIG_16 =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  /**
   * Half the golden section, in 32 bits: ports that differ by 2, as those that Linux gives to
   * connect, are then a golden section apart, and some hundred in a row have slots of their own;
   * ports that differ by 1 do hardly worse.
   */
  private static final int FACTOR = 0x4f1b_bcdd;

  private static final int SLOT_BITS = 10;

  private static final int PORTS_BYTES = 4;
  private static final int V4_WITHOUT_OPTIONS = 0x45;
  private static final int V4_LENGTH = 20;
  private static final int V4_FRAGMENT = 6;
  private static final int V4_PROTOCOL = 9;
  private static final int V6_LENGTH = 40;
  private static final int V6_NEXT_HEADER = 6;

  /** In the bytes of IPv4's flags and fragment offset: all but Don't Fragment. */
  private static final int ANY_FRAGMENT = 0xbfff;

  private final int queueCount;

  /** For each hash 1 more than its queue, or 0 when it was not seen. */
  private final byte[] slots = new byte[1 << SLOT_BITS];

  private int turn;

  FlowQueues(int queueCount) {
    this.queueCount = queueCount;
  }

  /** Forgets what was seen. */
  void clear() {
    Arrays.fill(slots, (byte) 0);
    turn = 0;
  }

  /** The queue for the packet, counted from 0. */
  int queue(TxPacket packet) {
    MemorySegment m = packet.header();
    long ip = packet.headerOffset();
    int first = m.get(JAVA_BYTE, ip) & 0xff;
    int start;
    int protocol;
    if (first == V4_WITHOUT_OPTIONS) {
      if ((m.get(BIG_16, ip + V4_FRAGMENT) & ANY_FRAGMENT) != 0) {
        return 0;
      }
      start = V4_LENGTH;
      protocol = m.get(JAVA_BYTE, ip + V4_PROTOCOL);
    } else if (first >> 4 == 6) {
      start = V6_LENGTH;
      protocol = m.get(JAVA_BYTE, ip + V6_NEXT_HEADER);
    } else {
      return 0;
    }
    boolean hasPorts = protocol == IpProtocol.TCP || protocol == IpProtocol.UDP;
    if (!hasPorts || packet.headerLength() < start + PORTS_BYTES) {
      return 0;
    }
    int ports = m.get(BIG_32, ip + start);
    int slot = ((ports >>> 16) + (ports & 0xffff)) * FACTOR >>> (32 - SLOT_BITS);
    int queue = slots[slot] - 1;
    return queue >= 0 ? queue : takeTurn(slot);
  }

  private int takeTurn(int slot) {
    int queue = turn;
    turn = queue + 1 == queueCount ? 0 : queue + 1;
    slots[slot] = (byte) (queue + 1);
    return queue;
  }
}
