package dev.sinew.packetdrill.script;

/**
 * A script that is not in the language, or asks for what nobody knows; the message is for users.
 */
public final class ScriptException extends Exception {
  private static final long serialVersionUID = 1;

  private final transient Place place;

  public ScriptException(Place place, String message) {
    super(message, null, false, false);
    this.place = place;
  }

  public Place place() {
    return place;
  }
}
