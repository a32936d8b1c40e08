package dev.sinew.neighbor;

import static dev.sinew.testing.Packets.address;

import dev.sinew.base.Counter;
import dev.sinew.base.Limits;
import dev.sinew.ip.IpAddress;
import dev.sinew.ip.NetworkInterface;
import dev.sinew.ip.Prefix;
import dev.sinew.link.LinkProperties;
import dev.sinew.link.PassiveLink;
import dev.sinew.link.TxPacket;
import dev.sinew.observe.DropReason;
import dev.sinew.observe.Observer;
import dev.sinew.stack.Stack;
import dev.sinew.testing.Packets;
import dev.sinew.testing.TestStacks;
import dev.sinew.udp.UdpEndpoint;
import dev.sinew.wire.EthernetHeader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** A stack with one link of Ethernet frames, in virtual time; the test is everybody else. */
final class EthernetHost {
  static final long OUR_MAC = 0x0200_0000_0002L;
  static final long PEER_MAC = 0x0200_0000_0001L;
  static final long OTHER_MAC = 0x0200_0000_0003L;
  static final long SECOND = 1_000_000_000L;
  static final int IPV4 = 0x800;
  static final int IPV6 = 0x86dd;
  static final int ARP = 0x806;

  /** A frame that the stack sent, and when. */
  record Frame(long at, byte[] bytes) {
    long to() {
      return mac(bytes, 0);
    }

    long from() {
      return mac(bytes, 6);
    }

    int type() {
      return Packets.u16(bytes, 12);
    }

    byte[] packet() {
      return java.util.Arrays.copyOfRange(bytes, 14, bytes.length);
    }

    boolean isArp() {
      return type() == ARP;
    }

    /**
     * {@code request 10.0.0.1 -> 10.0.0.2}, {@code reply …}: sender and target of an ARP packet.
     */
    String arp() {
      byte[] p = packet();
      return (Packets.u16(p, 6) == 1 ? "request " : "reply ")
          + IpAddress.v4(Packets.i32(p, 14))
          + " -> "
          + IpAddress.v4(Packets.i32(p, 24));
    }

    /** {@code solicitation SOURCE -> DESTINATION: TARGET} of an ICMPv6 message of neighbours. */
    String ndp() {
      byte[] p = packet();
      if (type() != IPV6 || p[6] != 58) {
        return "";
      }
      int kind = p[40] & 0xff;
      return (kind == 135 ? "solicitation " : kind == 136 ? "advertisement " : "other ")
          + Packets.source(p)
          + " -> "
          + Packets.destination(p)
          + ": "
          + IpAddress.of(java.util.Arrays.copyOfRange(p, 48, 64));
    }
  }

  private final class Wire extends PassiveLink {
    Wire() {
      super(new LinkProperties("eth0", 1500, false, false, false, false, false, OUR_MAC));
    }

    @Override
    public int transmit(TxPacket p) {
      byte[] bytes = new byte[14 + p.totalLength()];
      MemorySegment to = MemorySegment.ofArray(bytes);
      MemorySegment.copy(p.header(), p.headerOffset() - 14, to, 0, 14);
      p.copyTo(to, 14);
      frames.add(new Frame(now, bytes));
      return SENT;
    }
  }

  final List<DropReason> drops = new ArrayList<>();
  final Stack stack;
  final NetworkInterface itf;
  private final List<Frame> frames = new ArrayList<>();
  private final MemorySegment memory = Arena.ofAuto().allocate(4096, 64);
  private final UdpEndpoint udp;
  long now;

  /** A host whose addresses are its own at once, and have been announced. */
  static EthernetHost ready(String... prefixes) {
    return ready(Limits.DEFAULT, prefixes);
  }

  static EthernetHost ready(Limits limits, String... prefixes) {
    EthernetHost h = new EthernetHost(limits, false, false, prefixes);
    h.pass(10 * SECOND);
    h.sent();
    return h;
  }

  EthernetHost(Limits limits, boolean check, boolean forwarding, String... prefixes) {
    Observer observer =
        new Observer() {
          @Override
          public void packetDropped(long at, DropReason reason) {
            drops.add(reason);
          }
        };
    stack = TestStacks.builder(1).limits(limits).observer(observer).forwarding(forwarding).build();
    Prefix[] all = new Prefix[prefixes.length];
    for (int i = 0; i < all.length; i++) {
      all[i] = Objects.requireNonNull(Prefix.parse(prefixes[i]), prefixes[i]);
    }
    itf = stack.addInterface(new Wire(), check, all);
    udp = stack.udp();
  }

  /** Sends a small datagram to port 9; the endpoint's answer. */
  int send(String to) {
    stack.tick(now);
    int result = udp.send(new byte[] {1, 2, 3}, 0, 3, address(to), 9);
    drain();
    return result;
  }

  void bind(int port) {
    udp.bind(IpAddress.ANY_V6, port);
  }

  UdpEndpoint udp() {
    return udp;
  }

  /** Time passes, timer by timer. */
  void pass(long nanos) {
    long end = now + nanos;
    while (stack.nextDeadline() <= end) {
      now = Math.max(now, stack.nextDeadline());
      stack.advance(now);
      drain();
    }
    now = end;
    stack.advance(now);
    drain();
  }

  private void drain() {
    boolean unused = itf.txQueue().drainTo(itf.link());
  }

  /** What was sent since the last look. */
  List<Frame> sent() {
    drain();
    List<Frame> all = List.copyOf(frames);
    frames.clear();
    return all;
  }

  /** The same without the neighbours' own messages: what IP packets went where. */
  List<Frame> sentPackets() {
    return sent().stream().filter(f -> !f.isArp() && !f.ndp().matches("(sol|adv).*")).toList();
  }

  void receive(long to, long from, int type, byte[] packet) {
    byte[] frame = frame(to, from, type, packet);
    MemorySegment.copy(frame, 0, memory, ValueLayout.JAVA_BYTE, 0, frame.length);
    stack.receive(itf, memory, 14, frame.length - 14, 0, now);
    stack.flush(now);
    drain();
  }

  /** An ARP packet comes in: to all, or to us. */
  void arp(boolean toUs, int operation, long senderMac, String sender, String target) {
    receive(
        toUs ? OUR_MAC : EthernetHeader.BROADCAST,
        senderMac,
        ARP,
        arpPacket(operation, senderMac, sender, toUs ? OUR_MAC : 0, target));
  }

  /** The peer's reply to us. */
  void arpReply(long mac, String sender, String target) {
    arp(true, 2, mac, sender, target);
  }

  static byte[] arpPacket(int operation, long senderMac, String sender, long mac, String target) {
    ByteBuffer b = ByteBuffer.allocate(28);
    b.putShort((short) 1).putShort((short) 0x800).put((byte) 6).put((byte) 4);
    b.putShort((short) operation);
    putMac(b, senderMac);
    b.put(address(sender).bytes());
    putMac(b, mac);
    b.put(address(target).bytes());
    return b.array();
  }

  /** A solicitation; option 0 leaves the link-layer address out. */
  static byte[] solicitation(String source, String destination, String target, long option) {
    return ndp(source, destination, 255, 135, 0, 0, target, option == 0 ? null : option(1, option));
  }

  static byte[] advertisement(
      String source, String destination, int flags, String target, long option) {
    return ndp(
        source, destination, 255, 136, 0, flags, target, option == 0 ? null : option(2, option));
  }

  static byte[] ndp(
      String source,
      String destination,
      int hopLimit,
      int type,
      int code,
      int flags,
      String target,
      byte @org.jspecify.annotations.Nullable [] option) {
    IpAddress t = address(target);
    ByteBuffer body = ByteBuffer.allocate(16 + (option == null ? 0 : option.length));
    body.putLong(t.high()).putLong(t.low());
    if (option != null) {
      body.put(option);
    }
    return Packets.ipv6(
        source,
        destination,
        58,
        hopLimit,
        Packets.icmp(source, destination, type, code, flags << 24, body.array()));
  }

  static byte[] option(int type, long mac) {
    ByteBuffer b = ByteBuffer.allocate(8).put((byte) type).put((byte) 1);
    putMac(b, mac);
    return b.array();
  }

  private static byte[] frame(long to, long from, int type, byte[] packet) {
    ByteBuffer b = ByteBuffer.allocate(14 + packet.length);
    putMac(b, to);
    putMac(b, from);
    return b.putShort((short) type).put(packet).array();
  }

  private static void putMac(ByteBuffer b, long mac) {
    b.putShort((short) (mac >>> 32)).putInt((int) mac);
  }

  private static long mac(byte[] b, int at) {
    return (long) Packets.u16(b, at) << 32 | (Packets.i32(b, at + 2) & 0xffff_ffffL);
  }

  /** What is known of a neighbour: {@code 02:00:00:00:00:01 STALE}, or {@code none}. */
  String neighbor(String text) {
    IpAddress a = address(text);
    Neighbor n = neighborhood().find(a.high(), a.low());
    return n == null
        ? "none"
        : n.state() == NeighborState.INCOMPLETE
            ? "INCOMPLETE"
            : EthernetHeader.text(n.hardwareAddress()) + " " + n.state();
  }

  Neighborhood neighborhood() {
    return Objects.requireNonNull(itf.neighborhood());
  }

  long count(Counter c) {
    return stack.counters().get(c);
  }
}
