package dev.sinew.demos;

import dev.sinew.capture.LadderEvent;
import dev.sinew.demos.Catalog.Entry;
import java.io.PrintWriter;
import java.util.List;

/** A demo's run as one JSON object. Times are nanoseconds. */
final class DemoJson {
  private final StringBuilder text = new StringBuilder();
  private boolean first = true;
  private List<String> columns = List.of();

  private DemoJson() {}

  static void print(Entry entry, Demo demo, Run run, PrintWriter out) {
    DemoJson j = new DemoJson();
    j.columns = run.columns();
    j.text.append('{');
    j.field("schema", "sinew-demo-1");
    j.field("demo", entry.name());
    j.field("title", entry.title(run.options.lang()));
    j.field("seed", run.options.seed());
    j.field("trace", Long.toHexString(run.traceHash()));
    j.field("verdict", run.succeeded() ? "ok" : "failed");
    j.name("parameters");
    j.text.append('{');
    j.first = true;
    for (Param p : demo.parameters()) {
      j.field(p.name(), run.settings.text(p));
    }
    j.close();
    j.name("setUp");
    j.strings(run.nets().isEmpty() ? List.of() : run.nets().getFirst().setUp());
    j.name("hosts");
    j.strings(run.columns());
    j.name("figures");
    j.figures(run.figures());
    j.name("checks");
    j.checks(run.checks());
    j.name("events");
    j.events(run.events());
    out.println(j.text.append('}'));
  }

  private void strings(List<String> strings) {
    text.append('[');
    first = true;
    for (String s : strings) {
      separate();
      string(s);
    }
    text.append(']');
    first = false;
  }

  private void figures(List<Run.Figure> figures) {
    text.append('[');
    first = true;
    for (Run.Figure f : figures) {
      open();
      field("what", f.what());
      field("value", f.value());
      close();
    }
    text.append(']');
    first = false;
  }

  private void checks(List<Run.Check> checks) {
    text.append('[');
    first = true;
    for (Run.Check c : checks) {
      open();
      field("what", c.what());
      field("held", c.held());
      close();
    }
    text.append(']');
    first = false;
  }

  private void events(List<LadderEvent> events) {
    text.append('[');
    first = true;
    for (LadderEvent e : events) {
      open();
      field("time", e.timeNanos());
      switch (e) {
        case LadderEvent.Sent s -> {
          field("event", "sent");
          field("host", host(s.side()));
          field("packet", s.packet());
          field("text", s.text());
        }
        case LadderEvent.Received r -> {
          field("event", "received");
          field("host", host(r.side()));
          field("packet", r.packet());
        }
        case LadderEvent.Lost l -> {
          field("event", "lost");
          field("packet", l.packet());
          field("reason", l.reason());
        }
        case LadderEvent.StateChange c -> {
          field("event", "state");
          field("host", host(c.side()));
          field("from", c.from().rfcName());
          field("to", c.to().rfcName());
        }
        case LadderEvent.ApiCall a -> {
          field("event", "call");
          field("host", host(a.side()));
          field("text", a.text());
        }
      }
      close();
    }
    text.append(']');
    first = false;
  }

  private String host(LadderEvent.Side side) {
    return columns.get(side == LadderEvent.Side.LEFT ? 0 : 1);
  }

  private void open() {
    separate();
    text.append('{');
    first = true;
  }

  private void close() {
    text.append('}');
    first = false;
  }

  private void separate() {
    if (!first) {
      text.append(',');
    }
    first = false;
  }

  private void name(String name) {
    separate();
    string(name);
    text.append(':');
  }

  private void field(String name, String value) {
    name(name);
    string(value);
  }

  private void field(String name, long value) {
    name(name);
    text.append(value);
  }

  private void field(String name, boolean value) {
    name(name);
    text.append(value);
  }

  private void string(String s) {
    text.append('"');
    for (int i = 0; i < s.length(); i++) {
      char c = s.charAt(i);
      switch (c) {
        case '"' -> text.append("\\\"");
        case '\\' -> text.append("\\\\");
        case '\n' -> text.append("\\n");
        default -> {
          if (c < ' ') {
            text.append(String.format("\\u%04x", (int) c));
          } else {
            text.append(c);
          }
        }
      }
    }
    text.append('"');
  }
}
