package dev.sinew.observe;

/** Why a packet or segment was not taken. Each has words for a person. */
public enum DropReason {
  NOT_IP("not IP"),
  TRUNCATED("truncated"),
  BAD_HEADER("bad IP header"),
  IP_CHECKSUM("bad IP checksum"),
  MARTIAN("martian address"),
  NOT_MINE("not our address"),
  NO_ROUTE("no route"),
  TTL_EXCEEDED("TTL exceeded"),
  PACKET_TOO_BIG("packet too big"),
  UNKNOWN_PROTOCOL("unknown protocol"),
  BAD_EXTENSION_HEADER("bad extension header"),
  FRAGMENT("bad fragment"),
  FRAGMENT_OVERLAP("overlapping fragments"),
  FRAGMENT_LIMIT("fragment limit"),
  TRANSPORT_HEADER("bad transport header"),
  TRANSPORT_CHECKSUM("bad checksum"),
  BAD_OPTION("malformed TCP option"),
  SIGNATURE("signature missing or wrong"),
  NO_SOCKET("no socket"),
  SOCKET_BUFFER("receive buffer full"),
  NOT_FOR_UNICAST("broadcast or multicast"),
  SYN_FLAGS("impossible flags"),
  DEFERRED("waits for data"),
  BACKLOG_FULL("accept queue full"),
  SYN_BACKLOG_FULL("SYN queue full"),
  CONNECTION_LIMIT("connection limit"),
  PAWS("PAWS: old timestamp"),
  MISSING_TIMESTAMP("timestamp missing"),
  OUT_OF_WINDOW("outside the window"),
  RST_OUT_OF_WINDOW("RST outside the window"),
  RST_NOT_EXACT("RST not at RCV.NXT: challenge"),
  RST_IN_TIME_WAIT("RST in TIME-WAIT ignored"),
  SYN_IN_WINDOW("SYN on a connection: challenge"),
  BAD_ACK("unacceptable ACK"),
  OLD_ACK("old ACK"),
  NO_ACK("no ACK flag"),
  AFTER_CLOSE("data after close"),
  OUT_OF_ORDER_LIMIT("out-of-order limit"),
  ZERO_WINDOW("zero window"),
  MEMORY("memory limit"),
  RATE_LIMIT("rate limit"),
  TX_QUEUE_FULL("transmit queue full"),
  NEIGHBOR_UNREACHABLE("neighbour unreachable"),
  NEIGHBOR_QUEUE("too many wait for the neighbour's address");

  private final String text;

  DropReason(String text) {
    this.text = text;
  }

  /** A few words for a trace line. */
  public String text() {
    return text;
  }
}
