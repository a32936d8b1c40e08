package dev.sinew.tests.kernel;

import java.net.InetAddress;
import java.net.InetSocketAddress;

/** The two IP versions, with the addresses that both sides of a {@link Lab} have. */
enum Version {
  V4("10.88.0.1", "10.88.0.2", 24),
  V6("fd88::1", "fd88::2", 64);

  /** The kernel's address. */
  final String kernel;

  /** The stack's. */
  final String stack;

  final int prefixLength;

  Version(String kernel, String stack, int prefixLength) {
    this.kernel = kernel;
    this.stack = stack;
    this.prefixLength = prefixLength;
  }

  boolean isV4() {
    return this == V4;
  }

  InetSocketAddress kernel(int port) {
    return new InetSocketAddress(InetAddress.ofLiteral(kernel), port);
  }

  InetSocketAddress stack(int port) {
    return new InetSocketAddress(InetAddress.ofLiteral(stack), port);
  }

  /** The stack's address as a URL has it. */
  String urlHost() {
    return isV4() ? stack : "[" + stack + "]";
  }

  /** The number as {@code curl -4}, {@code nc -6} and {@code ping -4} want it. */
  String flag() {
    return isV4() ? "-4" : "-6";
  }
}
