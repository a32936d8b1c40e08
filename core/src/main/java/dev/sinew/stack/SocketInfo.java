package dev.sinew.stack;

import dev.sinew.base.TcpState;
import dev.sinew.ip.IpAddress;
import dev.sinew.tcp.TcpInfo;
import org.jspecify.annotations.Nullable;

/**
 * One row of {@code ss}.
 *
 * @param transport {@code "tcp"} or {@code "udp"}
 * @param state for UDP, CLOSED or (connected) ESTABLISHED
 * @param receiveQueue unread bytes; of a listener, connections that wait to be accepted
 * @param sendQueue unacknowledged and unsent bytes; of a listener, its backlog
 * @param info the connection's variables, where there is a connection
 * @param timer {@code on}, {@code persist}, {@code keepalive}, {@code timewait} or empty
 * @param timerNanos time until it is due
 */
public record SocketInfo(
    String transport,
    TcpState state,
    long receiveQueue,
    long sendQueue,
    IpAddress localAddress,
    int localPort,
    IpAddress remoteAddress,
    int remotePort,
    String timer,
    long timerNanos,
    int retransmits,
    @Nullable TcpInfo info) {}
