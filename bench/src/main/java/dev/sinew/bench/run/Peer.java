package dev.sinew.bench.run;

import dev.sinew.sockets.PollMode;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Whose TCP serves: the rows of one cell. The first is what the others are divided by. */
enum Peer {
  KERNEL("kernel", null),
  SINEW("sinew", PollMode.ADAPTIVE),
  SINEW_BLOCK("sinew-block", PollMode.BLOCK),
  SINEW_SPIN("sinew-spin", PollMode.SPIN),
  LWIP("lwip", null);

  final String label;
  final @Nullable PollMode mode;

  Peer(String label, @Nullable PollMode mode) {
    this.label = label;
    this.mode = mode;
  }

  /** Takes a processor even when nobody asks, so it may run during its own turns only. */
  boolean spins() {
    return mode == PollMode.SPIN;
  }

  /** The arguments of {@link ServerMain}. */
  String modeName() {
    return mode == null ? label : mode.name().toLowerCase(Locale.ROOT);
  }
}
