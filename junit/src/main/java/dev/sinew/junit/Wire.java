package dev.sinew.junit;

import dev.sinew.capture.FilterException;
import dev.sinew.capture.PacketFilter;
import dev.sinew.capture.analysis.Finding;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;

/**
 * What has happened on the links of a {@link SimTest} so far, and assertions on it. What a segment
 * means is read from the segments as their senders sent them, lost ones included. Each assertion
 * throws an {@link AssertionError} that shows the packets in question.
 */
public final class Wire {
  private final WireLog log;

  Wire(WireLog log) {
    this.log = log;
  }

  /** Every packet that a host has put on a link, those that routers pass on included. */
  public List<WirePacket> packets() {
    complete();
    return List.copyOf(log.packets());
  }

  /** The TCP segments, each where it was sent first. */
  public Segments segments() {
    return choose("TCP", WirePacket::isOriginal, PacketFilter.parse("tcp"));
  }

  /**
   * The packets that a filter takes, each where it was sent first.
   *
   * @param filter the language of {@link PacketFilter}: {@code "tcp and src host 10.0.1.1 and port
   *     80"}
   */
  public Segments segments(String filter) {
    try {
      return choose("'" + filter + "'", WirePacket::isOriginal, PacketFilter.parse(filter));
    } catch (FilterException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }

  /** The segments in which that is found. */
  public Segments segments(Finding finding) {
    return choose(words(finding), p -> p.has(finding), PacketFilter.parse(""));
  }

  /** What a host has sent. */
  public Segments sentBy(String host) {
    return choose(
        "what " + host + " sent",
        p -> p.isOriginal() && p.from().equals(host),
        PacketFilter.parse(""));
  }

  /** What the links have lost, for whatever reason. */
  public Segments lost() {
    return choose("what was lost", p -> !p.lost().isEmpty(), PacketFilter.parse(""));
  }

  private Segments choose(String what, Predicate<WirePacket> condition, PacketFilter filter) {
    complete();
    List<WirePacket> chosen = new ArrayList<>();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment scratch = arena.allocate(65_536);
      for (WirePacket p : log.packets()) {
        if (!condition.test(p)) {
          continue;
        }
        byte[] b = p.kept();
        MemorySegment.copy(b, 0, scratch, ValueLayout.JAVA_BYTE, 0, b.length);
        if (filter.takesAll() || filter.matches(scratch, 0, b.length, p.lengthBytes())) {
          chosen.add(p);
        }
      }
    }
    return new Segments(what, chosen);
  }

  /** How many segments carried what had been sent before. */
  public int retransmissionCount() {
    return retransmissions().size();
  }

  /** No segment carried what had been sent before. */
  public Wire noRetransmissions() {
    return retransmissions(0);
  }

  /** So many segments carried what had been sent before. */
  public Wire retransmissions(int n) {
    List<WirePacket> again = retransmissions();
    if (again.size() != n) {
      throw new AssertionError(
          "expected "
              + (n == 0 ? "no" : n)
              + " retransmission"
              + (n == 1 ? "" : "s")
              + ", but there "
              + Segments.text(again));
    }
    return this;
  }

  private List<WirePacket> retransmissions() {
    complete();
    return log.packets().stream().filter(WirePacket::isRetransmission).toList();
  }

  /** Each of these was found in some segment. */
  public Wire saw(Finding... findings) {
    complete();
    for (Finding f : findings) {
      if (log.packets().stream().noneMatch(p -> p.has(f))) {
        throw new AssertionError(
            "expected " + words(f) + ", but none of " + log.packets().size() + " packets has it");
      }
    }
    return this;
  }

  /** None of these was found in any segment. */
  public Wire neverSaw(Finding... findings) {
    complete();
    List<Finding> unwanted = Arrays.asList(findings);
    List<WirePacket> found =
        log.packets().stream().filter(p -> unwanted.stream().anyMatch(p::has)).toList();
    if (!found.isEmpty()) {
      throw new AssertionError(
          "expected no "
              + String.join(", no ", unwanted.stream().map(Wire::words).toList())
              + ", but there "
              + Segments.text(found));
    }
    return this;
  }

  /** The states of a host's connections. */
  public StateHistory stateOf(String host) {
    return new StateHistory(host, log.changes());
  }

  /** What two hosts have said to each other, as lines of 100 columns. */
  public List<String> ladder(String left, String right) {
    return log.ladder(left, right);
  }

  private void complete() {
    if (log.isFull()) {
      throw new IllegalStateException(
          "more than "
              + WireLog.MAX_PACKETS
              + " packets: too many to keep; let the test send less");
    }
  }

  private static String words(Finding f) {
    return f.name().replace('_', ' ').toLowerCase(java.util.Locale.ROOT);
  }
}
