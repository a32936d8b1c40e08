package dev.sinew.tests.kernel;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import java.util.Optional;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.TestWatcher;

/**
 * Writes down each case that ran, or why it did not, in {@code target/kernel-tests.txt}: a machine
 * without the right for namespaces skips all of them, and that must be seen.
 */
final class KernelCases implements BeforeEachCallback, TestWatcher {
  private static final Path REPORT = Path.of("target", "kernel-tests.txt");
  private static final Namespace STORE = Namespace.create(KernelCases.class);

  @Override
  public void beforeEach(ExtensionContext context) {
    context.getStore(STORE).put("start", System.nanoTime());
  }

  @Override
  public void testSuccessful(ExtensionContext context) {
    append("ran " + name(context) + took(context));
  }

  @Override
  public void testFailed(ExtensionContext context, Throwable cause) {
    append("ran " + name(context) + took(context) + " and failed");
  }

  @Override
  public void testAborted(ExtensionContext context, Throwable cause) {
    skipped(context, String.valueOf(cause.getMessage()));
  }

  @Override
  public void testDisabled(ExtensionContext context, Optional<String> reason) {
    skipped(context, reason.orElse("disabled"));
  }

  private static void skipped(ExtensionContext context, String reason) {
    String line = "skipped " + name(context) + ": " + reason.replaceAll("\\s*\\R\\s*", "; ");
    System.out.println(line);
    append(line);
  }

  private static String name(ExtensionContext context) {
    String method = context.getTestMethod().map(m -> "." + m.getName()).orElse("");
    String display = context.getDisplayName();
    String version = display.startsWith("[") ? display.replaceFirst("^\\[\\d+] *", " ") : "";
    return context.getRequiredTestClass().getSimpleName() + method + version;
  }

  private static String took(ExtensionContext context) {
    Long start = context.getStore(STORE).get("start", Long.class);
    return start == null
        ? ""
        : String.format(Locale.ROOT, " (%.1f s)", (System.nanoTime() - start) / 1e9);
  }

  private static synchronized void append(String line) {
    try {
      Files.createDirectories(REPORT.getParent());
      Files.writeString(REPORT, line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
