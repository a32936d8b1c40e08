package dev.sinew.sockets;

import dev.sinew.base.Profile;

/** Two stacks on a cable, driven in real time: 10.9.0.1 and fd09::1, 10.9.0.2 and fd09::2. */
final class TwoStacks implements AutoCloseable {
  final PairLink[] cable = PairLink.cable(1500, 256);
  final RealTimeRunner left;
  final RealTimeRunner right;

  TwoStacks() {
    this(Profile.STANDARD);
  }

  TwoStacks(Profile profile) {
    left = RealTimeRunner.start(Stacks.on(cable[0], 1, profile));
    right = RealTimeRunner.start(Stacks.on(cable[1], 2, profile));
  }

  Side left(boolean v4) {
    return Side.stack(left, v4 ? "10.9.0.1" : "fd09::1");
  }

  Side right(boolean v4) {
    return Side.stack(right, v4 ? "10.9.0.2" : "fd09::2");
  }

  @Override
  public void close() {
    left.close();
    right.close();
  }
}
