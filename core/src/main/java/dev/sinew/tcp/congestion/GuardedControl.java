package dev.sinew.tcp.congestion;

import dev.sinew.base.Counter;
import dev.sinew.base.Counters;
import dev.sinew.base.EntropySource;
import dev.sinew.base.Profile;
import java.util.Objects;

/**
 * A controller from outside. When it throws, Reno takes its place with the initial window. What it
 * answers is held to what cannot stall a connection: a window of one segment at least, no negative
 * pace.
 */
final class GuardedControl implements CongestionControl {
  private final Profile profile;
  private final Counters counters;
  private CongestionControl inner;
  private int mss = 536;
  private long initialWindow = 10 * 536;

  GuardedControl(
      CongestionControls.Factory factory,
      Profile profile,
      EntropySource entropy,
      Counters counters) {
    this.profile = profile;
    this.counters = counters;
    this.inner = make(factory, entropy);
  }

  private CongestionControl make(CongestionControls.Factory factory, EntropySource entropy) {
    try {
      return Objects.requireNonNull(factory.create(profile, entropy));
    } catch (RuntimeException | StackOverflowError e) {
      counters.inc(Counter.SinewControllerFailures);
      return reno();
    }
  }

  private Reno reno() {
    return new Reno(profile.pacing(), profile.hyStart());
  }

  private void replace(Throwable why) {
    if (inner instanceof Reno) {
      throw new IllegalStateException(why); // Ours: a bug, not a plug-in.
    }
    counters.inc(Counter.SinewControllerFailures);
    inner = reno();
    inner.start(mss, initialWindow);
  }

  @Override
  public String name() {
    try {
      return inner.name();
    } catch (RuntimeException | StackOverflowError e) {
      replace(e);
      return inner.name();
    }
  }

  @Override
  public long window() {
    try {
      return Math.max(inner.window(), mss);
    } catch (RuntimeException | StackOverflowError e) {
      replace(e);
      return inner.window();
    }
  }

  @Override
  public long threshold() {
    try {
      return inner.threshold();
    } catch (RuntimeException | StackOverflowError e) {
      replace(e);
      return inner.threshold();
    }
  }

  @Override
  public long pacingRate() {
    try {
      return Math.max(inner.pacingRate(), 0);
    } catch (RuntimeException | StackOverflowError e) {
      replace(e);
      return inner.pacingRate();
    }
  }

  @Override
  public boolean wantsRate() {
    try {
      return inner.wantsRate();
    } catch (RuntimeException | StackOverflowError e) {
      replace(e);
      return inner.wantsRate();
    }
  }

  @Override
  public boolean usesRateReduction() {
    try {
      return inner.usesRateReduction();
    } catch (RuntimeException | StackOverflowError e) {
      replace(e);
      return inner.usesRateReduction();
    }
  }

  @Override
  public void start(int mss, long initialWindow) {
    this.mss = mss;
    this.initialWindow = initialWindow;
    try {
      inner.start(mss, initialWindow);
    } catch (RuntimeException | StackOverflowError e) {
      replace(e);
    }
  }

  @Override
  public void onAck(AckSample ack) {
    try {
      inner.onAck(ack);
    } catch (RuntimeException | StackOverflowError e) {
      replace(e);
    }
  }

  @Override
  public void onCongestion(Cause cause, long inFlight, long now) {
    try {
      inner.onCongestion(cause, inFlight, now);
    } catch (RuntimeException | StackOverflowError e) {
      replace(e);
    }
  }

  @Override
  public void onRepeatedTimeout() {
    try {
      inner.onRepeatedTimeout();
    } catch (RuntimeException | StackOverflowError e) {
      replace(e);
    }
  }

  @Override
  public void onRecovered(long inFlight) {
    try {
      inner.onRecovered(inFlight);
    } catch (RuntimeException | StackOverflowError e) {
      replace(e);
    }
  }

  @Override
  public void onUndo(long inFlight) {
    try {
      inner.onUndo(inFlight);
    } catch (RuntimeException | StackOverflowError e) {
      replace(e);
    }
  }

  @Override
  public void onIdleRestart() {
    try {
      inner.onIdleRestart();
    } catch (RuntimeException | StackOverflowError e) {
      replace(e);
    }
  }

  @Override
  public void onTransmitAfterIdle(long now) {
    try {
      inner.onTransmitAfterIdle(now);
    } catch (RuntimeException | StackOverflowError e) {
      replace(e);
    }
  }

  @Override
  public void mss(int bytes) {
    this.mss = bytes;
    try {
      inner.mss(bytes);
    } catch (RuntimeException | StackOverflowError e) {
      replace(e);
    }
  }
}
