package dev.sinew.sockets;

import java.util.ArrayList;
import java.util.Arrays;

/** What one poller has to tell event handlers; its thread alone. */
final class ToldList {
  private final ArrayList<Handled> handled = new ArrayList<>();
  private int[] told = new int[16];

  /**
   * @param what a set of readiness
   */
  void add(Handled h, int what) {
    if (handled.size() == told.length) {
      told = Arrays.copyOf(told, 2 * told.length);
    }
    told[handled.size()] = what;
    handled.add(h);
  }

  int size() {
    return handled.size();
  }

  Handled handled(int i) {
    return handled.get(i);
  }

  int told(int i) {
    return told[i];
  }

  void clear() {
    handled.clear();
  }
}
