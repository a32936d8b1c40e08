package dev.sinew.tcp;

/**
 * How many connections of a listener are open by the data on their SYN alone (RFC 7413 section
 * 5.1): bounded, because each costs a whole connection and an application's work, and whoever has
 * fetched one cookie can send many SYNs. One that ends by a RST keeps its place for a while, or an
 * attacker who spoofs other hosts would be helped by the RSTs with which those answer.
 */
final class FastOpenQueue {
  /** How long a place stays taken after a RST. */
  static final long RESET_HOLD_NANOS = 60_000_000_000L;

  private final int max;
  private int open;

  /** Ring of the times at which places of reset connections are free again. */
  private final long[] freeAt;

  private int head;
  private int held;

  FastOpenQueue(int max) {
    this.max = max;
    this.freeAt = new long[max];
  }

  int max() {
    return max;
  }

  int pending() {
    return open;
  }

  /** Takes a place; false when there is none. */
  boolean take(long now) {
    while (held > 0 && freeAt[head] <= now) {
      head = (head + 1) % max;
      held--;
    }
    if (open + held >= max) {
      return false;
    }
    open++;
    return true;
  }

  /** The handshake is done, or the connection gone. */
  void done() {
    open--;
  }

  /** The connection was reset before its handshake was done. */
  void reset(long now) {
    open--;
    freeAt[(head + held) % max] = now + RESET_HOLD_NANOS;
    held++;
  }
}
