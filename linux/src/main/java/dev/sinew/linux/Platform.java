package dev.sinew.linux;

import dev.sinew.linux.LinkException.Reason;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Whether this module can work here, found out before the first native call. */
final class Platform {
  /** The error numbers, ioctl codes and structures that this module uses are the same on these. */
  private static final Set<String> ARCHITECTURES =
      Set.of("amd64", "x86_64", "aarch64", "riscv64", "loongarch64", "s390x");

  /** Major and minor number. */
  private static final Pattern RELEASE = Pattern.compile("([0-9]{1,4})\\.([0-9]{1,4})");

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

  /**
   * Whether the kernel takes UDP super-datagrams from a packet socket: Linux 6.2 and newer, of
   * which nothing but the release can be asked.
   *
   * @param release as {@code uname -r} has it; what cannot be read counts as old
   */
  static boolean takesSuperDatagrams(String release) {
    Matcher m = RELEASE.matcher(release);
    if (!m.lookingAt()) {
      return false;
    }
    int major = Integer.parseInt(m.group(1));
    return major > 6 || major == 6 && Integer.parseInt(m.group(2)) >= 2;
  }
}
