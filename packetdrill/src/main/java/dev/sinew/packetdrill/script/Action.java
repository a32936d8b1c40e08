package dev.sinew.packetdrill.script;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What an event does or expects. */
public sealed interface Action {
  /**
   * A packet.
   *
   * @param inbound the script sends it to the stack; else the stack is expected to send it
   */
  record Packet(boolean inbound, PacketSpec packet) implements Action {}

  /**
   * A socket call.
   *
   * @param blocksUntil when a blocking call must return, counted like the event's own time; null
   *     when it returns at once
   * @param error the name of errno, or null when none is expected
   * @param note what stands in parentheses behind the result, for people
   */
  record Call(
      String name,
      List<Expression> arguments,
      @Nullable Long blocksUntil,
      Expression result,
      @Nullable String error,
      String note)
      implements Action {}

  /** A shell's command. */
  record Shell(String text) implements Action {}

  /** Statements about the connection's variables. */
  record Code(String text) implements Action {}
}
