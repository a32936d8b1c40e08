package dev.sinew.capture.analysis;

/** What can be said of a segment, beside what stands in it. */
public enum Finding {
  /** A request to open, or its answer. */
  SYN,
  /** The end of one direction. */
  FIN,
  /** The connection is aborted, refused, or somebody tries to. */
  RST,
  /** Acknowledges bytes, a SYN or a FIN for the first time. */
  ACKNOWLEDGES,
  /** Acknowledges nothing new while something is under way (RFC 5681 section 2). */
  DUPLICATE_ACK,
  /** Carries sequence numbers that were sent before. */
  RETRANSMISSION,
  /** A retransmission after three duplicate ACKs or a SACK, sooner than a timer would fire. */
  FAST_RETRANSMISSION,
  /** A retransmission of what had been acknowledged already. */
  NEEDLESS_RETRANSMISSION,
  /** The same packet once more: the network doubled it. */
  DUPLICATE,
  /** Fills a gap that an earlier segment left: the network reordered. */
  OUT_OF_ORDER,
  /** Something before it was not seen: lost, overtaken, or missed by the capture. */
  GAP,
  /** The sender can take nothing for now. */
  ZERO_WINDOW,
  /** The window opens. */
  WINDOW_UPDATE,
  /** Asks whether the window is still shut (RFC 9293 section 3.8.6.1). */
  ZERO_WINDOW_PROBE,
  /** Asks whether the peer is still there (RFC 9293 section 3.8.4). */
  KEEPALIVE,
  /** Fills the peer's window to the last byte. */
  WINDOW_FULL,
  /** Names pieces that arrived beyond a gap (RFC 2018). */
  SACK,
  /** Names bytes that arrived twice (RFC 2883). */
  DUPLICATE_SACK,
  /** Acknowledges what was not seen: the capture lacks packets. */
  ACK_OF_UNSEEN,
  /** The checksum is only begun: the network card will complete it. Not corruption. */
  CHECKSUM_OFFLOAD,
  /** The checksum is wrong: the receiver drops the segment. */
  BAD_CHECKSUM,
  /** A combination of flags that no honest end sends. */
  ODD_FLAGS,
  /** The network's congestion is told to the sender, or its reaction to the receiver. */
  ECN,
  /** Whatever else is worth saying. */
  REMARK
}
