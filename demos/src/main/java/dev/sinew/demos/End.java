package dev.sinew.demos;

import dev.sinew.base.Endpoint;
import dev.sinew.base.TcpError;
import dev.sinew.ip.IpAddress;
import dev.sinew.sim.Payload;
import dev.sinew.sim.SimHost;
import dev.sinew.sockets.EndpointListener;
import dev.sinew.tcp.TcpEndpoint;
import dev.sinew.tcp.TcpInfo;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A program at one end of a connection: it reads as long as it is not told to pause, writes what it
 * is told to, and knows every byte that must come.
 */
final class End implements EndpointListener {
  final Net net;
  final SimHost host;
  final TcpEndpoint tcp;
  private final Payload outgoing;
  private final Payload incoming;
  private final byte[] buffer = new byte[16_384];

  /** Bytes read. */
  long received;

  /** All bytes read were those that the other end wrote. */
  boolean intact = true;

  /** The other end has closed its direction. */
  boolean eof;

  long eofNanos = -1;

  /** What ended the connection, or null. */
  @Nullable TcpError error;

  long errorNanos = -1;
  boolean connected;
  long connectedNanos = -1;
  long doneNanos = -1;

  /** Calls made on the connection are not drawn. */
  boolean silent;

  private long written;
  private long toWrite;
  private boolean shutWhenWritten;
  private boolean closeWhenWritten;
  private boolean paused;
  private boolean scheduled;
  private boolean closed;
  private @Nullable Consumer<End> onConnected;
  private @Nullable Consumer<End> onData;
  private @Nullable Consumer<End> onEof;
  private @Nullable Consumer<End> onError;

  End(Net net, SimHost host, TcpEndpoint tcp, boolean active) {
    this.net = net;
    this.host = host;
    this.tcp = tcp;
    this.connected = !active;
    outgoing = new Payload(active ? 1 : 2);
    incoming = new Payload(active ? 2 : 1);
    tcp.attach(this);
  }

  End onConnected(Consumer<End> then) {
    onConnected = then;
    return this;
  }

  End onData(Consumer<End> then) {
    onData = then;
    return this;
  }

  End onEof(Consumer<End> then) {
    onEof = then;
    return this;
  }

  End onError(Consumer<End> then) {
    onError = then;
    return this;
  }

  private void note(String text) {
    if (!silent) {
      net.log.call(host, text);
    }
  }

  /** Writes so many bytes, at once or as the send buffer takes them. */
  End write(long bytes) {
    note("write(" + bytes + ")");
    toWrite += bytes;
    pump();
    return this;
  }

  /** Writes before the connection stands: what is queued may go with the third segment. */
  End writeEarly(int bytes) {
    note("write(" + bytes + ")");
    outgoing.fill(buffer, 0, bytes, written);
    int n = tcp.write(buffer, 0, bytes);
    written += Math.max(n, 0);
    return this;
  }

  /** Connects with data on the SYN. */
  void connectWith(IpAddress to, int port, int bytes) {
    outgoing.fill(buffer, 0, bytes, written);
    int n = tcp.connect(to, port, buffer, 0, bytes);
    if (n >= 0) {
      written += n;
    } else {
      result(n);
    }
  }

  /** Closes its own direction after everything that was written. */
  void shut() {
    shutWhenWritten = true;
    pump();
  }

  /** Closes after everything that was written. */
  void close() {
    closeWhenWritten = true;
    pump();
  }

  /** RST. */
  void abort() {
    note("abort()");
    closed = true;
    tcp.abort();
  }

  /** Closes at once, whatever is unread. */
  void closeNow() {
    note("close()");
    closed = true;
    tcp.close();
  }

  /** Reads nothing until it is told to. */
  End pause() {
    paused = true;
    return this;
  }

  void resume() {
    paused = false;
    pump();
  }

  /** Reads so many bytes while it is paused. */
  int read(int bytes) {
    int n = tcp.read(buffer, 0, Math.min(bytes, buffer.length));
    if (n > 0) {
      took(n);
      note("read() = " + n);
    }
    return n;
  }

  /** A result of connect. */
  void result(int code) {
    TcpError e = TcpError.of(code);
    if (e != null && e != TcpError.IN_PROGRESS) {
      failed(e);
    }
  }

  /** Something that was written is not acknowledged yet. */
  boolean unfinished() {
    return toWrite > 0 || tcp.unacknowledged() > 0;
  }

  TcpInfo info() {
    return Objects.requireNonNull(tcp.info());
  }

  @Override
  public void ready(Endpoint endpoint, int readiness) {
    // A listener may only look: what it does is a call of its own at the same time.
    if (!scheduled && !closed) {
      scheduled = true;
      host.at(
          net.sim.now(),
          () -> {
            scheduled = false;
            pump();
          });
    }
  }

  private void pump() {
    if (closed) {
      return;
    }
    TcpError e = tcp.takeError();
    if (e != null) {
      failed(e);
      return;
    }
    if (!connected && tcp.state().synchronizedState()) {
      connected = true;
      connectedNanos = net.sim.now();
      if (onConnected != null) {
        onConnected.accept(this);
      }
    }
    if (connected) {
      drain();
      fill();
    }
  }

  private void drain() {
    while (!paused && !eof && !closed) {
      int n = tcp.read(buffer, 0, buffer.length);
      if (n > 0) {
        took(n);
        if (onData != null) {
          onData.accept(this);
        }
        continue;
      }
      if (n == TcpError.END_OF_STREAM.code()) {
        eof = true;
        eofNanos = net.sim.now();
        note("read() = end of stream");
        if (onEof != null) {
          onEof.accept(this);
        }
      }
      return;
    }
  }

  private void took(int n) {
    intact &= incoming.firstWrong(buffer, 0, n, received) < 0;
    received += n;
    doneNanos = net.sim.now();
  }

  private void fill() {
    while (toWrite > 0 && !closed) {
      int want = (int) Math.min(toWrite, buffer.length);
      outgoing.fill(buffer, 0, want, written);
      int n = tcp.write(buffer, 0, want);
      if (n <= 0) {
        return;
      }
      written += n;
      toWrite -= n;
    }
    if (closeWhenWritten && !closed) {
      closed = true;
      note("close()");
      tcp.close();
    } else if (shutWhenWritten && !closed) {
      shutWhenWritten = false;
      note("shutdownOutput()");
      tcp.shutdownOutput();
    }
  }

  private void failed(TcpError e) {
    error = e;
    errorNanos = net.sim.now();
    note(e.text());
    if (onError != null) {
      onError.accept(this);
    }
    closed = true;
    tcp.close();
  }
}
