package dev.sinew.tests.requirements;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads the rows and the exceptions. What is wrong with a line is added to {@link #problems}. */
final class RowReader {
  private static final Pattern OWN_ID = Pattern.compile("(MUST|SHLD|MAY|REC)-[1-9]\\d*");
  private static final Pattern ID =
      Pattern.compile("RFC([1-9]\\d*)-([0-9A-Z][0-9A-Za-z.]*)(-[a-z])?");
  private static final Pattern SECTION = Pattern.compile("[0-9A-Z][0-9A-Za-z.]*( .+)?");
  private static final Pattern CLASS = Pattern.compile("[a-z][a-z.]*\\.[A-Z]\\w*");

  final List<Requirement> rows = new ArrayList<>();
  final Map<Integer, String> titles = new LinkedHashMap<>();
  final List<Waiver> waivers = new ArrayList<>();
  final List<String> problems = new ArrayList<>();

  /**
   * A file {@code rfcNNNN.txt}; a first line {@code # RFC NNNN, title} names the RFC, up to its
   * first period.
   */
  void readRows(String file, String text) {
    if (!file.matches("rfc[1-9]\\d*\\.txt")) {
      problems.add(file + ": a file of rows is called rfcNNNN.txt");
      return;
    }
    int rfc = Integer.parseInt(file.substring(3, file.length() - 4));
    List<String> lines = text.lines().toList();
    Matcher title =
        Pattern.compile("# RFC " + rfc + "[:,] (.*?)(\\. .*|\\.)?")
            .matcher(lines.isEmpty() ? "" : lines.getFirst());
    titles.put(rfc, title.matches() ? title.group(1) : "");
    for (int n = 0; n < lines.size(); n++) {
      String line = lines.get(n).strip();
      if (!line.isEmpty() && !line.startsWith("#")) {
        readRow(rfc, file + ":" + (n + 1), line.split("\\|", -1));
      }
    }
  }

  private void readRow(int rfc, String place, String[] cells) {
    strip(cells);
    if (cells.length != 5) {
      problems.add(
          place
              + ": a row has 5 cells, ID | section | LEVEL | text | code, and not "
              + cells.length);
      return;
    }
    String id = cells[0];
    Optional<Level> level = Level.of(cells[2]);
    if (level.isEmpty()) {
      problems.add(place + ": \"" + cells[2] + "\" is none of " + List.of(Level.values()));
      return;
    }
    if (!SECTION.matcher(cells[1]).matches()) {
      problems.add(place + ": \"" + cells[1] + "\" is no section");
    } else if (!wellNamed(rfc, id, cells[1], level.get())) {
      problems.add(
          place
              + ": \""
              + id
              + "\" does not fit: RFC "
              + rfc
              + ", section "
              + cells[1]
              + ", "
              + level.get());
    }
    if (cells[3].isEmpty()) {
      problems.add(place + ": " + id + " has no text");
    }
    List<String> classes = cells[4].equals("-") ? List.of() : List.of(cells[4].split(", *"));
    for (String name : classes) {
      if (!CLASS.matcher(name).matches()) {
        problems.add(place + ": \"" + name + "\" is not package.Class, nor -");
      }
    }
    rows.add(new Requirement(rfc, id, cells[1], level.get(), cells[3], classes));
  }

  /**
   * RFC 9293 has its own ids; elsewhere an id is RFC number, section or its numbered rule, as the
   * cell of the section has it, and perhaps a letter.
   */
  private static boolean wellNamed(int rfc, String id, String section, Level level) {
    if (rfc == 9293 && OWN_ID.matcher(id).matches()) {
      String kind =
          switch (level) {
            case MUST, MUST_NOT -> "MUST";
            case SHOULD, SHOULD_NOT -> "SHLD";
            case MAY -> "MAY";
            case RECOMMENDED -> "REC";
          };
      return id.startsWith(kind + "-");
    }
    Matcher parts = ID.matcher(id);
    return parts.matches()
        && Integer.parseInt(parts.group(1)) == rfc
        && List.of(section.split("[ (),]+")).contains(parts.group(2));
  }

  void readWaivers(String file, String text) {
    List<String> lines = text.lines().toList();
    for (int n = 0; n < lines.size(); n++) {
      String line = lines.get(n).strip();
      if (line.isEmpty() || line.startsWith("#")) {
        continue;
      }
      String place = file + ":" + (n + 1);
      String[] cells = line.split("\\|", -1);
      strip(cells);
      Optional<Waiver.Kind> kind = cells.length == 3 ? Waiver.Kind.of(cells[1]) : Optional.empty();
      if (kind.isEmpty() || cells[2].isEmpty()) {
        problems.add(place + ": an exception is ID | not met, partly or does not apply | reason");
      } else {
        waivers.add(new Waiver(cells[0], kind.get(), cells[2]));
      }
    }
  }

  private static void strip(String[] cells) {
    for (int i = 0; i < cells.length; i++) {
      cells[i] = cells[i].strip();
    }
  }
}
