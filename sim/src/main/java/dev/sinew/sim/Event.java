package dev.sinew.sim;

/**
 * Something that happens at a time. At equal time packets come before calls, and both in the order
 * in which they were arranged.
 */
abstract class Event {
  static final int PACKET = 0;
  static final int CALL = 1;

  long time;
  int rank;
  long order;

  /** It happens now. */
  abstract void happen();
}
