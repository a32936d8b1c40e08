package dev.sinew.cli;

import dev.sinew.base.TcpState;
import dev.sinew.ip.IpAddress;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A socket of a running process, as its control server tells.
 *
 * @param json everything that was told
 * @param process the command's name
 */
record SsRow(Map<String, @Nullable Object> json, String process, long pid) {
  String transport() {
    return text("transport");
  }

  TcpState state() {
    try {
      return TcpState.valueOf(text("state"));
    } catch (IllegalArgumentException e) {
      return TcpState.CLOSED; // told by another version
    }
  }

  IpAddress localAddress() {
    return address("localAddress");
  }

  IpAddress remoteAddress() {
    return address("remoteAddress");
  }

  int localPort() {
    return (int) number("localPort");
  }

  int remotePort() {
    return (int) number("remotePort");
  }

  String text(String name) {
    return json.get(name) instanceof String s ? s : "";
  }

  long number(String name) {
    return json.get(name) instanceof Number n ? n.longValue() : 0;
  }

  /** The connection's variables, or null where there is no connection. */
  @Nullable Map<?, ?> info() {
    return json.get("info") instanceof Map<?, ?> map ? map : null;
  }

  private IpAddress address(String name) {
    IpAddress address = IpAddress.parse(text(name));
    return address == null ? IpAddress.ANY_V6 : address;
  }
}
