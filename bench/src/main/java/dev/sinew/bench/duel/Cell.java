package dev.sinew.bench.duel;

import java.util.BitSet;
import java.util.List;
import java.util.SplittableRandom;

/**
 * One path and one transfer over it. What is lost is a list of packet numbers, so that both senders
 * lose the same: of the packets with data on the way there, of all packets on the way back.
 *
 * @param megabits rate on the way there, Mbit/s; the way back is as fast
 * @param rttMillis round-trip time without queues
 * @param queueBdp queue at the bottleneck as a share of the bandwidth-delay product; at least 10
 *     packets
 * @param bytes how much is sent
 * @param controller congestion control of both
 * @param lost which packets with data are dropped, counted from 0
 * @param late which packets with data are held back by a quarter of the round-trip time
 * @param acksLost which packets are dropped on the way back
 */
record Cell(
    String name,
    int megabits,
    int rttMillis,
    double queueBdp,
    int bytes,
    String controller,
    Losses lost,
    Losses late,
    Losses acksLost) {

  /** Packet numbers for a run; runs differ, the two senders of a run do not. */
  @FunctionalInterface
  interface Losses {
    BitSet of(int run);
  }

  static final Losses NONE = run -> new BitSet();

  private static final int MTU = 1500;

  int queuePackets() {
    double bdp = megabits * 1e6 / 8 * rttMillis / 1e3;
    return Math.max(10, (int) (bdp * queueBdp / MTU));
  }

  private int packets() {
    return bytes / 1448 + 1;
  }

  private static Losses random(double share, int packets, long salt) {
    return run -> {
      SplittableRandom r = new SplittableRandom(salt * 1000 + run);
      BitSet b = new BitSet();
      // Retransmissions are numbered too: more numbers than packets.
      for (int i = 0; i < packets * 2; i++) {
        b.set(i, r.nextDouble() < share);
      }
      return b;
    };
  }

  private static Losses every(int period, int length, int packets) {
    return run -> {
      BitSet b = new BitSet();
      for (int i = period + 7 * run; i < packets * 2; i += period) {
        b.set(i, i + length);
      }
      return b;
    };
  }

  private static Losses exactly(int... numbers) {
    return run -> {
      BitSet b = new BitSet();
      for (int n : numbers) {
        b.set(n);
      }
      return b;
    };
  }

  private static Cell clean(String name, int megabits, int rtt, double queue, int kilobytes) {
    return new Cell(name, megabits, rtt, queue, kilobytes * 1000, "cubic", NONE, NONE, NONE);
  }

  private Cell losing(Losses l) {
    return new Cell(name, megabits, rttMillis, queueBdp, bytes, controller, l, late, acksLost);
  }

  private Cell late(Losses l) {
    return new Cell(name, megabits, rttMillis, queueBdp, bytes, controller, lost, l, acksLost);
  }

  private Cell acksLost(Losses l) {
    return new Cell(name, megabits, rttMillis, queueBdp, bytes, controller, lost, late, l);
  }

  private Cell random(double share, long salt) {
    return losing(random(share, packets(), salt));
  }

  private Cell with(String control) {
    return new Cell(
        name + "-" + control, megabits, rttMillis, queueBdp, bytes, control, lost, late, acksLost);
  }

  /** The cells of CUBIC against CUBIC. */
  static List<Cell> cubic() {
    Cell burst = clean("burst-5", 50, 20, 1, 8_000);
    Cell late = clean("reorder-2%", 50, 20, 1, 10_000);
    Cell acks = clean("ack-loss-10%", 50, 20, 1, 8_000);
    return List.of(
        clean("short-10", 10, 20, 1, 100),
        clean("short-50ms", 50, 50, 1, 300),
        clean("clean-10", 10, 20, 1, 2_500),
        clean("clean-100", 100, 20, 1, 20_000),
        clean("clean-200", 200, 10, 1, 30_000),
        clean("long-100ms", 100, 100, 1, 20_000),
        clean("shallow-0.5", 50, 40, 0.5, 10_000),
        clean("deep-4", 20, 20, 4, 4_000),
        clean("loss-0.1%", 100, 20, 1, 15_000).random(0.001, 1),
        clean("loss-1%", 20, 20, 1, 3_000).random(0.01, 2),
        clean("loss-1%-80ms", 20, 80, 1, 1_500).random(0.01, 3),
        clean("loss-5%", 20, 20, 1, 1_000).random(0.05, 4),
        burst.losing(every(400, 5, burst.packets())),
        clean("burst-20", 50, 20, 1, 8_000).losing(every(1000, 20, 8_000_000 / 1448)),
        late.late(every(50, 1, late.packets())),
        acks.acksLost(random(0.1, acks.packets(), 5)),
        clean("tail-loss", 20, 40, 1, 145).losing(exactly(99, 100, 101)),
        clean("first-window", 20, 40, 1, 145).losing(exactly(2, 3, 9)));
  }

  /** The cells of BBR against BBR (the kernel's is version 1). */
  static List<Cell> bbr() {
    return List.of(
        clean("clean-50", 50, 20, 1, 12_000).with("bbr"),
        clean("deep-4", 20, 40, 4, 6_000).with("bbr"),
        clean("loss-0.1%", 50, 20, 1, 12_000).random(0.001, 6).with("bbr"),
        clean("loss-1%", 50, 40, 1, 12_000).random(0.01, 7).with("bbr"));
  }
}
