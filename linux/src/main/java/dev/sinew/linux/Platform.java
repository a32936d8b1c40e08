package dev.sinew.linux;

import dev.sinew.linux.LinkException.Reason;
import java.util.Locale;
import java.util.Set;

/** Whether this module can work here, found out before the first native call. */
final class Platform {
  /** The error numbers, ioctl codes and structures that this module uses are the same on these. */
  private static final Set<String> ARCHITECTURES =
      Set.of("amd64", "x86_64", "aarch64", "riscv64", "loongarch64", "s390x");

  private Platform() {}

  static void check() throws LinkException {
    check(System.getProperty("os.name", "?"), System.getProperty("os.arch", "?"));
    try {
      Posix.bind();
    } catch (LinkageError | IllegalCallerException e) {
      throw new LinkException(
          Reason.UNAVAILABLE,
          "Java does not let this module call the system: start it with --enable-native-access=dev.sinew.linux (or ALL-UNNAMED on the class path)");
    }
  }

  static void check(String system, String architecture) throws LinkException {
    if (!system.equals("Linux")) {
      throw new LinkException(
          Reason.UNAVAILABLE,
          "TUN needs Linux, and this is " + system + "; the demos and simulations work everywhere");
    }
    if (!ARCHITECTURES.contains(architecture.toLowerCase(Locale.ROOT))) {
      throw new LinkException(
          Reason.UNAVAILABLE, "TUN is not available on the processor " + architecture);
    }
  }
}
