package dev.sinew.junit;

import java.nio.file.Files;
import java.nio.file.Path;

/** Where the files of failed tests go: into the build's own folder. */
final class OutputFolder {
  private OutputFolder() {}

  static Path of(String configured) {
    if (!configured.isBlank()) {
      return Path.of(configured.strip());
    }
    boolean gradle = Files.isDirectory(Path.of("build")) && !Files.isDirectory(Path.of("target"));
    return Path.of(gradle ? "build" : "target", "sinew");
  }
}
