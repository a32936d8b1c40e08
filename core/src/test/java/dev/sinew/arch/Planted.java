package dev.sinew.arch;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.locks.ReentrantLock;

/** Does what core must not. */
final class Planted {
  static int count;
  static final ArrayList<String> LIST = new ArrayList<>();
  static final int[] OPEN_TABLE = {1};
  private static final int[] CLOSED_TABLE = {1};
  static final List<String> NAMES = List.of("a");

  volatile int flag;

  synchronized long now() {
    count++;
    return System.nanoTime() + System.currentTimeMillis() + CLOSED_TABLE[0];
  }

  double chance() {
    return Math.random() + new Random(1).nextInt();
  }

  void print() {
    System.out.println(Thread.currentThread());
  }

  static final class Holder {
    final Map<Object, Object> map = new IdentityHashMap<>();
    final ReentrantLock lock = new ReentrantLock();
  }
}
