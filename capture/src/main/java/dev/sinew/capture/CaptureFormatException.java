package dev.sinew.capture;

import java.io.IOException;

/** A file that is no capture, or a damaged one. The message says what is wrong and where. */
public final class CaptureFormatException extends IOException {
  private static final long serialVersionUID = 1;

  CaptureFormatException(String message) {
    super(message);
  }
}
