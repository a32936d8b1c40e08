package dev.sinew.cli;

import org.jspecify.annotations.Nullable;

/** Echo requests of one ping, and what comes back to them (RFC 792, RFC 4443). */
final class PingMessages {
  private static final int HEADER = 8;

  private final boolean v4;
  private final int identifier;
  private final int size;

  PingMessages(boolean v4, int identifier, int size) {
    this.v4 = v4;
    this.identifier = identifier;
    this.size = size;
  }

  /**
   * Something that concerns one of our requests.
   *
   * @param length of the ICMP message, in bytes
   * @param error what an ICMP error says, or null for an answer
   * @param damaged the answer's data is not the request's
   */
  record Answer(int sequence, int length, @Nullable String error, boolean damaged) {}

  /** A request, without checksum. */
  byte[] request(int sequence) {
    byte[] message = new byte[HEADER + size];
    message[0] = (byte) (v4 ? 8 : 128);
    put16(message, 4, identifier);
    put16(message, 6, sequence);
    for (int i = HEADER; i < message.length; i++) {
      message[i] = pattern(i, sequence);
    }
    return message;
  }

  private static byte pattern(int index, int sequence) {
    return (byte) (index + sequence);
  }

  /** What a message says about a request of ours; null when it is about something else. */
  @Nullable Answer read(byte[] message) {
    if (message.length < HEADER) {
      return null;
    }
    int type = message[0] & 0xff;
    int code = message[1] & 0xff;
    if (type == (v4 ? 0 : 129)) {
      if (get16(message, 4) != identifier) {
        return null;
      }
      int sequence = get16(message, 6);
      boolean damaged = message.length != HEADER + size;
      for (int i = HEADER; i < message.length && !damaged; i++) {
        damaged = message[i] != pattern(i, sequence);
      }
      return new Answer(sequence, message.length, null, damaged);
    }
    String error = v4 ? errorV4(type, code) : errorV6(type, code);
    int at = error == null ? -1 : quotedEcho(message);
    if (at < 0 || get16(message, at + 4) != identifier) {
      return null;
    }
    return new Answer(get16(message, at + 6), message.length, error, false);
  }

  /** Where the echo request begins that an error quotes, or -1. */
  private int quotedEcho(byte[] message) {
    int ip = HEADER;
    if (v4) {
      if (message.length < ip + 20 || message[ip + 9] != 1) {
        return -1;
      }
      int at = ip + 4 * (message[ip] & 15);
      return message.length >= at + HEADER && message[at] == 8 ? at : -1;
    }
    if (message.length < ip + 40 + HEADER) {
      return -1;
    }
    int at = ip + 40;
    int next = message[ip + 6] & 0xff;
    if (next == 44) { // the first fragment of a large request
      next = message[at] & 0xff;
      at += 8;
    }
    return next == 58 && message.length >= at + HEADER && (message[at] & 0xff) == 128 ? at : -1;
  }

  private static @Nullable String errorV4(int type, int code) {
    return switch (type) {
      case 3 ->
          switch (code) {
            case 0 -> "Destination Net Unreachable";
            case 1 -> "Destination Host Unreachable";
            case 2 -> "Destination Protocol Unreachable";
            case 3 -> "Destination Port Unreachable";
            case 4 -> "Frag needed and DF set";
            case 9, 10, 13 -> "Packet filtered";
            default -> "Destination Unreachable, code " + code;
          };
      case 11 -> code == 0 ? "Time to live exceeded" : "Frag reassembly time exceeded";
      case 12 -> "Parameter problem";
      default -> null;
    };
  }

  private static @Nullable String errorV6(int type, int code) {
    return switch (type) {
      case 1 ->
          switch (code) {
            case 0 -> "Destination unreachable: No route";
            case 1 -> "Destination unreachable: Administratively prohibited";
            case 3 -> "Destination unreachable: Address unreachable";
            case 4 -> "Destination unreachable: Port unreachable";
            default -> "Destination unreachable, code " + code;
          };
      case 2 -> "Packet too big";
      case 3 -> code == 0 ? "Time exceeded: Hop limit" : "Time exceeded: Defragmentation";
      case 4 -> "Parameter problem";
      default -> null;
    };
  }

  private static void put16(byte[] bytes, int at, int value) {
    bytes[at] = (byte) (value >> 8);
    bytes[at + 1] = (byte) value;
  }

  private static int get16(byte[] bytes, int at) {
    return (bytes[at] & 0xff) << 8 | bytes[at + 1] & 0xff;
  }
}
