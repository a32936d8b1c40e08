package dev.sinew.cli.serve;

import org.jspecify.annotations.Nullable;

/** A request that is answered with an error status: the answer's body is one line. */
@SuppressWarnings("serial")
final class HttpError extends Exception {
  private final int status;
  private final @Nullable String extraHeader;

  HttpError(int status, String text) {
    this(status, text, null);
  }

  /**
   * @param extraHeader a whole header line that the status asks for ({@code Allow}, {@code
   *     Content-Range}), without its line end
   */
  HttpError(int status, String text, @Nullable String extraHeader) {
    super(text, null, false, false);
    this.status = status;
    this.extraHeader = extraHeader;
  }

  int status() {
    return status;
  }

  String text() {
    return String.valueOf(getMessage());
  }

  @Nullable String extraHeader() {
    return extraHeader;
  }

  /** The reason phrase of a status that this server sends. */
  static String reason(int status) {
    return switch (status) {
      case 100 -> "Continue";
      case 200 -> "OK";
      case 201 -> "Created";
      case 204 -> "No Content";
      case 206 -> "Partial Content";
      case 301 -> "Moved Permanently";
      case 304 -> "Not Modified";
      case 400 -> "Bad Request";
      case 403 -> "Forbidden";
      case 404 -> "Not Found";
      case 405 -> "Method Not Allowed";
      case 408 -> "Request Timeout";
      case 409 -> "Conflict";
      case 411 -> "Length Required";
      case 414 -> "URI Too Long";
      case 416 -> "Range Not Satisfiable";
      case 417 -> "Expectation Failed";
      case 431 -> "Request Header Fields Too Large";
      case 500 -> "Internal Server Error";
      case 501 -> "Not Implemented";
      case 505 -> "HTTP Version Not Supported";
      case 507 -> "Insufficient Storage";
      default -> "Error";
    };
  }
}
