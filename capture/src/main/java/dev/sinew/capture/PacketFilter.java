package dev.sinew.capture;

import dev.sinew.wire.Bytes;
import dev.sinew.wire.IpPacket;
import dev.sinew.wire.IpProtocol;
import java.lang.foreign.MemorySegment;

/**
 * Chooses IP packets by a part of the language of tcpdump ({@code pcap-filter}), with tcpdump's
 * meaning:
 *
 * <pre>
 * tcp, udp, icmp, icmp6, ip, ip6        the protocol, or the version of IP
 * [src|dst] host ADDRESS                an address; the word host may be left out
 * [src|dst] net ADDRESS/BITS            a prefix without host bits
 * [tcp|udp] [src|dst] port N            a port, 0 to 65535
 * [tcp|udp] [src|dst] portrange N-M     ports from N to M
 * less N, greater N                     packets of at most, of at least N bytes
 * not X, X and Y, X or Y, ( X )         also !, &amp;&amp;, ||; "and" and "or" bind equally, from left to right
 * </pre>
 *
 * After "and" or "or", a bare value means the same kind as the value before: {@code port 80 or
 * 443}. Names are not looked up. A later piece of a datagram has no ports. Not thread-safe.
 */
public final class PacketFilter {
  /** One packet, read once for all conditions. */
  static final class View {
    final IpPacket ip = new IpPacket();
    boolean readable;
    int length;
    int sourcePort;
    int destinationPort;
  }

  /** A condition. */
  interface Node {
    boolean test(View v);
  }

  private final String expression;
  private final Node root;
  private final View view = new View();

  private PacketFilter(String expression, Node root) {
    this.expression = expression;
    this.root = root;
  }

  /**
   * Reads an expression; an empty one takes every packet.
   *
   * @throws FilterException with the place of the mistake
   */
  public static PacketFilter parse(String expression) {
    return new PacketFilter(expression, new FilterParser(expression).parse());
  }

  /**
   * True when the filter takes this IP packet, of which {@code captured} bytes are at {@code
   * offset}. Takes any bytes.
   *
   * @param length bytes on the link
   */
  public boolean matches(MemorySegment m, long offset, int captured, int length) {
    View v = view;
    int result = v.ip.parseCut(m, offset, captured);
    v.readable = result == IpPacket.OK;
    v.length = length;
    v.sourcePort = -1;
    v.destinationPort = -1;
    boolean ports =
        v.readable
            && v.ip.fragmentOffset == 0
            && (v.ip.protocol == IpProtocol.TCP || v.ip.protocol == IpProtocol.UDP)
            && v.ip.payloadLength >= 4;
    if (ports) {
      v.sourcePort = Bytes.u16(m, v.ip.payloadOffset);
      v.destinationPort = Bytes.u16(m, v.ip.payloadOffset + 2);
    }
    return root.test(v);
  }

  /** True for an empty expression. */
  public boolean takesAll() {
    return expression.isBlank();
  }

  @Override
  public String toString() {
    return expression;
  }
}
