package dev.sinew.cli.serve;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.Locale;

/** Dates in the fixed English forms of two protocols, whatever language this machine speaks. */
final class Dates {
  private static final String[] DAYS = {
    "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"
  };
  private static final String[] MONTHS = {
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December"
  };

  private Dates() {}

  /** As HTTP writes it: {@code Fri, 02 Jan 2026 03:04:05 GMT}. */
  static String http(Instant instant) {
    ZonedDateTime t = instant.atZone(ZoneOffset.UTC);
    return String.format(
        Locale.ROOT,
        "%s, %02d %s %04d %02d:%02d:%02d GMT",
        day(t).substring(0, 3),
        t.getDayOfMonth(),
        month(t).substring(0, 3),
        t.getYear(),
        t.getHour(),
        t.getMinute(),
        t.getSecond());
  }

  /** As RFC 867 shows it: {@code Friday, January 2, 2026 03:04:05-Z}. */
  static String daytime(ZonedDateTime t) {
    return String.format(
        Locale.ROOT,
        "%s, %s %d, %04d %02d:%02d:%02d-%s",
        day(t),
        month(t),
        t.getDayOfMonth(),
        t.getYear(),
        t.getHour(),
        t.getMinute(),
        t.getSecond(),
        t.getZone().getId());
  }

  private static String day(ZonedDateTime t) {
    return DAYS[t.getDayOfWeek().getValue() - 1];
  }

  private static String month(ZonedDateTime t) {
    return MONTHS[t.getMonthValue() - 1];
  }
}
