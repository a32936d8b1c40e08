package dev.sinew.sockets;

import java.net.InetAddress;
import java.net.InetSocketAddress;

/** Addresses out of literals. */
final class Literal {
  private Literal() {}

  static InetAddress of(String text) {
    return InetAddress.ofLiteral(text);
  }

  static InetSocketAddress of(String text, int port) {
    return new InetSocketAddress(of(text), port);
  }
}
