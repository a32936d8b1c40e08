package dev.sinew.capture;

import dev.sinew.capture.PacketFilter.Node;
import dev.sinew.wire.AddressText;
import dev.sinew.wire.IpProtocol;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads the language of {@link PacketFilter}. */
final class FilterParser {
  private enum Dir {
    EITHER,
    SRC,
    DST,
    BOTH
  }

  private enum Type {
    HOST,
    NET,
    PORT,
    PORTRANGE
  }

  private record Token(String text, int position) {}

  /** What a bare value after "and" or "or" means. */
  private record Qualifiers(@Nullable String protocol, Dir dir, Type type) {}

  private static final int MAX_DEPTH = 100;

  private final String expression;
  private final List<Token> tokens = new ArrayList<>();
  private int next;
  private int depth;
  private @Nullable Qualifiers last;

  FilterParser(String expression) {
    this.expression = expression;
    int at = 0;
    while (at < expression.length()) {
      char c = expression.charAt(at);
      if (Character.isWhitespace(c)) {
        at++;
        continue;
      }
      int start = at;
      if (c == '(' || c == ')' || c == '!') {
        at++;
      } else if (expression.startsWith("&&", at) || expression.startsWith("||", at)) {
        at += 2;
      } else {
        while (at < expression.length() && !endsWord(expression, at)) {
          at++;
        }
      }
      tokens.add(new Token(expression.substring(start, at), start));
    }
  }

  private static boolean endsWord(String s, int at) {
    char c = s.charAt(at);
    return Character.isWhitespace(c)
        || c == '('
        || c == ')'
        || c == '!'
        || s.startsWith("&&", at)
        || s.startsWith("||", at);
  }

  Node parse() {
    if (tokens.isEmpty()) {
      return v -> true;
    }
    Node n = expression();
    if (next < tokens.size()) {
      throw error("unexpected '" + tokens.get(next).text + "'");
    }
    return n;
  }

  private Node expression() {
    Node left = term();
    while (true) {
      Node a = left;
      if (take("and") || take("&&")) {
        Node b = term();
        left = v -> a.test(v) && b.test(v);
      } else if (take("or") || take("||")) {
        Node b = term();
        left = v -> a.test(v) || b.test(v);
      } else {
        return left;
      }
    }
  }

  private Node term() {
    if (++depth > MAX_DEPTH) {
      throw error("more than " + MAX_DEPTH + " levels");
    }
    try {
      if (take("not") || take("!")) {
        Node n = term();
        return v -> !n.test(v);
      }
      if (take("(")) {
        Node n = expression();
        if (!take(")")) {
          throw error("')' is missing");
        }
        return n;
      }
      return primitive();
    } finally {
      depth--;
    }
  }

  private Node primitive() {
    if (take("less")) {
      int n = number("less", 0, Integer.MAX_VALUE);
      return v -> v.length <= n;
    }
    if (take("greater")) {
      int n = number("greater", 0, Integer.MAX_VALUE);
      return v -> v.length >= n;
    }
    int start = next;
    String protocol = protocol();
    Dir dir = dir();
    Type type = type();
    if (protocol != null && dir == null && type == null) {
      return protocolNode(protocol);
    }
    if (dir == null && type == null && last != null && startsValue()) {
      return value(last, start);
    }
    if (type == null) {
      type = Type.HOST;
    }
    return value(new Qualifiers(protocol, dir == null ? Dir.EITHER : dir, type), start);
  }

  private @Nullable String protocol() {
    for (String p : new String[] {"tcp", "udp", "icmp", "icmp6", "ip", "ip6"}) {
      if (take(p)) {
        return p;
      }
    }
    return null;
  }

  private @Nullable Dir dir() {
    boolean src = take("src");
    if (!src && !take("dst")) {
      return null;
    }
    String other = src ? "dst" : "src";
    if (next + 1 < tokens.size() && tokens.get(next + 1).text.equals(other)) {
      boolean or = tokens.get(next).text.equals("or") || tokens.get(next).text.equals("||");
      boolean and = tokens.get(next).text.equals("and") || tokens.get(next).text.equals("&&");
      // "src or dst port 1", but not "src 10.0.0.1 or dst 10.0.0.2": there a value stands between.
      if (or || and) {
        next += 2;
        return or ? Dir.EITHER : Dir.BOTH;
      }
    }
    return src ? Dir.SRC : Dir.DST;
  }

  private @Nullable Type type() {
    for (Type t : Type.values()) {
      if (take(t.name().toLowerCase(java.util.Locale.ROOT))) {
        return t;
      }
    }
    return null;
  }

  /** True when the next token can be a value: it begins with a digit or contains a colon. */
  private boolean startsValue() {
    if (next >= tokens.size()) {
      return false;
    }
    String s = tokens.get(next).text;
    return s.charAt(0) >= '0' && s.charAt(0) <= '9' || s.indexOf(':') >= 0;
  }

  private Node value(Qualifiers q, int start) {
    Node n =
        switch (q.type) {
          case HOST -> host(q);
          case NET -> net(q);
          case PORT -> {
            int port = number("port", 0, 65535);
            yield ports(q, port, port, start);
          }
          case PORTRANGE -> portRange(q, start);
        };
    last = q;
    return n;
  }

  private Node host(Qualifiers q) {
    Token t = valueToken("an address");
    long[] a = AddressText.parse(t.text);
    if (a == null) {
      throw new FilterException("'" + t.text + "' is no IP address", expression, t.position);
    }
    return address(q, a[0], a[1], -1, -1);
  }

  private Node net(Qualifiers q) {
    Token t = valueToken("a network such as 10.0.0.0/8");
    int slash = t.text.indexOf('/');
    long[] a = AddressText.parse(slash < 0 ? t.text : t.text.substring(0, slash));
    if (a == null || slash < 0) {
      throw new FilterException(
          "'" + t.text + "' is no network such as 10.0.0.0/8", expression, t.position);
    }
    boolean v4 = t.text.indexOf(':') < 0;
    int width = v4 ? 32 : 128;
    int bits = decimal(t.text.substring(slash + 1));
    if (bits < 0 || bits > width) {
      throw new FilterException(
          "a prefix has 0 to " + width + " bits", expression, t.position + slash + 1);
    }
    int all = v4 ? bits + 96 : bits;
    long high = all >= 64 ? -1 : all == 0 ? 0 : -1L << 64 - all;
    long low = all <= 64 ? 0 : -1L << 128 - all;
    if ((a[0] & ~high) != 0 || (a[1] & ~low) != 0) {
      throw new FilterException(
          "'" + t.text + "' has bits set beyond its prefix", expression, t.position);
    }
    return address(q, a[0], a[1], high, low);
  }

  private Node address(Qualifiers q, long high, long low, long highMask, long lowMask) {
    Node src = v -> (v.ip.sourceHigh & highMask) == high && (v.ip.sourceLow & lowMask) == low;
    Node dst =
        v -> (v.ip.destinationHigh & highMask) == high && (v.ip.destinationLow & lowMask) == low;
    Node node = both(q, src, dst);
    // ::/0 is no prefix of IPv4 addresses, though they are held IPv4-mapped.
    boolean v4 = high == 0 && low >>> 32 == 0xffff;
    return v -> v.readable && v.ip.v4 == v4 && node.test(v);
  }

  private Node portRange(Qualifiers q, int start) {
    Token t = valueToken("a range such as 1000-2000");
    int dash = t.text.indexOf('-');
    int from = dash < 0 ? -1 : decimal(t.text.substring(0, dash));
    int to = dash < 0 ? -1 : decimal(t.text.substring(dash + 1));
    if (from < 0 || to > 65535 || from > to) {
      throw new FilterException(
          "'" + t.text + "' is no range such as 1000-2000", expression, t.position);
    }
    return ports(q, from, to, start);
  }

  private Node ports(Qualifiers q, int from, int to, int start) {
    if (q.protocol != null && q.protocol.startsWith("icmp")) {
      throw new FilterException(
          q.protocol + " has no ports", expression, tokens.get(start).position);
    }
    Node src = v -> v.sourcePort >= from && v.sourcePort <= to;
    Node dst = v -> v.destinationPort >= from && v.destinationPort <= to;
    return both(q, src, dst);
  }

  private static Node both(Qualifiers q, Node src, Node dst) {
    Node n =
        switch (q.dir) {
          case SRC -> src;
          case DST -> dst;
          case EITHER -> v -> src.test(v) || dst.test(v);
          case BOTH -> v -> src.test(v) && dst.test(v);
        };
    if (q.protocol == null) {
      return n;
    }
    Node p = protocolNode(q.protocol);
    return v -> p.test(v) && n.test(v);
  }

  private static Node protocolNode(String name) {
    return switch (name) {
      case "tcp" -> v -> v.readable && v.ip.protocol == IpProtocol.TCP;
      case "udp" -> v -> v.readable && v.ip.protocol == IpProtocol.UDP;
      case "icmp" -> v -> v.readable && v.ip.v4 && v.ip.protocol == IpProtocol.ICMP;
      case "icmp6" -> v -> v.readable && !v.ip.v4 && v.ip.protocol == IpProtocol.ICMPV6;
      case "ip" -> v -> v.readable && v.ip.v4;
      default -> v -> v.readable && !v.ip.v4;
    };
  }

  private boolean take(String word) {
    if (next < tokens.size() && tokens.get(next).text.equals(word)) {
      next++;
      return true;
    }
    return false;
  }

  private Token valueToken(String what) {
    if (next >= tokens.size()) {
      throw error("expected " + what);
    }
    return tokens.get(next++);
  }

  private int number(String word, int from, int to) {
    Token t = valueToken("a number after " + word);
    int n = decimal(t.text);
    if (n < from || n > to) {
      String range = to == Integer.MAX_VALUE ? "a number" : "a number " + from + " to " + to;
      throw new FilterException(
          word + " wants " + range + ", not '" + t.text + "'", expression, t.position);
    }
    return n;
  }

  /** A number of at most nine digits, or -1. */
  private static int decimal(String s) {
    if (s.isEmpty() || s.length() > 9) {
      return -1;
    }
    int n = 0;
    for (int i = 0; i < s.length(); i++) {
      char c = s.charAt(i);
      if (c < '0' || c > '9') {
        return -1;
      }
      n = n * 10 + c - '0';
    }
    return n;
  }

  private FilterException error(String problem) {
    int at = next < tokens.size() ? tokens.get(next).position : expression.length();
    return new FilterException(problem, expression, at);
  }
}
