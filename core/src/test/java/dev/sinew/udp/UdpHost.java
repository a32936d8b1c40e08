package dev.sinew.udp;

import dev.sinew.base.BufferPool;
import dev.sinew.base.Counter;
import dev.sinew.base.Limits;
import dev.sinew.base.Profile;
import dev.sinew.ip.IpLayer;
import dev.sinew.ip.NetworkInterface;
import dev.sinew.ip.Prefix;
import dev.sinew.ip.StackContext;
import dev.sinew.link.Link;
import dev.sinew.link.LinkProperties;
import dev.sinew.link.PassiveLink;
import dev.sinew.link.TxPacket;
import dev.sinew.observe.DropReason;
import dev.sinew.observe.Observer;
import dev.sinew.wire.SuperSegments;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** IP and UDP of one host with one device, whose packets a test takes and carries over. */
final class UdpHost {
  final StackContext context;
  final IpLayer ip;
  final UdpLayer udp;
  final NetworkInterface itf;
  final List<DropReason> drops = new ArrayList<>();

  /** What the device has sent and nobody has carried yet. */
  final List<byte[]> sent = new ArrayList<>();

  /** Of each packet that the device has taken: how many it was cut into. */
  final List<Integer> pieces = new ArrayList<>();

  /** Super-datagrams as they were given to the device, with the checksum that they would have. */
  final List<byte[]> uncut = new ArrayList<>();

  /** What observers were told of lengths of packets sent. */
  final List<Integer> announced = new ArrayList<>();

  /** What the device answers. */
  int result = Link.SENT;

  /** Packets that the device takes before it is busy. */
  int room = Integer.MAX_VALUE;

  private final MemorySegment scratch = Arena.ofAuto().allocate(70_000);
  private final MemorySegment piece = Arena.ofAuto().allocate(70_000);

  UdpHost(long seed, BufferPool pool, int mtu, String... prefixes) {
    this(seed, pool, new LinkProperties("test0", mtu, false, false, false, false), prefixes);
  }

  /** A device that offloads cuts and completes what it sends as the driver of a card does. */
  UdpHost(long seed, BufferPool pool, LinkProperties device, String... prefixes) {
    SplittableRandom random = new SplittableRandom(seed);
    context =
        new StackContext(
            random::nextLong,
            pool,
            Limits.DEFAULT,
            Profile.STANDARD,
            new Observer() {
              @Override
              public void packetDropped(long now, DropReason reason) {
                drops.add(reason);
              }

              @Override
              public void packetSent(
                  long now, int index, MemorySegment header, long at, int length, int total) {
                announced.add(total);
              }
            },
            1);
    ip = new IpLayer(context, false);
    udp = new UdpLayer(context, ip);
    Prefix[] addresses = new Prefix[prefixes.length];
    for (int i = 0; i < prefixes.length; i++) {
      addresses[i] = Prefix.parse(prefixes[i]);
    }
    itf = ip.addInterface(new Device(device), addresses);
  }

  private final class Device extends PassiveLink {
    Device(LinkProperties properties) {
      super(properties);
    }

    @Override
    public int transmit(TxPacket packet) {
      if (room == 0) {
        return BUSY;
      }
      room--;
      int n = packet.copyTo(scratch, 0);
      int ip = packet.checksumStart();
      int protocol = packet.checksumProtocol();
      int size = packet.segmentSize();
      if (ip != 0 && size == 0) {
        SuperSegments.finishChecksum(scratch, 0, ip, n, protocol);
      } else if (ip != 0) {
        MemorySegment.copy(scratch, 0, piece, 0, n);
        SuperSegments.finishChecksum(piece, 0, ip, n, protocol);
        uncut.add(piece.asSlice(0, n).toArray(java.lang.foreign.ValueLayout.JAVA_BYTE));
      }
      int count =
          size == 0
              ? 1
              : SuperSegments.count(SuperSegments.payload(scratch, 0, ip, n, protocol), size);
      pieces.add(count);
      for (int i = 0; i < count; i++) {
        int length =
            size == 0 ? n : SuperSegments.cut(scratch, 0, ip, n, protocol, size, i, piece, 0);
        MemorySegment from = size == 0 ? scratch : piece;
        sent.add(from.asSlice(0, length).toArray(java.lang.foreign.ValueLayout.JAVA_BYTE));
      }
      return result;
    }
  }

  /** Hands the device what waits, and brings loopback packets round. */
  void drain() {
    while (ip.pumpLoopback(64, context.now)) {}
    itf.txQueue().drainTo(itf.link());
  }

  void receive(byte[] packet) {
    receive(packet, 0);
  }

  void receive(byte[] packet, int flags) {
    MemorySegment.copy(
        packet, 0, scratch, java.lang.foreign.ValueLayout.JAVA_BYTE, 0, packet.length);
    ip.input(itf, scratch, 0, packet.length, flags, context.now);
  }

  /** Carries everything to the peer and back until both are silent. */
  void exchange(UdpHost peer) {
    do {
      carry(this, peer);
      carry(peer, this);
    } while (!sent.isEmpty() || itf.txQueue().size() > 0);
  }

  private static void carry(UdpHost from, UdpHost to) {
    from.drain();
    List<byte[]> packets = List.copyOf(from.sent);
    from.sent.clear();
    packets.forEach(to::receive);
  }

  long count(Counter c) {
    return context.counters.get(c);
  }
}
