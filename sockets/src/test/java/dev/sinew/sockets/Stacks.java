package dev.sinew.sockets;

import dev.sinew.base.Profile;
import dev.sinew.ip.NetworkInterface;
import dev.sinew.ip.Prefix;
import dev.sinew.stack.Stack;
import java.security.SecureRandom;
import java.util.Objects;

/** Stacks as the tests want them. */
final class Stacks {
  private Stacks() {}

  static Stack.Builder builder() {
    return Stack.builder().entropy(new SecureRandom()::nextLong);
  }

  /** A stack without a device. */
  static Stack loopback() {
    return builder().build();
  }

  static Prefix prefix(String text) {
    return Objects.requireNonNull(Prefix.parse(text));
  }

  /** One end of a cable: {@code 10.9.0.N/24} and {@code fd09::N/64}. */
  static Stack on(PairLink link, int host, Profile profile) {
    Stack stack = builder().profile(profile).build();
    NetworkInterface itf =
        stack.addInterface(link, prefix("10.9.0." + host + "/24"), prefix("fd09::" + host + "/64"));
    stack.addRoute(prefix("0.0.0.0/0"), itf, null);
    return stack;
  }
}
