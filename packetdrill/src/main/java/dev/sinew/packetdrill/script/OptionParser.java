package dev.sinew.packetdrill.script;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** TCP options: {@code <mss 1460,nop,...>}, or {@code <...>} for any. */
final class OptionParser {
  private static final String HEX = "0123456789abcdefABCDEF";

  private final Cursor c;
  private @Nullable List<TcpOption> list;
  private boolean any;

  OptionParser(Cursor c) {
    this.c = c;
  }

  /** What was read; null when there was nothing. */
  @Nullable List<TcpOption> list() {
    return list;
  }

  boolean any() {
    return any;
  }

  void parse() throws ScriptException {
    // Behind white space that holds no line's end: a "<" in the next line is the next packet's.
    int start = c.position();
    while (c.peek() == ' ' || c.peek() == '\t') {
      c.back(c.position() + 1);
    }
    if (!c.take("<")) {
      c.back(start);
      return;
    }
    if (c.skip().take("...")) {
      c.need(">");
      any = true;
      return;
    }
    String raw = raw();
    if (raw != null) {
      list = List.of(new TcpOption.Raw(raw));
      return;
    }
    List<TcpOption> options = new ArrayList<>();
    if (!c.skip().take(">")) {
      do {
        options.add(option());
      } while (c.skip().take(","));
      c.need(">");
    }
    list = List.copyOf(options);
  }

  /** {@code <020405b4>}: the bytes themselves. */
  private @Nullable String raw() throws ScriptException {
    c.skip();
    int start = c.position();
    String bytes = c.run(HEX);
    if (bytes.length() >= 2 && c.skip().peek() == '>') {
      if (bytes.length() % 2 != 0 || bytes.length() > 80) {
        c.back(start);
        throw c.error("expected 1 to 40 bytes of options in hexadecimal");
      }
      c.need(">");
      return bytes;
    }
    c.back(start);
    return null;
  }

  private TcpOption option() throws ScriptException {
    Place place = c.skip().place();
    String name = c.word();
    return switch (name) {
      case "nop" -> new TcpOption.Nop();
      case "eol" -> new TcpOption.Eol();
      case "mss" -> new TcpOption.Mss(c.number("an MSS", 65_535));
      case "wscale" ->
          new TcpOption.WindowScale(
              c.skip().take("*") ? TcpOption.WindowScale.ANY : c.number("a window scale", 255));
      case "sackOK" -> new TcpOption.SackPermitted();
      case "sack" -> sack();
      case "TS" -> timestamps();
      case "FO", "FOEXP" -> {
        c.skip();
        yield new TcpOption.FastOpen(c.run(HEX), name.equals("FOEXP"));
      }
      case "md5", "md5valid" -> {
        c.skip();
        yield new TcpOption.Md5(c.takeWord("valid") ? "valid" : c.run(HEX));
      }
      case "ECN" -> accEcn();
      case "gen", "exp" -> generic(name);
      default ->
          throw new ScriptException(
              place,
              "expected a TCP option (nop, eol, mss, wscale, sackOK, sack, TS, FO, FOEXP, md5, ECN,"
                  + " gen-KIND, exp-XXXX), found \""
                  + name
                  + "\"");
    };
  }

  private TcpOption sack() throws ScriptException {
    List<Long> edges = new ArrayList<>();
    while (c.digitNext()) {
      edges.add(c.number("the edge of a block"));
      c.need(":");
      edges.add(c.number("the edge of a block"));
    }
    if (edges.isEmpty() || edges.size() > 8) {
      throw c.error("sack takes one to four blocks first:end");
    }
    return new TcpOption.Sack(List.copyOf(edges));
  }

  private TcpOption timestamps() throws ScriptException {
    need("val");
    long val = timestamp();
    need("ecr");
    long ecr = timestamp();
    return new TcpOption.Timestamps(val, ecr, c.take("!"));
  }

  /** A number, or {@code ...} for any. */
  private long timestamp() throws ScriptException {
    return c.skip().take("...") ? TcpOption.Timestamps.ANY : c.number("a timestamp");
  }

  private void need(String word) throws ScriptException {
    if (!c.takeWord(word)) {
      throw c.expected(word);
    }
  }

  private TcpOption accEcn() throws ScriptException {
    List<String> names = new ArrayList<>();
    List<Long> values = new ArrayList<>();
    while (Character.isLetter(c.skip().peek())) {
      Place place = c.place();
      String name = c.word();
      if (!List.of("e0b", "ceb", "e1b").contains(name) || names.contains(name)) {
        throw new ScriptException(place, "expected e0b, ceb or e1b, each once, found " + name);
      }
      names.add(name);
      values.add(c.number("a counter"));
    }
    return new TcpOption.AccEcn(List.copyOf(names), List.copyOf(values));
  }

  private TcpOption generic(String name) throws ScriptException {
    c.need("-");
    if (name.equals("gen")) {
      int kind = c.number("the kind of an option", 255);
      c.skip();
      return new TcpOption.Generic(kind, hex());
    }
    String id = c.run(HEX);
    if (id.length() != 4) {
      throw c.expected("four hexadecimal digits");
    }
    c.skip();
    return new TcpOption.Generic(254, id + hex());
  }

  private String hex() throws ScriptException {
    String h = c.run(HEX);
    if (h.length() % 2 != 0) {
      throw c.error("an odd number of hexadecimal digits");
    }
    return h;
  }
}
