package dev.sinew.ip;

import dev.sinew.link.Link;
import dev.sinew.link.TxQueue;

/** A link's place in a stack: its addresses and the packets that wait for it. */
public final class NetworkInterface {
  private final int index;
  private final Link link;
  private final TxQueue txQueue;

  NetworkInterface(int index, Link link, int txQueuePackets) {
    this.index = index;
    this.link = link;
    this.txQueue = new TxQueue(txQueuePackets);
  }

  /** Its number in the stack, from 1. */
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
    return link.properties().mtu();
  }
}
