package dev.sinew.tests.kernel;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.sinew.linux.NetworkNamespace;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/**
 * A program that runs inside a namespace; it is ended with this object. What it prints is collected
 * from the start.
 */
final class Program implements AutoCloseable {
  private static final int MAX_OUTPUT = 64 << 20;

  private final Process process;
  private final String command;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private final Thread outReader;
  private final Thread errReader;

  private Program(Process process, String command) {
    this.process = process;
    this.command = command;
    this.outReader =
        Thread.ofPlatform().daemon().start(() -> collect(process.getInputStream(), out));
    this.errReader =
        Thread.ofPlatform().daemon().start(() -> collect(process.getErrorStream(), err));
  }

  /** What it did. */
  record Result(int exitCode, byte[] bytes, String err) {
    String out() {
      return new String(bytes, ISO_8859_1);
    }

    /** Both streams, for a look at what a program says. */
    String text() {
      return out() + err;
    }
  }

  static Program start(NetworkNamespace namespace, String... command) throws IOException {
    return start(namespace, new ProcessBuilder(command));
  }

  static Program start(NetworkNamespace namespace, ProcessBuilder builder) throws IOException {
    builder.environment().put("LC_ALL", "C");
    try {
      return new Program(namespace.start(builder), String.join(" ", builder.command()));
    } catch (IOException e) {
      if (String.valueOf(e.getMessage()).contains("error=2,")) { // ENOENT
        return Assumptions.abort(builder.command().getFirst() + " is not installed");
      }
      throw e;
    }
  }

  /**
   * Runs {@code nft} once for each command; where the kernel lacks what they want, the test is
   * skipped.
   */
  static void nft(NetworkNamespace namespace, String... commands)
      throws IOException, InterruptedException {
    for (String command : commands) {
      Result r = run(namespace, "nft", command);
      if (r.text().contains("not supported")
          || r.text().contains("Could not process rule: No such file")) {
        Assumptions.abort("this kernel can't do nft " + command);
      }
      if (r.exitCode() != 0) {
        throw new AssertionError("nft " + command + ": " + r.text());
      }
    }
  }

  /** Runs a program to its end, without input, for at most a minute. */
  static Result run(NetworkNamespace namespace, String... command)
      throws IOException, InterruptedException {
    try (Program p = start(namespace, command)) {
      p.stdin().close();
      return p.result(60);
    }
  }

  /** Runs a program that must succeed; what it printed. */
  static String must(NetworkNamespace namespace, String... command)
      throws IOException, InterruptedException {
    Result r = run(namespace, command);
    if (r.exitCode() != 0) {
      throw new AssertionError(
          String.join(" ", command) + " ended with " + r.exitCode() + ": " + r.text());
    }
    return r.out();
  }

  OutputStream stdin() {
    return process.getOutputStream();
  }

  long pid() {
    return process.pid();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** What it has printed so far. */
  String soFar() {
    synchronized (out) {
      return out.toString(ISO_8859_1);
    }
  }

  /** And what it has said to stderr. */
  String errorsSoFar() {
    synchronized (err) {
      return err.toString(ISO_8859_1);
    }
  }

  /** {@code kill -9}. */
  void kill() throws InterruptedException {
    boolean unused = process.toHandle().destroyForcibly();
    if (!process.waitFor(10, TimeUnit.SECONDS)) {
      throw new AssertionError("not dead: " + command);
    }
  }

  /** {@code kill}: the polite signal. */
  void terminate() {
    boolean unused = process.toHandle().destroy(); // Process.destroy would also close its streams
  }

  /** Waits for its end. */
  Result result(int seconds) throws InterruptedException {
    if (!process.waitFor(seconds, TimeUnit.SECONDS)) {
      throw new AssertionError(
          "still running after " + seconds + " s: " + command + "\n" + soFar() + errorsSoFar());
    }
    outReader.join(10_000);
    errReader.join(10_000);
    synchronized (out) {
      return new Result(process.exitValue(), out.toByteArray(), errorsSoFar());
    }
  }

  private static void collect(InputStream in, ByteArrayOutputStream to) {
    byte[] buffer = new byte[64 * 1024];
    try (in) {
      for (int n; (n = in.read(buffer)) > 0; ) {
        synchronized (to) {
          if (to.size() < MAX_OUTPUT) {
            to.write(buffer, 0, n);
          }
        }
      }
    } catch (IOException e) {
      // It was ended.
    }
  }

  @Override
  public void close() {
    process.destroyForcibly();
    try {
      process.waitFor(10, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
