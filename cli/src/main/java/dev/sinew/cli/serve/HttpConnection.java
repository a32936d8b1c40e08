package dev.sinew.cli.serve;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One client's connection: request after request, until one of the two closes. */
final class HttpConnection {
  private static final int BUFFER = 64 * 1024;

  /**
   * A body that nobody wants is read up to here, so that the connection can be used further or the
   * answer be seen.
   */
  private static final int MAX_DRAINED = 256 * 1024;

  private final Socket socket;
  private final HttpInput in;
  private final OutputStream out;
  private final FileStore files;
  private final Clock clock;
  private final HttpServer.Timeouts timeouts;
  private final Traffic traffic;
  private final Consumer<String> log;
  private byte @Nullable [] buffer;

  /** Of the request that is being answered. */
  private @Nullable HttpRequest request;

  private @Nullable HttpBody body;
  private boolean answered;
  private boolean keepAlive;
  private long receivedBytes;

  HttpConnection(
      Socket socket,
      FileStore files,
      Clock clock,
      HttpServer.Timeouts timeouts,
      Traffic traffic,
      Consumer<String> log)
      throws IOException {
    this.socket = socket;
    this.out =
        new BufferedOutputStream(
            socket.getOutputStream()); // a head and a small body make one segment
    this.in = new HttpInput(socket, out);
    this.files = files;
    this.clock = clock;
    this.timeouts = timeouts;
    this.traffic = traffic;
    this.log = log;
  }

  void run() throws IOException {
    in.within(timeouts.headMillis()); // the first request of a connection comes at once
    do {
      keepAlive = false;
      answered = false;
      receivedBytes = 0;
      request = null;
      body = null;
      boolean asked = false;
      try {
        if (!in.await()) {
          return;
        }
        asked = true;
        in.within(timeouts.headMillis());
        HttpRequest head = HttpRequest.read(in);
        if (head == null) {
          return;
        }
        request = head;
        body = new HttpBody(in, head.contentLength(), timeouts.stallMillis());
        keepAlive = head.keepAlive();
        answer(head, body);
        body.drain(MAX_DRAINED); // of a GET: nobody wants it
        keepAlive &= body.ended();
      } catch (HttpError e) {
        fail(e);
      } catch (SocketTimeoutException e) {
        if (!asked) {
          return; // nothing to answer
        }
        fail(new HttpError(408, "the request took too long"));
      }
      in.within(timeouts.idleMillis());
    } while (keepAlive);
    lingeringClose();
  }

  private void answer(HttpRequest head, HttpBody body) throws IOException, HttpError {
    switch (head.method()) {
      case "GET", "HEAD" -> get(head);
      case "PUT" -> put(head, body);
      case "OPTIONS" -> status(204, "Allow: GET, HEAD, PUT, OPTIONS\r\n");
      default ->
          throw new HttpError(
              405,
              "this server knows GET, HEAD, PUT and OPTIONS",
              "Allow: GET, HEAD, PUT, OPTIONS");
    }
  }

  // ---- GET and HEAD

  private void get(HttpRequest head) throws IOException, HttpError {
    List<String> names = HttpRequest.names(head.path());
    boolean asFolder = head.path().endsWith("/");
    try (FileStore.Found found = files.open(names, asFolder)) {
      if (found.isFolder() && !asFolder) { // relative links in a folder's page need the slash
        throw new HttpError(301, "this is a folder", "Location: " + HttpPages.path(names) + "/");
      }
      FileChannel channel = found.channel();
      BasicFileAttributes attributes = found.attributes();
      if (channel != null && attributes != null) {
        sendFile(head, found.isFolder() ? "index.html" : names.getLast(), channel, attributes);
      } else {
        byte[] page = HttpPages.index(head.path(), found.entries());
        sendHead(200, page.length, "Content-Type: text/html; charset=utf-8\r\n");
        if (head.method().equals("GET")) {
          write(page, 0, page.length);
        }
      }
    }
  }

  private void sendFile(
      HttpRequest head, String name, FileChannel channel, BasicFileAttributes attributes)
      throws IOException, HttpError {
    long size = channel.size();
    Instant modified = attributes.lastModifiedTime().toInstant();
    String tag =
        '"'
            + Long.toHexString(size)
            + '-'
            + Long.toHexString(modified.getEpochSecond())
            + '.'
            + modified.getNano()
            + '"';
    String validators =
        "ETag: "
            + tag
            + "\r\nLast-Modified: "
            + Dates.http(modified)
            + "\r\nAccept-Ranges: bytes\r\n";
    String noneMatch = head.headers().get("if-none-match");
    if (noneMatch != null && (noneMatch.contains(tag) || noneMatch.equals("*"))) {
      status(304, validators);
      return;
    }
    String range = head.headers().get("range");
    String ifRange = head.headers().get("if-range");
    boolean wantsPart =
        range != null && head.method().equals("GET") && (ifRange == null || ifRange.equals(tag));
    ByteRange part = wantsPart && range != null ? ByteRange.parse(range, size) : null;
    long from = part == null ? 0 : part.from();
    long length = part == null ? size : part.length();
    String contentRange =
        part == null
            ? ""
            : "Content-Range: bytes " + part.from() + "-" + part.to() + "/" + size + "\r\n";
    sendHead(
        part == null ? 200 : 206,
        length,
        "Content-Type: " + HttpPages.contentType(name) + "\r\n" + validators + contentRange);
    if (head.method().equals("GET")) {
      copy(channel, from, length);
    }
  }

  private void copy(FileChannel channel, long from, long length) throws IOException {
    byte[] bytes = buffer();
    ByteBuffer view = ByteBuffer.wrap(bytes);
    long end = from + length;
    for (long at = from; at < end; ) {
      view.clear().limit((int) Math.min(bytes.length, end - at));
      int n = channel.read(view, at);
      if (n <= 0) {
        keepAlive = false; // the file became shorter: only a broken connection can tell
        throw new IOException("the file became shorter while it was sent");
      }
      write(bytes, 0, n);
      at += n;
    }
  }

  // ---- PUT

  private void put(HttpRequest head, HttpBody body) throws IOException, HttpError {
    if (head.headers().containsKey("content-range")) {
      throw new HttpError(400, "a part of a file can't be uploaded");
    }
    if (!head.headers().containsKey("content-length") && head.contentLength() == 0) {
      throw new HttpError(411, "the length of the body is missing");
    }
    if (head.path().endsWith("/")) {
      throw new HttpError(409, "this is a folder");
    }
    List<String> names = HttpRequest.names(head.path());
    try (FileStore.Upload upload = files.upload(names)) {
      if (head.expectsContinue() && !in.buffered()) {
        out.write("HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      }
      receive(body, upload.channel());
      upload.commit();
      status(
          upload.replaces() ? 204 : 201,
          upload.replaces() ? "" : "Location: " + HttpPages.path(names) + "\r\n");
    }
  }

  private void receive(HttpBody body, FileChannel target) throws IOException, HttpError {
    byte[] bytes = buffer();
    for (int n; (n = body.read(bytes, 0, bytes.length)) >= 0; ) {
      receivedBytes += n;
      traffic.in(n);
      ByteBuffer view = ByteBuffer.wrap(bytes, 0, n);
      try {
        while (view.hasRemaining()) {
          target.write(view);
        }
      } catch (IOException e) {
        throw new HttpError(507, "the file can't be written: " + e.getMessage());
      }
    }
  }

  // ---- answers

  /** An answer without a body. */
  private void status(int status, String headers) throws IOException {
    sendHead(status, status == 204 || status == 304 ? -1 : 0, headers);
  }

  private void fail(HttpError error) throws IOException {
    HttpRequest head = request;
    if (answered) { // in the midst of a body: the client notices by its length
      keepAlive = false;
      return;
    }
    // Where the head was not understood or the body will not be read, the next request can't be
    // found.
    HttpBody rest = body;
    boolean readsRest = rest != null && !rest.ended();
    if (head == null
        || readsRest && (head.contentLength() < 0 || head.contentLength() > MAX_DRAINED)) {
      keepAlive = false;
    }
    if (readsRest && head != null && head.headers().containsKey("expect")) {
      keepAlive = false; // whether the body comes is the client's choice
    }
    byte[] line =
        (error.status() + " " + HttpError.reason(error.status()) + ": " + error.text() + "\n")
            .getBytes(StandardCharsets.UTF_8);
    String extra = error.extraHeader();
    sendHead(
        error.status(),
        line.length,
        "Content-Type: text/plain; charset=utf-8\r\n" + (extra == null ? "" : extra + "\r\n"));
    if (head == null || !head.method().equals("HEAD")) {
      write(line, 0, line.length);
    }
    if (keepAlive && rest != null) {
      try {
        rest.drain(MAX_DRAINED);
      } catch (HttpError e) {
        keepAlive = false; // answered already
      }
    }
  }

  /**
   * @param length of the body, or -1 for a status that never has one
   * @param headers whole lines
   */
  private void sendHead(int status, long length, String headers) throws IOException {
    StringBuilder head = new StringBuilder(256);
    head.append("HTTP/1.1 ")
        .append(status)
        .append(' ')
        .append(HttpError.reason(status))
        .append("\r\n");
    head.append("Date: ").append(Dates.http(clock.instant())).append("\r\n");
    head.append("Server: sinew\r\n").append(headers);
    if (length >= 0) {
      head.append("Content-Length: ").append(length).append("\r\n");
    }
    if (!keepAlive) {
      head.append("Connection: close\r\n");
    } else if (request != null && request.minorVersion() == 0) {
      head.append("Connection: keep-alive\r\n");
    }
    head.append("\r\n");
    answered = true;
    byte[] bytes = head.toString().getBytes(StandardCharsets.ISO_8859_1);
    HttpRequest of = request;
    log.accept(
        (of == null ? "-" : of.method() + " " + HttpPages.printable(of.path()))
            + " "
            + status
            + (length > 0 ? " " + length + " bytes" : "")
            + (receivedBytes > 0 ? ", received " + receivedBytes + " bytes" : ""));
    write(bytes, 0, bytes.length);
  }

  private void write(byte[] bytes, int offset, int length) throws IOException {
    out.write(bytes, offset, length);
    traffic.out(length);
  }

  private byte[] buffer() {
    byte[] bytes = buffer;
    if (bytes == null) {
      bytes = new byte[BUFFER];
      buffer = bytes;
    }
    return bytes;
  }

  /**
   * Closing with unread input resets the connection, which can destroy the answer on its way: so
   * the client is told that nothing follows, and given a moment to read it.
   */
  private void lingeringClose() throws IOException {
    out.flush();
    socket.shutdownOutput();
    in.within(2_000);
    byte[] rest = new byte[8 * 1024];
    for (int taken = 0; taken < MAX_DRAINED; ) {
      int n = in.read(rest, 0, rest.length);
      if (n < 0) {
        return;
      }
      taken += n;
    }
  }
}
