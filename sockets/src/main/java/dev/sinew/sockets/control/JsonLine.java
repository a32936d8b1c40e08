package dev.sinew.sockets.control;

import org.jspecify.annotations.Nullable;

/** Writes one JSON object on one line (RFC 8259). */
final class JsonLine {
  private static final String HEX = "0123456789abcdef";

  private final StringBuilder out = new StringBuilder(256).append('{');
  private boolean first = true;

  JsonLine put(String name, long value) {
    key(name);
    out.append(value);
    return this;
  }

  JsonLine put(String name, boolean value) {
    key(name);
    out.append(value);
    return this;
  }

  /** A text, or {@code null}. */
  JsonLine put(String name, @Nullable String value) {
    key(name);
    if (value == null) {
      out.append("null");
    } else {
      quote(value);
    }
    return this;
  }

  /** An object within this one; nothing may be put into it afterwards. */
  JsonLine put(String name, JsonLine value) {
    key(name);
    out.append(value.end());
    return this;
  }

  /** The object's text, without a line end. */
  String end() {
    return out + "}";
  }

  private void key(String name) {
    if (!first) {
      out.append(',');
    }
    first = false;
    quote(name);
    out.append(':');
  }

  private void quote(String text) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        default -> {
          if (c < 0x20 || c == 0x7f) {
            out.append("\\u00").append(HEX.charAt(c >> 4)).append(HEX.charAt(c & 15));
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }
}
