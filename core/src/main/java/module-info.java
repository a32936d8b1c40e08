/** The protocols, without IO. Needs java.base alone. */
module dev.sinew {
  requires static org.jspecify;

  exports dev.sinew.base;
  exports dev.sinew.wire;
  exports dev.sinew.observe;
  exports dev.sinew.link;
  exports dev.sinew.neighbor;
  exports dev.sinew.ip;
  exports dev.sinew.tcp;
  exports dev.sinew.tcp.auth;
  exports dev.sinew.tcp.congestion;
  exports dev.sinew.udp;
  exports dev.sinew.stack;
}
