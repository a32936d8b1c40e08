package dev.sinew.packetdrill;

import org.jspecify.annotations.Nullable;

/** A call that may have to wait: asked again whenever something happened. */
@FunctionalInterface
interface Attempt {
  /** The result, or null as long as the call waits. */
  @Nullable CallResult go() throws StopException;
}
