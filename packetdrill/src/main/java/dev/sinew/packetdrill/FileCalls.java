package dev.sinew.packetdrill;

import dev.sinew.packetdrill.script.Expression;
import dev.sinew.packetdrill.script.Place;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Files that a script writes with {@code dd} and sends with {@code sendfile}: their sizes, for that
 * is all a script says of them. None is ever made on the real host.
 */
final class FileCalls {
  private final Map<String, Long> sizes = new HashMap<>();
  private final Map<Integer, Long> open = new HashMap<>();

  /** {@code dd bs=… count=… of=…}. */
  void write(Place place, List<String> words) throws StopException {
    String name = "";
    long block = 512;
    long count = 0;
    for (String w : words.subList(1, words.size())) {
      int equals = w.indexOf('=');
      String value = w.substring(equals + 1);
      switch (equals < 0 ? "" : w.substring(0, equals)) {
        case "of" -> name = value;
        case "bs" -> block = number(place, value);
        case "count" -> count = number(place, value);
        default -> {
          // Where its bytes come from, and what it prints.
        }
      }
    }
    if (name.isEmpty()) {
      throw StopException.error(place, "dd needs of=FILE");
    }
    sizes.put(name, block * count);
  }

  private static long number(Place place, String text) throws StopException {
    long unit = text.endsWith("K") || text.endsWith("k") ? 1024 : text.endsWith("M") ? 1 << 20 : 1;
    String digits = unit == 1 ? text : text.substring(0, text.length() - 1);
    if (!digits.matches("\\d{1,9}")) {
      throw StopException.error(place, "dd takes a number, not " + text);
    }
    return Long.parseLong(digits) * unit;
  }

  void remove(List<String> words) {
    words.forEach(sizes::remove);
  }

  /** {@code open("…", …)}. */
  CallResult open(Place place, List<Expression> arguments, int fd) throws StopException {
    if (arguments.isEmpty() || !(arguments.getFirst() instanceof Expression.Text name)) {
      throw StopException.error(place, "expected open(\"file\", flags)");
    }
    Long size = sizes.get(name.value());
    if (size == null) {
      return CallResult.error("ENOENT");
    }
    open.put(fd, size);
    return CallResult.of(fd);
  }

  /** The size of an open file, or null. */
  @Nullable Long size(int fd) {
    return open.get(fd);
  }

  boolean close(int fd) {
    return open.remove(fd) != null;
  }
}
