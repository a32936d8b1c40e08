package dev.sinew.packetdrill.script;

import dev.sinew.packetdrill.script.Script.Command;
import dev.sinew.packetdrill.script.Script.Event;
import dev.sinew.packetdrill.script.Script.Option;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads a script: {@code option* [`init`] event+ [`cleanup`]}. */
public final class ScriptParser {
  private final Cursor c;

  private ScriptParser(String text) {
    c = new Cursor(text);
  }

  /**
   * @param definitions values for {@code $NAME} in the text, and names for {@code #ifdef}
   * @throws ScriptException with the place and what was expected there
   */
  public static Script parse(String text, Map<String, String> definitions, Set<String> platform)
      throws ScriptException {
    Set<String> names = new java.util.HashSet<>(platform);
    names.addAll(definitions.keySet());
    String s = Conditions.apply(text.replace("\r\n", "\n"), names);
    return new ScriptParser(Definitions.apply(s, definitions)).script();
  }

  /** What a known construct asks for that no simulated host has; null for any other error. */
  public static @Nullable String unsupported(ScriptException e) {
    return PacketParser.unsupported(String.valueOf(e.getMessage()));
  }

  private Script script() throws ScriptException {
    List<Option> options = new ArrayList<>();
    while (c.skip().peek() == '-' && c.peek(1) == '-') {
      options.add(option());
    }
    Command init = c.skip().peek() == '`' ? command() : null;
    List<Event> events = new ArrayList<>();
    Command cleanup = null;
    while (!c.skip().atEnd()) {
      if (c.peek() == '`') {
        cleanup = command();
        if (!c.skip().atEnd()) {
          throw c.expected("the end of the script behind the cleanup command");
        }
        break;
      }
      events.add(event());
    }
    if (events.isEmpty()) {
      throw c.expected("an event");
    }
    return new Script(List.copyOf(options), init, List.copyOf(events), cleanup);
  }

  private Option option() throws ScriptException {
    Place place = c.place();
    c.need("--");
    StringBuilder name = new StringBuilder(c.word());
    while (c.peek() == '-') {
      c.need("-");
      name.append('_').append(c.word());
    }
    if (name.isEmpty()) {
      throw c.expected("the name of an option");
    }
    StringBuilder value = new StringBuilder();
    if (c.take("=")) {
      while (!c.atEnd() && !Character.isWhitespace(c.peek())) {
        value.append(c.peek());
        c.back(c.position() + 1);
      }
    }
    return new Option(place, name.toString(), value.toString());
  }

  private Command command() throws ScriptException {
    Place place = c.place();
    c.need("`");
    return new Command(place, c.upTo("`", "a command"));
  }

  private Event event() throws ScriptException {
    Place place = c.place();
    When when = when();
    Long blocksUntil = null;
    if (c.skip().take("...")) {
      blocksUntil = c.seconds();
      if (blocksUntil < when.startNanos()) {
        throw c.error("a call can't return before it begins");
      }
    }
    return new Event(place, when, action(blocksUntil));
  }

  private When when() throws ScriptException {
    if (c.skip().take("*")) {
      return When.ANY;
    }
    boolean relative = c.take("+");
    if (!relative && !Character.isDigit(c.peek()) && c.peek() != '.') {
      throw c.expected("the time of an event (0.1, +0.1, 0~1, +0~+1 or *)");
    }
    long start = c.seconds();
    if (!c.skip().take("~")) {
      return When.at(relative, start);
    }
    boolean relativeEnd = c.skip().take("+");
    long end = c.seconds();
    if (relative != relativeEnd) {
      throw c.error("both ends of a range of times must be relative, or both absolute");
    }
    if (end < start) {
      throw c.error("a range of times that ends before it begins");
    }
    return new When(relative, false, start, end);
  }

  private Action action(@Nullable Long blocksUntil) throws ScriptException {
    c.skip();
    char next = c.peek();
    if (next == '<' || next == '>') {
      noBlocking(blocksUntil);
      return new PacketParser(c).packet();
    }
    if (next == '`') {
      noBlocking(blocksUntil);
      return new Action.Shell(command().text());
    }
    if (c.take("%{")) {
      noBlocking(blocksUntil);
      return new Action.Code(c.upTo("}%", "a code block"));
    }
    if (Character.isLetter(next) || next == '_') {
      return call(blocksUntil);
    }
    throw c.expected("a packet (< or >), a call, `command` or %{ code }%");
  }

  private void noBlocking(@Nullable Long blocksUntil) throws ScriptException {
    if (blocksUntil != null) {
      throw c.expected("a call: nothing else blocks");
    }
  }

  private Action call(@Nullable Long blocksUntil) throws ScriptException {
    String name = c.word();
    ExpressionParser e = new ExpressionParser(c);
    c.need("(");
    List<Expression> arguments = e.listUpTo(")");
    c.need("=");
    Expression result = e.expression();
    String error = null;
    if (Character.isUpperCase(c.skip().peek())) {
      error = c.word();
    }
    String note = "";
    if (c.skip().take("(")) {
      note = c.upTo(")", "a note");
    }
    return new Action.Call(name, arguments, blocksUntil, result, error, note);
  }
}
