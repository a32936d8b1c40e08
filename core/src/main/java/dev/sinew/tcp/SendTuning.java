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
    if (c.profile().sendRecordBytes() == 0) {
      grow(c, 2 * c.recovery().control().window());
    }
  }

  /** The same where only who waits has the buffer grow. */
  static void waited(Connection c) {
    if (c.profile().sendRecordBytes() > 0) {
      grow(c, SendRoom.wanted(c));
    } else {
      wanted(c);
    }
  }

  private static void grow(Connection c, long wish) {
    if (c.options.sendBufferFixed || !c.profile().autoTuneSend() || !c.state.synchronizedState()) {
      return;
    }
    long most = c.layer.context.limits.maxSendBufferBytes();
    long wanted = Math.min(wish, most);
    c.sendBufferBytes += c.layer.memory.grow(c, wanted - c.sendBufferBytes);
  }

  /** How many of {@code length} bytes the send buffer takes. */
  static int room(Connection c, int length) {
    SocketOptions options = c.options;
    int lowat = options.notSentLowatBytes;
    if (c.profile().sendRecordBytes() > 0 && c.state.synchronizedState()) {
      return SendRoom.room(c, length, lowat);
    }
    if (length > c.sendBufferBytes - c.toSend.length()) {
      wanted(c);
    }
    int room = Math.min(length, c.sendBufferBytes - c.toSend.length());
    if (lowat < Integer.MAX_VALUE) {
      // Not less than a segment at a time.
      int unsent = c.unsent();
      room = Math.min(room, unsent >= lowat ? 0 : Math.max(lowat - unsent, c.effectiveMss));
    }
    return room;
  }
}
