package dev.sinew.ip;

import dev.sinew.link.TxPacket;
import org.jspecify.annotations.Nullable;

/** The internet layer of one stack (RFC 791, RFC 8200, RFC 1122 section 3). */
public final class IpLayer {

  /** Registers a transport for a protocol number. */
  public void register(int protocol, TransportInput input, @Nullable IcmpErrorInput errors) {
    throw new IllegalStateException();
  }

  /**
   * Finds the interface and, where the flow has none (all zero), the source address. Cheap when nothing changed since the last time.
   *
   * @return false when there is no way to the destination
   */
  public boolean route(Flow flow) {
    throw new IllegalStateException();
  }

  /** True when the address is one of ours on any interface (loopback networks included). */
  public boolean isLocal(long high, long low) {
    throw new IllegalStateException();
  }

  /** True when the address is a broadcast address of an interface, 255.255.255.255, or any multicast address. */
  public boolean isBroadcastOrMulticast(long high, long low) {
    throw new IllegalStateException();
  }

  /** The largest packet for this flow now: the interface's MTU, or what path MTU discovery has learnt. The flow is routed. */
  public int mtu(Flow flow) {
    throw new IllegalStateException();
  }

  /** The interface's own MTU for this flow, which bounds what we can receive (MMS_R). The flow is routed. */
  public int interfaceMtu(Flow flow) {
    throw new IllegalStateException();
  }

  /** Learns a path MTU from a checked ICMP error. */
  public void learnPathMtu(long destinationHigh, long destinationLow, int mtu, long now) {
    throw new IllegalStateException();
  }

  /**
   * Reserves a packet in the queue of the flow's interface and writes its IP header. The caller writes {@code transportHeaderLength} bytes at
   * {@link #transportOffset}, appends slices of exactly {@code payloadLength} bytes and commits.
   *
   * @return null when there is no route or the queue is full; the flow's {@link Flow#out()} tells which
   */
  public @Nullable TxPacket begin(Flow flow, int protocol, int transportHeaderLength, int payloadLength) {
    throw new IllegalStateException();
  }

  /** Where the transport header begins in the packet's header memory. */
  public long transportOffset(TxPacket p) {
    throw new IllegalStateException();
  }

  /**
   * Fills in the transport checksum (or leaves it to the link), tells the observer and queues the packet.
   *
   * @param checksumField offset of the 16-bit checksum field within the transport header
   */
  public void commit(Flow flow, TxPacket p, int checksumField, long now) {
    throw new IllegalStateException();
  }
}
