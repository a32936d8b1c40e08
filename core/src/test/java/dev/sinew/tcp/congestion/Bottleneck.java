package dev.sinew.tcp.congestion;

import dev.sinew.tcp.congestion.CongestionControl.Cause;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * A small model of senders behind one bottleneck: packets of one MSS, each acknowledged by itself,
 * a queue that drops at its tail, and random loss. A packet is held for lost when three sent after
 * it were acknowledged. Rate samples are draft-ietf-ccwg-bbr's (section 4.1). No TCP: what is
 * tested is the controller alone.
 */
final class Bottleneck {
  static final int MSS = 1000;
  static final long S = 1_000_000_000L;

  private record Event(long time, long order, Runnable what) {}

  private static final class Packet {
    final long number;
    long sentAt;
    long delivered;
    long deliveredTime;
    long firstSendTime;
    long txInFlight;
    long lost;
    boolean appLimited;

    Packet(long number) {
      this.number = number;
    }
  }

  /** One sender. */
  final class Flow {
    final CongestionControl control;
    long delivered;
    long lost;
    long inFlight;

    /** Stops sending while false. */
    boolean active = true;

    private final ArrayDeque<Packet> outstanding = new ArrayDeque<>();
    private final Pacer pacer = new Pacer(1);
    private final AckSample ack = new AckSample();
    private long next;
    private long deliveredTime;
    private long firstSendTime;
    private long srtt;
    private long minRtt;
    private long nextRound;
    private long recoveryPoint = -1;
    private long appLimitedUntil = -1;
    private boolean windowLimited;
    private boolean timerArmed;

    Flow(CongestionControl control) {
      this.control = control;
      control.start(MSS, 10 * MSS);
    }

    private void send() {
      windowLimited = false;
      while (active) {
        if (inFlight == 0) {
          control.onTransmitAfterIdle(now);
          deliveredTime = now;
          firstSendTime = now;
        }
        if (inFlight + MSS > control.window() && inFlight > 0) {
          windowLimited = true;
          return;
        }
        long rate = control.pacingRate();
        if (rate > 0 && pacer.holds(rate, MSS, now)) {
          if (!timerArmed) {
            timerArmed = true;
            at(
                pacer.releaseAt(),
                () -> {
                  timerArmed = false;
                  send();
                });
          }
          return;
        }
        if (rate > 0) {
          pacer.sent(MSS);
        }
        Packet p = new Packet(next++);
        p.sentAt = now;
        p.delivered = delivered;
        p.deliveredTime = deliveredTime;
        p.firstSendTime = firstSendTime;
        p.lost = lost;
        inFlight += MSS;
        p.txInFlight = inFlight;
        p.appLimited = appLimitedUntil >= 0;
        outstanding.add(p);
        transmit(this, p);
      }
      appLimitedUntil = delivered + inFlight;
    }

    private void acknowledged(Packet p) {
      if (!outstanding.remove(p)) {
        return; // Held for lost already.
      }
      long prior = inFlight;
      inFlight -= MSS;
      delivered += MSS;
      deliveredTime = now;
      firstSendTime = p.sentAt;
      long rtt = now - p.sentAt;
      srtt = srtt == 0 ? rtt : srtt + (rtt - srtt) / 8;
      minRtt = minRtt == 0 ? rtt : Math.min(minRtt, rtt);
      if (appLimitedUntil >= 0 && delivered > appLimitedUntil) {
        appLimitedUntil = -1;
      }
      long lostBefore = lost;
      findLost(p);
      ack.now = now;
      ack.ackedBytes = MSS;
      ack.deliveredBytes = MSS;
      ack.lostBytes = lost - lostBefore;
      ack.priorInFlightBytes = prior;
      ack.inFlightBytes = inFlight;
      ack.rttNanos = rtt;
      ack.srttNanos = srtt;
      ack.minRttNanos = minRtt;
      ack.roundStart = p.delivered >= nextRound;
      if (ack.roundStart) {
        nextRound = delivered;
      }
      ack.windowLimited = windowLimited;
      ack.rateIntervalNanos = Math.max(p.sentAt - p.firstSendTime, now - p.deliveredTime);
      ack.rateDeliveredBytes = delivered - p.delivered;
      if (ack.rateIntervalNanos < minRtt) {
        ack.rateIntervalNanos = 0;
      }
      ack.appLimited = p.appLimited;
      ack.totalDeliveredBytes = delivered;
      ack.priorDeliveredBytes = p.delivered;
      ack.txInFlightBytes = p.txInFlight;
      ack.lostSinceSentBytes = lost - p.lost;
      if (recoveryPoint >= 0 && p.number >= recoveryPoint) {
        recoveryPoint = -1;
        control.onRecovered(inFlight);
      }
      ack.inRecovery = recoveryPoint >= 0;
      control.onAck(ack);
      send();
    }

    private void findLost(Packet acked) {
      while (!outstanding.isEmpty() && outstanding.peek().number + 3 <= acked.number) {
        Packet unused = outstanding.remove();
        if (recoveryPoint < 0) {
          recoveryPoint = next;
          control.onCongestion(Cause.LOSS, inFlight + MSS, now);
        }
        inFlight -= MSS;
        lost += MSS;
      }
      if (inFlight == 0 && !outstanding.isEmpty()) {
        throw new IllegalStateException();
      }
    }
  }

  private final PriorityQueue<Event> events =
      new PriorityQueue<>((a, b) ->
          a.time != b.time ? Long.compare(a.time, b.time) : Long.compare(a.order, b.order));
  private final Random random;
  final List<Flow> flows = new ArrayList<>();
  long rate;
  long rttNanos;
  long queueBytes;
  double loss;

  /** So many packets are lost, from now on. */
  int dropNext;

  long now;

  /** The longest queue since it was set to 0. */
  long longestQueue;

  private long busyUntil;
  private long order;

  /**
   * @param rate bytes per second
   */
  Bottleneck(long seed, long rate, long rttNanos, long queueBytes) {
    this.random = new Random(seed);
    this.rate = rate;
    this.rttNanos = rttNanos;
    this.queueBytes = queueBytes;
  }

  Flow flow(CongestionControl control) {
    Flow f = new Flow(control);
    flows.add(f);
    return f;
  }

  long bdp() {
    return Pacing.bytesIn(rttNanos, rate);
  }

  private void at(long time, Runnable what) {
    events.add(new Event(time, order++, what));
  }

  private void transmit(Flow f, Packet p) {
    long backlog = Pacing.bytesIn(Math.max(0, busyUntil - now), rate);
    if (backlog > queueBytes || random.nextDouble() < loss || dropNext > 0) {
      dropNext = Math.max(0, dropNext - 1);
      // The sender has to notice by itself, at the latest after a second.
      at(now + S, () -> timeout(f, p));
      return;
    }
    longestQueue = Math.max(longestQueue, backlog);
    busyUntil = Math.max(busyUntil, now) + Pacing.nanosFor(MSS, rate);
    at(busyUntil + rttNanos, () -> f.acknowledged(p));
  }

  private void timeout(Flow f, Packet p) {
    if (!f.outstanding.contains(p)) {
      return;
    }
    f.control.onCongestion(Cause.TIMEOUT, f.inFlight, now);
    f.lost += f.inFlight;
    f.inFlight = 0;
    f.outstanding.clear();
    f.recoveryPoint = f.next;
    f.send();
  }

  void runFor(long nanos) {
    long end = now + nanos;
    flows.forEach(Flow::send);
    for (@Nullable Event e = events.peek(); e != null && e.time <= end; e = events.peek()) {
      events.remove();
      now = e.time;
      e.what.run();
    }
    now = end;
  }

  /** What all flows together deliver in the next {@code nanos}, as a share of the rate. */
  double utilisation(long nanos) {
    long before = flows.stream().mapToLong(f -> f.delivered).sum();
    runFor(nanos);
    long after = flows.stream().mapToLong(f -> f.delivered).sum();
    return (after - before) / (double) Pacing.bytesIn(nanos, rate);
  }
}
