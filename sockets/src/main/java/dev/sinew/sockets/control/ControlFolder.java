package dev.sinew.sockets.control;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;

/**
 * Where the sockets of control servers lie: a folder of the user's own, closed to everybody else.
 */
final class ControlFolder {
  private ControlFolder() {}

  /**
   * The folders to look into, the one to make sockets in first: {@code $XDG_RUNTIME_DIR/sinew}
   * where there is one, {@code /tmp/sinew-UID}.
   */
  static List<Path> candidates() {
    List<Path> folders = new ArrayList<>();
    String runtime = System.getenv("XDG_RUNTIME_DIR");
    if (runtime != null && !runtime.isEmpty()) {
      Path base = Path.of(runtime);
      if (base.isAbsolute() && Files.isDirectory(base) && Files.isWritable(base)) {
        folders.add(base.resolve("sinew"));
      }
    }
    folders.add(Path.of("/tmp/sinew-" + uid()));
    return folders;
  }

  /** Makes the folder with mode 0700, or checks that it is ours and closed. */
  static Path prepare(Path folder) throws IOException {
    try {
      Files.createDirectory(
          folder,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    } catch (FileAlreadyExistsException e) {
      requireOurs(folder);
    }
    return folder;
  }

  /**
   * In a folder that others may write, anybody could have made it first: it must be a real folder,
   * ours, and closed to others.
   */
  static void requireOurs(Path folder) throws IOException {
    if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
      throw new IOException(folder + " is not a folder");
    }
    if ((int) Files.getAttribute(folder, "unix:uid", LinkOption.NOFOLLOW_LINKS) != uid()) {
      throw new IOException(folder + " belongs to another user");
    }
    if (((int) Files.getAttribute(folder, "unix:mode", LinkOption.NOFOLLOW_LINKS) & 077) != 0) {
      throw new IOException(folder + " is open to other users; its mode must be 0700");
    }
  }

  /** The effective user of this process, as the owner of its entry in /proc. */
  static int uid() {
    try {
      return (int) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
    } catch (IOException | UnsupportedOperationException e) {
      // Without /proc (not Linux) the home folder's owner is as good.
      try {
        return (int) Files.getAttribute(Path.of(System.getProperty("user.home")), "unix:uid");
      } catch (IOException | UnsupportedOperationException e2) {
        return 0;
      }
    }
  }
}
