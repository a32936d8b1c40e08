package dev.sinew.bench.run;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A process that serves: {@link ServerMain}, or a program that speaks as it does. It is asked by a
 * line to its standard input, answers by a line, and ends when its input does.
 */
final class ServerProcess implements AutoCloseable {
  private final Place place;
  private final Process process;
  private final BufferedReader in;
  private final BufferedWriter out;

  private ServerProcess(Place place, ProcessBuilder command) throws IOException {
    this.place = place;
    command.redirectError(ProcessBuilder.Redirect.INHERIT);
    process = place.server().start(command);
    in =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    out =
        new BufferedWriter(
            new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8));
    try {
      String line = in.readLine();
      if (!"ready".equals(line)) {
        throw new IOException("a server did not start" + (line == null ? "" : ": " + line));
      }
    } catch (IOException e) {
      close();
      throw e;
    }
  }

  /** Our own server. */
  static ServerProcess java(Place place, Peer peer, Config config, List<String> jvmOptions)
      throws IOException {
    List<String> command = new ArrayList<>(javaCommand(jvmOptions));
    command.add(ServerMain.class.getName());
    command.add(peer.modeName());
    command.add(config.offload() ? "offload" : "plain");
    command.add(String.valueOf(config.mtu()));
    return new ServerProcess(place, new ProcessBuilder(command));
  }

  static ServerProcess program(Place place, List<String> command) throws IOException {
    return new ServerProcess(place, new ProcessBuilder(command));
  }

  /** This JVM's own java and class path. */
  static List<String> javaCommand(List<String> options) {
    List<String> command = new ArrayList<>();
    command.add(System.getProperty("java.home") + File.separator + "bin" + File.separator + "java");
    command.addAll(options);
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    return command;
  }

  Place place() {
    return place;
  }

  long pid() {
    return process.pid();
  }

  InetSocketAddress address(boolean v4, int port) {
    return new InetSocketAddress(v4 ? place.serverV4() : place.serverV6(), port);
  }

  Figures figures() throws IOException {
    return Figures.parse(ask("figures"));
  }

  /** Returns when the server has sent so long. */
  void sendDatagrams(InetAddress to, int port, int bytes, long nanos) throws IOException {
    String unused = ask("send " + to.getHostAddress() + " " + port + " " + bytes + " " + nanos);
  }

  private String ask(String question) throws IOException {
    out.write(question);
    out.write('\n');
    out.flush();
    String answer = in.readLine();
    if (answer == null) {
      throw new IOException("the server has ended");
    }
    return answer;
  }

  @Override
  public void close() {
    try {
      out.close();
    } catch (IOException e) {
      // It is gone already.
    }
    try {
      if (!process.waitFor(5, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
    if (place.client() == place.server()) {
      place.client().close();
    }
  }
}
