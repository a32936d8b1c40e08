package dev.sinew.cli;

import dev.sinew.base.TcpState;
import dev.sinew.ip.IpAddress;
import dev.sinew.ip.Prefix;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Which sockets {@code ss} shows: its words for states, and its expressions over ports and
 * addresses.
 *
 * <pre>
 *   [state STATE | exclude STATE | STATE]…  [ EXPRESSION ]
 *   EXPRESSION = TERM { [and | &&] TERM | (or | ||) TERM }     and binds tighter
 *   TERM       = [not | !] ( "(" EXPRESSION ")" | (sport | dport) OP :PORT | (src | dst) [=] HOST[:PORT] )
 *   OP         = "=" "==" "eq"   "!=" "ne" "neq"   "<" "lt"   ">" "gt"   "<=" "le" "leq"   ">=" "ge" "geq"
 * </pre>
 */
final class SsFilter {
  private final EnumSet<TcpState> states;
  private final boolean statesGiven;
  private final Predicate<SsRow> expression;

  private SsFilter(EnumSet<TcpState> states, boolean statesGiven, Predicate<SsRow> expression) {
    this.states = states;
    this.statesGiven = statesGiven;
    this.expression = expression;
  }

  /** The states that were asked for by name; all that {@code byDefault} names when none was. */
  EnumSet<TcpState> states(EnumSet<TcpState> byDefault) {
    return statesGiven ? states : byDefault;
  }

  boolean matches(SsRow row) {
    return expression.test(row);
  }

  static EnumSet<TcpState> all() {
    return EnumSet.allOf(TcpState.class);
  }

  /**
   * What {@code ss} shows without {@code -a} and {@code -l}: connections that are, or were until
   * just now.
   */
  static EnumSet<TcpState> usual() {
    return EnumSet.complementOf(
        EnumSet.of(TcpState.LISTEN, TcpState.CLOSED, TcpState.TIME_WAIT, TcpState.SYN_RECEIVED));
  }

  static SsFilter parse(List<String> words) throws CliException {
    return new Parser(words).parse();
  }

  /** The states that a word of ss names, or null. */
  static @Nullable EnumSet<TcpState> stateWord(String word) {
    return switch (word.toLowerCase(Locale.ROOT)) {
      case "all" -> all();
      case "connected" -> EnumSet.complementOf(EnumSet.of(TcpState.LISTEN, TcpState.CLOSED));
      case "synchronized" ->
          EnumSet.complementOf(EnumSet.of(TcpState.LISTEN, TcpState.CLOSED, TcpState.SYN_SENT));
      case "bucket" -> EnumSet.of(TcpState.SYN_RECEIVED, TcpState.TIME_WAIT);
      case "big" -> EnumSet.complementOf(EnumSet.of(TcpState.SYN_RECEIVED, TcpState.TIME_WAIT));
      case "established", "estab" -> EnumSet.of(TcpState.ESTABLISHED);
      case "syn-sent" -> EnumSet.of(TcpState.SYN_SENT);
      case "syn-recv", "syn-rcv", "syn-received" -> EnumSet.of(TcpState.SYN_RECEIVED);
      case "fin-wait-1" -> EnumSet.of(TcpState.FIN_WAIT_1);
      case "fin-wait-2" -> EnumSet.of(TcpState.FIN_WAIT_2);
      case "time-wait" -> EnumSet.of(TcpState.TIME_WAIT);
      case "close-wait" -> EnumSet.of(TcpState.CLOSE_WAIT);
      case "last-ack" -> EnumSet.of(TcpState.LAST_ACK);
      case "closing" -> EnumSet.of(TcpState.CLOSING);
      case "listening", "listen" -> EnumSet.of(TcpState.LISTEN);
      case "closed", "close", "unconn", "unconnected" -> EnumSet.of(TcpState.CLOSED);
      default -> null;
    };
  }

  private static final class Parser {
    private final List<String> tokens = new ArrayList<>();
    private int at;

    Parser(List<String> words) {
      for (String word : words) {
        tokenize(word);
      }
    }

    /** Operators and parentheses may stand with or without spaces. */
    private void tokenize(String word) {
      StringBuilder current = new StringBuilder();
      for (int i = 0; i < word.length(); i++) {
        char c = word.charAt(i);
        String two = i + 1 < word.length() ? word.substring(i, i + 2) : "";
        if (List.of("==", "!=", "<=", ">=", "&&", "||").contains(two)) {
          flush(current);
          tokens.add(two);
          i++;
        } else if ("()=<>!".indexOf(c) >= 0) {
          flush(current);
          tokens.add(String.valueOf(c));
        } else if (Character.isWhitespace(c)) {
          flush(current);
        } else {
          current.append(c);
        }
      }
      flush(current);
    }

    private void flush(StringBuilder current) {
      if (!current.isEmpty()) {
        tokens.add(current.toString());
        current.setLength(0);
      }
    }

    SsFilter parse() throws CliException {
      EnumSet<TcpState> states = EnumSet.noneOf(TcpState.class);
      boolean given = false;
      while (at < tokens.size()) {
        String word = tokens.get(at);
        EnumSet<TcpState> bare = stateWord(word);
        if (word.equals("state")) {
          at++;
          states.addAll(state());
        } else if (word.equals("exclude")) {
          at++;
          if (!given) {
            states.addAll(all());
          }
          states.removeAll(state());
        } else if (bare != null) {
          at++;
          states.addAll(bare);
        } else {
          break;
        }
        given = true;
      }
      Predicate<SsRow> expression = at < tokens.size() ? or() : row -> true;
      if (at < tokens.size()) {
        throw CliException.usage("'" + tokens.get(at) + "' is not understood in the filter");
      }
      return new SsFilter(states, given, expression);
    }

    private EnumSet<TcpState> state() throws CliException {
      String word = next("a state");
      EnumSet<TcpState> states = stateWord(word);
      if (states == null) {
        throw CliException.usage(
            "'"
                + word
                + "' is not a state; they are: established syn-sent syn-recv fin-wait-1 fin-wait-2 time-wait closed close-wait"
                + " last-ack listening closing, and all connected synchronized bucket big");
      }
      return states;
    }

    private Predicate<SsRow> or() throws CliException {
      Predicate<SsRow> left = and();
      while (take("or") || take("||")) {
        left = left.or(and());
      }
      return left;
    }

    private Predicate<SsRow> and() throws CliException {
      Predicate<SsRow> left = term();
      while (at < tokens.size() && !List.of("or", "||", ")").contains(tokens.get(at))) {
        boolean ignored = take("and") || take("&&"); // may be left out
        left = left.and(term());
      }
      return left;
    }

    private Predicate<SsRow> term() throws CliException {
      if (take("not") || take("!")) {
        return term().negate();
      }
      if (take("(")) {
        Predicate<SsRow> inner = or();
        if (!take(")")) {
          throw CliException.usage("a ')' is missing in the filter");
        }
        return inner;
      }
      String word = next("an expression");
      return switch (word) {
        case "sport" -> port(true);
        case "dport" -> port(false);
        case "src" -> host(true);
        case "dst" -> host(false);
        default ->
            throw CliException.usage(
                "'"
                    + word
                    + "' is neither a state nor an expression such as 'sport = :80', 'dport = :80', 'src ADDRESS', 'dst ADDRESS'");
      };
    }

    private Predicate<SsRow> port(boolean local) throws CliException {
      String operator = next("an operator");
      String text = next("a port");
      int colon = text.lastIndexOf(':');
      int wanted = portNumber(text.substring(colon + 1));
      return row -> {
        int port = local ? row.localPort() : row.remotePort();
        return switch (operator) {
          case "!=", "ne", "neq" -> port != wanted;
          case "<", "lt" -> port < wanted;
          case ">", "gt" -> port > wanted;
          case "<=", "le", "leq" -> port <= wanted;
          case ">=", "ge", "geq" -> port >= wanted;
          default -> port == wanted;
        };
      };
    }

    private Predicate<SsRow> host(boolean local) throws CliException {
      if (!take("=") && !take("==")) {
        boolean ignored = take("eq");
      }
      String text = next("an address");
      int colon = text.lastIndexOf(':');
      int port = -1;
      String address = text;
      if (text.startsWith("[")) {
        int close = text.indexOf(']');
        if (close < 0) {
          throw CliException.usage("'" + text + "' is not an address");
        }
        address = text.substring(1, close);
        port = close + 1 < text.length() ? portNumber(text.substring(close + 2)) : -1;
      } else if (colon >= 0 && text.indexOf(':') == colon) { // one colon: IPv4 with port
        address = text.substring(0, colon);
        port = portNumber(text.substring(colon + 1));
      }
      Prefix network = address.isEmpty() || address.equals("*") ? null : Prefix.parse(address);
      if (network == null && !address.isEmpty() && !address.equals("*")) {
        throw CliException.usage("'" + text + "' is not an address");
      }
      int wantedPort = port;
      return row -> {
        IpAddress a = local ? row.localAddress() : row.remoteAddress();
        int p = local ? row.localPort() : row.remotePort();
        return (network == null || network.contains(a.high(), a.low()))
            && (wantedPort < 0 || p == wantedPort);
      };
    }

    private static int portNumber(String text) throws CliException {
      if (!text.matches("[0-9]{1,5}") || Integer.parseInt(text) > 65_535) {
        throw CliException.usage("'" + text + "' is not a port number");
      }
      return Integer.parseInt(text);
    }

    private boolean take(String token) {
      if (at < tokens.size() && tokens.get(at).equals(token)) {
        at++;
        return true;
      }
      return false;
    }

    private String next(String what) throws CliException {
      if (at == tokens.size()) {
        throw CliException.usage("the filter ends where " + what + " is expected");
      }
      return tokens.get(at++);
    }
  }
}
