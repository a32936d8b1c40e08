package dev.sinew.sim.sweep;

import dev.sinew.base.Profile;
import dev.sinew.sim.FaultPlan;
import dev.sinew.sim.FaultSpec;
import dev.sinew.sim.Shrinker;
import dev.sinew.sim.SimMemory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Runs many seeds on all cores: {@link RandomNetwork}s, or anything else that follows from a seed.
 * Ends after a count of seeds, a time, or a number of failures; then the faults of the first
 * failing seed are shrunk to those that are needed.
 *
 * <pre>
 *   Sweep.Summary s = Sweep.networks().budgetNanos(600_000_000_000L).progress(p -> …).run();
 * </pre>
 *
 * <p>What a seed does depends on nothing but the seed; which seeds are reached within a time
 * depends on the machine.
 */
public final class Sweep {
  /** How often {@link #progress} is told. */
  private static final long PROGRESS_NANOS = 1_000_000_000L;

  private static final int SHRINK_RUNS = 200;

  /** Something that follows from a seed. */
  public interface Scenario {
    /** The faults that belong to the seed. */
    FaultPlan faults(long seed);

    /**
     * Runs the seed with faults, which are its own or fewer.
     *
     * @throws AssertionError when something is wrong
     */
    RandomNetwork.Result run(long seed, FaultPlan faults, SimMemory memory, String replay);

    /** What the seed is, in a few lines. */
    String description(long seed);
  }

  /**
   * How far a sweep is.
   *
   * @param seedCount seeds that have ended
   * @param segmentCount packets that ends have put on links
   * @param packetCount the same with what routers have passed on
   * @param firedFaultCount how often faults have fired
   * @param virtualNanos the sum of all virtual times
   * @param realNanos real time since the beginning
   * @param failureCount seeds that have failed
   */
  public record Progress(
      long seedCount,
      long segmentCount,
      long packetCount,
      long firedFaultCount,
      long virtualNanos,
      long realNanos,
      int failureCount) {
    /** One line for people. */
    @Override
    public String toString() {
      return seedCount
          + " seeds, "
          + segmentCount
          + " segments, "
          + failureCount
          + " failures in "
          + realNanos / 1_000_000_000
          + " s ("
          + segmentCount * 1_000_000_000L / Math.max(1, realNanos)
          + " segments a second)";
    }
  }

  /**
   * A seed that failed.
   *
   * @param message what was wrong, with the replay line and the last packets
   * @param faults the seed's faults
   * @param needed those of them without which it does not fail; the same where it was not shrunk
   * @param description what the seed is
   */
  public record Failure(
      long seed, String message, FaultPlan faults, FaultPlan needed, String description) {}

  /**
   * How a sweep ended.
   *
   * @param failures the lowest seed first
   */
  public record Summary(Progress total, List<Failure> failures) {
    /** True when no seed failed. */
    public boolean passed() {
      return failures.isEmpty();
    }
  }

  private final Scenario scenario;
  private long firstSeed = 1;
  private long seeds = Long.MAX_VALUE;
  private long budgetNanos = Long.MAX_VALUE;
  private int threads = Runtime.getRuntime().availableProcessors();
  private int mostFailures = 1;
  private boolean shrink = true;
  private String command = "sinew sweep";
  private Consumer<Progress> progress = p -> {};

  private final Object lock = new Object();
  private final AtomicLong next = new AtomicLong();
  private long began;
  private long seedCount;
  private long segmentCount;
  private long packetCount;
  private long firedCount;
  private long virtualNanos;
  private final List<Failure> failures = new ArrayList<>();

  private Sweep(Scenario scenario) {
    this.scenario = scenario;
  }

  /** A sweep over anything; to be run once. */
  public static Sweep of(Scenario scenario) {
    return new Sweep(scenario);
  }

  /** A sweep over random networks of every profile; to be run once. */
  public static Sweep networks() {
    return networks(null);
  }

  /** A sweep over random networks whose hosts start from one profile; null for any. */
  public static Sweep networks(@Nullable Profile only) {
    return of(
        new Scenario() {
          @Override
          public FaultPlan faults(long seed) {
            return RandomNetwork.of(seed, only).faults();
          }

          @Override
          public RandomNetwork.Result run(
              long seed, FaultPlan faults, SimMemory memory, String replay) {
            return RandomNetwork.of(seed, only).run(faults, memory, replay);
          }

          @Override
          public String description(long seed) {
            return RandomNetwork.of(seed, only).description();
          }
        });
  }

  /** The first seed; 1 by default. */
  public Sweep first(long seed) {
    firstSeed = seed;
    return this;
  }

  /** How many seeds; without end by default. */
  public Sweep seeds(long count) {
    seeds = count;
    return this;
  }

  /** No seed begins after this much real time; without end by default. */
  public Sweep budgetNanos(long nanos) {
    budgetNanos = nanos;
    return this;
  }

  /** How many threads; as many as there are cores by default. */
  public Sweep threads(int count) {
    threads = count;
    return this;
  }

  /** No seed begins after so many failures; 1 by default. */
  public Sweep mostFailures(int count) {
    mostFailures = count;
    return this;
  }

  /** Whether the first failing seed's faults are shrunk; they are by default. */
  public Sweep shrink(boolean on) {
    shrink = on;
    return this;
  }

  /**
   * The command that repeats a seed is this and {@code --first SEED --seeds 1}; {@code sinew sweep}
   * by default.
   */
  public Sweep command(String text) {
    command = text;
    return this;
  }

  /** Who hears how far it is, about once a second and at the end, on some thread. */
  public Sweep progress(Consumer<Progress> listener) {
    progress = listener;
    return this;
  }

  /** Runs to the end. */
  public Summary run() throws InterruptedException {
    if (seeds == Long.MAX_VALUE && budgetNanos == Long.MAX_VALUE) {
      throw new IllegalStateException("a sweep needs a number of seeds or a time");
    }
    began = System.nanoTime();
    List<Thread> workers = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      workers.add(Thread.ofPlatform().name("sweep-" + i).start(this::work));
    }
    try {
      for (Thread t : workers) {
        while (!t.join(Duration.ofNanos(PROGRESS_NANOS))) {
          progress.accept(total());
        }
      }
    } finally {
      next.set(Long.MAX_VALUE / 2);
    }
    failures.sort(Comparator.comparingLong(Failure::seed));
    if (shrink && !failures.isEmpty()) {
      failures.set(0, shrunk(failures.getFirst()));
    }
    Progress total = total();
    progress.accept(total);
    return new Summary(total, List.copyOf(failures));
  }

  private Progress total() {
    synchronized (lock) {
      return new Progress(
          seedCount,
          segmentCount,
          packetCount,
          firedCount,
          virtualNanos,
          System.nanoTime() - began,
          failures.size());
    }
  }

  private void work() {
    SimMemory memory = new SimMemory();
    while (System.nanoTime() - began < budgetNanos) {
      long n = next.getAndIncrement();
      if (n >= seeds || tooManyFailures()) {
        return;
      }
      long seed = firstSeed + n;
      try {
        RandomNetwork.Result r = scenario.run(seed, scenario.faults(seed), memory, replay(seed));
        synchronized (lock) {
          seedCount++;
          segmentCount += r.segmentCount();
          packetCount += r.packetCount();
          firedCount += r.firedFaults();
          virtualNanos += r.virtualNanos();
        }
      } catch (AssertionError | RuntimeException e) {
        memory = new SimMemory();
        FaultPlan faults = scenario.faults(seed);
        synchronized (lock) {
          seedCount++;
          failures.add(new Failure(seed, message(e), faults, faults, scenario.description(seed)));
        }
      }
    }
  }

  private boolean tooManyFailures() {
    synchronized (lock) {
      return failures.size() >= mostFailures;
    }
  }

  private String replay(long seed) {
    return command + " --first " + seed + " --seeds 1";
  }

  private static String message(Throwable e) {
    String text = e.getMessage();
    StackTraceElement[] trace = e.getStackTrace();
    return e instanceof AssertionError && text != null
        ? text
        : e + (trace.length == 0 ? "" : " at " + trace[0]);
  }

  private Failure shrunk(Failure f) {
    Shrinker<FaultSpec> shrinker =
        new Shrinker<>(faults -> fails(f.seed, new FaultPlan(faults)), SHRINK_RUNS);
    return new Failure(
        f.seed,
        f.message,
        f.faults,
        new FaultPlan(shrinker.shrink(f.faults.faults())),
        f.description);
  }

  private boolean fails(long seed, FaultPlan faults) {
    try {
      scenario.run(seed, faults, new SimMemory(), replay(seed));
      return false;
    } catch (AssertionError | RuntimeException e) {
      return true;
    }
  }
}
