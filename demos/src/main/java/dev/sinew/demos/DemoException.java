package dev.sinew.demos;

/** A demo was asked for in a wrong way; the message says what would be right. */
public final class DemoException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  DemoException(String message) {
    super(message);
  }
}
