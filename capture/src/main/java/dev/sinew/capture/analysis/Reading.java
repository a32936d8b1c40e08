package dev.sinew.capture.analysis;

import java.util.List;

/**
 * What one segment means for the two ends of its connection.
 *
 * @param connection the connection; it goes on changing with later segments
 * @param sender 0 when the client sent it, 1 for the server. The client is who sent the first SYN;
 *     without one, the end with the higher port
 * @param sequence the first sequence number, counted from the connection's beginning
 * @param dataBytes payload as the IP header tells it, captured or not
 * @param notes in the order in which they are worth reading
 * @param steps the states of the ends: the sender's when it sent, the receiver's when the segment
 *     arrives
 */
public record Reading(
    Connection connection,
    int sender,
    long sequence,
    int dataBytes,
    List<Note> notes,
    List<StateStep> steps) {
  /** True when a note of that kind is there. */
  public boolean has(Finding finding) {
    for (Note n : notes) {
      if (n.finding() == finding) {
        return true;
      }
    }
    return false;
  }
}
