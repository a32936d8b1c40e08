package dev.sinew.link;

/**
 * What a link is and can do.
 *
 * @param name its name, as a person knows it: {@code tun0}
 * @param mtu the largest IP packet it carries, in bytes, 68 (IPv4) or 1280 (IPv6) to 65535
 * @param checksumOffload it completes the transport checksum of a packet that says where, and tells
 *     which arriving packets need no check
 * @param segmentationOffload it cuts TCP super-segments ({@link TxPacket#segmentSize}), and
 *     completes their checksums: only with {@code checksumOffload}. It repeats the header as it is,
 *     but for FIN and PSH, which go with the last segment, and CWR, which goes with the first
 * @param ackPerBatch what arrives together is a queue: a connection acknowledges in-order data once
 *     per batch of received packets, however many (a TUN device, where it pays). Otherwise every
 *     second full-sized segment gets an ACK, however many arrive together
 * @param loopback it brings every packet back
 * @param hardwareAddress 0 for a link of IP packets. Else it carries Ethernet frames and this is
 *     its own hardware address, the first byte on top of 48 bits: the 14 bytes before each packet,
 *     both ways, are its Ethernet header ({@link dev.sinew.wire.EthernetHeader})
 */
public record LinkProperties(
    String name,
    int mtu,
    boolean checksumOffload,
    boolean segmentationOffload,
    boolean ackPerBatch,
    boolean loopback,
    long hardwareAddress) {
  /** A link of IP packets. */
  public LinkProperties(
      String name,
      int mtu,
      boolean checksumOffload,
      boolean segmentationOffload,
      boolean ackPerBatch,
      boolean loopback) {
    this(name, mtu, checksumOffload, segmentationOffload, ackPerBatch, loopback, 0);
  }

  /** True for a link of Ethernet frames. */
  public boolean ethernet() {
    return hardwareAddress != 0;
  }
}
