package dev.sinew.junit;

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestTemplateInvocationContext;
import org.junit.jupiter.api.extension.TestTemplateInvocationContextProvider;
import org.junit.platform.commons.support.AnnotationSupport;

/** Runs {@link SimTest} methods; the annotation brings it along. */
public final class SimExtension implements TestTemplateInvocationContextProvider {
  /** For JUnit. */
  public SimExtension() {}

  @Override
  public boolean supportsTestTemplate(ExtensionContext context) {
    return AnnotationSupport.isAnnotated(context.getTestMethod(), SimTest.class);
  }

  @Override
  public Stream<TestTemplateInvocationContext> provideTestTemplateInvocationContexts(
      ExtensionContext context) {
    Method method = context.getRequiredTestMethod();
    SimTest test = AnnotationSupport.findAnnotation(method, SimTest.class).orElseThrow();
    List<Class<?>> classes = enclosing(context);
    TestPlan plan =
        new TestPlan(
            test,
            method,
            context.getRequiredTestClass(),
            classes,
            TestPlan.faults(method, classes),
            OutputFolder.of(context.getConfigurationParameter("sinew.output").orElse("")));
    List<TestTemplateInvocationContext> runs = new ArrayList<>();
    Long only = number(context, "sinew.seed");
    if (only != null) {
      runs.add(new SeedInvocation(plan, only));
      return runs.stream();
    }
    for (long seed : test.seeds()) {
      runs.add(new SeedInvocation(plan, seed));
    }
    if (test.sweep() < 0) {
      throw new ExtensionConfigurationException(
          "@SimTest(sweep = " + test.sweep() + "): a number of seeds");
    }
    if (test.sweep() > 0) {
      Long asked = number(context, "sinew.sweep");
      runs.add(new SweepInvocation(plan, asked == null ? test.sweep() : asked));
    }
    if (runs.isEmpty()) {
      runs.add(new SeedInvocation(plan, 1));
    }
    return runs.stream();
  }

  private static List<Class<?>> enclosing(ExtensionContext context) {
    List<Class<?>> classes = new ArrayList<>();
    for (Class<?> c = context.getRequiredTestClass(); c != null; c = c.getEnclosingClass()) {
      classes.add(c);
    }
    return classes;
  }

  private static @Nullable Long number(ExtensionContext context, String name) {
    String text = context.getConfigurationParameter(name).orElse("");
    if (text.isEmpty()) {
      return null;
    }
    try {
      return Long.valueOf(text.strip());
    } catch (NumberFormatException e) {
      throw new ExtensionConfigurationException(name + "=" + text + ": not a number", e);
    }
  }
}
