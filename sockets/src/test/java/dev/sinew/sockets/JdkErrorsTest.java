package dev.sinew.sockets;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.TcpError;
import dev.sinew.sockets.JdkErrors.Operation;
import java.io.IOException;
import java.net.PortUnreachableException;
import java.net.SocketException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class JdkErrorsTest {
  @ParameterizedTest
  @EnumSource
  void every_error_has_an_exception_in_every_operation(TcpError error) {
    for (Operation operation : Operation.values()) {
      IOException e = JdkErrors.of(error, operation);
      assertThat(e).as("%s in %s", error, operation).isInstanceOf(SocketException.class);
      if (!(e instanceof PortUnreachableException)) {
        assertThat(e.getMessage()).as("%s in %s", error, operation).isNotBlank();
      }
      assertThat(JdkErrors.of(error.code(), operation))
          .hasSameClassAs(e)
          .hasMessage(e.getMessage());
    }
  }

  @ParameterizedTest
  @EnumSource
  void streams_that_are_open_know_only_socket_exceptions(TcpError error) {
    assertThat(JdkErrors.of(error, Operation.READ)).isExactlyInstanceOf(SocketException.class);
    assertThat(JdkErrors.of(error, Operation.WRITE)).isExactlyInstanceOf(SocketException.class);
  }

  @ParameterizedTest
  @CsvSource({
    "REFUSED, CONNECT, java.net.ConnectException, Connection refused",
    "TIMED_OUT, CONNECT, java.net.ConnectException, Connection timed out",
    "HOST_UNREACHABLE, CONNECT, java.net.NoRouteToHostException, No route to host",
    "NET_UNREACHABLE, CONNECT, java.net.SocketException, Network is unreachable",
    "RESET, CONNECT, java.net.SocketException, Connection reset by peer",
    "ACCESS_DENIED, CONNECT, java.net.BindException, Permission denied",
    "ADDRESS_NOT_AVAILABLE, CONNECT, java.net.BindException, Cannot assign requested address",
    "ADDRESS_IN_USE, BIND, java.net.BindException, Address already in use",
    "ADDRESS_NOT_AVAILABLE, BIND, java.net.BindException, Cannot assign requested address",
    "ACCESS_DENIED, BIND, java.net.BindException, Permission denied",
    "RESET, READ, java.net.SocketException, Connection reset",
    "TIMED_OUT, READ, java.net.SocketException, Connection timed out",
    "HOST_UNREACHABLE, READ, java.net.SocketException, No route to host",
    "CLOSED, READ, java.net.SocketException, Socket closed",
    "RESET, WRITE, java.net.SocketException, Connection reset by peer",
    "PIPE, WRITE, java.net.SocketException, Broken pipe",
    "PIPE, URGENT, java.net.SocketException, Broken pipe",
    "TIMED_OUT, WRITE, java.net.SocketException, Connection timed out",
    "MESSAGE_SIZE, SEND, java.net.SocketException, Message too long",
    "NET_UNREACHABLE, SEND, java.net.SocketException, Network is unreachable",
    "NET_UNREACHABLE, ASSOCIATE, java.net.SocketException, Network is unreachable",
    "HOST_UNREACHABLE, SEND, java.net.NoRouteToHostException, No route to host",
    "ACCESS_DENIED, SEND, java.net.BindException, Permission denied",
    "REFUSED, RECEIVE, java.net.PortUnreachableException,",
    "PORT_UNREACHABLE, RECEIVE, java.net.PortUnreachableException,",
    "PORT_UNREACHABLE, SEND, java.net.PortUnreachableException,",
  })
  void the_exceptions_are_those_of_the_jdk(
      TcpError error, Operation operation, Class<?> type, String message) {
    assertThat(JdkErrors.of(error, operation)).isExactlyInstanceOf(type).hasMessage(message);
  }

  @Test
  void a_result_that_is_no_error_code_is_told_as_such() {
    assertThat(JdkErrors.of(7, Operation.READ))
        .isExactlyInstanceOf(SocketException.class)
        .hasMessageContaining("7");
  }
}
