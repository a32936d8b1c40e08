package dev.sinew.packetdrill;

import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** ICMP messages by the names that scripts use. */
final class IcmpNames {
  /** The two numbers of a message. */
  record TypeAndCode(int type, int code) {}

  private static final Map<String, Integer> V4_TYPES =
      Map.ofEntries(
          Map.entry("echo_reply", 0),
          Map.entry("unreachable", 3),
          Map.entry("dest_unreachable", 3),
          Map.entry("source_quench", 4),
          Map.entry("redirect", 5),
          Map.entry("echo_request", 8),
          Map.entry("time_exceeded", 11),
          Map.entry("parameter_problem", 12),
          Map.entry("timestamp_request", 13),
          Map.entry("timestamp", 13),
          Map.entry("timestamp_reply", 14),
          Map.entry("information_request", 15),
          Map.entry("information_reply", 16),
          Map.entry("address_mask_request", 17),
          Map.entry("address_mask_reply", 18));

  private static final Map<String, Integer> V4_UNREACHABLE =
      Map.ofEntries(
          Map.entry("net_unreachable", 0),
          Map.entry("host_unreachable", 1),
          Map.entry("protocol_unreachable", 2),
          Map.entry("port_unreachable", 3),
          Map.entry("frag_needed", 4),
          Map.entry("source_route_failed", 5),
          Map.entry("net_unknown", 6),
          Map.entry("host_unknown", 7),
          Map.entry("source_host_isolated", 8),
          Map.entry("net_prohibited", 9),
          Map.entry("host_prohibited", 10),
          Map.entry("net_unreachable_for_tos", 11),
          Map.entry("host_unreachable_for_tos", 12),
          Map.entry("packet_filtered", 13),
          Map.entry("comm_prohibited", 13),
          Map.entry("admin_prohibited", 13),
          Map.entry("host_precedence_violation", 14),
          Map.entry("precedence_violation", 14),
          Map.entry("precedence_cutoff", 15));

  private static final Map<String, Integer> V6_TYPES =
      Map.ofEntries(
          Map.entry("unreachable", 1),
          Map.entry("dest_unreachable", 1),
          Map.entry("packet_too_big", 2),
          Map.entry("time_exceeded", 3),
          Map.entry("parameter_problem", 4),
          Map.entry("echo_request", 128),
          Map.entry("echo_reply", 129));

  private static final Map<String, Integer> V6_UNREACHABLE =
      Map.of(
          "no_route", 0,
          "net_unreachable", 0,
          "admin_prohibited", 1,
          "not_neighbour", 2,
          "beyond_scope", 2,
          "addr_unreachable", 3,
          "address_unreachable", 3,
          "host_unreachable", 3,
          "port_unreachable", 4);

  private static final Map<String, Integer> V4_REDIRECT =
      Map.of("net", 0, "host", 1, "tos_net", 2, "tos_host", 3);

  private static final Map<String, Integer> TIME_EXCEEDED =
      Map.ofEntries(
          Map.entry("ttl_exceeded", 0),
          Map.entry("ttl_exceeded_in_transit", 0),
          Map.entry("hop_limit_exceeded", 0),
          Map.entry("exceeded_hop_limit", 0),
          Map.entry("exceeded_in_transit", 0),
          Map.entry("hoplimit", 0),
          Map.entry("reassembly_time_exceeded", 1),
          Map.entry("frag_reass_exceeded", 1),
          Map.entry("exceeded_frag_time", 1),
          Map.entry("reassembly", 1));

  private static final Map<String, Integer> V6_PARAMETER =
      Map.of(
          "header_field", 0,
          "erroneous_header_field", 0,
          "next_header", 1,
          "unknown_next_header", 1,
          "unrecognized_next_header", 1,
          "option", 2,
          "unknown_option", 2,
          "unrecognized_option", 2);

  private static final Map<String, Integer> V4_PARAMETER =
      Map.of(
          "pointer", 0,
          "missing_option", 1,
          "option_missing", 1,
          "bad_length", 2,
          "length", 2);

  /** {@code type_40}, {@code code_3}. */
  private static final Pattern NUMBERED = Pattern.compile("(?:type|code)_(\\d{1,3})");

  private IcmpNames() {}

  /** Type and code, or null when a name is unknown. Numbers are names too. */
  static @Nullable TypeAndCode find(boolean v4, String type, String code) {
    Integer t = number(type, v4 ? V4_TYPES : V6_TYPES);
    if (t == null) {
      return null;
    }
    if (code.isEmpty()) {
      return new TypeAndCode(t, 0);
    }
    Map<String, Integer> codes =
        v4
            ? switch (t) {
              case 3 -> V4_UNREACHABLE;
              case 5 -> V4_REDIRECT;
              case 11 -> TIME_EXCEEDED;
              case 12 -> V4_PARAMETER;
              default -> Map.of();
            }
            : switch (t) {
              case 1 -> V6_UNREACHABLE;
              case 3 -> TIME_EXCEEDED;
              case 4 -> V6_PARAMETER;
              default -> Map.of();
            };
    Integer c = number(code, codes);
    return c == null ? null : new TypeAndCode(t, c);
  }

  private static @Nullable Integer number(String name, Map<String, Integer> names) {
    if (!name.isEmpty() && name.chars().allMatch(Character::isDigit) && name.length() < 4) {
      return Integer.parseInt(name);
    }
    Matcher m = NUMBERED.matcher(name);
    return m.matches() ? Integer.valueOf(m.group(1)) : names.get(name);
  }
}
