package dev.sinew.ip;

import dev.sinew.base.ArrivalBlock;
import dev.sinew.base.BufferPool;
import dev.sinew.base.Counters;
import dev.sinew.base.EntropySource;
import dev.sinew.base.Limits;
import dev.sinew.base.Profile;
import dev.sinew.base.ReadyList;
import dev.sinew.base.TimerHeap;
import dev.sinew.observe.Observer;

/** What the layers of one stack share. */
public final class StackContext {
  public final EntropySource entropy;
  public final BufferPool pool;
  public final ArrivalBlock arrival;
  public final Limits limits;
  public final Counters counters;
  public final TimerHeap timers = new TimerHeap();
  public final ReadyList readyList = new ReadyList();

  /** Never null; silent when nobody listens. */
  public final Observer observer;

  /** The resolution of the driver's clock in nanoseconds; may be replaced between events. */
  public long clockResolutionNanos;

  /**
   * The latest time that the stack was told, in nanoseconds; for calls of applications, which bring
   * no time of their own.
   */
  public long now;

  /** May be replaced between events. */
  public Profile profile;

  public StackContext(
      EntropySource entropy,
      BufferPool pool,
      Limits limits,
      Profile profile,
      Observer observer,
      Counters counters,
      long clockResolutionNanos) {
    this.entropy = entropy;
    this.pool = pool;
    this.arrival = new ArrivalBlock(pool);
    this.limits = limits;
    this.profile = profile;
    this.observer = observer;
    this.counters = counters;
    this.clockResolutionNanos = clockResolutionNanos;
  }

  /** The same with counters of its own. */
  public StackContext(
      EntropySource entropy,
      BufferPool pool,
      Limits limits,
      Profile profile,
      Observer observer,
      long clockResolutionNanos) {
    this(entropy, pool, limits, profile, observer, new Counters(), clockResolutionNanos);
  }
}
