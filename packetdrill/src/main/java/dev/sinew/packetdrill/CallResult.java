package dev.sinew.packetdrill;

import dev.sinew.base.TcpError;
import org.jspecify.annotations.Nullable;

/**
 * What a call returned.
 *
 * @param error the name of errno, or null
 */
record CallResult(long value, @Nullable String error) {
  static final CallResult ZERO = new CallResult(0, null);

  static CallResult of(long value) {
    return new CallResult(value, null);
  }

  static CallResult error(String errno) {
    return new CallResult(-1, errno);
  }

  /** A count, or one of the stack's negative error codes. */
  static CallResult ofCode(long code) {
    TcpError e = TcpError.of(code);
    return e == null ? of(code) : e == TcpError.END_OF_STREAM ? ZERO : error(Errno.of(e));
  }

  @Override
  public String toString() {
    return error == null ? Long.toString(value) : "-1 " + error;
  }
}
