/** A network of stacks in one thread and in virtual time. */
module dev.sinew.sim {
  requires static org.jspecify;
  requires transitive dev.sinew;
  requires transitive dev.sinew.sockets;
  requires transitive dev.sinew.capture;

  exports dev.sinew.sim;
  exports dev.sinew.sim.sweep;
}
