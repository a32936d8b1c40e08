package dev.sinew.packetdrill;

import java.util.HashMap;
import java.util.Map;

/**
 * Names that the scripts of the Linux dialect take for granted because their suites give them on
 * the command line.
 */
final class SuiteNames {
  private SuiteNames() {}

  /** With what the user has defined, which comes first. */
  static Map<String, String> with(Map<String, String> defined, boolean v6) {
    Map<String, String> all = new HashMap<>(defined);
    // What Linux makes of the two default addresses with the keys
    // a1a1a1a1-b2b2b2b2-c3c3c3c3-d4d4d4d4
    // and zero.
    all.putIfAbsent("TFO_COOKIE", v6 ? "c1d1e9742a47a9bc" : "3021b9d889017eeb");
    all.putIfAbsent("TFO_COOKIE_ZERO", v6 ? "82af1a8f9a205c34" : "b7c12350a90dc8f5");
    all.putIfAbsent("CMSG_LEVEL_IP", v6 ? "SOL_IPV6" : "SOL_IP");
    all.putIfAbsent("CMSG_TYPE_RECVERR", v6 ? "IPV6_RECVERR" : "IP_RECVERR");
    return all;
  }
}
