package dev.sinew.packetdrill;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A packet as it was on the wire, taken apart without the stack's own code; {@link #error} names
 * what is wrong with it.
 */
final class LivePacket {
  static final int ICMP_V4 = 1;
  static final int TCP = 6;
  static final int UDP = 17;
  static final int ICMP_V6 = 58;

  final byte[] bytes;
  final ByteBuffer b;
  boolean v4;
  int trafficClass;
  int ttl;
  int flowLabel;
  int protocol;
  int transport;
  int sourcePort;
  int destinationPort;

  // TCP
  int seq;
  int ack;
  int flags;
  int window;
  int urgent;
  int optionsAt;
  int optionsEnd;
  int dataAt;

  private @Nullable String error;

  /** Segments that were put together: their checksums were looked at before. */
  static LivePacket joined(byte[] bytes, LivePacket first) {
    LivePacket p = new LivePacket(bytes);
    p.error = first.error;
    return p;
  }

  LivePacket(byte[] bytes) {
    this.bytes = bytes;
    this.b = ByteBuffer.wrap(bytes);
    parse();
  }

  /** What is wrong with the packet itself, whatever is expected, or null. */
  @Nullable String error() {
    return error;
  }

  int dataLength() {
    return bytes.length - dataAt;
  }

  byte[] data() {
    return Arrays.copyOfRange(bytes, dataAt, bytes.length);
  }

  byte[] options() {
    return Arrays.copyOfRange(bytes, optionsAt, optionsEnd);
  }

  byte[] source() {
    return v4 ? Arrays.copyOfRange(bytes, 12, 16) : Arrays.copyOfRange(bytes, 8, 24);
  }

  byte[] destination() {
    return v4 ? Arrays.copyOfRange(bytes, 16, 20) : Arrays.copyOfRange(bytes, 24, 40);
  }

  private int u16(int at) {
    return b.getShort(at) & 0xffff;
  }

  private void parse() {
    v4 = bytes[0] >> 4 == 4;
    if (v4) {
      int header = (bytes[0] & 15) * 4;
      trafficClass = bytes[1] & 0xff;
      ttl = bytes[8] & 0xff;
      protocol = bytes[9] & 0xff;
      transport = header;
      if (u16(2) != bytes.length) {
        error = "the IP header says " + u16(2) + " bytes, the packet has " + bytes.length;
      } else if (fold(sum(0, header)) != 0xffff) {
        error = "bad checksum in the IP header";
      }
    } else {
      int word = b.getInt(0);
      trafficClass = word >> 20 & 0xff;
      flowLabel = word & 0xfffff;
      ttl = bytes[7] & 0xff;
      protocol = bytes[6] & 0xff;
      transport = 40;
      if (u16(4) + 40 != bytes.length) {
        error = "the IP header says " + u16(4) + " bytes, the packet has " + (bytes.length - 40);
      }
    }
    dataAt = bytes.length;
    if (protocol == TCP) {
      tcp();
    } else if (protocol == UDP) {
      sourcePort = u16(transport);
      destinationPort = u16(transport + 2);
      dataAt = transport + 8;
      checkTransport(UDP);
      if (error == null && u16(transport + 4) != bytes.length - transport) {
        error = "the UDP header says " + u16(transport + 4) + " bytes";
      }
    } else if (protocol == ICMP_V6) {
      checkTransport(ICMP_V6);
    } else if (protocol == ICMP_V4 && fold(sum(transport, bytes.length)) != 0xffff) {
      error = "bad checksum";
    }
  }

  private void tcp() {
    sourcePort = u16(transport);
    destinationPort = u16(transport + 2);
    seq = b.getInt(transport + 4);
    ack = b.getInt(transport + 8);
    int word = u16(transport + 12);
    flags = word & 0x1ff;
    window = u16(transport + 14);
    urgent = u16(transport + 18);
    optionsAt = transport + 20;
    optionsEnd = transport + (word >> 12) * 4;
    dataAt = optionsEnd;
    if ((word & 0xe00) != 0) {
      error = "reserved bits in the TCP header are set";
    }
    checkTransport(TCP);
  }

  private void checkTransport(int number) {
    long sum = sum(v4 ? 12 : 8, v4 ? 20 : 40) + number + (bytes.length - transport);
    if (fold(sum + sum(transport, bytes.length)) != 0xffff) {
      error = "bad checksum";
    }
  }

  private long sum(int from, int to) {
    long sum = 0;
    for (int i = from; i < to; i += 2) {
      sum += (bytes[i] & 0xff) << 8 | (i + 1 < to ? bytes[i + 1] & 0xff : 0);
    }
    return sum;
  }

  static int fold(long sum) {
    long s = sum;
    while (s >> 16 != 0) {
      s = (s & 0xffff) + (s >> 16);
    }
    return (int) s;
  }
}
