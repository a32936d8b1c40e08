package dev.sinew.tcp;

import dev.sinew.base.Counter;
import dev.sinew.base.Readiness;
import dev.sinew.base.Seq;
import dev.sinew.base.SeqNum;
import dev.sinew.base.SharedBytes;
import dev.sinew.base.TcpError;
import dev.sinew.base.TcpState;
import dev.sinew.ip.IpAddress;
import dev.sinew.observe.TimerKind;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * An application's end of a TCP connection (RFC 9293 section 3.9.1). Calls never wait: they return
 * a count, or a {@link TcpError#code()} when nothing could be done. What a call causes is sent when
 * the stack is flushed. All calls belong to whoever runs the stack.
 */
public final class TcpEndpoint extends TcpEndpointOptions {
  private final TcpLayer layer;
  long boundHigh;
  long boundLow;
  private int boundPort;

  /** The connection, also after its end: it keeps what was not read. */
  @Nullable Connection connection;

  /** The listener in whose accept queue this endpoint waits. */
  @Nullable TcpListener listener;

  @Nullable TimeWaitRecord timeWait;
  private @Nullable TcpError error;
  private @Nullable TcpError pendingError;
  private boolean ended;
  private boolean outputShut;
  private boolean closed;
  private boolean writeBlocked;

  TcpEndpoint(TcpLayer layer, SocketOptions options) {
    super(layer.context.readyList, options);
    this.layer = layer;
  }

  // ---- opening

  /**
   * Chooses the local end before {@link #connect}: any address of ours or ANY; port 0 lets the
   * stack choose. 0 or an error code.
   */
  public int bind(IpAddress local, int port) {
    if (closed) {
      return TcpError.CLOSED.code();
    }
    if (connection != null || boundPort != 0 || port < 0 || port > 65_535) {
      return TcpError.INVALID.code();
    }
    if (!local.isAny() && !layer.ip.isLocal(local.high(), local.low())) {
      return TcpError.ADDRESS_NOT_AVAILABLE.code();
    }
    int chosen = port != 0 ? port : layer.portAllocator.choose(layer.ports::unused);
    if (chosen <= 0 || layer.ports.conflicts(local.high(), local.low(), chosen, options, false)) {
      return TcpError.ADDRESS_IN_USE.code();
    }
    boundHigh = local.high();
    boundLow = local.low();
    boundPort = chosen;
    layer.ports.add(this, chosen);
    return 0;
  }

  /**
   * Active OPEN. {@link TcpError#IN_PROGRESS}, or the code of what forbids it. Writable readiness
   * tells the end; then {@link #takeError}.
   */
  public int connect(IpAddress remote, int port) {
    if (closed) {
      return TcpError.CLOSED.code();
    }
    Connection old = connection;
    if (old != null) {
      boolean under = old.state == TcpState.SYN_SENT || old.state == TcpState.SYN_RECEIVED;
      return (under ? TcpError.ALREADY : TcpError.IS_CONNECTED).code();
    }
    TcpError wrong = ActiveOpen.open(layer, this, remote, port, boundHigh, boundLow, boundPort);
    return (wrong != null ? wrong : TcpError.IN_PROGRESS).code();
  }

  /**
   * Active OPEN with data on the SYN (RFC 7413), when the server has given us a cookie before and
   * the profile allows it; otherwise the SYN asks for a cookie, and the data goes when the
   * connection is open. What else is written before the next flush goes with the SYN as far as it
   * fits. The data may reach the server's application twice (section 2.1).
   *
   * @return bytes taken of the data, as {@link #write}, or the code of what forbids the connection
   */
  public int connect(IpAddress remote, int port, byte[] data, int offset, int length) {
    int result = connect(remote, port);
    Connection c = connection;
    if (result != TcpError.IN_PROGRESS.code() || c == null) {
      return result;
    }
    FastOpen.ask(c);
    return write(data, offset, length);
  }

  // ---- data

  /**
   * RECEIVE: copies what has arrived. At least 1, or {@link TcpError#WOULD_BLOCK}, {@link
   * TcpError#END_OF_STREAM} or the connection's error.
   */
  public int read(MemorySegment target, long offset, int length) {
    Connection c = readable();
    return c == null ? nothingToRead() : taken(c, c.received.read(target, offset, length));
  }

  /** The same into an array. */
  public int read(byte[] target, int offset, int length) {
    Connection c = readable();
    return c == null ? nothingToRead() : taken(c, c.received.read(target, offset, length, false));
  }

  /** Reads without taking. */
  public int peek(byte[] target, int offset, int length) {
    Connection c = readable();
    return c == null ? nothingToRead() : c.received.read(target, offset, length, true);
  }

  /** Takes up to {@code length} bytes without looking at them; as {@link #read}. */
  public int skip(int length) {
    Connection c = readable();
    if (c == null) {
      return nothingToRead();
    }
    int n = Math.min(length, c.received.readable());
    c.received.consume(n);
    return taken(c, n);
  }

  private static int taken(Connection c, int n) {
    Acknowledging.afterRead(c);
    return n;
  }

  private @Nullable Connection readable() {
    Connection c = connection;
    return !closed && c != null && !c.inputShut && c.received.readable() > 0 ? c : null;
  }

  private int nothingToRead() {
    Connection c = connection;
    if (closed) {
      return TcpError.CLOSED.code();
    }
    if (c == null) {
      return TcpError.NOT_CONNECTED.code();
    }
    TcpError e = error;
    if (e != null && !(e == TcpError.PIPE && c.finSeen)) {
      pendingError = null;
      return e.code();
    }
    boolean over =
        ended
            || c.inputShut
            || c.state == TcpState.TIME_WAIT
            || c.state.ordinal() > TcpState.FIN_WAIT_2.ordinal();
    return (over ? TcpError.END_OF_STREAM : TcpError.WOULD_BLOCK).code();
  }

  /**
   * SEND: copies as much as the send buffer takes. At least 1, or {@link TcpError#WOULD_BLOCK},
   * {@link TcpError#NO_BUFFERS} when memory is out (readiness tells when there is some), {@link
   * TcpError#PIPE} or the connection's error.
   */
  public int write(MemorySegment source, long offset, int length) {
    int room = roomToWrite(length);
    return room <= 0 ? room : written(toSend().append(source, offset, room));
  }

  /** The same from an array. */
  public int write(byte[] source, int offset, int length) {
    int room = roomToWrite(length);
    return room <= 0 ? room : written(toSend().append(source, offset, room));
  }

  /** The same without a copy. */
  public int write(SharedBytes source, long offset, int length) {
    Objects.checkFromIndexSize(offset, length, source.length());
    int room = roomToWrite(length);
    return room <= 0 ? room : written(toSend().append(source, offset, room));
  }

  /**
   * SEND with the URGENT flag (section 3.8.5): one byte after which the urgent pointer points. As
   * {@link #write}.
   */
  public int writeUrgent(int value) {
    byte[] one = {(byte) value};
    int n = write(one, 0, 1);
    Connection c = connection;
    if (n == 1 && c != null) {
      c.sndUp = c.endOfData();
      c.urgentToSend = true;
    }
    return n;
  }

  private int roomToWrite(int length) {
    Connection c = connection;
    if (closed) {
      return TcpError.CLOSED.code();
    }
    if (c == null) {
      return TcpError.NOT_CONNECTED.code();
    }
    TcpError e = pendingError;
    if (e != null) {
      pendingError = null;
      return e.code();
    }
    if (outputShut || ended || c.finQueued) {
      return TcpError.PIPE.code();
    }
    int room = SendTuning.room(c, length);
    if (room < length) {
      writeBlocked |= c.profile().sendRecordBytes() > 0;
    }
    if (room <= 0 && length > 0) {
      writeBlocked = true;
      return TcpError.WOULD_BLOCK.code();
    }
    long memory = layer.memory.outputAllowance(c);
    if (memory == 0 && length > 0) {
      layer.memory.writerWaits(c);
      return TcpError.NO_BUFFERS.code();
    }
    return (int) Math.min(room, memory);
  }

  private SendBuffer toSend() {
    return Objects.requireNonNull(connection).toSend;
  }

  private int written(int n) {
    Connection c = Objects.requireNonNull(connection);
    SendRoom.took(c, n);
    c.markDirty();
    if (n == 0) {
      layer.memory.writerWaits(c);
      return TcpError.NO_BUFFERS.code();
    }
    return n;
  }

  // ---- closing

  /**
   * CLOSE of our direction: what was written is sent, then FIN. The peer may go on sending. 0 or an
   * error code.
   */
  public int shutdownOutput() {
    Connection c = connection;
    if (closed) {
      return TcpError.CLOSED.code();
    }
    if (c == null || ended && error == null && timeWait == null && c.state == TcpState.CLOSED) {
      return TcpError.NOT_CONNECTED.code();
    }
    outputShut = true;
    queueFin(c);
    signal();
    return 0;
  }

  /** Section 3.10.4: FIN after everything that was written; the state moves now. */
  private void queueFin(Connection c) {
    if (c.finQueued) {
      return;
    }
    long now = layer.context.now;
    switch (c.state) {
      case SYN_SENT, SYN_RECEIVED -> c.finQueued = true;
      case ESTABLISHED -> {
        c.finQueued = true;
        c.enter(TcpState.FIN_WAIT_1, now);
      }
      case CLOSE_WAIT -> {
        c.finQueued = true;
        c.enter(TcpState.LAST_ACK, now);
      }
      default -> {
        return;
      }
    }
    c.markDirty();
  }

  /**
   * We read no more: unread data is discarded, and what still arrives is acknowledged and
   * discarded. 0 or an error code.
   */
  public int shutdownInput() {
    Connection c = connection;
    if (closed) {
      return TcpError.CLOSED.code();
    }
    if (c == null) {
      return TcpError.NOT_CONNECTED.code();
    }
    if (!c.inputShut) {
      c.received.release();
      Acknowledging.afterRead(c);
      c.inputShut = true;
      signal();
    }
    return 0;
  }

  /**
   * CLOSE by the application: sends what was written and FIN in the background, or RST when unread
   * data is lost (RFC 9293 section 3.6.1) or the linger time is 0.
   */
  @Override
  public void close() {
    close(options.lingerNanos == 0);
  }

  private void close(boolean reset) {
    if (closed) {
      return;
    }
    closed = true;
    unbind();
    signal();
    Connection c = connection;
    if (c == null) {
      return;
    }
    long now = layer.context.now;
    if (c.state == TcpState.CLOSED || c.state == TcpState.TIME_WAIT) {
      c.received.release();
      return;
    }
    boolean unread =
        c.received.readable() > 0 && (c.profile().resetsUnread() || !c.state.canReceive());
    boolean allowed = layer.orphanAllowed();
    c.orphan = true;
    layer.orphanAdded();
    if (c.state == TcpState.SYN_SENT) {
      c.delete(null, now);
    } else if (unread || reset || !allowed) {
      layer.context.counters.inc(
          reset ? Counter.TcpExtTCPAbortOnLinger : Counter.TcpExtTCPAbortOnClose);
      c.abort(null, now);
    } else {
      Acknowledging.unreadForgotten(c);
      queueFin(c);
      if (c.state == TcpState.FIN_WAIT_2) {
        c.arm(TimerKind.FIN_WAIT_2, now + c.profile().finWait2Nanos());
      }
    }
  }

  /** ABORT: RST at once, everything discarded. */
  public void abort() {
    close(true);
  }

  private void unbind() {
    if (boundPort != 0) {
      layer.ports.remove(this, boundPort);
    }
  }

  // ---- what the connection tells

  /** The handshake is done. */
  void connected() {
    signal();
  }

  void dataArrived() {
    signal();
  }

  void endOfInput() {
    signal();
  }

  void urgentArrived() {
    signal();
  }

  /** Data left the send buffer: who waits to write hears of it once there is a worthwhile room. */
  void acknowledged() {
    Connection c = connection;
    if (writeBlocked && c != null) {
      SendTuning.waited(c);
    }
    if (writeBlocked && c != null && (writableEnough(c) || c.toSend.length() == 0)) {
      writeBlocked = false;
      signal();
    } else if (c != null && c.toSend.length() == 0) {
      signal();
    }
  }

  /** Data went out: who waits for that hears of it when half of what may wait is gone. */
  void sent(Connection c) {
    if (writeBlocked
        && options.notSentLowatBytes < Integer.MAX_VALUE
        && (c.profile().sendRecordBytes() > 0 || c.unsent() <= options.notSentLowatBytes / 2)
        && writableEnough(c)) {
      writeBlocked = false;
      signal();
    }
  }

  boolean writeBlocked() {
    return writeBlocked;
  }

  /** There is memory to write into again. */
  void memoryFreed() {
    signal();
  }

  /** The connection is over, in order or with an error. */
  void ended(@Nullable TcpError why) {
    if (!ended) {
      ended = true;
      error = why;
      pendingError = why;
      signal();
    }
  }

  // ---- status

  @Override
  public int readiness() {
    if (closed) {
      return Readiness.READABLE | Readiness.WRITABLE | Readiness.HANGUP;
    }
    Connection c = connection;
    if (c == null) {
      return 0;
    }
    int bits = 0;
    if (c.received.readable() > 0 || wouldReturnAtOnce(c)) {
      bits |= Readiness.READABLE;
    }
    boolean opening =
        c.state == TcpState.SYN_SENT || c.state == TcpState.SYN_RECEIVED && !FastOpen.early(c);
    if (!opening && (ended || outputShut || writableEnough(c))) {
      bits |= Readiness.WRITABLE;
    }
    if (pendingError != null) {
      bits |= Readiness.ERROR;
    }
    if (ended) {
      bits |= Readiness.HANGUP;
    }
    if (urgentRemaining() > 0) {
      bits |= Readiness.URGENT;
    }
    return bits;
  }

  /** Whether a read would return at once although there is no data. */
  private boolean wouldReturnAtOnce(Connection c) {
    return ended || c.inputShut || c.state.ordinal() > TcpState.FIN_WAIT_2.ordinal();
  }

  private boolean writableEnough(Connection c) {
    boolean noMemory = c.writerWaits && layer.memory.outputAllowance(c) == 0;
    if (noMemory || c.unsent() >= options.notSentLowatBytes) {
      return false;
    }
    if (c.profile().sendRecordBytes() > 0) {
      return SendRoom.worthwhile(c, options.notSentLowatBytes);
    }
    int free = c.sendBufferBytes - c.toSend.length();
    return free > 0 && free >= c.sendBufferBytes / 4;
  }

  public TcpState state() {
    Connection c = connection;
    if (c == null) {
      return TcpState.CLOSED;
    }
    TimeWaitRecord t = timeWait;
    return t != null && t.queue == null ? TcpState.CLOSED : c.state;
  }

  /**
   * Takes the pending error, as SO_ERROR does: the next call does not see it again. Null when there
   * is none.
   */
  public @Nullable TcpError takeError() {
    TcpError e = pendingError;
    pendingError = null;
    return e;
  }

  /**
   * The error that ended the connection, kept for good; null while it lives and after an orderly
   * close.
   */
  public @Nullable TcpError error() {
    return error;
  }

  /**
   * The last soft ICMP error that did not end the connection (RFC 9293 section 3.9.2.2), or null.
   */
  public @Nullable TcpError softError() {
    return connection == null ? null : connection.softError;
  }

  public @Nullable IpAddress localAddress() {
    Connection c = connection;
    return c != null
        ? new IpAddress(c.localHigh, c.localLow)
        : boundPort != 0 ? new IpAddress(boundHigh, boundLow) : null;
  }

  /** 0 when not bound. */
  public int localPort() {
    return connection != null ? connection.localPort : boundPort;
  }

  public @Nullable IpAddress remoteAddress() {
    return connection == null ? null : new IpAddress(connection.remoteHigh, connection.remoteLow);
  }

  /** 0 when not connected. */
  public int remotePort() {
    return connection == null ? 0 : connection.remotePort;
  }

  /** Bytes that {@link #read} would return now. */
  public int available() {
    Connection c = connection;
    return c == null || c.inputShut ? 0 : c.received.readable();
  }

  /** Bytes written and not yet acknowledged. */
  public int unacknowledged() {
    return connection == null ? 0 : connection.toSend.length();
  }

  /** Bytes written and not yet sent. */
  public int unsent() {
    return connection == null || ended ? 0 : connection.unsent();
  }

  /**
   * Urgent bytes that lie before the urgent mark in the unread stream; 0 when there is none
   * (MUST-33).
   */
  public int urgentRemaining() {
    Connection c = connection;
    if (c == null || !c.urgentReceived) {
      return 0;
    }
    @Seq int read = c.rcvNxt - c.received.readable();
    return Math.max(0, SeqNum.diff(c.rcvUp, read));
  }

  /** A snapshot of the connection's variables; null before {@link #connect}. */
  public @Nullable TcpInfo info() {
    Connection c = connection;
    return c == null ? null : Info.of(c, layer.context.now);
  }

  // ---- what an option changes at once

  @Override
  @Nullable Connection affected() {
    return ended ? null : connection;
  }

  @Override
  void sendBufferChanged() {
    if (connection != null) {
      acknowledged();
    }
  }

  @Override
  void checkCongestionControl(String name) {
    layer.controls.check(name);
  }
}
