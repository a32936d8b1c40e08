package dev.sinew.tcp.congestion;

/**
 * A controller of which, after a pause of a minute, window and threshold are all that is worth
 * keeping: it may be dropped meanwhile, and another one goes on.
 */
public interface Resumable {
  /**
   * Goes on where another controller stopped, after {@link CongestionControl#start}; sizes are
   * bytes. What a pause means for the window is for {@link CongestionControl#onIdleRestart} to say.
   */
  void resume(long window, long threshold);
}
