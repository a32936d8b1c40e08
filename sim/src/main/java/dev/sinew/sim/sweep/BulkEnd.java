package dev.sinew.sim.sweep;

import dev.sinew.base.Endpoint;
import dev.sinew.base.TcpError;
import dev.sinew.base.TcpState;
import dev.sinew.sim.Payload;
import dev.sinew.sim.SimHost;
import dev.sinew.sim.Simulation;
import dev.sinew.sockets.EndpointListener;
import dev.sinew.tcp.TcpEndpoint;
import org.jspecify.annotations.Nullable;

/**
 * One end of a bulk transfer, driven by readiness, without a thread: it writes a stream and checks
 * the other one byte for byte (I1), and has exactly one outcome (I8).
 */
final class BulkEnd implements EndpointListener {
  /** What an end does when it has written everything. */
  enum Ending {
    /** FIN, then reads to the end. */
    HALF_CLOSE,
    /** Reads to the end first. */
    READ_FIRST,
    /** RST. */
    ABORT
  }

  private final Simulation sim;
  private final SimHost host;
  private final Payload mine;
  private final Payload other;
  private final long toSend;
  private final long toReceive;
  private final Ending ending;
  private final long pauseNanos;
  private final byte[] buffer;

  private @Nullable TcpEndpoint endpoint;
  private long sent;
  private long received;
  private boolean endSeen;
  private boolean shut;
  private boolean resting;
  private boolean over;

  /**
   * @param pauseNanos how long a slow reader waits after each read, 0 for a quick one
   */
  BulkEnd(
      Simulation sim,
      SimHost host,
      long mine,
      long other,
      long toSend,
      long toReceive,
      Ending ending,
      long pauseNanos,
      int chunk) {
    this.sim = sim;
    this.host = host;
    this.mine = new Payload(mine);
    this.other = new Payload(other);
    this.toSend = toSend;
    this.toReceive = toReceive;
    this.ending = ending;
    this.pauseNanos = pauseNanos;
    this.buffer = new byte[chunk];
  }

  void begin(TcpEndpoint e) {
    endpoint = e;
    e.attach(this);
    // A peer that is gone without a word must not be waited for.
    e.setKeepAlive(true);
    e.setKeepAliveTimes(60_000_000_000L, 10_000_000_000L, 6);
  }

  /** Begins with a connection that is open already, perhaps with data, perhaps half-closed. */
  void accepted(TcpEndpoint e) {
    begin(e);
    ready(e, 0);
  }

  /** Over without an endpoint: it never came to be, or its host has crashed. */
  void gone() {
    TcpEndpoint e = endpoint;
    if (!over && e != null) {
      // Unread bytes of a connection that has ended already are the endpoint's alone.
      end(e, true);
    }
    over = true;
    endpoint = null;
  }

  /** How long reading takes at least, whatever the network does. */
  long readingNanos() {
    return toReceive / buffer.length * pauseNanos;
  }

  boolean isOver() {
    return over;
  }

  boolean hasBegun() {
    return endpoint != null || over;
  }

  void abort() {
    TcpEndpoint e = endpoint;
    if (!over && e != null) {
      end(e, true);
    }
    over = true;
  }

  private void end(TcpEndpoint e, boolean reset) {
    over = true;
    if (reset) {
      e.abort();
    }
    e.close();
  }

  @Override
  public void ready(Endpoint which, int readiness) {
    TcpEndpoint e = endpoint;
    if (over || e == null || e.state() == TcpState.SYN_SENT) {
      if (!over && e != null && e.error() != null) {
        end(e, false);
      }
      return;
    }
    read(e);
    if (!over) {
      write(e);
    }
    if (!over && endSeen && shut) {
      end(e, false);
    }
  }

  private void read(TcpEndpoint e) {
    while (!resting && !endSeen && !over) {
      int n = e.read(buffer, 0, buffer.length);
      if (n > 0) {
        long wrong = other.firstWrong(buffer, 0, n, received);
        if (wrong >= 0) {
          throw sim.violation("I1: another byte at position " + wrong + " than was written");
        }
        received += n;
        if (pauseNanos > 0) {
          resting = true;
          host.at(
              sim.now() + pauseNanos,
              () -> {
                resting = false;
                ready(e, 0);
              });
        }
      } else if (n == TcpError.END_OF_STREAM.code()) {
        endSeen = true;
        if (received != toReceive) {
          throw sim.violation(
              "I1: the stream ended after " + received + " bytes, " + toReceive + " were written");
        }
      } else if (n == TcpError.WOULD_BLOCK.code()) {
        return;
      } else {
        end(e, false);
      }
    }
  }

  private void write(TcpEndpoint e) {
    if (shut || (ending == Ending.READ_FIRST && !endSeen)) {
      return;
    }
    while (sent < toSend) {
      int n = (int) Math.min(buffer.length, toSend - sent);
      mine.fill(buffer, 0, n, sent);
      int written = e.write(buffer, 0, n);
      if (written < 0) {
        if (written != TcpError.WOULD_BLOCK.code() && written != TcpError.NO_BUFFERS.code()) {
          end(e, false);
        }
        return;
      }
      sent += written;
      if (written < n) {
        return;
      }
    }
    shut = true;
    if (ending == Ending.ABORT) {
      end(e, true);
    } else {
      e.shutdownOutput();
    }
  }

  @Override
  public String toString() {
    TcpEndpoint e = endpoint;
    return host
        + " sent "
        + sent
        + " of "
        + toSend
        + ", received "
        + received
        + " of "
        + toReceive
        + (e == null ? "" : ", " + e.state().rfcName());
  }
}
