package dev.sinew.bench.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What the figures were taken on. */
final class Machine {
  private final String loadBefore = load();

  /** Name and value, in the order to be shown. */
  Map<String, String> describe() {
    Map<String, String> m = new LinkedHashMap<>();
    m.put(
        "date",
        ZonedDateTime.now(ZoneOffset.UTC)
            .format(DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm 'UTC'", Locale.ROOT)));
    m.put("processor", Runtime.getRuntime().availableProcessors() + " × " + processor());
    m.put("memory", word("/proc/meminfo", "MemTotal"));
    m.put("kernel", System.getProperty("os.name") + " " + System.getProperty("os.version"));
    m.put("java", System.getProperty("java.vm.name") + " " + System.getProperty("java.vm.version"));
    m.put("load", loadBefore + " before, " + load() + " after");
    return m;
  }

  private static String processor() {
    String name = word("/proc/cpuinfo", "model name");
    return name.isEmpty() ? System.getProperty("os.arch") : name;
  }

  private static String load() {
    String[] words = first("/proc/loadavg").split(" ");
    return words[0];
  }

  private static String first(String file) {
    List<String> lines = lines(file);
    return lines.isEmpty() ? "" : lines.getFirst();
  }

  private static String word(String file, String name) {
    for (String line : lines(file)) {
      if (line.startsWith(name)) {
        return line.substring(line.indexOf(':') + 1).strip();
      }
    }
    return "";
  }

  private static List<String> lines(String file) {
    try {
      return Files.readAllLines(Path.of(file));
    } catch (IOException e) {
      return List.of();
    }
  }
}
