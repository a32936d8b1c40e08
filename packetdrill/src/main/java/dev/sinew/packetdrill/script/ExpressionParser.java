package dev.sinew.packetdrill.script;

import java.util.ArrayList;
import java.util.List;

/** Arguments and results of calls. */
final class ExpressionParser {
  private static final int DEEPEST = 32;

  private final Cursor c;
  private int depth;

  ExpressionParser(Cursor c) {
    this.c = c;
  }

  /** Expressions with commas between them up to {@code end}, which is passed. */
  List<Expression> listUpTo(String end) throws ScriptException {
    List<Expression> list = new ArrayList<>();
    if (c.skip().take(end)) {
      return list;
    }
    while (true) {
      list.add(expression());
      if (c.skip().take(end)) {
        return list;
      }
      if (!c.take(",")) {
        throw c.expected("\",\" or \"" + end + "\"");
      }
    }
  }

  Expression expression() throws ScriptException {
    if (++depth > DEEPEST) {
      throw c.error("expressions are nested too deep");
    }
    Expression left = single();
    while (c.skip().peek() == '|') {
      c.need("|");
      left = new Expression.Or(left.place(), left, single());
    }
    depth--;
    return left;
  }

  private Expression single() throws ScriptException {
    Place place = c.skip().place();
    char next = c.peek();
    if (c.take("...")) {
      return new Expression.Ellipsis(place);
    }
    if (next == '"') {
      Expression text = new Expression.Text(place, string());
      // "abc"...: zeros behind it, in one dialect.
      var unused = c.take("...");
      return text;
    }
    if (c.take("[")) {
      return new Expression.Array(place, listUpTo("]"));
    }
    if (c.take("{")) {
      return struct(place);
    }
    if (c.take("-")) {
      return new Expression.Int(place, -c.number("a number"));
    }
    if (Character.isDigit(next)) {
      long n = c.number("a number");
      if (c.peek() == '.' && Character.isDigit(c.peek(1))) {
        throw c.error("a call takes no fractions");
      }
      return new Expression.Int(place, n);
    }
    String word = c.word();
    if (word.isEmpty()) {
      throw c.expected("a value");
    }
    if (c.peek() == '(') {
      c.need("(");
      return new Expression.Function(place, word, listUpTo(")"));
    }
    return new Expression.Word(place, word);
  }

  private Expression struct(Place place) throws ScriptException {
    List<Expression.Field> fields = new ArrayList<>();
    if (c.skip().take("}")) {
      return new Expression.Struct(place, fields);
    }
    while (true) {
      Expression first = expression();
      String name = "";
      if (c.skip().take("=")) {
        name =
            switch (first) {
              case Expression.Word w -> w.name();
              // msg_name(...) and msg_iov(2): the argument only says the length.
              case Expression.Function f -> f.name();
              default -> throw new ScriptException(first.place(), "expected the name of a field");
            };
        first = expression();
      }
      fields.add(new Expression.Field(name, first));
      if (c.skip().take("}")) {
        return new Expression.Struct(place, fields);
      }
      if (!c.take(",")) {
        throw c.expected("\",\" or \"}\"");
      }
    }
  }

  private String string() throws ScriptException {
    c.need("\"");
    StringBuilder s = new StringBuilder();
    while (!c.take("\"")) {
      if (c.atEnd() || c.peek() == '\n') {
        throw c.expected("a closing \"");
      }
      char ch = c.peek();
      c.back(c.position() + 1);
      if (ch == '\\') {
        if (c.atEnd()) {
          throw c.expected("a character behind \\");
        }
        ch = c.peek();
        c.back(c.position() + 1);
        switch (ch) {
          case 'n' -> ch = '\n';
          case 't' -> ch = '\t';
          case 'r' -> ch = '\r';
          case '0' -> ch = 0;
          case 'x' -> ch = (char) Integer.parseInt("0" + hexByte(), 16);
          default -> {
            // \" and \\ mean themselves.
          }
        }
      }
      s.append(ch);
    }
    return s.toString();
  }

  private String hexByte() {
    StringBuilder hex = new StringBuilder();
    while (hex.length() < 2 && Character.digit(c.peek(), 16) >= 0) {
      hex.append(c.peek());
      c.back(c.position() + 1);
    }
    return hex.toString();
  }
}
