package dev.sinew.tests.requirements;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;

/** Whether the table holds together. */
final class Checks {
  /** How many ids of each kind RFC 9293 has. */
  private static final Map<String, Integer> OWN_IDS =
      new TreeMap<>(Map.of("MUST", 69, "SHLD", 31, "MAY", 18, "REC", 1));

  private Checks() {}

  /**
   * Everything that is wrong, one line each.
   *
   * @param classExists knows {@code tcp.SegmentArrives} of the source
   */
  static List<String> of(
      List<Requirement> rows,
      List<Waiver> waivers,
      List<Claim> claims,
      Predicate<String> classExists) {
    List<String> problems = new ArrayList<>();
    Set<String> ids = new HashSet<>();
    for (Requirement row : rows) {
      if (!ids.add(row.id())) {
        problems.add(row.id() + " has two rows");
      }
      for (String name : row.classes()) {
        if (!classExists.test(name)) {
          problems.add(row.id() + ": there is no class " + name);
        }
      }
    }
    for (Claim claim : claims) {
      if (!ids.contains(claim.id())) {
        problems.add(claim.test() + " carries " + claim.id() + ", which no row has");
      }
    }
    Set<String> waived = new HashSet<>();
    for (Waiver waiver : waivers) {
      if (!ids.contains(waiver.id())) {
        problems.add("the exception " + waiver.id() + " has no row");
      }
      if (!waived.add(waiver.id())) {
        problems.add(waiver.id() + " has two exceptions");
      }
    }
    rows.forEach(row -> checkProof(row, waivers, claims, problems));
    return problems;
  }

  /** A row has tests or an exception, and both only where a part is met. */
  private static void checkProof(
      Requirement row, List<Waiver> waivers, List<Claim> claims, List<String> problems) {
    Optional<Waiver> waiver = waivers.stream().filter(w -> w.id().equals(row.id())).findFirst();
    List<String> tests = testsOf(row, claims);
    boolean met = waiver.isEmpty();
    boolean partly = waiver.isPresent() && waiver.get().kind() == Waiver.Kind.PARTLY;
    if ((met || partly) && tests.isEmpty() && !row.unused()) {
      problems.add(
          row.id()
              + " ("
              + row.level()
              + ") has no test"
              + (met ? " and no exception" : " of the part that is met"));
    }
    if (row.classes().isEmpty() && (met ? !row.unused() : partly)) {
      problems.add(row.id() + " names no class");
    }
    if (!tests.isEmpty() && (row.unused() || !(met || partly))) {
      problems.add(
          row.id()
              + (met ? " names no class" : " is \"" + waiver.get().kind() + "\"")
              + ", but is shown by "
              + tests);
    }
  }

  /** The tests of a requirement, sorted. */
  static List<String> testsOf(Requirement row, List<Claim> claims) {
    return claims.stream()
        .filter(c -> c.id().equals(row.id()))
        .map(Claim::test)
        .distinct()
        .sorted()
        .toList();
  }

  /** All 119 ids of RFC 9293 are there and no others. */
  static List<String> ownIds(List<Requirement> rows) {
    Set<String> expected = new TreeSet<>();
    OWN_IDS.forEach((kind, count) -> {
      for (int n = 1; n <= count; n++) {
        expected.add(kind + "-" + n);
      }
    });
    List<String> problems = new ArrayList<>();
    Set<String> found = new TreeSet<>();
    for (Requirement row : rows) {
      if (row.rfc() == 9293 && !row.id().startsWith("RFC")) {
        found.add(row.id());
        if (!expected.contains(row.id())) {
          problems.add("RFC 9293 has no " + row.id());
        }
      }
    }
    expected.removeAll(found);
    expected.forEach(id -> problems.add(id + " of RFC 9293 has no row"));
    return problems;
  }
}
