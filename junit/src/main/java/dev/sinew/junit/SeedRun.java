package dev.sinew.junit;

import dev.sinew.sim.Fault;
import dev.sinew.sim.FaultSpec;
import dev.sinew.sim.SimHost;
import dev.sinew.sim.SimLink;
import dev.sinew.sim.Simulation;
import dev.sinew.sim.SimulationException;
import java.lang.reflect.Parameter;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ParameterResolutionException;
import org.opentest4j.IncompleteExecutionException;

/** One seed of a test: its network, its body, and what is made of a failure. */
final class SeedRun implements AutoCloseable {
  private static final long NANOS = 1_000_000_000L;

  private final TestPlan plan;
  private final Simulation simulation;
  private final WireLog log;
  private final Wire wire;

  /** A test's body. */
  interface Body {
    void run() throws Throwable;
  }

  /** The body's failure, handed from its thread to the simulation's. */
  private @Nullable Throwable failure;

  private boolean ended;
  private final boolean shrunk;

  SeedRun(TestPlan plan, long seed) {
    this(plan, seed, null);
  }

  /**
   * @param instead takes the place of declared faults and of chance; null for the run as the test
   *     describes it
   */
  SeedRun(TestPlan plan, long seed, @Nullable List<FaultSpec> instead) {
    this.plan = plan;
    this.shrunk = instead != null;
    this.simulation = Simulation.of(seed);
    this.log = new WireLog(simulation);
    this.wire = new Wire(log);
    try {
      Networks.build(simulation, plan.test(), plan.method(), plan.classes());
      if (instead == null) {
        var unused = simulation.apply(plan.faults());
      } else {
        Accidents.replace(simulation, instead);
      }
    } catch (RuntimeException | Error e) {
      simulation.close();
      throw e;
    } catch (Exception e) {
      simulation.close();
      throw new ExtensionConfigurationException(
          plan.test().network().getSimpleName() + " could not build the network: " + e, e);
    }
  }

  Simulation simulation() {
    return simulation;
  }

  WireLog log() {
    return log;
  }

  // ---- parameters

  static boolean knows(Class<?> type) {
    return type == Simulation.class
        || type == Wire.class
        || type == SimHost.class
        || type == SimLink.class;
  }

  Object argument(Parameter parameter) {
    Class<?> type = parameter.getType();
    if (type == Simulation.class) {
      return simulation;
    }
    if (type == Wire.class) {
      return wire;
    }
    if (type == SimHost.class) {
      Host named = parameter.getAnnotation(Host.class);
      String name = named != null ? named.value() : name(parameter, "@Host(\"client\")");
      return find(simulation.hosts(), h -> h.name().equals(name), "host", name);
    }
    Link named = parameter.getAnnotation(Link.class);
    List<SimLink> links = simulation.links();
    if (named == null && links.size() == 1) {
      return links.getFirst();
    }
    String name = named != null ? named.value() : name(parameter, "@Link(\"client-server\")");
    return find(links, l -> l.name().equals(name), "link", name);
  }

  private static String name(Parameter parameter, String example) {
    if (!parameter.isNamePresent()) {
      throw new ParameterResolutionException(
          "the parameter has no name in the class file: write "
              + example
              + " before it, or compile with -parameters");
    }
    return parameter.getName();
  }

  private static <T> T find(List<T> all, Predicate<T> matches, String kind, String name) {
    for (T t : all) {
      if (matches.test(t)) {
        return t;
      }
    }
    throw new ParameterResolutionException(
        "there is no "
            + kind
            + " \""
            + name
            + "\"; there "
            + (all.isEmpty() ? "is none" : "are " + all));
  }

  // ---- the run

  /** Runs the body and judges the run; what it throws tells how to repeat it. */
  void run(Body body) throws Throwable {
    try {
      if (plan.test().program()) {
        asProgram(body);
      } else {
        body.run();
      }
      after();
    } catch (IncompleteExecutionException e) {
      throw e; // an assumption did not hold
    } catch (Throwable t) {
      if (shrunk) {
        throw t; // somebody only wants to know whether it fails
      }
      throw FailureReport.of(plan, simulation, log, t);
    }
  }

  private void asProgram(Body body) throws Throwable {
    List<SimHost> hosts = simulation.hosts();
    if (hosts.isEmpty()) {
      throw new ExtensionConfigurationException(
          "the network has no host: describe it with @Link, or with @SimTest(network = …), or let the"
              + " body build and drive it with @SimTest(program = false)");
    }
    hosts.getFirst().start("test", () -> perform(body));
    long limit = plan.test().limitSeconds();
    try {
      boolean done = simulation.runUntil(simulation.now() + limit * NANOS, () -> ended);
      if (!done && simulation.now() < limit * NANOS) {
        simulation.run(); // nothing can happen any more: it says who waits where
      }
      if (!done) {
        throw new AssertionError(
            "the test has not ended within " + limit + " s of virtual time (limitSeconds)");
      }
    } catch (SimulationException e) {
      throw failure != null ? failure : e;
    }
    if (failure != null) {
      throw failure;
    }
  }

  /** On the program's thread. */
  private void perform(Body body) throws Exception {
    try {
      body.run();
    } catch (Exception | Error t) {
      failure = t;
      throw t;
    } catch (Throwable t) {
      failure = t;
    } finally {
      ended = true;
    }
  }

  private void after() {
    if (plan.test().finish()) {
      if (plan.test().program()) {
        simulation.run();
      }
      simulation.finish();
    }
    if (plan.test().faultsMustFire() && !shrunk) {
      List<Fault> unfired = simulation.unfiredFaults();
      if (!unfired.isEmpty()) {
        throw new AssertionError(
            "declared faults that have never fired, so that nothing was tested: "
                + String.join(", ", unfired.stream().map(Fault::name).toList())
                + " (faultsMustFire = false, if that is meant)");
      }
    }
  }

  @Override
  public void close() {
    simulation.close();
  }
}
