package dev.sinew.linux;

import java.io.IOException;

/**
 * A device could not be opened or set up. The message is one sentence for the person at the
 * keyboard: what failed, and what to do about it.
 */
public final class LinkException extends IOException {
  private static final long serialVersionUID = 1;

  /** What kind of obstacle it was; a command chooses its exit code by it. */
  public enum Reason {
    /** An option is wrong in itself: a name, a prefix, an MTU. */
    BAD_OPTION,
    /** A right is missing. */
    NO_PERMISSION,
    /** Another program has the device. */
    IN_USE,
    /** This system lacks what is needed: not Linux, no TUN driver, no IPv6, no such namespace. */
    UNAVAILABLE,
    /** The kernel refused for another reason, which the message names. */
    FAILED
  }

  private final Reason reason;

  LinkException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  /** What kind of obstacle it was. */
  public Reason reason() {
    return reason;
  }
}
