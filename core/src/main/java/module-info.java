/** The protocols, without IO. Needs java.base alone. */
module dev.sinew {
  requires static org.jspecify;

  // A package can be exported once it has a class. To come: dev.sinew.wire, dev.sinew.base,
  // dev.sinew.observe, dev.sinew.link, dev.sinew.ip, dev.sinew.tcp, dev.sinew.tcp.congestion,
  // dev.sinew.udp, dev.sinew.stack. Never exported: dev.sinew.tcp.recovery.
}
