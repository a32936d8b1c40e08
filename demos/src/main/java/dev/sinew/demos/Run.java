package dev.sinew.demos;

import dev.sinew.capture.LadderEvent;
import dev.sinew.sim.PcapRecorder;
import dev.sinew.sim.SimHost;
import dev.sinew.sim.Simulation;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** One run of a demo: its networks, what it found, and what it expected. */
final class Run implements AutoCloseable {
  /** Something that the demo expects. */
  record Check(String what, boolean held) {}

  /** Something that was measured. */
  record Figure(String what, String value) {}

  final DemoOptions options;
  final Settings settings;
  final boolean zh;
  private final List<Net> nets = new ArrayList<>();
  private final List<String> body = new ArrayList<>();
  private final List<Check> checks = new ArrayList<>();
  private final List<Figure> figures = new ArrayList<>();
  private final List<Recorder> ladders = new ArrayList<>();
  private @Nullable PcapRecorder pcap;
  private boolean captured;

  Run(String name, Demo demo, DemoOptions options) {
    this.options = options;
    this.zh = options.lang() == Lang.ZH;
    this.settings = new Settings(name, demo.parameters(), options.settings());
  }

  // ---- networks

  /** A network without hosts; each of a run has the same seed. */
  Net net() {
    Net net = new Net(this, Simulation.of(options.seed()));
    nets.add(net);
    return net;
  }

  /** A client and a server with a link between them, in a network of their own. */
  Net.Pair pair(String words) {
    return net().pair(words);
  }

  List<Net> nets() {
    return nets;
  }

  void capture(Simulation sim, SimHost host) throws IOException {
    Path file = options.pcap();
    if (file != null && !captured) {
      captured = true;
      pcap = new PcapRecorder(sim, host, new BufferedOutputStream(Files.newOutputStream(file)));
    }
  }

  /** A link's words with what the user set for all links. */
  String linkWords(String words) {
    String result = words;
    if (settings.given(Settings.DELAY)) {
      result = "delay " + settings.text(Settings.DELAY) + " " + without(result, "delay");
    }
    if (settings.given(Settings.LOSS)) {
      result = without(result, "loss") + " loss " + settings.text(Settings.LOSS);
    }
    return result.strip();
  }

  /** Without that word and its values. */
  private static String without(String words, String key) {
    List<String> kept = new ArrayList<>();
    boolean skipping = false;
    for (String w : words.split(" ")) {
      boolean value = !w.isEmpty() && Character.isDigit(w.charAt(0));
      skipping = w.equals(key) || skipping && value;
      if (!skipping) {
        kept.add(w);
      }
    }
    return String.join(" ", kept).strip();
  }

  // ---- parameters

  int count(Param p) {
    return (int) settings.value(p);
  }

  /** Nanoseconds. */
  long nanos(Param p) {
    return settings.value(p);
  }

  int bytes(Param p) {
    return (int) settings.value(p);
  }

  /** Bits per second. */
  long rate(Param p) {
    return settings.value(p);
  }

  /** 0 to 1. */
  double share(Param p) {
    return settings.value(p) / 1e6;
  }

  String text(Param p) {
    return settings.text(p);
  }

  String choice(Param p) {
    return p.words().get((int) settings.value(p));
  }

  boolean on(Param p) {
    return choice(p).equals("on");
  }

  // ---- what is shown

  /** The words in the language of this run. */
  String t(String english, String chinese) {
    return zh ? chinese : english;
  }

  /** A heading in the body. */
  void heading(String english, String chinese) {
    gap();
    body.add("-- " + t(english, chinese));
  }

  /** A paragraph. */
  void say(String english, String chinese) {
    body.addAll(Columns.wrap(t(english, chinese), zh ? Columns.WIDTH - 2 : Columns.WIDTH, 0));
  }

  void gap() {
    if (!body.isEmpty() && !body.getLast().isEmpty()) {
      body.add("");
    }
  }

  /** Something that was measured. */
  void figure(String english, String chinese, Object value) {
    String what = t(english, chinese);
    figures.add(new Figure(what, value.toString()));
    body.addAll(Columns.wrap(what + (zh ? "：" : ": ") + value, Columns.WIDTH - 2, 4));
  }

  /** The ladder of a network, cut when it is long. */
  void ladder(Net net) {
    gap();
    ladders.add(net.log);
    List<String> lines = net.log.lines(options.ascii());
    int rows = count(Settings.ROWS);
    if (rows == 0 || lines.size() <= rows) {
      body.addAll(lines);
    } else {
      int tail = rows / 3;
      body.addAll(lines.subList(0, rows - tail));
      body.add(
          "          "
              + t(
                  "… " + (lines.size() - rows) + " rows left out (--set rows=0 shows all) …",
                  "……省略 " + (lines.size() - rows) + " 行（--set rows=0 显示全部）……"));
      body.addAll(lines.subList(lines.size() - tail, lines.size()));
    }
    gap();
  }

  /** Lines as they are. */
  void lines(List<String> lines) {
    body.addAll(lines);
  }

  /** Rows of cells separated by bars; the first one is the head. */
  void table(String... rows) {
    gap();
    List<List<String>> cells = new ArrayList<>();
    for (String row : rows) {
      cells.add(Arrays.stream(row.split("\\|")).map(String::strip).toList());
    }
    List<String> lines = Columns.table(cells);
    body.add(lines.getFirst());
    body.add("-".repeat(lines.stream().mapToInt(Columns::width).max().orElse(1)));
    body.addAll(lines.subList(1, lines.size()));
    gap();
  }

  // ---- what is expected

  /** The demo expects this. */
  void check(String english, String chinese, boolean held) {
    checks.add(new Check(t(english, chinese), held));
  }

  /** The demo expects these to be equal. */
  void equal(String english, String chinese, Object expected, @Nullable Object actual) {
    boolean equal = Objects.equals(expected, actual);
    String what = t(english, chinese);
    checks.add(
        new Check(
            equal
                ? what
                : what + t(": expected ", "：应为 ") + expected + t(", but it was ", "，实为 ") + actual,
            equal));
  }

  /** The demo expects a value between two others. */
  void between(String english, String chinese, Number least, Number most, Number actual) {
    boolean held =
        actual.doubleValue() >= least.doubleValue() && actual.doubleValue() <= most.doubleValue();
    String what = t(english, chinese);
    String range = Chart.number(least) + " … " + Chart.number(most);
    checks.add(
        new Check(
            held
                ? what
                : what
                    + t(": expected ", "：应为 ")
                    + range
                    + t(", but it was ", "，实为 ")
                    + Chart.number(actual),
            held));
  }

  List<Check> checks() {
    return checks;
  }

  List<Figure> figures() {
    return figures;
  }

  List<String> body() {
    return body;
  }

  boolean succeeded() {
    return !checks.isEmpty() && checks.stream().allMatch(Check::held);
  }

  List<LadderEvent> events() {
    return ladders.isEmpty() ? List.of() : ladders.getFirst().events();
  }

  List<String> columns() {
    return ladders.isEmpty()
        ? List.of()
        : List.of(ladders.getFirst().leftName(), ladders.getFirst().rightName());
  }

  /** Over all networks. */
  long traceHash() {
    long hash = nets.size();
    for (Net n : nets) {
      hash = hash * 0x9e3779b97f4a7c15L + n.sim.traceHash();
    }
    return hash;
  }

  @Override
  public void close() throws IOException {
    nets.forEach(n -> n.sim.close());
    if (pcap != null) {
      pcap.close();
    }
  }
}
