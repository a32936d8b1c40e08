package dev.sinew.packetdrill.script;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A packet as a script writes it. What is absent is unchecked, or the runner's choice.
 *
 * @param sourcePort with {@code destinationPort}: the ports, or -1
 */
public record PacketSpec(
    Place place, String text, Ip ip, int sourcePort, int destinationPort, Body body) {

  /**
   * What is said of the IP header.
   *
   * @param tos the whole octet, or -1
   * @param dscp its six bits beside ECN's, or -1
   */
  public record Ip(Ecn ecn, int tos, int dscp, int ttl, int flowLabel) {
    public static final Ip NONE = new Ip(Ecn.ANY, -1, -1, -1, -1);
  }

  /** The two ECN bits. */
  public enum Ecn {
    ANY,
    NOT_ECT,
    ECT0,
    ECT1,
    ECT01,
    CE
  }

  /** What IP carries. */
  public sealed interface Body {}

  /**
   * A segment.
   *
   * @param flags header bits, AE included
   * @param ace with an AccECN counter: its value; else -1
   * @param anySeq {@code ...(n)}: only the length is said
   * @param absoluteSeq {@code !}: the number as it is on the wire
   * @param ack the number, or null without {@code ack}
   * @param window the header's field, or -1
   * @param urgent the pointer, or -1
   * @param options null: must be none (expected), none (sent); see {@code anyOptions}
   * @param anyOptions {@code <...>}
   */
  public record Tcp(
      int flags,
      int ace,
      boolean anySeq,
      boolean absoluteSeq,
      long seq,
      int length,
      @Nullable Long ack,
      int window,
      int urgent,
      @Nullable List<TcpOption> options,
      boolean anyOptions)
      implements Body {}

  /** A datagram; {@code length} of its payload. */
  public record Udp(int length) implements Body {}

  /**
   * An ICMP message.
   *
   * @param type and {@code code} as words; code empty when there is none
   * @param mtu of "packet too big", or -1
   * @param id of an echo, or -1
   * @param quotedSeq the sequence number of the quoted segment, or null
   * @param quotedUdpLength with a quoted datagram its length, or -1
   */
  public record Icmp(
      String type,
      String code,
      int mtu,
      int id,
      @Nullable Long quotedSeq,
      int quotedLength,
      int quotedUdpLength)
      implements Body {}
}
