package dev.sinew.junit;

import java.lang.reflect.Method;
import java.nio.file.Path;
import java.util.List;

/**
 * What all seeds of a test have in common.
 *
 * @param classes the test's class and those around it, inner ones first
 * @param output where the files of a failure go
 */
record TestPlan(
    SimTest test, Method method, Class<?> testClass, List<Class<?>> classes, Path output) {
  /** As file names and messages call it. */
  String name() {
    return testClass.getSimpleName() + "." + method.getName();
  }

  /** The command that runs one seed again. */
  String replay(long seed) {
    return "mvn test -Dtest='" + shortName(testClass) + "#" + method.getName() + "' -Dsinew.seed=" + seed;
  }

  private static String shortName(Class<?> c) {
    String name = c.getName();
    return name.substring(name.lastIndexOf('.') + 1);
  }
}
