package dev.sinew.junit;

import dev.sinew.sim.FaultPlan;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Method;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;

/**
 * What all seeds of a test have in common.
 *
 * @param classes the test's class and those around it, inner ones first
 * @param faults of the annotations
 * @param output where the files of a failure go
 */
record TestPlan(
    SimTest test,
    Method method,
    Class<?> testClass,
    List<Class<?>> classes,
    FaultPlan faults,
    Path output) {
  static FaultPlan faults(Method method, List<Class<?>> classes) {
    List<AnnotatedElement> places = new ArrayList<>();
    places.add(method);
    places.addAll(classes);
    for (AnnotatedElement place : places) {
      Faults faults = place.getAnnotation(Faults.class);
      if (faults != null) {
        try {
          return FaultPlan.parse(String.join("\n", faults.value()));
        } catch (IllegalArgumentException e) {
          throw new ExtensionConfigurationException("@Faults: " + e.getMessage(), e);
        }
      }
    }
    return FaultPlan.NONE;
  }

  /** As file names and messages call it. */
  String name() {
    return testClass.getSimpleName() + "." + method.getName();
  }

  /** The command that runs one seed again. */
  String replay(long seed) {
    return "mvn test -Dtest='"
        + shortName(testClass)
        + "#"
        + method.getName()
        + "' -Dsinew.seed="
        + seed;
  }

  private static String shortName(Class<?> c) {
    String name = c.getName();
    return name.substring(name.lastIndexOf('.') + 1);
  }
}
