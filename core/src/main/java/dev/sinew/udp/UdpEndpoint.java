package dev.sinew.udp;

import dev.sinew.base.Block;
import dev.sinew.base.BufferPool;
import dev.sinew.base.Counter;
import dev.sinew.base.Endpoint;
import dev.sinew.base.Readiness;
import dev.sinew.base.TcpError;
import dev.sinew.ip.Flow;
import dev.sinew.ip.IcmpErrorKind;
import dev.sinew.ip.IpAddress;
import dev.sinew.link.TxPacket;
import dev.sinew.observe.DropReason;
import dev.sinew.wire.IpPacket;
import dev.sinew.wire.IpProtocol;
import dev.sinew.wire.UdpHeader;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/** A UDP endpoint. Calls never wait: they return a count, 0 or a {@link TcpError#code()}. */
public final class UdpEndpoint extends Endpoint {
  /** The largest datagram over IPv4: 65535 bytes less the IP and UDP headers. */
  public static final int MAX_PAYLOAD_V4 = 65_507;

  /** The largest datagram over IPv6 without a jumbo payload: 65535 bytes less the UDP header. */
  public static final int MAX_PAYLOAD_V6 = 65_527;

  /**
   * A datagram up to this length fits the smallest MTU (68 bytes) and a packet's header area: it
   * needs no block.
   */
  private static final int INLINE = 40;

  private static final long ANY_V4_LOW = IpAddress.ANY_V4.low();

  private final UdpLayer layer;
  private final DatagramQueue queue;
  private final Flow flow = new Flow();

  // The table's view: where datagrams for this endpoint go and, once connected, come from.
  long localHigh;
  long localLow;
  int localPort;
  long remoteHigh;
  long remoteLow;
  int remotePort;
  @Nullable UdpEndpoint nextBound;
  @Nullable UdpEndpoint nextConnected;
  @Nullable UdpEndpoint nextOpen;
  @Nullable UdpEndpoint previousOpen;

  /**
   * What the application bound to; {@link #connect} makes the wildcard exact, {@link #disconnect}
   * brings it back.
   */
  private @Nullable IpAddress boundAddress;

  private boolean isConnected;
  private boolean isClosed;
  private @Nullable TcpError pendingError;
  private @Nullable TcpError softError;
  private int receiveBuffer;
  private long dropCount;
  private int ttl;
  private int trafficClass;
  private boolean broadcast;
  private boolean reusePort;
  private boolean reuseAddress;

  UdpEndpoint(UdpLayer layer) {
    super(layer.context.readyList);
    this.layer = layer;
    queue = new DatagramQueue(layer.context.pool);
    receiveBuffer = layer.context.limits.udpReceiveBytes();
  }

  // ---- both ends

  /**
   * Chooses the local end; port 0 lets the stack choose. {@link IpAddress#ANY_V6} takes datagrams
   * of both versions.
   *
   * @return 0, or the code of {@link TcpError#ADDRESS_NOT_AVAILABLE}, {@link
   *     TcpError#ADDRESS_IN_USE}, {@link TcpError#INVALID} (bound already, or no port) or {@link
   *     TcpError#CLOSED}
   */
  public int bind(IpAddress local, int port) {
    if (isClosed) {
      return TcpError.CLOSED.code();
    }
    if (localPort != 0 || port < 0 || port > 65535) {
      return TcpError.INVALID.code();
    }
    if (!local.isAny()
        && !layer.ip.isLocal(local.high(), local.low())
        && !layer.ip.isBroadcastOrMulticast(local.high(), local.low())) {
      return TcpError.ADDRESS_NOT_AVAILABLE.code();
    }
    int chosen = port == 0 ? layer.choosePort(local) : port;
    if (chosen < 0 || (port != 0 && layer.conflicts(this, local, port))) {
      return TcpError.ADDRESS_IN_USE.code();
    }
    bound(local, chosen);
    return 0;
  }

  private void bound(IpAddress local, int port) {
    boundAddress = local;
    localHigh = local.high();
    localLow = local.low();
    localPort = port;
    layer.table.addBound(this);
  }

  /**
   * Talks with one peer only: others' datagrams are not received, and ICMP errors are reported.
   * What waited to be received is discarded, for others may have sent it. An endpoint that is
   * connected already changes its peer.
   *
   * @return 0, or the code of what forbids it: {@link TcpError#NET_UNREACHABLE}, {@link
   *     TcpError#ACCESS_DENIED} (a broadcast address without {@link #setBroadcast}), {@link
   *     TcpError#INVALID}, {@link TcpError#CLOSED}
   */
  public int connect(IpAddress remote, int port) {
    int refused = checkDestination(remote, port);
    if (refused != 0) {
      return refused;
    }
    if (isConnected) {
      disconnect();
    }
    if (!routeTo(remote)) {
      return TcpError.NET_UNREACHABLE.code();
    }
    if (localPort == 0) {
      int chosen = layer.choosePort(IpAddress.ANY_V6, flow, port);
      if (chosen < 0) {
        return TcpError.ADDRESS_IN_USE.code();
      }
      bound(IpAddress.ANY_V6, chosen);
    }
    localHigh = flow.sourceHigh;
    localLow = flow.sourceLow;
    remoteHigh = remote.high();
    remoteLow = remote.low();
    remotePort = port;
    isConnected = true;
    layer.table.addConnected(this);
    queue.clear();
    return 0;
  }

  /** Undoes {@link #connect}; the port stays. */
  public void disconnect() {
    IpAddress back = boundAddress;
    if (!isConnected || back == null) {
      return;
    }
    layer.table.removeConnected(this);
    isConnected = false;
    pendingError = null;
    softError = null;
    localHigh = back.high();
    localLow = back.low();
    remoteHigh = 0;
    remoteLow = 0;
    remotePort = 0;
  }

  /** 0 when a datagram may go there, or an error code. */
  private int checkDestination(IpAddress remote, int port) {
    if (isClosed) {
      return TcpError.CLOSED.code();
    }
    IpAddress local = boundAddress;
    boolean versionsDiffer =
        local != null && !local.equals(IpAddress.ANY_V6) && local.isV4() != remote.isV4();
    if (port < 1 || port > 65535 || remote.isAny() || versionsDiffer) {
      return TcpError.INVALID.code();
    }
    boolean toBroadcast =
        remote.isV4()
            && !remote.isMulticast()
            && layer.ip.isBroadcastOrMulticast(remote.high(), remote.low());
    return toBroadcast && !broadcast ? TcpError.ACCESS_DENIED.code() : 0;
  }

  /** Finds the way and, unless bound to one, the source address. */
  private boolean routeTo(IpAddress remote) {
    IpAddress local = boundAddress;
    // A group or broadcast address is no source (RFC 1122 section 3.2.1.3).
    boolean ownSource =
        local != null
            && !local.isAny()
            && !layer.ip.isBroadcastOrMulticast(local.high(), local.low());
    flow.set(
        remote.isV4(),
        ownSource ? localHigh : 0,
        ownSource ? localLow : 0,
        remote.high(),
        remote.low());
    // Routers may cut a datagram (IPv4): it arrives even where ICMP does not.
    flow.dontFragment = false;
    return layer.ip.route(flow);
  }

  // ---- data

  /**
   * Sends one datagram. An endpoint that is not bound is bound first.
   *
   * @param destination null on a connected endpoint
   * @return the length, or the code of a pending ICMP error (taken by this), {@link
   *     TcpError#MESSAGE_SIZE}, {@link TcpError#NOT_CONNECTED}, {@link TcpError#IS_CONNECTED},
   *     {@link TcpError#ACCESS_DENIED}, {@link TcpError#NET_UNREACHABLE}, {@link
   *     TcpError#WOULD_BLOCK} (the device's queue is full: nothing was sent), {@link
   *     TcpError#NO_BUFFERS} (the pool is), {@link TcpError#INVALID}, {@link TcpError#CLOSED}
   */
  public int send(byte[] data, int offset, int length, @Nullable IpAddress destination, int port) {
    if (isClosed) {
      return TcpError.CLOSED.code();
    }
    TcpError pending = takeError();
    if (pending != null) {
      return pending.code();
    }
    if (isConnected) {
      if (destination != null) {
        return TcpError.IS_CONNECTED.code();
      }
    } else if (destination == null) {
      return TcpError.NOT_CONNECTED.code();
    } else {
      int refused = checkDestination(destination, port);
      if (refused != 0) {
        return refused;
      }
      if (localPort == 0) {
        int result = bind(IpAddress.ANY_V6, 0);
        if (result != 0) {
          return result;
        }
      }
      if (!routeTo(destination)) {
        return TcpError.NET_UNREACHABLE.code();
      }
    }
    if (length > (flow.v4 ? MAX_PAYLOAD_V4 : MAX_PAYLOAD_V6)) {
      return TcpError.MESSAGE_SIZE.code();
    }
    return transmit(data, offset, length, isConnected ? remotePort : port);
  }

  private int transmit(byte[] data, int offset, int length, int toPort) {
    boolean multicast =
        flow.v4 ? (flow.destinationLow >>> 28 & 0xf) == 0xe : flow.destinationHigh >>> 56 == 0xff;
    // Multicast stays on the own network unless the application says otherwise.
    flow.ttl = ttl != 0 ? ttl : multicast ? 1 : layer.context.profile.defaultTtl();
    flow.trafficClass = trafficClass;
    int result =
        length <= INLINE
            ? sendSmall(data, offset, length, toPort)
            : sendLarge(data, offset, length, toPort);
    if (result >= 0) {
      layer.context.counters.inc(Counter.UdpOutDatagrams);
    } else if (result == TcpError.WOULD_BLOCK.code() || result == TcpError.NO_BUFFERS.code()) {
      layer.context.counters.inc(Counter.UdpSndbufErrors);
    }
    return result;
  }

  private int sendSmall(byte[] data, int offset, int length, int toPort) {
    TxPacket p = layer.ip.begin(flow, IpProtocol.UDP, UdpHeader.HEADER_LENGTH + length, 0);
    if (p == null) {
      return (flow.out() == null ? TcpError.NET_UNREACHABLE : TcpError.WOULD_BLOCK).code();
    }
    write(p.header(), layer.ip.transportOffset(p), data, offset, length, toPort);
    layer.ip.commit(flow, p, UdpHeader.CHECKSUM, layer.context.now);
    return length;
  }

  private int sendLarge(byte[] data, int offset, int length, int toPort) {
    int total = UdpHeader.HEADER_LENGTH + length;
    Block block = layer.context.pool.take(total);
    if (block == null) {
      return TcpError.NO_BUFFERS.code();
    }
    write(block.memory(), block.base(), data, offset, length, toPort);
    int sent =
        layer.ip.send(flow, IpProtocol.UDP, block, 0, total, UdpHeader.CHECKSUM, layer.context.now);
    block.release();
    return sent < 0 ? sent : length;
  }

  private void write(MemorySegment m, long at, byte[] data, int offset, int length, int toPort) {
    UdpHeader.write(m, at, localPort, toPort, UdpHeader.HEADER_LENGTH + length);
    MemorySegment.copy(
        data, offset, m, ValueLayout.JAVA_BYTE, at + UdpHeader.HEADER_LENGTH, length);
  }

  /**
   * Takes the oldest datagram, cut to {@code length}. Null when there is none: then {@link
   * #takeError} tells of an error.
   */
  public @Nullable Datagram receive(byte[] target, int offset, int length) {
    return queue.get(target, offset, length, true);
  }

  /** As {@link #receive}, without taking it. */
  public @Nullable Datagram peek(byte[] target, int offset, int length) {
    return queue.get(target, offset, length, false);
  }

  /**
   * A datagram came in, whose payload begins {@code at} bytes behind the UDP header: null, or why
   * it was not taken.
   */
  @Nullable DropReason take(IpPacket packet, int sourcePort, int at, int length) {
    // An empty queue takes any datagram, else one larger than a small buffer could never arrive.
    if (!queue.isEmpty() && queue.memoryBytesWith(length) > receiveBuffer) {
      dropCount++;
      return DropReason.SOCKET_BUFFER;
    }
    long payload = packet.payloadOffset + UdpHeader.HEADER_LENGTH + at;
    if (!queue.add(packet, sourcePort, packet.memory, payload, length)) {
      dropCount++;
      return DropReason.MEMORY;
    }
    signal();
    return null;
  }

  /**
   * An ICMP error that quotes a datagram between our two ends. One that may pass is only kept, as
   * Linux does it: a program that sends again would otherwise end over a route that changes.
   */
  void icmpError(IcmpErrorKind kind) {
    TcpError error =
        kind == IcmpErrorKind.PACKET_TOO_BIG && !flow.v4
            ? TcpError.MESSAGE_SIZE
            : kind.error(flow.v4);
    if (error == null) {
      return;
    }
    if (kind.isTransient()) {
      softError = error;
    } else {
      pendingError = error;
      signal();
    }
  }

  /**
   * The last ICMP error that may pass (a network or host that is not reached just now), which fails
   * no call; null when there was none.
   */
  public @Nullable TcpError softError() {
    return softError;
  }

  /** Takes the pending ICMP error of a connected endpoint; null when there is none. */
  public @Nullable TcpError takeError() {
    TcpError error = pendingError;
    pendingError = null;
    return error;
  }

  @Override
  public int readiness() {
    if (isClosed) {
      return Readiness.READABLE | Readiness.WRITABLE | Readiness.HANGUP;
    }
    return Readiness.WRITABLE
        | (queue.isEmpty() && pendingError == null ? 0 : Readiness.READABLE)
        | (pendingError == null ? 0 : Readiness.ERROR);
  }

  /** Gives the port and all memory back; what waits to be received is lost. */
  @Override
  public void close() {
    if (isClosed) {
      return;
    }
    disconnect();
    if (localPort != 0) {
      layer.table.removeBound(this);
    }
    isClosed = true;
    pendingError = null;
    queue.clear();
    layer.forget(this);
    signal();
  }

  public boolean isClosed() {
    return isClosed;
  }

  // ---- for the table

  boolean isConnected() {
    return isConnected;
  }

  /**
   * How well a local address fits: 3 bound to it, 2 to the version's wildcard, 1 to {@code ::} for
   * IPv4, 0 not at all.
   */
  int score(long high, long low, boolean v4) {
    if (localHigh == high && localLow == low) {
      return 3;
    }
    if (localHigh != 0) {
      return 0;
    }
    if (localLow == 0) {
      return v4 ? 1 : 2;
    }
    return v4 && localLow == ANY_V4_LOW ? 2 : 0;
  }

  /** True when some datagram could be for both this endpoint and one bound to the address. */
  boolean overlaps(long high, long low) {
    if (localHigh == high && localLow == low) {
      return true;
    }
    boolean thisAny = localHigh == 0 && localLow == 0;
    boolean otherAny = high == 0 && low == 0;
    if (thisAny || otherAny) {
      return true;
    }
    boolean bothV4 =
        localHigh == 0 && high == 0 && localLow >>> 32 == 0xffff && low >>> 32 == 0xffff;
    return bothV4 && (localLow == ANY_V4_LOW || low == ANY_V4_LOW);
  }

  /** True for the members of the group among which reuse-port chooses. */
  boolean sharesPortWith(UdpEndpoint other) {
    return reusePort
        && !isConnected
        && localPort == other.localPort
        && localHigh == other.localHigh
        && localLow == other.localLow;
  }

  // ---- status and options

  /** Null before it is bound; the wildcard until connected. */
  public @Nullable IpAddress localAddress() {
    return localPort == 0 ? null : new IpAddress(localHigh, localLow);
  }

  /** 0 when not bound. */
  public int localPort() {
    return localPort;
  }

  /** Null when not connected. */
  public @Nullable IpAddress remoteAddress() {
    return isConnected ? new IpAddress(remoteHigh, remoteLow) : null;
  }

  /** 0 when not connected. */
  public int remotePort() {
    return remotePort;
  }

  /**
   * Receive queue in bytes of memory, at least 2048; an empty queue takes a datagram of any length.
   */
  public void setReceiveBuffer(int bytes) {
    receiveBuffer = Math.max(bytes, BufferPool.SMALL);
  }

  public int receiveBuffer() {
    return receiveBuffer;
  }

  /** Bytes that wait to be received. */
  public int queuedBytes() {
    return queue.payloadBytes();
  }

  /** Bytes of memory that the waiting datagrams hold. */
  public int queuedMemoryBytes() {
    return queue.memoryBytes();
  }

  /** Datagrams dropped because the queue was full. */
  public long dropCount() {
    return dropCount;
  }

  /** TTL or hop limit of what is sent, 1 to 255; 0 brings the default back. */
  public void setTtl(int ttl) {
    this.ttl = ttl & 0xff;
  }

  /** DSCP and ECN bits of what is sent, 0 to 255. */
  public void setTrafficClass(int value) {
    trafficClass = value & 0xff;
  }

  public int trafficClass() {
    return trafficClass;
  }

  /** Allows sending to a broadcast address. */
  public void setBroadcast(boolean on) {
    broadcast = on;
  }

  public boolean broadcast() {
    return broadcast;
  }

  /**
   * Allows several endpoints on one address and port, among which a hash of both ends chooses;
   * before bind.
   */
  public void setReusePort(boolean on) {
    reusePort = on;
  }

  public boolean reusePort() {
    return reusePort;
  }

  /**
   * Allows several endpoints on one address and port, of which the latest receives; before bind.
   */
  public void setReuseAddress(boolean on) {
    reuseAddress = on;
  }

  public boolean reuseAddress() {
    return reuseAddress;
  }
}
