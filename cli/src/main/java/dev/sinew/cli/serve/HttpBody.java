package dev.sinew.cli.serve;

import java.io.EOFException;
import java.io.IOException;

/**
 * The body of a request: of a given length, or chunked. Knows where it ends, so that the next
 * request is found.
 */
final class HttpBody {
  private static final int MAX_CHUNK_LINE = 1024;

  private final HttpInput in;
  private final int stallMillis;
  private final boolean chunked;
  private long left;
  private boolean ended;
  private boolean insideChunks;

  /**
   * @param length in bytes, or -1 for a chunked body
   * @param stallMillis how long the client may send nothing
   */
  HttpBody(HttpInput in, long length, int stallMillis) {
    this.in = in;
    this.stallMillis = stallMillis;
    this.chunked = length < 0;
    this.left = Math.max(0, length);
    this.ended = length == 0;
  }

  boolean ended() {
    return ended;
  }

  /** At least one byte, or -1 at the body's end. */
  int read(byte[] target, int offset, int length) throws IOException, HttpError {
    if (ended) {
      return -1;
    }
    in.within(stallMillis);
    if (chunked && left == 0 && !nextChunk()) {
      ended = true;
      return -1;
    }
    int n = in.read(target, offset, (int) Math.min(length, left));
    if (n < 0) {
      throw new EOFException("the client closed within the body");
    }
    left -= n;
    if (!chunked && left == 0) {
      ended = true;
    }
    return n;
  }

  /**
   * Reads to the end, but not more than {@code maxBytes}; {@link #ended} tells whether that was
   * enough.
   */
  void drain(int maxBytes) throws IOException, HttpError {
    byte[] rest = new byte[8 * 1024];
    for (int taken = 0; !ended && taken < maxBytes; ) {
      taken += Math.max(0, read(rest, 0, rest.length));
    }
  }

  private boolean nextChunk() throws IOException, HttpError {
    if (insideChunks) {
      String end = in.readLine(0, 400); // the line end after a chunk's data
      if (end == null) {
        throw new EOFException("the client closed within the body");
      }
    }
    insideChunks = true;
    String line = in.readLine(MAX_CHUNK_LINE, 400);
    if (line == null) {
      throw new EOFException("the client closed within the body");
    }
    int semicolon = line.indexOf(';'); // extensions are ignored
    String size = (semicolon < 0 ? line : line.substring(0, semicolon)).strip();
    if (!size.matches("[0-9a-fA-F]{1,15}")) {
      throw new HttpError(400, "a chunk's size is malformed");
    }
    left = Long.parseLong(size, 16);
    if (left > 0) {
      return true;
    }
    var unused = HttpRequest.readFields(in, HttpRequest.MAX_HEAD_BYTES); // the trailer
    return false;
  }
}
