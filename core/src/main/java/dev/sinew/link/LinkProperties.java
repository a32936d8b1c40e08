package dev.sinew.link;

/**
 * What a link is and can do.
 *
 * @param name its name, as a person knows it: {@code tun0}
 * @param mtu the largest IP packet it carries, in bytes, 68 (IPv4) or 1280 (IPv6) to 65535
 * @param checksumOffload it completes the transport checksum of a packet that says where, and tells
 *     which arriving packets need no check
 * @param segmentationOffload it cuts TCP super-segments
 * @param ackPerBatch acknowledging once per batch of received packets pays here (a TUN device).
 *     Nothing asks yet: every link gets at most one ACK per connection and flush
 * @param loopback it brings every packet back
 */
public record LinkProperties(
    String name,
    int mtu,
    boolean checksumOffload,
    boolean segmentationOffload,
    boolean ackPerBatch,
    boolean loopback) {}
