package dev.sinew.sockets;

import org.junit.jupiter.api.Nested;

/** The oracle: the same suite over the kernel's sockets. */
class KernelStreamEndTest {
  abstract static class OverKernel extends StreamEndSuite {
    private final Side side;

    OverKernel(String loopback) {
      side = Side.kernel(loopback);
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

  @Nested
  class V4 extends OverKernel {
    V4() {
      super("127.0.0.1");
    }
  }

  @Nested
  class V6 extends OverKernel {
    V6() {
      super("::1");
    }
  }
}
