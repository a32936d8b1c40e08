/** packetdrill scripts, run against a stack in virtual time. */
module dev.sinew.packetdrill {
  requires static org.jspecify;
  requires dev.sinew;
  requires dev.sinew.capture;

  exports dev.sinew.packetdrill;
  exports dev.sinew.packetdrill.script;
}
