package dev.sinew.sim;

/** The packets that wait to leave, the one that is leaving included: when they will be gone. */
final class DepartureQueue {
  private long[] departures = new long[16];
  private int[] lengths = new int[16];
  private int head;
  private int size;
  private long bytes;

  int size() {
    return size;
  }

  long bytes() {
    return bytes;
  }

  void add(long departure, int length) {
    if (size == departures.length) {
      grow();
    }
    int i = (head + size++) & (departures.length - 1);
    departures[i] = departure;
    lengths[i] = length;
    bytes += length;
  }

  private void grow() {
    int n = departures.length;
    long[] moreDepartures = new long[n * 2];
    int[] moreLengths = new int[n * 2];
    for (int i = 0; i < n; i++) {
      moreDepartures[i] = departures[(head + i) & (n - 1)];
      moreLengths[i] = lengths[(head + i) & (n - 1)];
    }
    departures = moreDepartures;
    lengths = moreLengths;
    head = 0;
  }

  /** Forgets what has left by {@code now}. */
  void expire(long now) {
    while (size > 0 && departures[head] <= now) {
      bytes -= lengths[head];
      head = (head + 1) & (departures.length - 1);
      size--;
    }
  }
}
