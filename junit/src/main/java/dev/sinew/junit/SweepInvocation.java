package dev.sinew.junit;

import dev.sinew.sim.FaultSpec;
import dev.sinew.sim.Shrinker;
import java.lang.reflect.Method;
import java.lang.reflect.Parameter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.Extension;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolutionException;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;
import org.junit.jupiter.api.extension.TestTemplateInvocationContext;
import org.junit.platform.commons.support.ReflectionSupport;
import org.opentest4j.IncompleteExecutionException;

/** One invocation of a test that runs many seeds on all cores and tells of the first that fails. */
final class SweepInvocation
    implements TestTemplateInvocationContext, ParameterResolver, InvocationInterceptor {
  /** What is not shrunk: it would take too long. */
  private static final int MOST_FAULTS = 5000;

  private static final int SHRINK_RUNS = 2000;
  private static final long SHRINK_NANOS = 20_000_000_000L;

  private final TestPlan plan;
  private final long count;
  private final AtomicLong next = new AtomicLong(1);

  private long failedSeed = Long.MAX_VALUE;
  private @Nullable Throwable failure;
  private List<FaultSpec> failedFaults = List.of();

  SweepInvocation(TestPlan plan, long count) {
    this.plan = plan;
    this.count = count;
  }

  @Override
  public String getDisplayName(int invocationIndex) {
    return "seeds 1 to " + count;
  }

  @Override
  public List<Extension> getAdditionalExtensions() {
    return List.of(this);
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return SeedRun.knows(parameter.getParameter().getType());
  }

  /** A network for the look of it: each seed brings its own. */
  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    if (!parameter.getDeclaringExecutable().equals(plan.method())) {
      throw new ParameterResolutionException(
          "a sweep makes a network for each seed: only the test method itself can have parts of it");
    }
    try (SeedRun first = new SeedRun(plan, 1)) {
      return first.argument(parameter.getParameter());
    }
  }

  @Override
  public void interceptTestTemplateMethod(
      Invocation<@Nullable Void> invocation,
      ReflectiveInvocationContext<Method> method,
      ExtensionContext context)
      throws Throwable {
    invocation.skip();
    int cores = (int) Math.min(count, Runtime.getRuntime().availableProcessors());
    List<Thread> workers = new ArrayList<>();
    for (int i = 0; i < cores; i++) {
      Thread worker = new Thread(() -> work(method, context), plan.name() + " sweep " + (i + 1));
      worker.setDaemon(true);
      worker.setContextClassLoader(Thread.currentThread().getContextClassLoader());
      workers.add(worker);
      worker.start();
    }
    try {
      for (Thread worker : workers) {
        worker.join();
      }
    } catch (InterruptedException e) {
      next.set(count + 1);
      workers.forEach(Thread::interrupt);
      throw e;
    }
    Throwable t;
    long seed;
    List<FaultSpec> faults;
    synchronized (this) {
      t = failure;
      seed = failedSeed;
      faults = failedFaults;
    }
    if (t != null) {
      throw FailureReport.withSmallest(t, shrunk(seed, faults, method, context));
    }
  }

  private void work(ReflectiveInvocationContext<Method> method, ExtensionContext context) {
    for (long seed = next.getAndIncrement(); seed <= count; seed = next.getAndIncrement()) {
      List<FaultSpec> faults = new ArrayList<>(plan.faults().faults());
      try (SeedRun run = new SeedRun(plan, seed)) {
        try {
          run.run(body(run, method, context));
        } finally {
          faults.addAll(Accidents.of(run.log()));
        }
      } catch (IncompleteExecutionException e) {
        // An assumption did not hold for this seed.
      } catch (Throwable t) {
        next.set(count + 1); // lower seeds are running already, higher ones are not needed
        failed(seed, t, faults);
        return;
      }
    }
  }

  /** The shortest list of faults under which the seed fails as well; null when it can't be told. */
  private @Nullable List<FaultSpec> shrunk(
      long seed,
      List<FaultSpec> faults,
      ReflectiveInvocationContext<Method> method,
      ExtensionContext context) {
    if (faults.isEmpty() || faults.size() > MOST_FAULTS) {
      return null;
    }
    long began = System.nanoTime();
    Predicate<List<FaultSpec>> fails =
        list -> System.nanoTime() - began < SHRINK_NANOS && fails(seed, list, method, context);
    return fails.test(faults) ? new Shrinker<>(fails, SHRINK_RUNS).shrink(faults) : null;
  }

  private boolean fails(
      long seed,
      List<FaultSpec> faults,
      ReflectiveInvocationContext<Method> method,
      ExtensionContext context) {
    try (SeedRun run = new SeedRun(plan, seed, faults)) {
      run.run(body(run, method, context));
      return false;
    } catch (IncompleteExecutionException e) {
      return false;
    } catch (Throwable t) {
      return true;
    }
  }

  private SeedRun.Body body(
      SeedRun run, ReflectiveInvocationContext<Method> method, ExtensionContext context) {
    @Nullable Object[] arguments = arguments(method, run);
    return () ->
        ReflectionSupport.invokeMethod(plan.method(), context.getRequiredTestInstance(), arguments);
  }

  private @Nullable Object[] arguments(ReflectiveInvocationContext<Method> method, SeedRun run) {
    Parameter[] parameters = plan.method().getParameters();
    @Nullable Object[] arguments = method.getArguments().toArray();
    for (int i = 0; i < parameters.length; i++) {
      if (SeedRun.knows(parameters[i].getType())) {
        arguments[i] = run.argument(parameters[i]);
      }
    }
    return arguments;
  }

  private synchronized void failed(long seed, Throwable t, List<FaultSpec> faults) {
    if (seed < failedSeed) {
      failedFaults = faults;
      failedSeed = seed;
      failure = t;
    }
  }
}
