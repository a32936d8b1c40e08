package dev.sinew.demos;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.demos.Catalog.Correction;
import dev.sinew.demos.Catalog.Entry;
import dev.sinew.demos.Catalog.Group;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * Two documents are made of the catalog; {@code -Dsinew.docs.write=true} writes them anew, without
 * it they are compared.
 */
class DocsTest {
  private static Path docs() {
    Path at = Path.of("").toAbsolutePath();
    while (!Files.isDirectory(at.resolve("docs")) || !Files.isDirectory(at.resolve("core"))) {
      at = at.getParent();
    }
    return at.resolve("docs");
  }

  private static void compare(String file, String text) throws IOException {
    Path path = docs().resolve(file);
    if (Boolean.getBoolean("sinew.docs.write")) {
      Files.writeString(path, text);
    }
    assertThat(path)
        .as("run DocsTest with -Dsinew.docs.write=true to write it anew")
        .content()
        .isEqualTo(text);
  }

  @Test
  void experimentsAreListedAsTheyAre() throws IOException {
    StringBuilder t = new StringBuilder();
    t.append("# The experiments\n\n");
    t.append(
        """
        `./sinew demo` lists them, `./sinew demo NAME` runs one: hosts in one process and in virtual time, real segments, no privilege. Each prints its
        set-up, a ladder of both ends with the cause of every retransmission, figures where they tell more, an explanation with the RFC section, what the
        source notes say and what is right ([corrections](corrections.md)), and a verdict that is checked: exit code 1 when something else happened.

            ./sinew demo lost-syn --set times=5      another value of a parameter; --params lists them
            ./sinew demo lost-syn --lang zh          in Chinese
            ./sinew demo lost-syn --seed 7           other random numbers; the same seed gives the same run to the last bit
            ./sinew demo lost-syn --pcap f.pcapng    what the first host sees, for Wireshark
            ./sinew demo lost-syn --json             everything as one JSON object
            ./sinew sweep lost-syn --seeds 1000      many seeds on all cores

        All take `delay`, `loss` and `rows` (of a ladder, 0 for all).

        In a ladder, words before a segment say why it was sent: `timeout:` the retransmission timer, `fast retransmit:` duplicate ACKs, SACK or RACK,
        `tail probe:` RFC 8985 section 7, `path MTU:` an ICMP message, `again:` the peer asked again, `window probe:`, `window update:`, `keepalive:`,
        `duplicate ACK:`, `challenge:` the answer to what is unacceptable. A segment that was forged or held back has a word of its own. Without one it is new,
        or an ACK that was due. A cross ends what was lost, or, with a time at the other end, what its receiver dropped, and why.

        """);
    t.append("This page is made from the experiments' own words; a test compares it.\n");
    for (Group g : Catalog.groups()) {
      t.append("\n## ").append(g.english()).append(" · ").append(g.chinese()).append("\n\n");
      t.append("| name | what it shows | 内容 | parameters |\n|---|---|---|---|\n");
      for (Entry e : g.entries()) {
        Demo demo = Catalog.create(e.name());
        assertThat(demo).as(e.name()).isNotNull();
        String parameters =
            demo.parameters().stream()
                .map(p -> "`" + p.name() + "=" + p.fallback() + "`")
                .collect(Collectors.joining(" "));
        t.append("| `").append(e.name()).append("` | ");
        t.append(e.english()).append(" | ").append(e.chinese()).append(" | ");
        t.append(parameters).append(" |\n");
      }
    }
    compare("experiments.md", t.toString());
  }

  @Test
  void correctionsAreListedWithTheExperimentsThatShowThem() throws IOException {
    List<Entry> entries = Catalog.entries();
    StringBuilder t = new StringBuilder();
    t.append("# What the source notes got wrong\n\n");
    t.append(
        """
        Sinew began with five notes on TCP, and makes what they describe run. Where they are wrong, this table says what is right, where it is written, and which
        experiment shows it (`./sinew demo NAME`; the redis capture is explained by `./sinew trace -r` too). The notes' sentences are shortened.

        这里列出源笔记中的错误、正确的说法、出处，以及演示它的实验。

        | | the notes say · 笔记说 | right · 正确的 | where | experiment |
        |---|---|---|---|---|
        """);
    for (Correction c : Catalog.corrections()) {
      List<String> shown =
          entries.stream()
              .filter(e -> e.corrections().contains(c.id()))
              .map(e -> "`" + e.name() + "`")
              .toList();
      // Slips of the pen have nothing to show.
      assertThat(shown.isEmpty()).as(c.id()).isEqualTo(c.id().equals("C7"));
      t.append("| ").append(c.id()).append(" | ");
      t.append(c.saysEnglish()).append("<br>").append(c.saysChinese()).append(" | ");
      t.append(c.english()).append("<br>").append(c.chinese()).append(" | ");
      t.append(c.rfc()).append(" | ").append(String.join(", ", shown)).append(" |\n");
    }
    compare("corrections.md", t.toString());
  }
}
