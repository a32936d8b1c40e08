package dev.sinew.ip;

import dev.sinew.link.Link;
import dev.sinew.link.TxQueue;
import dev.sinew.neighbor.AddressState;
import dev.sinew.neighbor.Neighborhood;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A link's place in a stack: its addresses and the packets that wait for it. */
public final class NetworkInterface {
  private final int index;
  private final Link link;
  private final TxQueue txQueue;
  private final int txQueuePackets;
  private final int mtu;
  private final List<Prefix> configured;
  private List<Prefix> addresses;

  /** Who is on the link; null for a link of IP packets. */
  @Nullable Neighborhood neighborhood;

  private long countedErrors;

  NetworkInterface(int index, Link link, int txQueuePackets, List<Prefix> addresses) {
    this.index = index;
    this.link = link;
    this.txQueue = new TxQueue(txQueuePackets);
    this.txQueuePackets = txQueuePackets;
    this.mtu = link.properties().mtu();
    this.configured = List.copyOf(addresses);
    this.addresses = configured;
  }

  /** Its number in the stack, from 1; 1 is the loopback interface. */
  public int index() {
    return index;
  }

  /** The device. Only the driver calls it. */
  public Link link() {
    return link;
  }

  /** Packets that wait for the device. */
  public TxQueue txQueue() {
    return txQueue;
  }

  /** The largest packet, in bytes. */
  public int mtu() {
    return mtu;
  }

  /**
   * Its addresses, in the order in which they were given. On a link of Ethernet frames: those that
   * are known to be nobody else's.
   */
  public List<Prefix> addresses() {
    return addresses;
  }

  /** All addresses that were given, and the link-local one that came with them. */
  public List<Prefix> configuredAddresses() {
    return configured;
  }

  /** What is known of one of the configured addresses. */
  public AddressState addressState(IpAddress address) {
    Neighborhood n = neighborhood;
    AddressState state = n == null ? null : n.addressState(address.high(), address.low());
    return state == null ? AddressState.PREFERRED : state;
  }

  /** The neighbours on a link of Ethernet frames; null on a link of IP packets. */
  public @Nullable Neighborhood neighborhood() {
    return neighborhood;
  }

  /** Addresses that are being asked for. */
  List<Prefix> tentativeAddresses() {
    return configured.stream()
        .filter(p -> addressState(p.address()) == AddressState.TENTATIVE)
        .toList();
  }

  /** Takes over which addresses may be used. */
  void refreshAddresses() {
    addresses =
        configured.stream()
            .filter(p -> addressState(p.address()) == AddressState.PREFERRED)
            .toList();
  }

  /** True for the interface that brings every packet back to this stack. */
  public boolean isLoopback() {
    return link.properties().loopback();
  }

  /** Packets that the link has refused, either way, since this was last asked. */
  long newLinkErrors() {
    long all = txQueue.failedCount() + link.receiveErrorCount();
    long fresh = all - countedErrors;
    countedErrors = all;
    return fresh;
  }

  /** How many packets the queue still takes. */
  int room() {
    return txQueuePackets - txQueue.size();
  }
}
