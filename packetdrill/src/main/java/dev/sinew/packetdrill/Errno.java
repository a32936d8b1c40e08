package dev.sinew.packetdrill;

import dev.sinew.base.TcpError;

/** The names that the socket interface gives to {@link TcpError}s. */
final class Errno {
  private Errno() {}

  /** One name for each error; a switch without a default, so that none is forgotten. */
  static String of(TcpError error) {
    return switch (error) {
      case WOULD_BLOCK -> "EAGAIN";
      case IN_PROGRESS -> "EINPROGRESS";
      case ALREADY -> "EALREADY";
      case END_OF_STREAM -> "0";
      case RESET -> "ECONNRESET";
      case REFUSED -> "ECONNREFUSED";
      case TIMED_OUT -> "ETIMEDOUT";
      case PIPE -> "EPIPE";
      case NET_UNREACHABLE -> "ENETUNREACH";
      case HOST_UNREACHABLE -> "EHOSTUNREACH";
      case PORT_UNREACHABLE -> "ECONNREFUSED";
      case PROTOCOL_UNREACHABLE -> "ENOPROTOOPT";
      case MESSAGE_SIZE -> "EMSGSIZE";
      case ADDRESS_IN_USE -> "EADDRINUSE";
      case ADDRESS_NOT_AVAILABLE -> "EADDRNOTAVAIL";
      case ACCESS_DENIED -> "EACCES";
      case INVALID -> "EINVAL";
      case NOT_CONNECTED -> "ENOTCONN";
      case IS_CONNECTED -> "EISCONN";
      case CLOSED -> "EBADF";
      case ABORTED -> "ECONNABORTED";
      case NO_BUFFERS -> "ENOBUFS";
    };
  }

  /** Two names of one number on the system at hand. */
  static boolean same(String a, String b) {
    return canonical(a).equals(canonical(b));
  }

  private static String canonical(String name) {
    return switch (name) {
      case "EWOULDBLOCK" -> "EAGAIN";
      case "EOPNOTSUPP" -> "ENOTSUP";
      default -> name;
    };
  }
}
