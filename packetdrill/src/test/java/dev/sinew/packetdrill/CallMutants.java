package dev.sinew.packetdrill;

import dev.sinew.packetdrill.script.Action;
import dev.sinew.packetdrill.script.Expression;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Every way in which what a script expects of a call, or asserts, can be a little wrong. */
final class CallMutants {
  /** Calls whose result is a descriptor: a name that the script gives. */
  static final Set<String> OPENING =
      Set.of("socket", "accept", "accept4", "epoll_create", "epoll_create1", "dup");

  private static final Pattern ASSERT = Pattern.compile("\\bassert\\b([^\\n;]*)");
  private static final Pattern EQUALS =
      Pattern.compile("==\\s*(\\w+)(?!\\s*[|&*/%+\\w(-])(?=\\s|$|\\)|,)");

  private CallMutants() {}

  // ---- results

  static void of(Action.Call c, BiConsumer<String, Action.Call> out) {
    boolean opens = OPENING.contains(c.name());
    if (c.result() instanceof Expression.Int i) {
      if (!opens || i.value() < 0) {
        out.accept("result+1", with(c, i, i.value() + 1, c.error()));
        out.accept("result-1", with(c, i, i.value() - 1, c.error()));
      }
      if (c.error() == null) {
        out.accept("errno added", with(c, i, -1, "EAGAIN"));
      } else {
        boolean pipe = c.error().equals("EPIPE");
        out.accept("errno", with(c, i, i.value(), pipe ? "ECONNRESET" : "EPIPE"));
        out.accept("errno removed", with(c, i, 0, null));
      }
    }
    if (c.name().equals("getsockopt") && c.arguments().size() > 3) {
      argument(c, 3, out);
    }
    if (c.name().equals("ioctl") && c.arguments().size() > 2) {
      argument(c, 2, out);
    }
    if (c.name().equals("poll") || c.name().startsWith("epoll_wait")) {
      events(c, c.name().equals("poll") ? 0 : 1, out);
    }
  }

  private static Action.Call with(
      Action.Call c, Expression.Int was, long value, @Nullable String error) {
    return new Action.Call(
        c.name(),
        c.arguments(),
        c.blocksUntil(),
        new Expression.Int(was.place(), value),
        error,
        c.note());
  }

  private static Action.Call with(Action.Call c, int index, Expression argument) {
    List<Expression> arguments = new ArrayList<>(c.arguments());
    arguments.set(index, argument);
    return new Action.Call(c.name(), arguments, c.blocksUntil(), c.result(), c.error(), c.note());
  }

  /** {@code [5]} to {@code [6]}, {@code [EPIPE]} to {@code [ENOENT]}. */
  private static void argument(Action.Call c, int at, BiConsumer<String, Action.Call> out) {
    if (!(c.arguments().get(at) instanceof Expression.Array a) || a.items().size() != 1) {
      return;
    }
    switch (a.items().getFirst()) {
      case Expression.Int i -> {
        for (int by : new int[] {1, -1}) {
          Expression other = new Expression.Int(i.place(), i.value() + by);
          out.accept("value", with(c, at, new Expression.Array(a.place(), List.of(other))));
        }
      }
      case Expression.Word w -> {
        Expression other = new Expression.Word(w.place(), "ENOENT");
        out.accept("value", with(c, at, new Expression.Array(a.place(), List.of(other))));
      }
      default -> {
        // ... is whatever it is.
      }
    }
  }

  /** Each {@code revents} of poll, and {@code events} of epoll_wait, with a bit that is not set. */
  private static void events(Action.Call c, int at, BiConsumer<String, Action.Call> out) {
    String name = c.name().equals("poll") ? "revents" : "events";
    Expression list = c.arguments().get(at);
    List<Expression> structs =
        list instanceof Expression.Array a ? a.items() : new ArrayList<>(List.of(list));
    for (int i = 0; i < structs.size(); i++) {
      if (!(structs.get(i) instanceof Expression.Struct s)) {
        continue;
      }
      List<Expression.Field> fields = new ArrayList<>();
      boolean changed = false;
      for (Expression.Field f : s.fields()) {
        boolean it = f.name().equals(name) && !(f.value() instanceof Expression.Ellipsis);
        changed |= it;
        Expression bit = new Expression.Int(s.place(), 0x400);
        fields.add(
            it ? new Expression.Field(name, new Expression.Or(s.place(), f.value(), bit)) : f);
      }
      if (changed) {
        List<Expression> others = new ArrayList<>(structs);
        others.set(i, new Expression.Struct(s.place(), fields));
        out.accept(
            name,
            with(
                c,
                at,
                list instanceof Expression.Array
                    ? new Expression.Array(list.place(), others)
                    : others.getFirst()));
      }
    }
  }

  // ---- assertions

  /** Each assertion denied, and each number behind {@code ==} one larger and one smaller. */
  static void of(String code, BiConsumer<String, String> out) {
    Matcher m = ASSERT.matcher(code);
    while (m.find()) {
      String body = m.group(1);
      int end = messageAt(body);
      String condition = body.substring(0, end);
      String rest = body.substring(end);
      String head = code.substring(0, m.start()) + "assert ";
      String tail = rest + code.substring(m.end());
      out.accept("assert denied", head + "not (" + condition + ")" + tail);
      Matcher e = EQUALS.matcher(condition);
      while (e.find() && !condition.contains(" or ")) {
        for (String by : List.of("+1", "-1")) {
          String other =
              condition.substring(0, e.start(1))
                  + "("
                  + e.group(1)
                  + by
                  + ")"
                  + condition.substring(e.end(1));
          out.accept("assert " + by, head + other + tail);
        }
      }
    }
  }

  /** Where the comma stands that an assertion's message follows, or the end. */
  private static int messageAt(String body) {
    int depth = 0;
    char quote = 0;
    for (int i = 0; i < body.length(); i++) {
      char ch = body.charAt(i);
      if (quote != 0) {
        quote = ch == quote ? 0 : quote;
      } else if (ch == '\'' || ch == '"') {
        quote = ch;
      } else if (ch == '(' || ch == ')') {
        depth += ch == '(' ? 1 : -1;
      } else if (ch == ',' && depth == 0 || ch == '#') {
        return i;
      }
    }
    return body.length();
  }
}
