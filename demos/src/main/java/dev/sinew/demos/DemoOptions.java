package dev.sinew.demos;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * How a demo is run.
 *
 * @param seed everything random follows from it; the same seed gives the same run to the last bit
 * @param json print one JSON object instead of text
 * @param pcap write what the first host sends and receives to this file, as pcapng; null for none
 * @param ascii draw with ASCII characters alone
 */
public record DemoOptions(long seed, boolean json, @Nullable Path pcap, boolean ascii) {
  /** Seed 1, as text, without a capture. */
  public static final DemoOptions DEFAULT = new DemoOptions(1, false, null, false);
}
