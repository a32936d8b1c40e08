package dev.sinew.sockets;

import java.net.InetSocketAddress;
import org.junit.jupiter.api.AfterEach;

/** Our sockets: a cable at whose other end nobody has the address. */
class StackConnectingTest extends ConnectingSuite {
  private final TwoStacks stacks = new TwoStacks();

  @AfterEach
  void closeStacks() {
    stacks.close();
  }

  @Override
  Side client() {
    return stacks.left(true);
  }

  @Override
  InetSocketAddress blackHole() {
    return Literal.of("10.9.0.77", 80);
  }
}
