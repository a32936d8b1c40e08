/** Links to Linux. The only module that needs native access. */
module dev.sinew.linux {
  requires static org.jspecify;
  requires transitive dev.sinew;

  exports dev.sinew.linux;
}
