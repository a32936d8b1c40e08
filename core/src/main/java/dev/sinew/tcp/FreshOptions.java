package dev.sinew.tcp;

import dev.sinew.base.Profile;
import dev.sinew.ip.StackContext;
import org.jspecify.annotations.Nullable;

/** The options that endpoints begin with: one object for all of them, until they set one. */
final class FreshOptions {
  private @Nullable SocketOptions options;
  private @Nullable TcpDefaults defaults;
  private @Nullable Profile profile;

  SocketOptions of(TcpDefaults defaults, StackContext context) {
    SocketOptions o = options;
    if (o == null || defaults != this.defaults || context.profile != profile) {
      o = new SocketOptions(defaults, context.profile, context.limits);
      this.defaults = defaults;
      profile = context.profile;
      options = o;
    }
    return o.share();
  }
}
