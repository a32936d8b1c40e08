package dev.sinew.bench.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xml.sax.InputSource;

class ReportTest {
  private static final Window.Usage USAGE =
      new Window.Usage(0.25, 1.5, 0.01, new Figures(2, 100, 10, 0, 0));

  private final Group group =
      Group.of("bulk", "Bulk & more", Config.ALL, List.of(Peer.values()), List.of());

  private Results results(Peer first, Peer second) {
    Results r = new Results();
    for (double v : new double[] {20, 50, 40}) {
      r.add(group, Config.USUAL, "receive 64 v6 9000 offload", Metric.GBITS, first, v, USAGE);
    }
    for (double v : new double[] {10, 1e6, 30, 31}) {
      r.add(group, Config.USUAL, "receive 64 v6 9000 offload", Metric.GBITS, second, v, USAGE);
    }
    return r;
  }

  @Test
  void a_row_has_median_spread_ratio_and_use() {
    String text =
        TextReport.of(results(Peer.KERNEL, Peer.SINEW), Map.of("kernel", "x"), "bench/run");
    List<String> lines = text.lines().toList();
    assertThat(lines.get(3))
        .matches(
            "receive 64 v6 9000 offload +kernel +40\\.0 Gbit/s 20\\.0\\.\\.50\\.0 +1\\.00 0\\.25 1\\.50 +6");
    assertThat(lines.get(4))
        .matches(" +sinew +30\\.5 Gbit/s 10\\.0\\.\\.1,000,000 +0\\.76 0\\.25 1\\.50 +8");
    assertThat(lines).allMatch(l -> l.length() <= 100);
  }

  @Test
  void the_kernel_comes_first_whoever_was_measured_first() {
    String text = TextReport.of(results(Peer.SINEW_SPIN, Peer.KERNEL), Map.of(), "");
    assertThat(text.indexOf("kernel ")).isLessThan(text.indexOf("sinew-spin"));
  }

  @Test
  void without_the_kernel_there_is_no_ratio() {
    Results r = results(Peer.SINEW, Peer.LWIP);
    assertThat(r.all()).allMatch(s -> Double.isNaN(r.ratio(s)));
    assertThat(JsonReport.of(r, Map.of(), "")).contains("\"ratio\":null").doesNotContain("NaN");
  }

  @Test
  void failures_are_in_both_reports() {
    Results r = new Results();
    r.failed("rate, kernel", new java.io.IOException("no \"server\""));
    assertThat(TextReport.of(r, Map.of(), "")).contains("rate, kernel: no \"server\"");
    assertThat(JsonReport.of(r, Map.of(), "")).contains("[\"rate, kernel: no \\\"server\\\"\"]");
  }

  @Test
  void plots_are_well_formed_and_named_by_group_and_configuration(@TempDir Path folder)
      throws Exception {
    Results all = results(Peer.KERNEL, Peer.SINEW);
    Metric garbage = new Metric("garbage/segment", "B", false);
    all.add(group, Config.USUAL, "receive", garbage, Peer.SINEW, 1, USAGE);
    Plots.write(folder, all);
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files.map(f -> f.getFileName().toString()))
          .hasSize(2)
          .anyMatch(f -> f.endsWith("garbage-segment.svg"));
    }
    String svg = Files.readString(folder.resolve("bulk-1500-offload.svg"));
    int bars =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(new InputSource(new StringReader(svg)))
            .getElementsByTagName("rect")
            .getLength();
    assertThat(bars).isEqualTo(3); // the ground and two bars
  }

  @Test
  void figures_survive_the_way_from_the_server() {
    Figures f = new Figures(1, 2, 3, 4, 5);
    assertThat(Figures.parse(f.line())).isEqualTo(f);
    assertThat(f.minus(new Figures(1, 1, 1, 1, 1))).isEqualTo(new Figures(0, 1, 2, 3, 4));
  }

  @Test
  void numbers_have_about_three_digits() {
    assertThat(
            List.of(0.0, 0.061, 9.994, 10.04, 123.4, 98_765.4, Double.NaN).stream()
                .map(Numbers::text))
        .containsExactly("0", "0.06", "9.99", "10.0", "123", "98,765", "-");
    assertThat(Numbers.median(List.of(3.0, 1.0))).isEqualTo(2);
    assertThat(Numbers.median(List.of())).isNaN();
  }
}
