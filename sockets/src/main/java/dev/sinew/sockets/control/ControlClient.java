package dev.sinew.sockets.control;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.ConnectException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Finds the running processes of this user that have a {@link ControlServer}, and asks them. */
public final class ControlClient {
  static final String SUFFIX = ".sock";
  private static final Pattern FILE = Pattern.compile("(\\d{1,10})-(.*)\\.sock");

  private ControlClient() {}

  /**
   * A process that answers.
   *
   * @param pid its number, as it knows it itself (another PID namespace may call it otherwise)
   * @param name the name that it gave to {@link ControlServer#start}
   * @param socket where to ask
   */
  public record Target(long pid, String name, Path socket) {}

  /**
   * All processes of this user that answer, in the order of their numbers; stale sockets are
   * removed on the way.
   */
  public static List<Target> list() throws IOException {
    List<Target> all = new ArrayList<>();
    for (Path folder : ControlFolder.candidates()) {
      all.addAll(list(folder));
    }
    return all;
  }

  static List<Target> list(Path folder) throws IOException {
    List<Target> targets = new ArrayList<>();
    if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
      return targets;
    }
    ControlFolder.requireOurs(folder);
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*" + SUFFIX)) {
      for (Path file : files) {
        Matcher m = FILE.matcher(file.getFileName().toString());
        if (!m.matches()) {
          continue;
        }
        long pid = Long.parseLong(m.group(1));
        if (answers(file)) {
          targets.add(new Target(pid, m.group(2), file));
        } else if (ProcessHandle.of(pid).isEmpty()) {
          Files.deleteIfExists(file);
        }
      }
    }
    targets.sort(Comparator.comparingLong(Target::pid).thenComparing(Target::name));
    return targets;
  }

  /**
   * Asks for one thing.
   *
   * @param command {@code ss} or {@code stat}
   * @return JSON objects, one per line; a single object with the member {@code error} when the
   *     process can't answer
   * @throws IOException when the process is gone
   */
  public static List<String> query(Path socket, String command) throws IOException {
    try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
      ByteBuffer request =
          ByteBuffer.wrap((new JsonLine().put("cmd", command).end() + "\n").getBytes(UTF_8));
      while (request.hasRemaining()) {
        channel.write(request);
      }
      return new BufferedReader(new InputStreamReader(Channels.newInputStream(channel), UTF_8))
          .lines()
          .toList();
    } catch (ConnectException e) {
      throw new IOException("no process answers at " + socket, e);
    }
  }

  /** Removes the sockets of processes that ended without removing them. */
  static void removeStale(Path folder) throws IOException {
    list(folder);
  }

  private static boolean answers(Path socket) {
    try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
      return channel.isConnected();
    } catch (IOException e) {
      return false;
    }
  }
}
