package dev.sinew.linux;

import dev.sinew.link.TxPacket;
import dev.sinew.wire.Bytes;
import dev.sinew.wire.IpProtocol;
import dev.sinew.wire.Ipv4Header;
import dev.sinew.wire.Ipv6Header;
import java.lang.foreign.MemorySegment;
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
  /**
   * Half the golden section, in 32 bits: ports that differ by 2, as those that Linux gives to
   * connect, are then a golden section apart, and some hundred in a row have slots of their own;
   * ports that differ by 1 do hardly worse.
   */
  private static final int FACTOR = 0x4f1b_bcdd;

  private static final int SLOT_BITS = 10;

  private static final int PORTS_BYTES = 4;
  private static final int V4_WITHOUT_OPTIONS = 0x45;

  private static final int ANY_FRAGMENT = Ipv4Header.MORE_FRAGMENTS | Ipv4Header.OFFSET_MASK;

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
    int first = Bytes.u8(m, ip);
    int start;
    int protocol;
    if (first == V4_WITHOUT_OPTIONS) {
      if ((Bytes.u16(m, ip + Ipv4Header.FLAGS_AND_OFFSET) & ANY_FRAGMENT) != 0) {
        return 0;
      }
      start = Ipv4Header.MIN_LENGTH;
      protocol = Bytes.u8(m, ip + Ipv4Header.PROTOCOL);
    } else if (first >> 4 == 6) {
      start = Ipv6Header.LENGTH;
      protocol = Bytes.u8(m, ip + Ipv6Header.NEXT_HEADER);
    } else {
      return 0;
    }
    boolean hasPorts = protocol == IpProtocol.TCP || protocol == IpProtocol.UDP;
    if (!hasPorts || packet.headerLength() < start + PORTS_BYTES) {
      return 0;
    }
    int ports = Bytes.i32(m, ip + start);
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
