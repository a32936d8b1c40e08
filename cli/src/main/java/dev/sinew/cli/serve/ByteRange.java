package dev.sinew.cli.serve;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A part of a file: {@code from} to {@code to}, both inclusive, as RFC 9110 counts them.
 *
 * @param from first byte
 * @param to last byte, at least {@code from}
 */
record ByteRange(long from, long to) {
  private static final Pattern SINGLE = Pattern.compile("bytes=([0-9]{0,18})-([0-9]{0,18})");

  long length() {
    return to - from + 1;
  }

  /**
   * The part that the field {@code Range} asks for. Null when the whole file is to be sent: the
   * field is malformed, of another unit, or asks for several parts, all of which a server may
   * ignore.
   *
   * @throws HttpError 416 when the file has no such part
   */
  static @Nullable ByteRange parse(String field, long size) throws HttpError {
    Matcher m = SINGLE.matcher(field.replace(" ", ""));
    if (!m.matches() || m.group(1).isEmpty() && m.group(2).isEmpty()) {
      return null;
    }
    long from;
    long to;
    if (m.group(1).isEmpty()) { // the last so many bytes
      from = Math.max(0, size - Long.parseLong(m.group(2)));
      to = size - 1;
    } else {
      from = Long.parseLong(m.group(1));
      to = m.group(2).isEmpty() ? size - 1 : Math.min(size - 1, Long.parseLong(m.group(2)));
      if (!m.group(2).isEmpty() && Long.parseLong(m.group(2)) < from) {
        return null;
      }
    }
    if (from >= size) {
      throw new HttpError(416, "the file has no such bytes", "Content-Range: bytes */" + size);
    }
    return new ByteRange(from, to);
  }
}
