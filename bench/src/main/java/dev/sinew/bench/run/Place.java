package dev.sinew.bench.run;

import dev.sinew.linux.NetworkNamespace;
import java.net.InetAddress;

/**
 * Where a client and a server meet.
 *
 * @param client where the client's sockets are
 * @param server where the serving process runs: the same on TUN, the other end of veth
 */
record Place(
    NetworkNamespace client,
    NetworkNamespace server,
    InetAddress clientV4,
    InetAddress serverV4,
    InetAddress serverV6) {

  static InetAddress literal(String text) {
    return InetAddress.ofLiteral(text);
  }
}
