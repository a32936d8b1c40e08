package dev.sinew.capture.analysis;

import dev.sinew.base.TcpState;

/**
 * One end's change of state, as it follows from the segments: nobody has looked into the end.
 *
 * @param end 0 for the client, 1 for the server, as {@link Reading#sender}
 */
public record StateStep(int end, TcpState from, TcpState to) {}
