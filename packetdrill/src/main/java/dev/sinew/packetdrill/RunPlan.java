package dev.sinew.packetdrill;

/**
 * What is fixed for one run of a script.
 *
 * @param mss inbound payload larger than this arrives as a train of segments; 0: never
 * @param strict echoes are compared and packets left over fail
 * @param clockAhead how far the stack's clock is ahead of the script's, nanoseconds
 * @param remoteShift added to the peer's sequence numbers
 * @param remoteTimestampShift added to the peer's timestamps
 */
record RunPlan(
    boolean v4,
    int mtu,
    int mss,
    long toleranceNanos,
    double tolerancePercent,
    boolean joinSegments,
    boolean strict,
    boolean freebsd,
    long clockAhead,
    int remoteShift,
    int remoteTimestampShift,
    Recording recording) {}
