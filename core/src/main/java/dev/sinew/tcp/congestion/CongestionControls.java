package dev.sinew.tcp.congestion;

import dev.sinew.base.Profile;

/** The congestion controllers by name. */
public final class CongestionControls {
  private CongestionControls() {}

  /** A new controller of that name, for one connection. */
  public static CongestionControl create(String name, Profile profile) {
    return switch (name) {
      case "reno" -> new Reno();
      default -> throw new IllegalArgumentException("no congestion control named " + name);
    };
  }
}
