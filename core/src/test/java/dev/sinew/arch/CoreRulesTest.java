package dev.sinew.arch;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchRule;
import dev.sinew.udp.PlantedHigh;
import dev.sinew.wire.PlantedLow;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Core keeps the rules, and each rule sees a class that breaks it. */
class CoreRulesTest {
  private static final JavaClasses CORE =
      new ClassFileImporter()
          .withImportOption(location -> !location.contains("test-classes"))
          .importPackages("dev.sinew");

  @TestFactory
  Stream<DynamicTest> core() {
    return CoreRules.ALL.entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .map(rule -> DynamicTest.dynamicTest(rule.getKey(), () -> rule.getValue().check(CORE)));
  }

  @TestFactory
  Stream<DynamicTest> planted() {
    JavaClasses planted =
        new ClassFileImporter()
            .importClasses(
                Planted.class, Planted.Holder.class, PlantedLow.class, PlantedHigh.class);
    return CoreRules.ALL.keySet().stream()
        .sorted()
        .map(name ->
            DynamicTest.dynamicTest(
                name,
                () ->
                    assertThat(rule(name).evaluate(planted).hasViolation())
                        .as("%s is seen", name)
                        .isTrue()));
  }

  @Test
  void everyKindOfMutableStaticIsSeen() {
    JavaClasses planted = new ClassFileImporter().importClasses(Planted.class);
    assertThat(rule("no mutable statics").evaluate(planted).getFailureReport().getDetails())
        .anyMatch(line -> line.contains("count"))
        .anyMatch(line -> line.contains("LIST"))
        .anyMatch(line -> line.contains("OPEN_TABLE"))
        .noneMatch(line -> line.contains("CLOSED_TABLE"))
        .noneMatch(line -> line.contains("NAMES"));
  }

  private static ArchRule rule(String name) {
    ArchRule rule = CoreRules.ALL.get(name);
    assertThat(rule).as("rule %s", name).isNotNull();
    return rule;
  }
}
