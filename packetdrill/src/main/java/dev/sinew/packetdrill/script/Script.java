package dev.sinew.packetdrill.script;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A script: options, events in the order of their text, and commands before and after them.
 *
 * @param init what a shell would run before the first event
 * @param cleanup what a shell would run after the last one
 */
public record Script(
    List<Option> options, @Nullable Command init, List<Event> events, @Nullable Command cleanup) {

  /** {@code --name=value} at the head of the script; the value is empty when there is none. */
  public record Option(Place place, String name, String value) {}

  /** The text between backquotes. */
  public record Command(Place place, String text) {}

  /** What happens or is expected, and when. */
  public record Event(Place place, When when, Action action) {}
}
