package dev.sinew.tests.requirements;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every way in which the table can be wrong is noticed, and the page says what the table says. */
class ChecksTest {
  private static final Claim CLAIM = new Claim("RFC1-1", "tcp.ATest#x");

  private static Requirement row(Level level, String... classes) {
    return new Requirement(1, "RFC1-1", "1", level, "text", List.of(classes));
  }

  private static Waiver waiver(Waiver.Kind kind) {
    return new Waiver("RFC1-1", kind, "reason");
  }

  private static List<String> check(Requirement row, List<Waiver> waivers, Claim... claims) {
    return Checks.of(List.of(row), waivers, List.of(claims), name -> name.equals("tcp.A"));
  }

  @ParameterizedTest
  @EnumSource
  void aRowWithATestIsRight(Level level) {
    assertThat(check(row(level, "tcp.A"), List.of(), CLAIM)).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void aRowWithCodeAndNoTestIsWrong(Level level) {
    assertThat(check(row(level, "tcp.A"), List.of()))
        .containsExactly("RFC1-1 (" + level + ") has no test and no exception");
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "MAY")
  void aRowWithoutCodeNeedsAnException(Level level) {
    assertThat(check(row(level), List.of(), CLAIM)).containsExactly("RFC1-1 names no class");
    assertThat(check(row(level), List.of()))
        .containsExactly(
            "RFC1-1 (" + level + ") has no test and no exception", "RFC1-1 names no class");
    assertThat(check(row(level), List.of(waiver(Waiver.Kind.NOT_MET)))).isEmpty();
  }

  @Test
  void aFreedomNeedNotBeUsed() {
    assertThat(check(row(Level.MAY), List.of())).isEmpty();
    assertThat(check(row(Level.MAY), List.of(), CLAIM))
        .containsExactly("RFC1-1 names no class, but is shown by [tcp.ATest#x]");
  }

  @Test
  void whatIsNotMetHasNoTest() {
    assertThat(check(row(Level.MUST), List.of(waiver(Waiver.Kind.NOT_MET)), CLAIM))
        .containsExactly("RFC1-1 is \"not met\", but is shown by [tcp.ATest#x]");
    assertThat(check(row(Level.MUST), List.of(waiver(Waiver.Kind.DOES_NOT_APPLY)), CLAIM))
        .containsExactly("RFC1-1 is \"does not apply\", but is shown by [tcp.ATest#x]");
  }

  @Test
  void thePartThatIsMetHasATest() {
    List<Waiver> partly = List.of(waiver(Waiver.Kind.PARTLY));
    assertThat(check(row(Level.MUST, "tcp.A"), partly, CLAIM)).isEmpty();
    assertThat(check(row(Level.MUST, "tcp.A"), partly))
        .containsExactly("RFC1-1 (MUST) has no test of the part that is met");
    assertThat(check(row(Level.MUST), partly, CLAIM)).containsExactly("RFC1-1 names no class");
  }

  @Test
  void namesHaveToBeThere() {
    assertThat(check(row(Level.MUST, "tcp.A", "tcp.B"), List.of(), CLAIM))
        .containsExactly("RFC1-1: there is no class tcp.B");
    assertThat(check(row(Level.MUST, "tcp.A"), List.of(), CLAIM, new Claim("RFC1-2", "x.pkt")))
        .containsExactly("x.pkt carries RFC1-2, which no row has");
    assertThat(
            check(
                row(Level.MUST, "tcp.A"),
                List.of(new Waiver("RFC1-2", Waiver.Kind.NOT_MET, "x")),
                CLAIM))
        .containsExactly("the exception RFC1-2 has no row");
  }

  @Test
  void idsAreUnique() {
    Requirement row = row(Level.MAY);
    Waiver waiver = waiver(Waiver.Kind.NOT_MET);
    assertThat(Checks.of(List.of(row, row), List.of(), List.of(), name -> true))
        .containsExactly("RFC1-1 has two rows");
    assertThat(Checks.of(List.of(row), List.of(waiver, waiver), List.of(), name -> true))
        .containsExactly("RFC1-1 has two exceptions");
  }

  private static List<Requirement> ownRows() {
    List<Requirement> rows = new ArrayList<>();
    Map.of("MUST", 69, "SHLD", 31, "MAY", 18, "REC", 1)
        .forEach((kind, count) -> {
          for (int n = 1; n <= count; n++) {
            rows.add(new Requirement(9293, kind + "-" + n, "3", Level.MUST, "text", List.of()));
          }
        });
    return rows;
  }

  @ParameterizedTest
  @ValueSource(strings = {"MUST-1", "MUST-69", "SHLD-31", "MAY-18", "REC-1"})
  void all119IdsOfRfc9293AreThere(String id) {
    List<Requirement> rows = ownRows();
    assertThat(rows).hasSize(119);
    assertThat(Checks.ownIds(rows)).isEmpty();
    assertThat(rows.removeIf(r -> r.id().equals(id))).isTrue();
    assertThat(Checks.ownIds(rows)).containsExactly(id + " of RFC 9293 has no row");
  }

  @ParameterizedTest
  @ValueSource(strings = {"MUST-70", "SHLD-32", "MAY-19", "REC-2"})
  void noOtherIdIsThere(String id) {
    List<Requirement> rows = ownRows();
    rows.add(new Requirement(9293, id, "3", Level.MUST, "text", List.of()));
    assertThat(Checks.ownIds(rows)).containsExactly("RFC 9293 has no " + id);
  }

  @Test
  void thePageHasTheCountsTheRowsAndTheReasons() {
    List<Requirement> rows =
        List.of(
            new Requirement(7, "RFC7-1", "1", Level.MUST, "one", List.of("tcp.A", "tcp.B")),
            new Requirement(7, "RFC7-2", "2", Level.MUST_NOT, "two", List.of()),
            new Requirement(7, "RFC7-3", "3", Level.RECOMMENDED, "three", List.of("tcp.A")),
            new Requirement(8, "RFC8-1", "1", Level.MAY, "four", List.of()));
    String page =
        new Page(
                rows,
                List.of(
                    new Waiver("RFC7-2", Waiver.Kind.NOT_MET, "not built"),
                    new Waiver("RFC7-3", Waiver.Kind.PARTLY, "half of it")),
                List.of(
                    new Claim("RFC7-1", "tcp.ZTest#x"),
                    new Claim("RFC7-1", "conformance/a.pkt"),
                    new Claim("RFC7-3", "tcp.ZTest#y")),
                Map.of(8, "eight", 7, "seven"))
            .text();
    assertThat(page.lines())
        .containsSubsequence(
            "| [7](#rfc-7) | seven | 1 met, 1 not met | 1 partly |  |",
            "| [8](#rfc-8) | eight |  |  | 1 not used |",
            "| all | | 1 met, 1 not met | 1 partly | 1 not used |",
            "## RFC 7",
            "| RFC7-1 | 1 | MUST | one | `tcp.A`, `tcp.B` | `conformance/a.pkt`, `tcp.ZTest#x` | met |",
            "| RFC7-2 | 2 | MUST NOT | two |  |  | not met |",
            "| RFC7-3 | 3 | RECOMMENDED | three | `tcp.A` | `tcp.ZTest#y` | partly |",
            "- RFC7-2, not met: not built",
            "- RFC7-3, partly: half of it",
            "## RFC 8",
            "| RFC8-1 | 1 | MAY | four |  |  | not used |");
  }
}
