package dev.sinew.tcp;

import dev.sinew.base.Timer;
import dev.sinew.observe.TimerKind;

/** One timer of one connection. */
final class ConnectionTimer extends Timer {
  private final Connection connection;
  private final TimerKind kind;

  ConnectionTimer(Connection connection, TimerKind kind) {
    this.connection = connection;
    this.kind = kind;
  }

  @Override
  protected void fire(long now) {
    Timeouts.fired(connection, kind, now);
  }
}
