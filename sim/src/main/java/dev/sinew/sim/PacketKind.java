package dev.sinew.sim;

import dev.sinew.wire.Bytes;
import java.util.function.Predicate;

/**
 * A kind of packet, in the words of a {@link FaultPlan}.
 *
 * @param word one of {@link #WORDS}
 * @param value what follows {@code larger} (bytes) and {@code port}; else 0
 */
public record PacketKind(String word, int value) {
  /** What a kind can be. */
  public static final String WORDS =
      "packet, data, syn, synack, ack, fin, rst, tcp, udp, icmp, fragment, larger BYTES or port NUMBER";

  /** Checks the word. */
  public PacketKind {
    predicate(word, value);
  }

  static PacketKind read(SpecWords words) {
    String word = words.take("a kind of packet: " + WORDS);
    if (word.equals("larger") || word.equals("port")) {
      return new PacketKind(word, words.number(0, 65_535));
    }
    try {
      return new PacketKind(word, 0);
    } catch (IllegalArgumentException e) {
      throw words.wrong("a kind of packet: " + WORDS);
    }
  }

  /** Whether a packet is of this kind. {@code ack} means a segment that is nothing else. */
  public Predicate<PacketView> matches() {
    return predicate(word, value);
  }

  private static Predicate<PacketView> predicate(String word, int value) {
    return switch (word) {
      case "packet" -> p -> true;
      case "data" -> PacketView::isData;
      case "syn" -> PacketView::isSyn;
      case "synack" -> PacketView::isSynAck;
      case "ack" -> PacketView::isPureAck;
      case "fin" -> PacketView::isFin;
      case "rst" -> PacketView::isRst;
      case "tcp" -> PacketView::isTcp;
      case "udp" -> PacketView::isUdp;
      case "icmp" -> PacketView::isIcmp;
      case "fragment" -> PacketView::isFragment;
      case "larger" -> p -> p.length() > value;
      case "port" ->
          p ->
              (p.isTcp() || (p.isUdp() && !p.isFragment() && p.ip().payloadLength >= 4))
                  && (port(p, 0) == value || port(p, 2) == value);
      default -> throw new IllegalArgumentException("\"" + word + "\": expected " + WORDS);
    };
  }

  private static int port(PacketView p, int at) {
    return Bytes.u16(p.memory(), p.ip().payloadOffset + at);
  }

  @Override
  public String toString() {
    return word.equals("larger") || word.equals("port") ? word + " " + value : word;
  }
}
