package dev.sinew.cli;

import dev.sinew.link.Link;
import dev.sinew.stack.Stack;

/** What looks on while a stack works: {@code --trace} and {@code --pcap}. */
final class Watch implements AutoCloseable {
  private Watch() {}

  static Watch open(DeviceOptions options, Console console) throws Exception {
    return new Watch();
  }

  Link around(Link link) {
    return link;
  }

  void observe(Stack.Builder builder) {}

  @Override
  public void close() {}
}
