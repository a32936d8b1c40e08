package dev.sinew.sockets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/**
 * What sockets throw where routes are missing and peers silent, the same over the kernel and over a
 * stack.
 */
enum Failure {
  CONNECT_NO_ROUTE_V4("connect no route v4", "java.net.SocketException: Network is unreachable"),
  CONNECT_NO_ROUTE_V6("connect no route v6", "java.net.SocketException: Network is unreachable"),
  SEND_NO_ROUTE("send no route", "java.net.SocketException: Network is unreachable"),
  ASSOCIATE_NO_ROUTE("associate no route", "java.net.SocketException: Network is unreachable"),
  CONNECT_UNREACHABLE("connect unreachable", "java.net.NoRouteToHostException: No route to host"),
  SEND_UNREACHABLE("send unreachable", "java.net.NoRouteToHostException: No route to host"),
  CONNECT_PROHIBITED("connect prohibited", "java.net.BindException: Permission denied"),
  SEND_BROADCAST("send broadcast", "java.net.BindException: Permission denied"),
  CONNECT_SILENT("connect silent", "java.net.ConnectException: Connection timed out"),
  READ_UNACKNOWLEDGED("read unacknowledged", "java.net.SocketException: Connection timed out"),
  READ_AGAIN("read again", "nothing"),
  WRITE_UNACKNOWLEDGED("write unacknowledged", "java.net.SocketException: Connection timed out"),
  WRITE_AFTERWARDS("write afterwards", "java.net.SocketException: Broken pipe");

  /** The case as KernelOracle names it. */
  final String text;

  /** Class and message. */
  final String outcome;

  Failure(String text, String outcome) {
    this.text = text;
    this.outcome = outcome;
  }

  void isThrownBy(ThrowingCallable call) {
    Throwable e = catchThrowable(call);
    assertThat(e == null ? "nothing" : e.getClass().getName() + ": " + e.getMessage())
        .as(text)
        .isEqualTo(outcome);
  }
}
