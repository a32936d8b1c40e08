package dev.sinew.capture.analysis;

import java.util.ArrayList;
import java.util.List;

/** What is known of a connection in the end. */
final class Summary {
  private Summary() {}

  static List<String> of(Connection c) {
    List<String> lines = new ArrayList<>();
    opening(c, lines);
    for (int i = 0; i < 2; i++) {
      End e = c.end(i);
      lines.add(
          e
              + " sent "
              + plural(e.segmentCount(), "segment")
              + " with "
              + plural(e.dataBytes(), "byte")
              + (e.retransmissionCount() == 0
                  ? ""
                  : ", " + e.retransmissionCount() + " of them again"));
    }
    closing(c, lines);
    VantagePoint.of(c, lines);
    return List.copyOf(lines);
  }

  private static void opening(Connection c, List<String> lines) {
    Connection.Opening o = c.opening();
    if (!c.fromTheStart()) {
      lines.add(
          "the opening was not captured; " + c.server() + " is taken for the server by its port");
    } else if (o.refused) {
      lines.add(c.server() + " refused it");
    } else if (o.synNanos >= 0 && o.synAckNanos >= 0 && o.ackNanos >= 0) {
      lines.add(
          "opened by "
              + c.client()
              + " in three segments: SYN-ACK "
              + SegmentReader.millis(o.synAckNanos - o.synNanos)
              + " after the SYN, ACK "
              + SegmentReader.millis(o.ackNanos - o.synAckNanos)
              + " later");
    } else {
      lines.add("it was not seen to open completely");
    }
  }

  private static void closing(Connection c, List<String> lines) {
    Connection.Closing end = c.closing();
    if (end.reset >= 0) {
      lines.add("aborted by " + c.end(end.reset));
    }
    if (end.first < 0) {
      return;
    }
    End first = c.end(end.first);
    String who = (end.first == 0 ? "the client, " : "the server, ") + first + ", closed first";
    if (!end.complete()) {
      lines.add(
          who + "; the other direction " + (end.second ? "was not seen to end" : "is still open"));
    } else if (end.segmentCount() == 3) {
      lines.add(
          who
              + ", in three segments: FIN, FIN with ACK, ACK; it is the one that waits in TIME-WAIT");
    } else {
      lines.add(
          who + ", in four segments: FIN, ACK, FIN, ACK; it is the one that waits in TIME-WAIT");
    }
  }

  private static String plural(long n, String what) {
    return n + " " + what + (n == 1 ? "" : "s");
  }
}
