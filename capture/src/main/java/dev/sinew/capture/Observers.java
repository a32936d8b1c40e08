package dev.sinew.capture;

import dev.sinew.base.TcpError;
import dev.sinew.base.TcpState;
import dev.sinew.observe.DropReason;
import dev.sinew.observe.Observer;
import dev.sinew.observe.SendCause;
import dev.sinew.observe.TimerKind;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Lets several observers watch one stack. */
public final class Observers {
  private Observers() {}

  /** Tells each of them, in this order. One that throws keeps the rest from hearing, and the stack switches off all. */
  public static Observer tee(List<? extends Observer> observers) {
    return observers.size() == 1 ? observers.getFirst() : new Tee(observers.toArray(Observer[]::new));
  }

  private record Tee(Observer[] all) implements Observer {
    @Override
    public void packetReceived(
        long now, int interfaceIndex, MemorySegment packet, long offset, int length) {
      for (Observer o : all) {
        o.packetReceived(now, interfaceIndex, packet, offset, length);
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
      for (Observer o : all) {
        o.packetSent(now, interfaceIndex, header, offset, headerLength, totalLength);
      }
    }

    @Override
    public void packetDropped(long now, DropReason reason) {
      for (Observer o : all) {
        o.packetDropped(now, reason);
      }
    }

    @Override
    public void segmentSent(
        long now, long connection, int seq, int sequenceLength, SendCause cause) {
      for (Observer o : all) {
        o.segmentSent(now, connection, seq, sequenceLength, cause);
      }
    }

    @Override
    public void stateChanged(
        long now, long connection, int localPort, int remotePort, TcpState from, TcpState to) {
      for (Observer o : all) {
        o.stateChanged(now, connection, localPort, remotePort, from, to);
      }
    }

    @Override
    public void connectionEnded(long now, long connection, @Nullable TcpError error) {
      for (Observer o : all) {
        o.connectionEnded(now, connection, error);
      }
    }

    @Override
    public void timerFired(long now, long connection, TimerKind kind) {
      for (Observer o : all) {
        o.timerFired(now, connection, kind);
      }
    }

    @Override
    public void recovery(
        long now, long connection, RecoveryEvent event, long cwnd, long ssthresh) {
      for (Observer o : all) {
        o.recovery(now, connection, event, cwnd, ssthresh);
      }
    }
  }
}
