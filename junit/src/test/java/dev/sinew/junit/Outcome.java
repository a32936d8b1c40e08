package dev.sinew.junit;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectMethod;

import java.nio.file.Path;
import java.util.List;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.testkit.engine.EngineExecutionResults;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.Event;

/** What JUnit makes of a test method that is run within a test. */
record Outcome(List<String> names, List<String> failures, List<Throwable> thrown) {
  static Outcome of(Class<?> testClass, String method, Path output, String... settings) {
    EngineTestKit.Builder kit =
        EngineTestKit.engine("junit-jupiter")
            .configurationParameter("sinew.output", output.toString())
            .selectors(
                java.util.Arrays.stream(testClass.getDeclaredMethods())
                    .filter(m -> m.getName().equals(method))
                    .map(m -> selectMethod(testClass, m))
                    .toArray(org.junit.platform.engine.DiscoverySelector[]::new));
    for (int i = 0; i < settings.length; i += 2) {
      kit = kit.configurationParameter(settings[i], settings[i + 1]);
    }
    EngineExecutionResults results = kit.execute();
    List<String> names =
        results.testEvents().finished().stream()
            .map(e -> e.getTestDescriptor().getDisplayName())
            .toList();
    List<Throwable> thrown =
        results.allEvents().finished().stream()
            .map(Outcome::failure)
            .filter(t -> t != null)
            .toList();
    return new Outcome(
        names, thrown.stream().map(t -> String.valueOf(t.getMessage())).toList(), thrown);
  }

  private static Throwable failure(Event e) {
    return e.getRequiredPayload(TestExecutionResult.class).getThrowable().orElse(null);
  }

  String onlyFailure() {
    if (failures.size() != 1) {
      throw new AssertionError("expected one failure, not " + failures);
    }
    return failures.getFirst();
  }
}
