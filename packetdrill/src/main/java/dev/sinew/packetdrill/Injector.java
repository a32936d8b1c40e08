package dev.sinew.packetdrill;

import dev.sinew.packetdrill.script.PacketSpec;
import dev.sinew.packetdrill.script.Place;
import dev.sinew.wire.TcpHeader;
import java.nio.ByteBuffer;
import java.util.List;

/** Turns a script's inbound packets into bytes for the stack. */
final class Injector {
  private final Machine machine;
  private final Machine.Addresses addresses;
  private final Numbering numbers;
  private final Flow flow;

  Injector(Machine machine, Machine.Addresses addresses, Numbering numbers, Flow flow) {
    this.machine = machine;
    this.addresses = addresses;
    this.numbers = numbers;
    this.flow = flow;
  }

  byte[] build(PacketSpec spec) throws StopException {
    byte[] from = flow.remoteAddress();
    byte[] to = flow.localAddress();
    return switch (spec.body()) {
      case PacketSpec.Tcp t ->
          PacketBuilder.ip(
              addresses.v4(), from, to, LivePacket.TCP, spec.ip(), tcp(spec.place(), spec, t), 16);
      case PacketSpec.Udp u ->
          PacketBuilder.ip(
              addresses.v4(), from, to, LivePacket.UDP, spec.ip(), udp(spec, u.length()), 6);
      case PacketSpec.Icmp i ->
          PacketBuilder.ip(
              addresses.v4(),
              from,
              to,
              addresses.v4() ? LivePacket.ICMP_V4 : LivePacket.ICMP_V6,
              spec.ip(),
              icmp(spec.place(), i),
              2);
    };
  }

  private byte[] tcp(Place place, PacketSpec spec, PacketSpec.Tcp t) throws StopException {
    boolean syn = (t.flags() & TcpHeader.SYN) != 0;
    byte[] options =
        t.options() == null ? new byte[0] : OptionBytes.of(t.options(), numbers, place);
    if (t.anyOptions()) {
      throw StopException.error(place, "<...> is for expected packets only");
    }
    if (syn && (t.flags() & TcpHeader.RST) == 0 && flow.opening()) {
      numbers.remote(t.seq());
    }
    ByteBuffer b = ByteBuffer.allocate(20 + options.length + t.length());
    int seq = t.anySeq() ? 0 : t.absoluteSeq() ? (int) t.seq() : numbers.toRemote(t.seq(), syn);
    b.putShort((short) (spec.sourcePort() >= 0 ? spec.sourcePort() : flow.remotePort()));
    b.putShort((short) (spec.destinationPort() >= 0 ? spec.destinationPort() : flow.localPort()));
    b.putInt(seq);
    b.putInt(t.ack() == null ? 0 : numbers.toLocal(t.ack(), syn));
    b.putShort((short) ((20 + options.length) / 4 << 12 | t.flags()));
    b.putShort((short) (t.window() >= 0 ? t.window() : 0));
    b.putShort((short) 0);
    b.putShort((short) Math.max(t.urgent(), 0));
    b.put(options);
    // SYN takes a number of its own.
    long position = numbers.fromRemote(seq, false) - (syn ? 0 : 1);
    b.put(Payload.bytes(position, t.length()));
    return b.array();
  }

  private byte[] udp(PacketSpec spec, int length) {
    ByteBuffer b = ByteBuffer.allocate(8 + length);
    b.putShort((short) (spec.sourcePort() >= 0 ? spec.sourcePort() : flow.remotePort()));
    b.putShort((short) (spec.destinationPort() >= 0 ? spec.destinationPort() : flow.localPort()));
    b.putShort((short) b.capacity()).putShort((short) 0);
    b.put(Payload.bytes(0, length));
    return b.array();
  }

  /** An error quotes the IP header and the beginning of what the stack sent. */
  private byte[] icmp(Place place, PacketSpec.Icmp i) throws StopException {
    boolean v4 = machine.v4;
    String type =
        i.type().equals("unreachable") && i.code().equals("packet_too_big")
            ? "packet_too_big"
            : i.type();
    if (!v4 && i.code().equals("frag_needed")) {
      type = "packet_too_big";
    }
    String code = type.equals("packet_too_big") ? "" : i.code();
    IcmpNames.TypeAndCode t = IcmpNames.find(v4, type, code);
    if (t == null) {
      throw StopException.error(
          place, "unknown ICMP" + (v4 ? "v4" : "v6") + " message: " + i.type() + " " + i.code());
    }
    if (i.type().startsWith("echo")) {
      ByteBuffer echo = ByteBuffer.allocate(8).put(0, (byte) t.type());
      echo.putShort(4, (short) Math.max(i.id(), 0));
      return echo.array();
    }
    byte[] quoted = quoted(i);
    ByteBuffer b = ByteBuffer.allocate(8 + quoted.length);
    b.put((byte) t.type()).put((byte) t.code()).putShort((short) 0);
    b.putInt(Math.max(i.mtu(), 0));
    b.put(quoted);
    return b.array();
  }

  private byte[] quoted(PacketSpec.Icmp i) {
    int length = Math.max(i.quotedLength(), 0);
    ByteBuffer t;
    int protocol;
    if (i.quotedUdpLength() >= 0) {
      protocol = LivePacket.UDP;
      length = i.quotedUdpLength();
      t = ByteBuffer.allocate(8);
      t.putShort((short) flow.localPort()).putShort((short) flow.remotePort());
      t.putShort((short) (8 + length));
    } else {
      protocol = LivePacket.TCP;
      t = ByteBuffer.allocate(20);
      t.putShort((short) flow.localPort()).putShort((short) flow.remotePort());
      long seq = i.quotedSeq() == null ? 0 : i.quotedSeq();
      t.putInt(numbers.toLocal(seq, false));
      t.put(12, (byte) 0x50);
    }
    byte[] header =
        PacketBuilder.ip(
            addresses.v4(),
            flow.localAddress(),
            flow.remoteAddress(),
            protocol,
            new PacketSpec.Ip(PacketSpec.Ecn.ANY, -1, -1, 64, -1),
            t.array(),
            protocol == LivePacket.TCP ? 16 : 6);
    // The length is that of the packet which was too large, not of what is quoted.
    ByteBuffer h = ByteBuffer.wrap(header);
    if (addresses.v4()) {
      h.putShort(2, (short) (header.length + length));
      h.putShort(10, (short) 0);
      long sum = 0;
      for (int k = 0; k < 20; k += 2) {
        sum += h.getShort(k) & 0xffff;
      }
      h.putShort(10, (short) ~LivePacket.fold(sum));
    } else {
      h.putShort(4, (short) (header.length - 40 + length));
    }
    return header;
  }

  /** Pieces of at most {@code size} bytes of payload each, as one train. */
  static List<PacketSpec.Tcp> cut(PacketSpec.Tcp t, int size) {
    List<PacketSpec.Tcp> list = new java.util.ArrayList<>();
    for (int at = 0; at < t.length(); at += size) {
      int n = Math.min(size, t.length() - at);
      int flags = at + n < t.length() ? t.flags() & ~(TcpHeader.FIN | TcpHeader.PSH) : t.flags();
      list.add(
          new PacketSpec.Tcp(
              flags,
              t.ace(),
              t.anySeq(),
              t.absoluteSeq(),
              t.seq() + at,
              n,
              t.ack(),
              t.window(),
              t.urgent(),
              t.options(),
              t.anyOptions()));
    }
    return list;
  }
}
