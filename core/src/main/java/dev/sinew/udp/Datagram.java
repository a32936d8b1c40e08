package dev.sinew.udp;

import dev.sinew.ip.IpAddress;

/**
 * What a receive call learnt about the datagram that it copied.
 *
 * @param source who sent it
 * @param sourcePort from which port
 * @param destination to which address of ours
 * @param length its true length; more than was copied when the buffer was too small
 * @param ttl its TTL or hop limit
 * @param trafficClass its DSCP and ECN bits
 */
public record Datagram(
    IpAddress source,
    int sourcePort,
    IpAddress destination,
    int length,
    int ttl,
    int trafficClass) {}
