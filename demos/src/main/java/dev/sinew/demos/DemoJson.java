package dev.sinew.demos;

import dev.sinew.capture.LadderEvent;
import java.io.PrintWriter;
import java.util.List;

/** A demo's run as one JSON object. Times are nanoseconds. */
final class DemoJson {
  private final StringBuilder text = new StringBuilder();
  private boolean first = true;

  private DemoJson() {}

  static void print(Demo demo, DemoOptions options, DemoRun run, PrintWriter out) {
    DemoJson j = new DemoJson();
    j.text.append('{');
    j.field("schema", "sinew-demo-1");
    j.field("demo", demo.name());
    j.field("title", demo.title());
    j.field("seed", options.seed());
    j.field("trace", Long.toHexString(run.sim.traceHash()));
    j.field("verdict", run.succeeded() ? "ok" : "failed");
    j.name("hosts");
    j.text.append("[\"client\",\"server\"]");
    j.name("checks");
    j.checks(run.checks());
    j.name("events");
    j.events(run.ladder.events());
    out.println(j.text.append('}'));
  }

  private void checks(List<DemoRun.Check> checks) {
    text.append('[');
    first = true;
    for (DemoRun.Check c : checks) {
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

  private static String host(LadderEvent.Side side) {
    return side == LadderEvent.Side.LEFT ? "client" : "server";
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
