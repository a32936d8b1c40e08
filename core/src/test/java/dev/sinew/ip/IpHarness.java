package dev.sinew.ip;

import dev.sinew.base.BufferPool;
import dev.sinew.base.Counter;
import dev.sinew.base.Limits;
import dev.sinew.base.Profile;
import dev.sinew.link.PacketSink;
import dev.sinew.observe.DropReason;
import dev.sinew.observe.Observer;
import dev.sinew.testing.TestEntropy;
import dev.sinew.testing.TestLink;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/** An internet layer with two interfaces, and transports that write down what they get. */
final class IpHarness {
  /** What a transport was given. */
  record Delivered(
      int protocol,
      IpAddress source,
      IpAddress destination,
      int trafficClass,
      int ttl,
      byte[] payload) {}

  /** An ICMP error that a transport was told of. */
  record Told(
      IcmpErrorKind kind, int type, int code, int mtu, IpAddress destination, byte[] transport) {}

  final List<DropReason> drops = new ArrayList<>();
  final List<Delivered> delivered = new ArrayList<>();
  final List<Told> told = new ArrayList<>();
  final StackContext context;
  final IpLayer ip;
  final TestLink link = new TestLink("a", 1500);
  final TestLink other = new TestLink("b", 1280);
  final NetworkInterface itf;
  final NetworkInterface otherItf;
  long now;

  IpHarness(boolean forwarding) {
    this(forwarding, Limits.DEFAULT);
  }

  IpHarness(boolean forwarding, Limits limits) {
    this(forwarding, limits, new BufferPool(16L << 20));
  }

  IpHarness(boolean forwarding, Limits limits, BufferPool pool) {
    Observer observer =
        new Observer() {
          @Override
          public void packetDropped(long at, DropReason reason) {
            drops.add(reason);
          }
        };
    context = new StackContext(new TestEntropy(1), pool, limits, Profile.STANDARD, observer, 1);
    ip = new IpLayer(context, forwarding);
    for (int protocol : new int[] {6, 17}) {
      ip.register(protocol, (p, in, flags, at) -> delivered.add(copy(p, protocol)), this::tell);
    }
    itf =
        ip.addInterface(link, prefix("10.0.0.1/24"), prefix("fd00:a::1/64"), prefix("fe80::1/64"));
    otherItf = ip.addInterface(other, prefix("10.0.1.1/24"), prefix("fd00:b::1/64"));
  }

  private static Delivered copy(dev.sinew.wire.IpPacket p, int protocol) {
    return new Delivered(
        protocol,
        new IpAddress(p.sourceHigh, p.sourceLow),
        new IpAddress(p.destinationHigh, p.destinationLow),
        p.trafficClass,
        p.ttl,
        p.memory.asSlice(p.payloadOffset, p.payloadLength).toArray(ValueLayout.JAVA_BYTE));
  }

  private void tell(
      IcmpErrorKind kind,
      int type,
      int code,
      int mtu,
      dev.sinew.wire.IpPacket quoted,
      long transport,
      int transportLength,
      long at) {
    MemorySegment bytes = quoted.memory.asSlice(transport, transportLength);
    told.add(
        new Told(
            kind,
            type,
            code,
            mtu,
            new IpAddress(quoted.destinationHigh, quoted.destinationLow),
            bytes.toArray(ValueLayout.JAVA_BYTE)));
  }

  static Prefix prefix(String text) {
    Prefix p = Prefix.parse(text);
    if (p == null) {
      throw new AssertionError("not a prefix: " + text);
    }
    return p;
  }

  /** A packet comes in by the first link. */
  void in(byte[] packet) {
    in(itf, packet);
  }

  void in(NetworkInterface by, byte[] packet) {
    ((TestLink) by.link()).inject(packet);
    PacketSink sink = (m, o, n, f) -> ip.input(by, m, o, n, f, now);
    by.link().receive(sink, 1);
  }

  /** What was sent by the first link since the last look. */
  List<byte[]> out() {
    itf.txQueue().drainTo(link);
    return link.takeAll();
  }

  List<byte[]> otherOut() {
    otherItf.txQueue().drainTo(other);
    return other.takeAll();
  }

  /** Lets time pass and fires the timers. */
  void pass(long nanos) {
    now += nanos;
    context.now = now;
    while (context.timers.fireNext(now)) {
      // one after the other
    }
  }

  long count(Counter c) {
    return context.counters.get(c);
  }

  /** Bytes of the pool that are out, after all queues have been drained. */
  long used() {
    out();
    otherOut();
    return context.pool.usedBytes();
  }
}
