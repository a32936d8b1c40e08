/** Tests on a simulated network, as a JUnit extension. */
module dev.sinew.junit {
  requires static org.jspecify;
  requires transitive dev.sinew.sim;
  requires transitive org.junit.jupiter.api;

  exports dev.sinew.junit;
}
