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
 * @param datagramOffload it cuts UDP super-datagrams, of at most {@link #MAX_DATAGRAMS} datagrams,
 *     and completes their checksums: only with {@code checksumOffload}. It repeats the header but
 *     for lengths, and counts IPv4's identification on. The driver's queue joins datagrams for it
 *     ({@link TxQueue#drainTo})
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
    boolean datagramOffload,
    boolean ackPerBatch,
    boolean loopback,
    long hardwareAddress) {
  /** The most datagrams in a super-datagram (as in Linux before 6.10, which has 128 since). */
  public static final int MAX_DATAGRAMS = 64;

  /** A link of IP packets that cuts no super-datagrams. */
  public LinkProperties(
      String name,
      int mtu,
      boolean checksumOffload,
      boolean segmentationOffload,
      boolean ackPerBatch,
      boolean loopback) {
    this(name, mtu, checksumOffload, segmentationOffload, false, ackPerBatch, loopback, 0);
  }

  /** The same link, which cuts super-datagrams too. */
  public LinkProperties withDatagramOffload() {
    return new LinkProperties(
        name,
        mtu,
        checksumOffload,
        segmentationOffload,
        true,
        ackPerBatch,
        loopback,
        hardwareAddress);
  }

  /** True for a link of Ethernet frames. */
  public boolean ethernet() {
    return hardwareAddress != 0;
  }
}
