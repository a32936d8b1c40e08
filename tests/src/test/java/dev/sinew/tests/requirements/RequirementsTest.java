package dev.sinew.tests.requirements;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import org.junit.jupiter.api.Test;

/** The requirement table of this repository holds together, and its page is up to date. */
class RequirementsTest {
  @Test
  void everyRequirementHasItsTestOrItsReason() throws IOException {
    assertThat(Repository.read().problems).isEmpty();
  }

  @Test
  void thePageIsUpToDate() throws IOException {
    String page = Files.readString(Repository.root().resolve(Repository.PAGE));
    assertThat(page.equals(Repository.read().page))
        .as("%s is what the table makes: run dev/requirements", Repository.PAGE)
        .isTrue();
  }
}
