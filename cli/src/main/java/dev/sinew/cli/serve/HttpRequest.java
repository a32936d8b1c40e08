package dev.sinew.cli.serve;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The head of an HTTP/1.0 or 1.1 request (RFC 9112), checked strictly where two readers could
 * disagree about where it ends.
 *
 * @param method as sent
 * @param path the target's path as sent: still percent-encoded, without query
 * @param minorVersion 0 or 1
 * @param headers by lower-case name; several of one name are joined by commas
 * @param contentLength of the body, 0 when there is none, -1 when it is chunked
 */
record HttpRequest(
    String method, String path, int minorVersion, Map<String, String> headers, long contentLength) {
  /** All of a request's head, in bytes. */
  static final int MAX_HEAD_BYTES = 16 * 1024;

  private static final int MAX_TARGET_BYTES = 8 * 1024;
  private static final int MAX_FIELDS = 100;

  /** Reads one head. Null when the client closed instead of sending another request. */
  static @Nullable HttpRequest read(HttpInput in) throws IOException, HttpError {
    String line = in.readLine(MAX_TARGET_BYTES, 414);
    if (line != null && line.isEmpty()) {
      line = in.readLine(MAX_TARGET_BYTES, 414); // an empty line before a request is tolerated
    }
    if (line == null) {
      return null;
    }
    int first = line.indexOf(' ');
    int last = line.lastIndexOf(' ');
    if (first <= 0 || last <= first + 1 || line.indexOf(' ', first + 1) != last) {
      throw new HttpError(400, "this is no request line");
    }
    String version = line.substring(last + 1);
    if (!version.matches("HTTP/[0-9]\\.[0-9]")) {
      throw new HttpError(400, "this is no request line");
    }
    if (version.charAt(5) != '1') {
      throw new HttpError(505, "only HTTP/1.0 and HTTP/1.1 are spoken here");
    }
    int minor = version.charAt(7) == '0' ? 0 : 1;
    String method = line.substring(0, first);
    if (!isToken(method)) {
      throw new HttpError(400, "this is no request line");
    }
    Map<String, String> headers = readFields(in, MAX_HEAD_BYTES - line.length());
    if (minor == 1 && !headers.containsKey("host")) {
      throw new HttpError(400, "the field Host is missing");
    }
    return new HttpRequest(
        method, path(line.substring(first + 1, last)), minor, headers, bodyLength(headers, minor));
  }

  /** Reads fields up to the empty line: of a head, or the trailer of a chunked body. */
  static Map<String, String> readFields(HttpInput in, int maxBytes) throws IOException, HttpError {
    Map<String, String> headers = new HashMap<>();
    int left = maxBytes;
    for (int count = 0; ; count++) {
      String line = in.readLine(Math.max(0, left), 431);
      if (line == null) {
        throw new HttpError(400, "the request ends within its head");
      }
      if (line.isEmpty()) {
        return headers;
      }
      left -= line.length() + 2;
      int colon = line.indexOf(':');
      // A space before the colon and a folded line are ways to smuggle a request past a proxy.
      if (colon <= 0 || !isToken(line.substring(0, colon))) {
        throw new HttpError(400, "a header field is malformed");
      }
      if (count == MAX_FIELDS) {
        throw new HttpError(431, "too many header fields");
      }
      String name = line.substring(0, colon).toLowerCase(Locale.ROOT);
      String value = line.substring(colon + 1).strip();
      String earlier = headers.put(name, value);
      if (earlier != null) {
        if (name.equals("host")) {
          throw new HttpError(400, "there are two fields Host");
        }
        headers.put(name, earlier + ", " + value);
      }
    }
  }

  private static long bodyLength(Map<String, String> headers, int minor) throws HttpError {
    String coding = headers.get("transfer-encoding");
    String length = headers.get("content-length");
    if (coding != null) {
      if (length != null || minor == 0) {
        throw new HttpError(400, "the body's length is ambiguous");
      }
      if (!coding.equalsIgnoreCase("chunked")) {
        throw new HttpError(501, "the only transfer coding known here is chunked");
      }
      return -1;
    }
    if (length == null) {
      return 0;
    }
    if (!length.matches("[0-9]{1,18}")) {
      throw new HttpError(400, "the field Content-Length is malformed");
    }
    return Long.parseLong(length);
  }

  /** The path of a target in origin form or absolute form. */
  private static String path(String target) throws HttpError {
    String path = target;
    if (target.regionMatches(true, 0, "http://", 0, 7)) {
      int slash = target.indexOf('/', 7);
      path = slash < 0 ? "/" : target.substring(slash);
    } else if (target.equals("*")) {
      return target;
    }
    int end = path.indexOf('?');
    path = end < 0 ? path : path.substring(0, end);
    if (!path.startsWith("/") || path.indexOf('#') >= 0) {
      throw new HttpError(400, "the request's target is no path");
    }
    return path;
  }

  /** The connection may serve a further request after this one. */
  boolean keepAlive() {
    return minorVersion == 1
        ? !hasToken("connection", "close")
        : hasToken("connection", "keep-alive");
  }

  /** The client waits for 100 Continue before it sends the body. */
  boolean expectsContinue() throws HttpError {
    String expect = headers.get("expect");
    if (expect == null || minorVersion == 0) {
      return false;
    }
    if (!expect.equalsIgnoreCase("100-continue")) {
      throw new HttpError(417, "the only expectation known here is 100-continue");
    }
    return true;
  }

  private boolean hasToken(String name, String token) {
    for (String part : headers.getOrDefault(name, "").split(",")) {
      if (part.strip().equalsIgnoreCase(token)) {
        return true;
      }
    }
    return false;
  }

  /**
   * The decoded names along a path; empty for the root. None of them is empty, a dot name, or holds
   * a slash or a NUL, so they can't leave the folder that they are looked up in.
   */
  static List<String> names(String path) throws HttpError {
    List<String> names = new ArrayList<>();
    for (String part : path.split("/")) {
      if (part.isEmpty()) {
        continue;
      }
      String name = decode(part);
      if (name.equals(".")
          || name.equals("..")
          || name.indexOf('/') >= 0
          || name.indexOf('\0') >= 0) {
        throw new HttpError(400, "the path is not allowed");
      }
      names.add(name);
    }
    if (names.size() > 100) {
      throw new HttpError(414, "the path is too deep");
    }
    return names;
  }

  private static String decode(String part) throws HttpError {
    ByteBuffer bytes = ByteBuffer.allocate(part.length());
    for (int i = 0; i < part.length(); i++) {
      char c = part.charAt(i);
      if (c == '%') {
        int high = i + 2 < part.length() ? Character.digit(part.charAt(i + 1), 16) : -1;
        int low = high >= 0 ? Character.digit(part.charAt(i + 2), 16) : -1;
        if (low < 0) {
          throw new HttpError(400, "the path is badly percent-encoded");
        }
        bytes.put((byte) (high << 4 | low));
        i += 2;
      } else {
        bytes.put((byte) c); // clients that send raw UTF-8 are understood
      }
    }
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(bytes.flip()).toString();
    } catch (CharacterCodingException e) {
      throw new HttpError(400, "the path is not UTF-8");
    }
  }

  private static boolean isToken(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean ok =
          c >= 'a' && c <= 'z'
              || c >= 'A' && c <= 'Z'
              || c >= '0' && c <= '9'
              || "!#$%&'*+-.^_`|~".indexOf(c) >= 0;
      if (!ok) {
        return false;
      }
    }
    return !text.isEmpty();
  }
}
