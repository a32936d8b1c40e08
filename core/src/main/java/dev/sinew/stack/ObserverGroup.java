package dev.sinew.stack;

import dev.sinew.base.Counter;
import dev.sinew.base.Counters;
import dev.sinew.base.TcpError;
import dev.sinew.base.TcpState;
import dev.sinew.observe.ConnectionFigures;
import dev.sinew.observe.DropReason;
import dev.sinew.observe.Observer;
import dev.sinew.observe.SendCause;
import dev.sinew.observe.TimerKind;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The observers of a stack as one. An observer that throws is foreign code gone wrong: it is
 * switched off and counted, the stack goes on.
 */
final class ObserverGroup implements Observer {
  private Observer[] observers;
  private final Counters counters;

  ObserverGroup(List<Observer> observers, Counters counters) {
    this.observers = observers.toArray(new Observer[0]);
    this.counters = counters;
  }

  private void switchOff(Observer bad) {
    counters.inc(Counter.SinewObserverFailures);
    Observer[] rest = new Observer[observers.length - 1];
    int n = 0;
    boolean removed = false;
    for (Observer o : observers) {
      if (o == bad && !removed) {
        removed = true;
      } else {
        rest[n++] = o;
      }
    }
    observers = rest;
  }

  @Override
  public void packetReceived(
      long now, int interfaceIndex, MemorySegment packet, long offset, int length) {
    for (Observer o : observers) {
      try {
        o.packetReceived(now, interfaceIndex, packet, offset, length);
      } catch (RuntimeException e) {
        switchOff(o);
      }
    }
  }

  @Override
  public void packetSent(
      long now,
      int interfaceIndex,
      MemorySegment header,
      long offset,
      int headerLength,
      int totalLength) {
    for (Observer o : observers) {
      try {
        o.packetSent(now, interfaceIndex, header, offset, headerLength, totalLength);
      } catch (RuntimeException e) {
        switchOff(o);
      }
    }
  }

  @Override
  public void packetDropped(long now, DropReason reason) {
    for (Observer o : observers) {
      try {
        o.packetDropped(now, reason);
      } catch (RuntimeException e) {
        switchOff(o);
      }
    }
  }

  @Override
  public void segmentSent(long now, long connection, int seq, int sequenceLength, SendCause cause) {
    for (Observer o : observers) {
      try {
        o.segmentSent(now, connection, seq, sequenceLength, cause);
      } catch (RuntimeException e) {
        switchOff(o);
      }
    }
  }

  @Override
  public void stateChanged(
      long now, long connection, int localPort, int remotePort, TcpState from, TcpState to) {
    for (Observer o : observers) {
      try {
        o.stateChanged(now, connection, localPort, remotePort, from, to);
      } catch (RuntimeException e) {
        switchOff(o);
      }
    }
  }

  @Override
  public void connectionEnded(long now, long connection, @Nullable TcpError error) {
    for (Observer o : observers) {
      try {
        o.connectionEnded(now, connection, error);
      } catch (RuntimeException e) {
        switchOff(o);
      }
    }
  }

  @Override
  public boolean wantsFigures() {
    boolean wants = false;
    for (Observer o : observers) {
      try {
        wants |= o.wantsFigures();
      } catch (RuntimeException e) {
        switchOff(o);
      }
    }
    return wants;
  }

  @Override
  public void figures(long now, long connection, ConnectionFigures figures) {
    for (Observer o : observers) {
      try {
        o.figures(now, connection, figures);
      } catch (RuntimeException e) {
        switchOff(o);
      }
    }
  }

  @Override
  public void timerFired(long now, long connection, TimerKind kind) {
    for (Observer o : observers) {
      try {
        o.timerFired(now, connection, kind);
      } catch (RuntimeException e) {
        switchOff(o);
      }
    }
  }

  @Override
  public void recovery(long now, long connection, RecoveryEvent event, long cwnd, long ssthresh) {
    for (Observer o : observers) {
      try {
        o.recovery(now, connection, event, cwnd, ssthresh);
      } catch (RuntimeException e) {
        switchOff(o);
      }
    }
  }
}
