package dev.sinew.packetdrill;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The statements between {@code %{} and {@code }%}: assertions, prints and assignments over numbers
 * and strings, in Python's notation. Variables live as long as the script; the connection's values
 * are those of the moment.
 */
final class CodeRunner {
  /** A statement that does not hold, or can't be understood. */
  static final class CodeException extends Exception {
    private static final long serialVersionUID = 1;
    final boolean assertion;

    CodeException(boolean assertion, String message) {
      super(message, null, false, false);
      this.assertion = assertion;
    }
  }

  private static final List<String> OPERATORS =
      List.of(
          "**", "//", "<<", ">>", "<=", ">=", "==", "!=", "+=", "-=", "+", "-", "*", "/", "%", "<",
          ">", "=", "(", ")", ",", "&", "|", "^", "~", ";", "[", "]", ".");

  private final Map<String, Object> variables = new HashMap<>();
  private Function<String, @Nullable Object> names = n -> null;
  private List<String> tokens = List.of();
  private int at;

  /** What was printed. */
  final List<String> printed = new ArrayList<>();

  /**
   * @param connection values of the connection and constants by name
   */
  void run(String code, Function<String, @Nullable Object> connection) throws CodeException {
    names = connection;
    int depth = 0;
    StringBuilder statement = new StringBuilder();
    for (String raw : code.split("\n", -1)) {
      String line = withoutComment(raw).strip();
      for (char c : line.toCharArray()) {
        depth += c == '(' || c == '[' ? 1 : c == ')' || c == ']' ? -1 : 0;
      }
      boolean more = line.endsWith("\\");
      statement.append(more ? line.substring(0, line.length() - 1) : line).append(' ');
      if (depth <= 0 && !more) {
        statements(statement.toString());
        statement.setLength(0);
        depth = 0;
      }
    }
    statements(statement.toString());
  }

  private static String withoutComment(String line) {
    char quote = 0;
    for (int i = 0; i < line.length(); i++) {
      char c = line.charAt(i);
      if (quote != 0) {
        quote = c == quote ? 0 : quote;
      } else if (c == '\'' || c == '"') {
        quote = c;
      } else if (c == '#') {
        return line.substring(0, i);
      }
    }
    return line;
  }

  private void statements(String text) throws CodeException {
    tokens = tokens(text);
    at = 0;
    while (at < tokens.size()) {
      if (!take(";")) {
        statement(text.strip());
        if (at < tokens.size() && !take(";")) {
          throw syntax("unexpected \"" + tokens.get(at) + "\"");
        }
      }
    }
  }

  private void statement(String text) throws CodeException {
    if (take("assert")) {
      int from = at;
      Object value = expression();
      Object message = null;
      if (take(",")) {
        message = expression();
      }
      if (!truth(value)) {
        throw new CodeException(
            true,
            "assert "
                + text.replaceFirst("^assert\\s*", "")
                + (message != null ? ": " + show(message) : "")
                + values(from));
      }
      return;
    }
    if (take("pass")) {
      return;
    }
    if (at + 1 < tokens.size() && isName(tokens.get(at))) {
      String name = tokens.get(at);
      String op = tokens.get(at + 1);
      if (op.equals("=") || op.equals("+=") || op.equals("-=")) {
        at += 2;
        Object value = expression();
        if (!op.equals("=")) {
          value = arithmetic(op.substring(0, 1), lookUp(name), value);
        }
        variables.put(name, value);
        return;
      }
    }
    Object unused = expression();
  }

  /** The values of the names in a failed assertion. */
  private String values(int from) {
    StringBuilder s = new StringBuilder();
    for (int i = from; i < at; i++) {
      String t = tokens.get(i);
      if (isName(t) && t.startsWith("tcpi_") && s.indexOf(t) < 0) {
        Object v = names.apply(t);
        s.append(s.isEmpty() ? "  (" : ", ")
            .append(t)
            .append(" is ")
            .append(v == null ? "?" : show(v));
      }
    }
    return s.isEmpty() ? "" : s.append(')').toString();
  }

  // ---- expressions, loosest first

  private Object expression() throws CodeException {
    Object v = and();
    while (take("or")) {
      Object right = and();
      v = truth(v) ? v : right;
    }
    return v;
  }

  private Object and() throws CodeException {
    Object v = not();
    while (take("and")) {
      Object right = not();
      v = truth(v) ? right : v;
    }
    return v;
  }

  private Object not() throws CodeException {
    return take("not") ? (Object) !truth(not()) : comparison();
  }

  private Object comparison() throws CodeException {
    Object left = binary(0);
    Object result = null;
    while (at < tokens.size()
        && List.of("<", ">", "<=", ">=", "==", "!=").contains(tokens.get(at))) {
      String op = tokens.get(at++);
      Object right = binary(0);
      boolean holds = compare(op, left, right);
      result = result == null ? holds : (Object) (truth(result) && holds);
      left = right;
    }
    return result == null ? left : result;
  }

  private static final List<List<String>> LEVELS =
      List.of(
          List.of("|"),
          List.of("^"),
          List.of("&"),
          List.of("<<", ">>"),
          List.of("+", "-"),
          List.of("*", "/", "//", "%"));

  private Object binary(int level) throws CodeException {
    if (level == LEVELS.size()) {
      return unary();
    }
    Object left = binary(level + 1);
    while (at < tokens.size() && LEVELS.get(level).contains(tokens.get(at))) {
      String op = tokens.get(at++);
      left = arithmetic(op, left, binary(level + 1));
    }
    return left;
  }

  private Object unary() throws CodeException {
    if (take("-")) {
      return arithmetic("-", 0L, unary());
    }
    if (take("~")) {
      return ~integer(unary());
    }
    if (take("+")) {
      return unary();
    }
    Object v = primary();
    return take("**") ? (Object) Math.round(Math.pow(real(v), real(unary()))) : v;
  }

  private Object primary() throws CodeException {
    if (at >= tokens.size()) {
      throw syntax("an expression ends too early");
    }
    String t = tokens.get(at++);
    if (t.equals("(")) {
      List<Object> items = items(")");
      return items.size() == 1 ? items.getFirst() : items;
    }
    char c = t.charAt(0);
    if (c == '\'' || c == '"') {
      return t.substring(1, t.length() - 1);
    }
    if (Character.isDigit(c)) {
      try {
        return t.startsWith("0x")
            ? (Object) Long.parseLong(t.substring(2), 16)
            : t.contains(".") || t.contains("e")
                ? (Object) Double.parseDouble(t)
                : (Object) Long.parseLong(t);
      } catch (NumberFormatException e) {
        throw syntax("not a number: " + t);
      }
    }
    if (!isName(t)) {
      throw syntax("unexpected \"" + t + "\"");
    }
    if (take("(")) {
      return call(t, items(")"));
    }
    return lookUp(t);
  }

  private List<Object> items(String end) throws CodeException {
    List<Object> list = new ArrayList<>();
    while (!take(end)) {
      list.add(expression());
      if (!take(",")) {
        if (!take(end)) {
          throw syntax("expected \"" + end + "\"");
        }
        break;
      }
    }
    return list;
  }

  private Object call(String name, List<Object> a) throws CodeException {
    if (a.isEmpty() && !name.equals("print")) {
      throw syntax(name + "() needs an argument, or is unknown");
    }
    switch (name) {
      case "print" -> {
        printed.add(String.join(" ", a.stream().map(CodeRunner::show).toList()));
        return 0L;
      }
      case "abs" -> {
        return a.size() == 1 && a.getFirst() instanceof Long n
            ? Math.abs(n)
            : Math.abs(real(a.getFirst()));
      }
      case "int" -> {
        return (long) real(a.getFirst());
      }
      case "float" -> {
        return real(a.getFirst());
      }
      case "str" -> {
        return show(a.getFirst());
      }
      case "min", "max" -> {
        Object best = a.getFirst();
        for (Object o : a) {
          if (compare(name.equals("min") ? "<" : ">", o, best)) {
            best = o;
          }
        }
        return best;
      }
      default -> throw syntax("unknown function " + name);
    }
  }

  private Object lookUp(String name) throws CodeException {
    switch (name) {
      case "True" -> {
        return true;
      }
      case "False" -> {
        return false;
      }
      case "None" -> {
        return "None";
      }
      default -> {
        Object v = variables.get(name);
        v = v != null ? v : names.apply(name);
        if (v == null) {
          throw syntax("unknown name " + name);
        }
        return v;
      }
    }
  }

  // ---- values

  static boolean truth(Object v) {
    return switch (v) {
      case Boolean b -> b;
      case Long n -> n != 0;
      case Double d -> d != 0;
      case String s -> !s.isEmpty();
      default -> true;
    };
  }

  private double real(Object v) throws CodeException {
    return switch (v) {
      case Boolean b -> b ? 1 : 0;
      case Long n -> n;
      case Double d -> d;
      default -> throw syntax("not a number: " + show(v));
    };
  }

  private long integer(Object v) throws CodeException {
    return switch (v) {
      case Boolean b -> b ? 1 : 0;
      case Long n -> n;
      default -> throw syntax("not an integer: " + show(v));
    };
  }

  private boolean compare(String op, Object left, Object right) throws CodeException {
    if (left instanceof String || right instanceof String) {
      boolean same = left.equals(right);
      return op.equals("==") ? same : !same;
    }
    int c =
        left instanceof Double || right instanceof Double
            ? Double.compare(real(left), real(right))
            : Long.compare(integer(left), integer(right));
    return switch (op) {
      case "<" -> c < 0;
      case ">" -> c > 0;
      case "<=" -> c <= 0;
      case ">=" -> c >= 0;
      case "==" -> c == 0;
      default -> c != 0;
    };
  }

  private Object arithmetic(String op, Object left, Object right) throws CodeException {
    if (left instanceof String s) {
      return op.equals("%") ? format(s, right) : s + show(right);
    }
    if (op.equals("/") || left instanceof Double || right instanceof Double) {
      double a = real(left);
      double b = real(right);
      return switch (op) {
        case "+" -> a + b;
        case "-" -> a - b;
        case "*" -> a * b;
        case "/" -> a / b;
        case "//" -> Math.floor(a / b);
        case "%" -> a - b * Math.floor(a / b);
        default -> throw syntax(op + " needs integers");
      };
    }
    long a = integer(left);
    long b = integer(right);
    if (b == 0 && (op.equals("//") || op.equals("%"))) {
      throw syntax("division by zero");
    }
    return switch (op) {
      case "+" -> a + b;
      case "-" -> a - b;
      case "*" -> a * b;
      case "//" -> Math.floorDiv(a, b);
      case "%" -> Math.floorMod(a, b);
      case "&" -> a & b;
      case "|" -> a | b;
      case "^" -> a ^ b;
      case "<<" -> a << b;
      default -> a >> b;
    };
  }

  private String format(String pattern, Object values) throws CodeException {
    List<?> list = values instanceof List<?> l ? l : List.of(values);
    StringBuilder out = new StringBuilder();
    int next = 0;
    for (int i = 0; i < pattern.length(); i++) {
      char c = pattern.charAt(i);
      if (c != '%' || i + 1 == pattern.length()) {
        out.append(c);
      } else if (pattern.charAt(++i) == '%') {
        out.append('%');
      } else {
        while (i < pattern.length() - 1 && "0123456789.-+l".indexOf(pattern.charAt(i)) >= 0) {
          i++;
        }
        if (next == list.size()) {
          throw syntax("too few values for \"" + pattern + "\"");
        }
        Object v = list.get(next++);
        out.append(pattern.charAt(i) == 'x' ? Long.toHexString(integer(v)) : show(v));
      }
    }
    return out.toString();
  }

  static String show(Object v) {
    return switch (v) {
      case Boolean b -> b ? "True" : "False";
      case Double d -> String.format(Locale.ROOT, "%s", d);
      default -> v.toString();
    };
  }

  // ---- tokens

  private boolean take(String t) {
    if (at < tokens.size() && tokens.get(at).equals(t)) {
      at++;
      return true;
    }
    return false;
  }

  private static boolean isName(String t) {
    return Character.isLetter(t.charAt(0)) || t.charAt(0) == '_';
  }

  private List<String> tokens(String s) throws CodeException {
    List<String> list = new ArrayList<>();
    for (int i = 0; i < s.length(); ) {
      char c = s.charAt(i);
      if (Character.isWhitespace(c)) {
        i++;
        continue;
      }
      int start = i;
      if (c == '\'' || c == '"') {
        i = s.indexOf(c, i + 1) + 1;
        if (i == 0) {
          throw syntax("a string that is never closed");
        }
      } else if (Character.isLetter(c) || c == '_') {
        while (i < s.length() && (Character.isLetterOrDigit(s.charAt(i)) || s.charAt(i) == '_')) {
          i++;
        }
      } else if (Character.isDigit(c)) {
        while (i < s.length() && (Character.isLetterOrDigit(s.charAt(i)) || s.charAt(i) == '.')) {
          i++;
        }
      } else {
        int from = i;
        String op =
            OPERATORS.stream()
                .filter(o -> s.startsWith(o, from))
                .findFirst()
                .orElseThrow(() -> syntax("unexpected character \"" + c + "\""));
        i += op.length();
      }
      list.add(s.substring(start, i));
    }
    return list;
  }

  private static CodeException syntax(String message) {
    return new CodeException(false, message);
  }
}
