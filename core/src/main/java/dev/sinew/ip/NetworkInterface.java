package dev.sinew.ip;

import dev.sinew.link.Link;
import dev.sinew.link.TxQueue;
import java.util.List;

/** A link's place in a stack: its addresses and the packets that wait for it. */
public final class NetworkInterface {
  private final int index;
  private final Link link;
  private final TxQueue txQueue;
  private final int txQueuePackets;
  private final int mtu;
  private final List<Prefix> addresses;
  private long countedErrors;

  NetworkInterface(int index, Link link, int txQueuePackets, List<Prefix> addresses) {
    this.index = index;
    this.link = link;
    this.txQueue = new TxQueue(txQueuePackets);
    this.txQueuePackets = txQueuePackets;
    this.mtu = link.properties().mtu();
    this.addresses = List.copyOf(addresses);
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

  /** Its addresses, in the order in which they were given. */
  public List<Prefix> addresses() {
    return addresses;
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
