package dev.sinew.tests.requirements;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Rows and exceptions are read, and a line that is wrong is named. */
class RowReaderTest {
  private static RowReader rows(String file, String text) {
    RowReader tables = new RowReader();
    tables.readRows(file, text);
    return tables;
  }

  @Test
  void rowsAreRead() {
    RowReader tables =
        rows(
            "rfc6298.txt",
            """
            # RFC 6298, retransmission timer. All of it.

            RFC6298-2.1 | 2.1 | SHOULD | first timeout 1 s | tcp.recovery.RttEstimator, tcp.A
            RFC6298-5.7-b | 5 (5.7) | MUST NOT | another | -
            RFC6298-5-a | 5 rule 8 | MAY | third | -
            """);
    assertThat(tables.problems).isEmpty();
    assertThat(tables.titles).containsEntry(6298, "retransmission timer");
    assertThat(tables.rows)
        .containsExactly(
            new Requirement(
                6298,
                "RFC6298-2.1",
                "2.1",
                Level.SHOULD,
                "first timeout 1 s",
                List.of("tcp.recovery.RttEstimator", "tcp.A")),
            new Requirement(6298, "RFC6298-5.7-b", "5 (5.7)", Level.MUST_NOT, "another", List.of()),
            new Requirement(6298, "RFC6298-5-a", "5 rule 8", Level.MAY, "third", List.of()));
  }

  @Test
  void theOwnIdsOfRfc9293AreRead() {
    RowReader tables =
        rows(
            "rfc9293.txt",
            """
            MUST-1 | 3.1 | MUST | a | tcp.A
            MUST-9 | 3.4.1 | MUST NOT | a | tcp.A
            SHLD-14 | 3.8.6 | SHOULD NOT | a | tcp.A
            MAY-1 | 3.6.1 | MAY | a | tcp.A
            REC-1 | 3.1 | RECOMMENDED | a | tcp.A
            RFC9293-3.10.7.4-a | 3.10.7.4 | MUST | a | tcp.A
            """);
    assertThat(tables.problems).isEmpty();
    assertThat(tables.rows).hasSize(6);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "RFC6298-2.1 | 2.1 | SHOULD | text; a row has 5 cells",
        "RFC6298-2.1 | 2.1 | SHOULD | te|xt | tcp.A; a row has 5 cells",
        "RFC6298-2.1 | 2.1 | should | text | tcp.A; \"should\" is none of [MUST,",
        "RFC6298-2.1 | ? | SHOULD | text | tcp.A; \"?\" is no section",
        "RFC6298-2.1 | 2.2 | SHOULD | text | tcp.A; \"RFC6298-2.1\" does not fit",
        "RFC6298-2.1 | 2 (2.11) | SHOULD | text | tcp.A; \"RFC6298-2.1\" does not fit",
        "RFC9293-2.1 | 2.1 | SHOULD | text | tcp.A; \"RFC9293-2.1\" does not fit",
        "RFC6298-2.1-aa | 2.1 | SHOULD | text | tcp.A; \"RFC6298-2.1-aa\" does not fit",
        "MUST-1 | 2.1 | MUST | text | tcp.A; \"MUST-1\" does not fit",
        "RFC6298-2.1 | 2.1 | SHOULD | | tcp.A; has no text",
        "RFC6298-2.1 | 2.1 | SHOULD | text | ; \"\" is not package.Class",
        "RFC6298-2.1 | 2.1 | SHOULD | text | SegmentArrives; is not package.Class",
      })
  void aRowThatIsWrongIsNamed(String line, String problem) {
    assertThat(rows("rfc6298.txt", line).problems)
        .singleElement()
        .asString()
        .startsWith("rfc6298.txt:1: ")
        .contains(problem);
  }

  @Test
  void anOwnIdHasTheLevelOfItsKind() {
    assertThat(rows("rfc9293.txt", "MUST-1 | 3.1 | SHOULD | text | tcp.A").problems)
        .singleElement()
        .asString()
        .contains("\"MUST-1\" does not fit");
  }

  @Test
  void aFileIsCalledAfterItsRfc() {
    assertThat(rows("tcp.txt", "").problems).singleElement().asString().contains("rfcNNNN.txt");
  }

  @Test
  void exceptionsAreRead() {
    RowReader tables = new RowReader();
    tables.readWaivers("exceptions.txt", "# why\n\nMUST-51 | not met | because\n");
    assertThat(tables.problems).isEmpty();
    assertThat(tables.waivers)
        .containsExactly(new Waiver("MUST-51", Waiver.Kind.NOT_MET, "because"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {"MUST-51 | not met", "MUST-51 | not met | ", "MUST-51 | later | because"})
  void anExceptionThatIsWrongIsNamed(String line) {
    RowReader tables = new RowReader();
    tables.readWaivers("exceptions.txt", line);
    assertThat(tables.problems)
        .singleElement()
        .asString()
        .startsWith("exceptions.txt:1: an exception is");
  }
}
