/** The command {@code sinew}. */
module dev.sinew.cli {
  requires static org.jspecify;
  requires dev.sinew;
  requires dev.sinew.sockets;
  requires dev.sinew.linux;
  requires dev.sinew.capture;
  requires dev.sinew.sim;
  requires dev.sinew.demos;
  requires dev.sinew.packetdrill;
  requires info.picocli;
  requires jdk.unsupported; // signals, by reflection

  // picocli reads the annotations of the commands by reflection.
  opens dev.sinew.cli to
      info.picocli;
}
