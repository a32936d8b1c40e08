package dev.sinew.cli;

import dev.sinew.ip.IpAddress;
import dev.sinew.ip.Prefix;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** How words of the command line are read, and quantities written. */
final class Values {
  /**
   * Begins each message of a converter here, so that the words picocli puts before it can be cut
   * off.
   */
  static final String MARK = "\u0001";

  private static final Pattern DURATION =
      Pattern.compile("([0-9]{1,9}(?:\\.[0-9]{1,9})?)(ns|us|ms|s|m|min|h)?");
  private static final long SECOND = 1_000_000_000L;

  private Values() {}

  /** {@code 10.77.0.1/24}, {@code fd77::1/64}. */
  static final class PrefixConverter implements ITypeConverter<Prefix> {
    @Override
    public Prefix convert(String text) {
      Prefix prefix = text.indexOf('/') > 0 ? Prefix.parse(text) : null;
      if (prefix == null) {
        throw bad("'" + text + "' is not ADDRESS/LENGTH, such as 10.77.0.1/24 or fd77::1/64");
      }
      if (prefix.address().isAny() || prefix.address().isMulticast()) {
        throw bad("'" + text + "' is not an address that a host can have");
      }
      return prefix;
    }
  }

  /** {@code 10.77.0.1}, {@code fd77::1}. */
  static final class AddressConverter implements ITypeConverter<IpAddress> {
    @Override
    public IpAddress convert(String text) {
      IpAddress address = IpAddress.parse(text);
      if (address == null || address.isAny() || address.isMulticast()) {
        throw bad("'" + text + "' is not a host's address, such as 10.77.0.1 or fd77::1");
      }
      return address;
    }
  }

  /**
   * {@code 0.5}, {@code 200ms}, {@code 75s}, {@code 2h} as nanoseconds; a bare number counts
   * seconds.
   */
  static final class DurationConverter implements ITypeConverter<Long> {
    @Override
    public Long convert(String text) {
      return nanos(text);
    }
  }

  static long nanos(String text) {
    Matcher m = DURATION.matcher(text);
    if (!m.matches()) {
      throw bad("'" + text + "' is not a duration, such as 0.5, 200ms, 75s or 2h");
    }
    long unit =
        switch (m.group(2) == null ? "s" : m.group(2)) {
          case "ns" -> 1L;
          case "us" -> 1000L;
          case "ms" -> 1_000_000L;
          case "m", "min" -> 60 * SECOND;
          case "h" -> 3600 * SECOND;
          default -> SECOND;
        };
    return (long) (Double.parseDouble(m.group(1)) * unit);
  }

  static TypeConversionException bad(String message) {
    return new TypeConversionException(MARK + message);
  }

  /** An address as a URL or {@code ss} writes it before a port. */
  static String host(IpAddress address) {
    return address.isV4() ? address.toString() : "[" + address + "]";
  }

  /** {@code 1.4 MiB}. */
  static String bytes(long n) {
    String[] units = {"B", "KiB", "MiB", "GiB", "TiB"};
    double value = n;
    int unit = 0;
    while (value >= 1024 && unit < units.length - 1) {
      value /= 1024;
      unit++;
    }
    return unit == 0 ? n + " B" : String.format(Locale.ROOT, "%.1f %s", value, units[unit]);
  }
}
