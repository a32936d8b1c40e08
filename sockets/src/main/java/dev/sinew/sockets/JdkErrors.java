package dev.sinew.sockets;

import dev.sinew.base.TcpError;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.PortUnreachableException;
import java.net.SocketException;

/**
 * The table that turns {@link TcpError} into the exceptions of the JDK's own sockets on Linux: the
 * class that sun.nio.ch gives to the same errno in the same operation, and its text.
 */
final class JdkErrors {
  private JdkErrors() {}

  /** What was being done. */
  enum Operation {
    CONNECT,
    BIND,
    ACCEPT,
    READ,
    WRITE,
    URGENT,
    OPTION,
    /** Connect of a datagram socket. */
    ASSOCIATE,
    SEND,
    RECEIVE
  }

  /** The exception for a call's negative result. */
  static IOException of(long result, Operation operation) {
    TcpError e = TcpError.of(result);
    return e == null ? new SocketException("unexpected result " + result) : of(e, operation);
  }

  /** The exception for an error; never null. */
  static IOException of(TcpError error, Operation operation) {
    String text = text(error, operation);
    return switch (operation) {
      // Reads and writes of a stream are all SocketExceptions.
      case READ, WRITE -> new SocketException(text);
      case SEND, RECEIVE ->
          switch (error) {
            // ECONNREFUSED on a datagram socket; the JDK gives it no text.
            case PORT_UNREACHABLE, REFUSED -> new PortUnreachableException();
            default -> byErrno(error, text);
          };
      default -> byErrno(error, text);
    };
  }

  /** As the JDK maps errno where it has no reason to do otherwise. */
  private static IOException byErrno(TcpError error, String text) {
    return switch (error) {
      case REFUSED, PORT_UNREACHABLE, TIMED_OUT, NOT_CONNECTED -> new ConnectException(text);
      case HOST_UNREACHABLE -> new NoRouteToHostException(text);
      case ADDRESS_IN_USE, ADDRESS_NOT_AVAILABLE, ACCESS_DENIED -> new BindException(text);
      default -> new SocketException(text);
    };
  }

  private static String text(TcpError error, Operation operation) {
    return switch (error) {
      case RESET -> operation == Operation.READ ? "Connection reset" : "Connection reset by peer";
      // Linux's ECONNREFUSED is both.
      case PORT_UNREACHABLE -> TcpError.REFUSED.text();
      case ABORTED -> "Software caused connection abort";
      case WOULD_BLOCK -> "Resource temporarily unavailable";
      default -> error.text();
    };
  }
}
