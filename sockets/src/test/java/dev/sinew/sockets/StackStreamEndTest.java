package dev.sinew.sockets;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;

/** Our sockets under the suite that the kernel's sockets pass. */
class StackStreamEndTest {
  /** Both ends on the loopback interface of one stack. */
  abstract static class OverLoopback extends StreamEndSuite {
    private final RealTimeRunner runner = RealTimeRunner.start(Stacks.loopback());
    private final Side side;

    OverLoopback(String address) {
      side = Side.stack(runner, address);
    }

    @AfterEach
    void closeRunner() {
      runner.close();
    }

    @Override
    Side client() {
      return side;
    }

    @Override
    Side server() {
      return side;
    }
  }

  /** Two stacks on a cable. */
  abstract static class OverCable extends StreamEndSuite {
    private final TwoStacks stacks = new TwoStacks();
    private final boolean v4;

    OverCable(boolean v4) {
      this.v4 = v4;
    }

    @AfterEach
    void closeStacks() {
      stacks.close();
    }

    @Override
    Side client() {
      return stacks.left(v4);
    }

    @Override
    Side server() {
      return stacks.right(v4);
    }
  }

  @Nested
  class LoopbackV4 extends OverLoopback {
    LoopbackV4() {
      super("127.0.0.1");
    }
  }

  @Nested
  class LoopbackV6 extends OverLoopback {
    LoopbackV6() {
      super("::1");
    }
  }

  @Nested
  class CableV4 extends OverCable {
    CableV4() {
      super(true);
    }
  }

  @Nested
  class CableV6 extends OverCable {
    CableV6() {
      super(false);
    }
  }
}
