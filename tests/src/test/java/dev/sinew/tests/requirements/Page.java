package dev.sinew.tests.requirements;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** {@code docs/requirements.md}: a summary, then a table for each RFC. */
final class Page {
  private static final List<String> VERDICTS =
      List.of("met", "partly", "not met", "does not apply", "not used");
  private static final List<Level> GROUPS = List.of(Level.MUST, Level.SHOULD, Level.MAY);

  private final List<Requirement> rows;
  private final List<Waiver> waivers;
  private final List<Claim> claims;
  private final Map<Integer, String> titles;

  Page(
      List<Requirement> rows,
      List<Waiver> waivers,
      List<Claim> claims,
      Map<Integer, String> titles) {
    this.rows = rows;
    this.waivers = waivers;
    this.claims = claims;
    this.titles = new TreeMap<>(titles);
  }

  String text() {
    List<String> lines = new ArrayList<>();
    lines.add("# Requirements");
    lines.add("");
    lines.add("Written by `dev/requirements`; the build fails when it is not up to date.");
    lines.add("");
    lines.add(
        "What the RFCs ask of a host, in our words, with the class to begin reading at and the tests that show it. A requirement is **met**");
    lines.add(
        "when a test that runs in every build carries its id (a JUnit tag, or a `// Requirement:` line in a script) and no exception is");
    lines.add(
        "noted. The other verdicts come with their reason, below each table. A MAY of which no use is made is **not used**.");
    lines.add(
        "SHOULD counts RECOMMENDED too. Verdicts are those of the profile `standard`; where others differ, [profiles.md](profiles.md) says so.");
    lines.add("What is done of each RFC as a whole is in [rfc.md](rfc.md).");
    lines.add("");
    lines.add("| RFC | subject | MUST | SHOULD | MAY |");
    lines.add("|---|---|---|---|---|");
    titles.forEach((rfc, title) ->
        lines.add("| [%d](#rfc-%d) | %s | %s |".formatted(rfc, rfc, title, counts(rowsOf(rfc)))));
    lines.add("| all | | " + counts(rows) + " |");
    titles.keySet().forEach(rfc -> addTable(rfc, lines));
    return String.join("\n", lines) + "\n";
  }

  private List<Requirement> rowsOf(int rfc) {
    return rows.stream().filter(r -> r.rfc() == rfc).toList();
  }

  private Optional<Waiver> waiver(Requirement row) {
    return waivers.stream().filter(w -> w.id().equals(row.id())).findFirst();
  }

  private String verdict(Requirement row) {
    return waiver(row).map(w -> w.kind().toString()).orElse(row.unused() ? "not used" : "met");
  }

  /** Three cells: how many of each verdict, those that occur. */
  private String counts(List<Requirement> of) {
    List<String> cells = new ArrayList<>();
    for (Level group : GROUPS) {
      List<String> verdicts =
          of.stream().filter(r -> r.level().group() == group).map(this::verdict).toList();
      cells.add(
          VERDICTS.stream()
              .filter(verdicts::contains)
              .map(v -> verdicts.stream().filter(v::equals).count() + " " + v)
              .collect(Collectors.joining(", ")));
    }
    return String.join(" | ", cells);
  }

  private void addTable(int rfc, List<String> lines) {
    lines.add("");
    lines.add("## RFC " + rfc);
    lines.add("");
    lines.add("| id | section | level | what | code | tests | verdict |");
    lines.add("|---|---|---|---|---|---|---|");
    List<String> reasons = new ArrayList<>();
    for (Requirement row : rowsOf(rfc)) {
      lines.add(
          "| %s | %s | %s | %s | %s | %s | %s |"
              .formatted(
                  row.id(),
                  row.section(),
                  row.level(),
                  row.text(),
                  code(row.classes()),
                  code(Checks.testsOf(row, claims)),
                  verdict(row)));
      waiver(row).ifPresent(w -> reasons.add("- " + w.id() + ", " + w.kind() + ": " + w.reason()));
    }
    if (!reasons.isEmpty()) {
      lines.add("");
      lines.addAll(reasons);
    }
  }

  private static String code(List<String> names) {
    return names.stream().map(n -> "`" + n + "`").collect(Collectors.joining(", "));
  }
}
