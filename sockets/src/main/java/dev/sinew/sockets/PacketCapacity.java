package dev.sinew.sockets;

import java.lang.ref.WeakReference;
import java.net.DatagramPacket;

/**
 * How much a {@link DatagramPacket} can take. Receiving sets its length to that of the datagram,
 * and the JDK's own sockets still know the capacity from before; a foreign class can't see it. So
 * the last packet received into is remembered: when it comes back unchanged, its capacity is what
 * it was.
 */
final class PacketCapacity {
  private WeakReference<DatagramPacket> last = new WeakReference<>(null);
  private WeakReference<byte[]> lastData = new WeakReference<>(null);
  private int lastOffset;
  private int lastLength;
  private int lastCapacity;

  /** The bytes that may be received into the packet, from its offset on. */
  int of(DatagramPacket packet) {
    boolean unchanged =
        last.refersTo(packet)
            && lastData.refersTo(packet.getData())
            && lastOffset == packet.getOffset()
            && lastLength == packet.getLength();
    return unchanged ? lastCapacity : packet.getLength();
  }

  /** The packet's length was set to that of a datagram. */
  void received(DatagramPacket packet, int capacity) {
    if (!last.refersTo(packet)) {
      last = new WeakReference<>(packet);
    }
    if (!lastData.refersTo(packet.getData())) {
      lastData = new WeakReference<>(packet.getData());
    }
    lastOffset = packet.getOffset();
    lastLength = packet.getLength();
    lastCapacity = capacity;
  }
}
