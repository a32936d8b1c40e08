package dev.sinew.packetdrill;

import org.jspecify.annotations.Nullable;

/**
 * What is fixed for one run of a script.
 *
 * @param mss inbound payload larger than this arrives as a train of segments; 0: never
 * @param fragmentBytes inbound packets that carry more than this come in fragments, the last first;
 *     0: never
 * @param strict echoes are compared and packets left over fail
 * @param timestampTicks how many milliseconds outbound timestamps may be off; -1: never compared
 * @param clockAhead how far the stack's clock is ahead of the script's, nanoseconds
 * @param remoteShift added to the peer's sequence numbers
 * @param remoteTimestampShift added to the peer's timestamps
 * @param impostor what answers in the stack's place, or null
 */
record RunPlan(
    boolean v4,
    int mtu,
    int mss,
    int fragmentBytes,
    long toleranceNanos,
    double tolerancePercent,
    boolean joinSegments,
    boolean strict,
    boolean freebsd,
    long timestampTicks,
    long clockAhead,
    int remoteShift,
    int remoteTimestampShift,
    Recording recording,
    @Nullable Impostor impostor) {}
