/** The experiments that the command shows. */
module dev.sinew.demos {
  requires static org.jspecify;
  requires dev.sinew.sim;
  requires dev.sinew.capture;

  exports dev.sinew.demos;
}
