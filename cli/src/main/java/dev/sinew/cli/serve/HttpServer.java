package dev.sinew.cli.serve;

import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Clock;
import java.util.function.Consumer;

/**
 * An HTTP/1.1 server for the files of a folder: GET and HEAD with ranges and an index of folders,
 * PUT to upload.
 */
public final class HttpServer implements TcpService, AutoCloseable {
  /** How long clients may take, in milliseconds. */
  record Timeouts(int headMillis, int idleMillis, int stallMillis) {
    static final Timeouts DEFAULT = new Timeouts(20_000, 60_000, 120_000);
  }

  private final FileStore files;
  private final Clock clock;
  private final Timeouts timeouts;
  private final Consumer<String> log;

  /**
   * @param log is told a line for each request
   * @throws IOException when the folder can't be opened
   */
  public HttpServer(Path folder, Clock clock, Consumer<String> log) throws IOException {
    this(folder, clock, Timeouts.DEFAULT, log);
  }

  HttpServer(Path folder, Clock clock, Timeouts timeouts, Consumer<String> log) throws IOException {
    this.files = new FileStore(folder);
    this.clock = clock;
    this.timeouts = timeouts;
    this.log = log;
  }

  @Override
  public void serve(Socket socket, Traffic traffic) throws IOException {
    new HttpConnection(socket, files, clock, timeouts, traffic, log).run();
  }

  @Override
  public void close() throws IOException {
    files.close();
  }
}
