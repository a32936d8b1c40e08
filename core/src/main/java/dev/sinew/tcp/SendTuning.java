package dev.sinew.tcp;

/**
 * The send buffer of an application that left its size alone holds two congestion windows: one in
 * flight and one to follow it. It only grows, when the application has more to write, and only as
 * far as {@code Limits.maxSendBufferBytes} and the stack's memory allow ({@link MemoryWatch#grow}).
 */
final class SendTuning {
  private SendTuning() {}

  /** The application has more to write than the buffer takes, or is waiting to. */
  static void wanted(Connection c) {
    if (c.options.sendBufferFixed || !c.profile().autoTuneSend() || !c.state.synchronizedState()) {
      return;
    }
    long most = c.layer.context.limits.maxSendBufferBytes();
    long wanted = Math.min(2 * c.recovery().control().window(), most);
    c.sendBufferBytes += c.layer.memory.grow(c, wanted - c.sendBufferBytes);
  }
}
