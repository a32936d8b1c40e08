package dev.sinew.sockets.control;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sinew.sockets.Runner;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Lets {@code sinew ss} and {@code sinew stat} look into the stack of this process: a Unix domain
 * socket, for its user alone, that takes one request per connection, {@code {"cmd":"ss"}} or {@code
 * {"cmd":"stat"}} and a line end, and answers with JSON lines.
 */
public final class ControlServer implements AutoCloseable {
  private static final int MAX_CLIENTS = 16;
  private static final int MAX_REQUEST = 1024;
  private static final Pattern REQUEST =
      Pattern.compile("\\s*\\{\\s*\"cmd\"\\s*:\\s*\"([a-z]{1,16})\"\\s*}\\s*");

  private final Runner runner;
  private final ServerSocketChannel server;
  private final Path path;
  private final Set<SocketChannel> clients = ConcurrentHashMap.newKeySet();
  private final Thread acceptor;

  private ControlServer(Runner runner, ServerSocketChannel server, Path path) {
    this.runner = runner;
    this.server = server;
    this.path = path;
    this.acceptor = Thread.ofPlatform().name("sinew-control").daemon().unstarted(this::acceptLoop);
  }

  /**
   * Starts to answer, from daemon threads.
   *
   * @param name what a person calls this process ({@code serve}); letters, digits, dot, underscore
   *     and hyphen are kept, 32 at most
   * @throws IOException with a clear text when the socket can't be made
   */
  public static ControlServer start(Runner runner, String name) throws IOException {
    return start(runner, name, ControlFolder.candidates().getFirst());
  }

  static ControlServer start(Runner runner, String name, Path folder) throws IOException {
    ControlFolder.prepare(folder);
    ControlClient.removeStale(folder);
    String clean = name.replaceAll("[^A-Za-z0-9._-]", "_");
    clean = clean.substring(0, Math.min(clean.length(), 32));
    String base = ProcessHandle.current().pid() + "-" + clean;
    Path path = folder.resolve(base + ControlClient.SUFFIX);
    for (int i = 2; Files.exists(path); i++) {
      path = folder.resolve(base + "-" + i + ControlClient.SUFFIX);
    }
    ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      server.bind(UnixDomainSocketAddress.of(path));
      Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-------"));
    } catch (IOException | RuntimeException e) {
      server.close();
      Files.deleteIfExists(path);
      throw e instanceof IOException io
          ? io
          : new IOException("cannot make the control socket " + path, e);
    }
    path.toFile().deleteOnExit();
    ControlServer result = new ControlServer(runner, server, path);
    result.acceptor.start();
    return result;
  }

  /** The socket's place in the file system. */
  public Path path() {
    return path;
  }

  /** Stops answering and removes the socket. Harmless when repeated. */
  @Override
  public void close() {
    closeQuietly(server);
    try {
      Files.deleteIfExists(path);
    } catch (IOException e) {
      // The next server finds it stale and removes it.
    }
    clients.forEach(ControlServer::closeQuietly);
  }

  private void acceptLoop() {
    while (server.isOpen()) {
      SocketChannel client;
      try {
        client = server.accept();
      } catch (IOException e) {
        break;
      }
      if (clients.size() >= MAX_CLIENTS) {
        closeQuietly(client);
        continue;
      }
      clients.add(client);
      Thread.ofVirtual().name("sinew-control-client").start(() -> serve(client));
    }
    close();
  }

  private void serve(SocketChannel client) {
    try (client) {
      String request = readRequest(client);
      if (request != null) {
        StringBuilder text = new StringBuilder();
        for (String line : answer(request)) {
          text.append(line).append('\n');
        }
        ByteBuffer bytes = ByteBuffer.wrap(text.toString().getBytes(UTF_8));
        while (bytes.hasRemaining()) {
          client.write(bytes);
        }
      }
    } catch (IOException e) {
      // The client went away: nobody is left to tell.
    } finally {
      clients.remove(client);
    }
  }

  private List<String> answer(String request) {
    Matcher m = REQUEST.matcher(request);
    if (!m.matches()) {
      return List.of(Rows.error("not a request"));
    }
    if (runner.isClosed()) {
      return List.of(Rows.error("the stack is closed"));
    }
    return switch (m.group(1)) {
      case "ss" -> Rows.sockets(runner);
      case "stat" -> Rows.counters(runner);
      default -> List.of(Rows.error("unknown command: " + m.group(1)));
    };
  }

  /** The first line, or null when the client sent none. */
  private static @Nullable String readRequest(SocketChannel client) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(MAX_REQUEST);
    while (buffer.hasRemaining()) {
      int before = buffer.position();
      if (client.read(buffer) < 0) {
        return before == 0 ? null : new String(buffer.array(), 0, before, UTF_8);
      }
      for (int i = before; i < buffer.position(); i++) {
        if (buffer.get(i) == '\n') {
          return new String(buffer.array(), 0, i, UTF_8);
        }
      }
    }
    return "";
  }

  private static void closeQuietly(AutoCloseable c) {
    try {
      c.close();
    } catch (Exception e) {
      // Closing is all that was wanted.
    }
  }
}
