package dev.sinew.tcp;

import dev.sinew.ip.StackContext;
import org.jspecify.annotations.Nullable;

/** What a stack keeps for Fast Open; most keep nothing, and draw no secret for it. */
final class FastOpenState {
  private final StackContext context;
  private @Nullable FastOpenCookies cookies;
  private @Nullable FastOpenCache cache;

  FastOpenState(StackContext context) {
    this.context = context;
  }

  /** Those that our listeners hand out. */
  FastOpenCookies cookies() {
    FastOpenCookies made = cookies;
    if (made == null) {
      made = new FastOpenCookies(context);
      cookies = made;
    }
    return made;
  }

  /** Forgets what servers have told. */
  void forgetServers() {
    cache = null;
  }

  /** What we know of servers. */
  FastOpenCache servers() {
    FastOpenCache made = cache;
    if (made == null) {
      made = new FastOpenCache(context.limits.fastOpenServers());
      cache = made;
    }
    return made;
  }
}
