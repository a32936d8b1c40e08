package dev.sinew.bench;

import java.lang.management.ManagementFactory;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.management.JMException;
import javax.management.ObjectName;

/**
 * What the process holds at a moment: the live heap after full collections, and all other memory
 * that the JVM has committed, its own included (with {@code -XX:NativeMemoryTracking=summary}).
 */
record MemoryFigures(long heapBytes, long nativeBytes) {
  private static final Pattern COMMITTED =
      Pattern.compile("(Total|Java Heap)[^\n]*committed=(\\d+)KB");

  static MemoryFigures now() {
    for (int i = 0; i < 3; i++) {
      System.gc();
    }
    long heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    long outside = 0;
    Matcher m = COMMITTED.matcher(command("vmNativeMemory", "summary"));
    while (m.find()) {
      long bytes = Long.parseLong(m.group(2)) << 10;
      outside += m.group(1).equals("Total") ? bytes : -bytes;
    }
    return new MemoryFigures(heap, outside);
  }

  /** How much more this is. */
  MemoryFigures since(MemoryFigures before) {
    return new MemoryFigures(heapBytes - before.heapBytes, nativeBytes - before.nativeBytes);
  }

  long total() {
    return heapBytes + nativeBytes;
  }

  /** The JVM's class histogram. */
  static String histogram() {
    return command("gcClassHistogram");
  }

  /** Bytes of all objects of a class, by a histogram. */
  static long bytesOf(Class<?> type, String histogram) {
    Matcher m =
        Pattern.compile(
                "\\s(\\d+)\\s+" + Pattern.quote(type.getName()) + "(\\s|$)", Pattern.MULTILINE)
            .matcher(histogram);
    return m.find() ? Long.parseLong(m.group(1)) : 0;
  }

  static void print(String histogram) {
    histogram.lines().limit(32).forEach(line -> System.out.printf(Locale.ROOT, "  %s%n", line));
  }

  private static String command(String name, String... arguments) {
    try {
      return ManagementFactory.getPlatformMBeanServer()
          .invoke(
              new ObjectName("com.sun.management:type=DiagnosticCommand"),
              name,
              new Object[] {arguments},
              new String[] {String[].class.getName()})
          .toString();
    } catch (JMException e) {
      throw new IllegalStateException("the JVM does not answer " + name, e);
    }
  }
}
