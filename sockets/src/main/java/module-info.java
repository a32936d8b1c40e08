/** What drives a stack in real time, and java.net sockets over it. */
module dev.sinew.sockets {
  requires static org.jspecify;
  requires jdk.net;
  requires transitive dev.sinew;

  exports dev.sinew.sockets;
  exports dev.sinew.sockets.control;
}
