package dev.sinew.junit;

import java.lang.reflect.Method;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.Extension;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;
import org.junit.jupiter.api.extension.TestTemplateInvocationContext;

/** One invocation of a test with one seed. */
final class SeedInvocation
    implements TestTemplateInvocationContext,
        ParameterResolver,
        InvocationInterceptor,
        AfterEachCallback {
  private final TestPlan plan;
  private final long seed;
  private @Nullable SeedRun run;

  SeedInvocation(TestPlan plan, long seed) {
    this.plan = plan;
    this.seed = seed;
  }

  @Override
  public String getDisplayName(int invocationIndex) {
    return "seed " + seed;
  }

  @Override
  public List<Extension> getAdditionalExtensions() {
    return List.of(this);
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return SeedRun.knows(parameter.getParameter().getType());
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return begun().argument(parameter.getParameter());
  }

  private SeedRun begun() {
    SeedRun r = run;
    if (r == null) {
      r = new SeedRun(plan, seed);
      run = r;
    }
    return r;
  }

  @Override
  public void interceptTestTemplateMethod(
      Invocation<@Nullable Void> invocation,
      ReflectiveInvocationContext<Method> method,
      ExtensionContext context)
      throws Throwable {
    begun().run(invocation::proceed);
  }

  @Override
  public void afterEach(ExtensionContext context) {
    SeedRun r = run;
    if (r != null) {
      r.close();
      run = null;
    }
  }
}
