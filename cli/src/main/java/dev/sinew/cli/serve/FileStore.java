package dev.sinew.cli.serve;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * The files of a folder, and nothing else: every name is looked up in the folder that was opened
 * before it ({@code openat}), and symbolic links are never followed, so that no path and no change
 * of the folder meanwhile leads out of it. Thread safe.
 */
final class FileStore implements AutoCloseable {
  private static final int MAX_LISTED = 10_000;
  private static final Path SELF = Path.of(".");

  private final SecureDirectoryStream<Path> root;

  /**
   * @throws NotDirectoryException when it is a file
   * @throws IOException when it can't be read
   */
  FileStore(Path folder) throws IOException {
    // The folder itself may be a link: it is the user who names it.
    root = secure(Files.newDirectoryStream(folder.toRealPath()));
  }

  /**
   * What {@link #open} found.
   *
   * @param isFolder the name is a folder's: the file, if there is one, is its index
   * @param channel of a file
   * @param attributes of a file
   * @param entries of a folder without index file
   */
  record Found(
      boolean isFolder,
      @Nullable FileChannel channel,
      @Nullable BasicFileAttributes attributes,
      List<Entry> entries)
      implements AutoCloseable {
    @Override
    public void close() throws IOException {
      if (channel != null) {
        channel.close();
      }
    }
  }

  /** A line of a folder's index. */
  record Entry(String name, boolean isFolder, long size) {}

  /** Opens a file, or lists a folder (its {@code index.html} instead, when there is one). */
  Found open(List<String> names, boolean asFolder) throws IOException, HttpError {
    try {
      if (names.isEmpty()) {
        return folder(root, SELF);
      }
      try (SecureDirectoryStream<Path> parent = parent(names)) {
        Path name = Path.of(names.getLast());
        BasicFileAttributes attributes = attributes(parent, name);
        if (attributes.isDirectory()) {
          return folder(parent, name);
        }
        if (asFolder) {
          throw new HttpError(404, "there is no such folder");
        }
        return file(parent, name, attributes, false);
      }
    } catch (IOException e) {
      throw translate(e);
    }
  }

  private static Found folder(SecureDirectoryStream<Path> parent, Path name)
      throws IOException, HttpError {
    try (SecureDirectoryStream<Path> folder = child(parent, name)) {
      Path index = Path.of("index.html");
      try {
        return file(folder, index, attributes(folder, index), true);
      } catch (NoSuchFileException e) {
        // No index file: the names are shown.
      }
      List<Entry> entries = new ArrayList<>();
      for (Path path : folder) {
        Path leaf = path.getFileName();
        if (leaf == null || entries.size() == MAX_LISTED) {
          continue;
        }
        try {
          BasicFileAttributes a = attributes(folder, leaf);
          if (a.isDirectory() || a.isRegularFile()) {
            entries.add(new Entry(leaf.toString(), a.isDirectory(), a.size()));
          }
        } catch (NoSuchFileException e) {
          // It went away meanwhile.
        }
      }
      entries.sort(Comparator.comparing(Entry::name));
      return new Found(true, null, null, entries);
    }
  }

  private static Found file(
      SecureDirectoryStream<Path> parent,
      Path name,
      BasicFileAttributes attributes,
      boolean isIndex)
      throws IOException, HttpError {
    if (attributes.isSymbolicLink()) {
      throw new HttpError(403, "symbolic links are not followed");
    }
    if (!attributes.isRegularFile()) { // opening a pipe or a device could block or do harm
      throw new HttpError(403, "this is no ordinary file");
    }
    SeekableByteChannel channel =
        parent.newByteChannel(
            name, Set.<OpenOption>of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS));
    return new Found(isIndex, (FileChannel) channel, attributes, List.of());
  }

  /** Begins an upload, into a temporary file beside its target. */
  Upload upload(List<String> names) throws IOException, HttpError {
    if (names.isEmpty()) {
      throw new HttpError(409, "this is a folder");
    }
    SecureDirectoryStream<Path> parent;
    try {
      parent = parent(names);
    } catch (IOException e) {
      HttpError error = translate(e);
      throw error.status() == 404
          ? new HttpError(409, "the folder for this file does not exist")
          : error;
    }
    try {
      Path name = Path.of(names.getLast());
      boolean exists = false;
      try {
        BasicFileAttributes attributes = attributes(parent, name);
        exists = true;
        if (!attributes.isRegularFile()) {
          throw new HttpError(
              409, attributes.isDirectory() ? "this is a folder" : "this is no ordinary file");
        }
      } catch (NoSuchFileException e) {
        // A new file.
      }
      Path temporary =
          Path.of(".sinew-" + Long.toHexString(ThreadLocalRandom.current().nextLong()) + ".part");
      SeekableByteChannel channel =
          parent.newByteChannel(
              temporary,
              Set.<OpenOption>of(
                  StandardOpenOption.CREATE_NEW,
                  StandardOpenOption.WRITE,
                  LinkOption.NOFOLLOW_LINKS));
      return new Upload(parent, temporary, name, (FileChannel) channel, exists);
    } catch (IOException e) {
      parent.close();
      throw translate(e);
    } catch (HttpError e) {
      parent.close();
      throw e;
    }
  }

  /**
   * A file that arrives: nobody sees it before {@link #commit}, and nothing stays of it without.
   */
  static final class Upload implements AutoCloseable {
    private final SecureDirectoryStream<Path> folder;
    private final Path temporary;
    private final Path name;
    private final FileChannel channel;
    private final boolean replaces;
    private boolean committed;

    private Upload(
        SecureDirectoryStream<Path> folder,
        Path temporary,
        Path name,
        FileChannel channel,
        boolean replaces) {
      this.folder = folder;
      this.temporary = temporary;
      this.name = name;
      this.channel = channel;
      this.replaces = replaces;
    }

    FileChannel channel() {
      return channel;
    }

    /** There was a file of that name when the upload began. */
    boolean replaces() {
      return replaces;
    }

    /** The file takes its name, in one step. */
    void commit() throws IOException, HttpError {
      channel.close();
      try {
        folder.move(temporary, folder, name);
      } catch (IOException e) {
        throw translate(e);
      }
      committed = true;
    }

    @Override
    public void close() throws IOException {
      try (folder;
          channel) {
        if (!committed) {
          folder.deleteFile(temporary);
        }
      }
    }
  }

  private SecureDirectoryStream<Path> parent(List<String> names) throws IOException, HttpError {
    SecureDirectoryStream<Path> folder = child(root, SELF);
    for (String name : names.subList(0, names.size() - 1)) {
      SecureDirectoryStream<Path> above = folder;
      try (above) {
        folder = child(above, Path.of(name));
      }
    }
    return folder;
  }

  private static SecureDirectoryStream<Path> child(SecureDirectoryStream<Path> folder, Path name)
      throws IOException {
    return folder.newDirectoryStream(name, LinkOption.NOFOLLOW_LINKS);
  }

  private static BasicFileAttributes attributes(SecureDirectoryStream<Path> folder, Path name)
      throws IOException {
    return folder
        .getFileAttributeView(name, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
        .readAttributes();
  }

  private static SecureDirectoryStream<Path> secure(DirectoryStream<Path> stream)
      throws IOException {
    if (stream instanceof SecureDirectoryStream<Path> secure) {
      return secure;
    }
    stream.close();
    throw new IOException("this file system can't open files relative to a folder");
  }

  private static HttpError translate(IOException e) {
    if (e instanceof NoSuchFileException || e instanceof NotDirectoryException) {
      return new HttpError(404, "there is no such file");
    }
    if (e instanceof AccessDeniedException) {
      return new HttpError(403, "access is denied");
    }
    String reason =
        e instanceof FileSystemException f && f.getReason() != null
            ? f.getReason()
            : String.valueOf(e.getMessage());
    if (reason.contains("symbolic links")
        || reason.contains("Not a directory")) { // ELOOP, ENOTDIR of O_NOFOLLOW
      return new HttpError(404, "there is no such file");
    }
    if (reason.contains("File name too long")) {
      return new HttpError(414, "the name is too long");
    }
    if (reason.contains("Read-only file system")) {
      return new HttpError(403, "the folder can't be written to");
    }
    if (reason.contains("No space left")) {
      return new HttpError(507, "no space left on the device");
    }
    return new HttpError(500, "the file system failed: " + reason);
  }

  @Override
  public void close() throws IOException {
    root.close();
  }
}
