package dev.sinew.cli.serve;

import java.io.Flushable;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The bytes that a client sends, buffered, with a deadline: whoever sends a request byte by byte
 * gets no more time than anyone else. Not thread safe.
 */
final class HttpInput {
  private final Socket socket;
  private final InputStream in;
  private final Flushable beforeWaiting;
  private final byte[] buffer = new byte[16 * 1024];
  private int position;
  private int limit;
  private long deadline;

  /**
   * @param beforeWaiting is flushed before this end waits for the client, who may wait for what is
   *     in it
   */
  HttpInput(Socket socket, Flushable beforeWaiting) throws IOException {
    this.socket = socket;
    this.beforeWaiting = beforeWaiting;
    this.in = socket.getInputStream();
  }

  /** From now on everything must arrive within so many milliseconds. */
  void within(int millis) {
    deadline = System.nanoTime() + millis * 1_000_000L;
  }

  /** True when bytes have arrived that were not read yet. */
  boolean buffered() {
    return position < limit;
  }

  /** Waits for a byte without taking it; false at the end of the stream. */
  boolean await() throws IOException {
    return position < limit || fill();
  }

  /** The next byte, or -1 at the end of the stream. */
  int read() throws IOException {
    return position < limit || fill() ? buffer[position++] & 0xff : -1;
  }

  /** At least one byte, or -1 at the end of the stream. */
  int read(byte[] target, int offset, int length) throws IOException {
    if (position == limit) {
      if (length >= buffer.length) {
        arm();
        return in.read(target, offset, length);
      }
      if (!fill()) {
        return -1;
      }
    }
    int n = Math.min(length, limit - position);
    System.arraycopy(buffer, position, target, offset, n);
    position += n;
    return n;
  }

  /**
   * A line without its end (CRLF, or LF alone as every server takes it), as ISO 8859-1.
   *
   * @param maxBytes more than that is refused
   * @param tooLong the status that says so
   * @return null when the stream ended before the line's first byte
   */
  @Nullable String readLine(int maxBytes, int tooLong) throws IOException, HttpError {
    StringBuilder long_ = null; // only for a line that crosses the buffer's end
    int taken = 0;
    while (true) {
      if (position == limit && !fill()) {
        if (taken == 0) {
          return null;
        }
        throw new HttpError(400, "the request ends within a line");
      }
      int start = position;
      int stop = Math.min(limit, start + maxBytes + 2 - taken);
      int end = start;
      while (end < stop && buffer[end] != '\n') {
        end++;
      }
      boolean complete = end < stop;
      String part = new String(buffer, start, end - start, StandardCharsets.ISO_8859_1);
      taken += end - start;
      position = complete ? end + 1 : end;
      if (complete) {
        String line = long_ == null ? part : long_.append(part).toString();
        line = line.endsWith("\r") ? line.substring(0, line.length() - 1) : line;
        if (line.length() > maxBytes) {
          throw new HttpError(tooLong, "a line of the request is too long");
        }
        if (line.indexOf('\r') >= 0 || line.indexOf('\0') >= 0) {
          throw new HttpError(400, "a line of the request holds a control character");
        }
        return line;
      }
      if (taken > maxBytes + 1) {
        throw new HttpError(tooLong, "a line of the request is too long");
      }
      long_ = (long_ == null ? new StringBuilder() : long_).append(part);
    }
  }

  private boolean fill() throws IOException {
    arm();
    int n = in.read(buffer, 0, buffer.length);
    position = 0;
    limit = Math.max(0, n);
    return n > 0;
  }

  private void arm() throws IOException {
    beforeWaiting.flush();
    long left = (deadline - System.nanoTime()) / 1_000_000L;
    if (left <= 0) {
      throw new SocketTimeoutException("the request takes too long");
    }
    socket.setSoTimeout((int) Math.min(left, Integer.MAX_VALUE));
  }
}
