package dev.sinew.packetdrill;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How a script's numbers become the connection's. A script counts from its own initial sequence
 * numbers; ours are the stack's choice, the peer's are the script's, both moved by a constant when
 * a run is to pass the wrap. Segments with SYN carry absolute numbers, all others relative ones.
 */
final class Numbering {
  /** Added to every sequence number and timestamp of the peer. */
  private final int remoteShift;

  private final int remoteTimestampShift;

  private boolean localKnown;
  private boolean remoteKnown;
  private int localIsn;
  private int localScriptIsn;
  private int remoteScriptIsn;

  /** The stack's timestamps by what the script calls them. */
  private final Map<Integer, Integer> timestamps = new HashMap<>();

  Numbering(int remoteShift, int remoteTimestampShift) {
    this.remoteShift = remoteShift;
    this.remoteTimestampShift = remoteTimestampShift;
  }

  // ---- the stack's numbers

  boolean localKnown() {
    return localKnown;
  }

  /** The stack has sent its SYN. */
  void local(int live, long script) {
    localKnown = true;
    localIsn = live;
    localScriptIsn = (int) script;
  }

  int liveLocalIsn() {
    return localIsn;
  }

  /** A script's number of the stack's side as it is on the wire. */
  int toLocal(long script, boolean absolute) {
    int relative = absolute ? (int) script - localScriptIsn : (int) script;
    return localKnown ? localIsn + relative : relative;
  }

  /** The other way, for messages. */
  long fromLocal(int live, boolean absolute) {
    int relative = live - localIsn;
    return Integer.toUnsignedLong(absolute ? relative + localScriptIsn : relative);
  }

  // ---- the peer's numbers

  /** The script has sent the peer's SYN. */
  void remote(long script) {
    remoteKnown = true;
    remoteScriptIsn = (int) script;
  }

  int toRemote(long script, boolean absolute) {
    int relative = absolute || !remoteKnown ? (int) script : remoteScriptIsn + (int) script;
    return relative + remoteShift;
  }

  long fromRemote(int live, boolean absolute) {
    int script = live - remoteShift;
    return Integer.toUnsignedLong(absolute || !remoteKnown ? script : script - remoteScriptIsn);
  }

  // ---- timestamps

  int remoteTimestamp(long script) {
    return (int) script + remoteTimestampShift;
  }

  /** What the script calls an echoed timestamp; 0 stays 0. */
  long fromRemoteTimestamp(int live) {
    return live == 0 ? 0 : Integer.toUnsignedLong(live - remoteTimestampShift);
  }

  /** The stack sent {@code live} where the script says {@code script}. */
  void sentTimestamp(long script, int live) {
    timestamps.put((int) script, live);
  }

  /** What the peer has to echo, or null when the stack never sent that. */
  @Nullable Integer echo(long script) {
    return script == 0 ? Integer.valueOf(0) : timestamps.get((int) script);
  }

  /** The same for a timestamp between those that were sent: counted on from the nearest. */
  int echoNear(long script) {
    Integer exact = echo(script);
    if (exact != null) {
      return exact;
    }
    int best = 0;
    int live = 0;
    boolean found = false;
    for (Map.Entry<Integer, Integer> e : timestamps.entrySet()) {
      int distance = (int) script - e.getKey();
      if (!found || Math.abs(distance) < Math.abs((int) script - best)) {
        best = e.getKey();
        live = e.getValue();
        found = true;
      }
    }
    return found ? live + ((int) script - best) : (int) script;
  }
}
