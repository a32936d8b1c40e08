package dev.sinew.wire;

import java.lang.foreign.MemorySegment;

/** ARP for IPv4 over Ethernet (RFC 826): layout, check, and how to write one. */
public final class ArpPacket {
  private ArpPacket() {}

  public static final int HARDWARE_TYPE = 0;
  public static final int PROTOCOL_TYPE = 2;
  public static final int HARDWARE_LENGTH = 4;
  public static final int PROTOCOL_LENGTH = 5;
  public static final int OPERATION = 6;
  public static final int SENDER_MAC = 8;
  public static final int SENDER_ADDRESS = 14;
  public static final int TARGET_MAC = 18;
  public static final int TARGET_ADDRESS = 24;
  public static final int LENGTH = 28;

  public static final int REQUEST = 1;
  public static final int REPLY = 2;

  private static final int ETHERNET = 1;

  /**
   * True for a whole request or reply about IPv4 over Ethernet from an ordinary hardware address;
   * padding may follow.
   */
  public static boolean isValid(MemorySegment m, long at, int length) {
    if (length < LENGTH
        || Bytes.u16(m, at + HARDWARE_TYPE) != ETHERNET
        || Bytes.u16(m, at + PROTOCOL_TYPE) != EthernetHeader.TYPE_IPV4
        || Bytes.u8(m, at + HARDWARE_LENGTH) != 6
        || Bytes.u8(m, at + PROTOCOL_LENGTH) != 4) {
      return false;
    }
    int operation = operation(m, at);
    return (operation == REQUEST || operation == REPLY)
        && !EthernetHeader.isGroup(EthernetHeader.mac(m, at + SENDER_MAC));
  }

  public static int operation(MemorySegment m, long at) {
    return Bytes.u16(m, at + OPERATION);
  }

  public static long senderMac(MemorySegment m, long at) {
    return EthernetHeader.mac(m, at + SENDER_MAC);
  }

  /** The sender's IPv4 address, first byte on top. */
  public static int senderAddress(MemorySegment m, long at) {
    return Bytes.i32(m, at + SENDER_ADDRESS);
  }

  public static long targetMac(MemorySegment m, long at) {
    return EthernetHeader.mac(m, at + TARGET_MAC);
  }

  /** The IPv4 address that is asked for, or the asker's in a reply; first byte on top. */
  public static int targetAddress(MemorySegment m, long at) {
    return Bytes.i32(m, at + TARGET_ADDRESS);
  }

  /**
   * Writes a packet.
   *
   * @return {@link #LENGTH}
   */
  public static int write(
      MemorySegment m,
      long at,
      int operation,
      long senderMac,
      int senderAddress,
      long targetMac,
      int targetAddress) {
    Bytes.put16(m, at + HARDWARE_TYPE, ETHERNET);
    Bytes.put16(m, at + PROTOCOL_TYPE, EthernetHeader.TYPE_IPV4);
    Bytes.put8(m, at + HARDWARE_LENGTH, 6);
    Bytes.put8(m, at + PROTOCOL_LENGTH, 4);
    Bytes.put16(m, at + OPERATION, operation);
    EthernetHeader.putMac(m, at + SENDER_MAC, senderMac);
    Bytes.put32(m, at + SENDER_ADDRESS, senderAddress);
    EthernetHeader.putMac(m, at + TARGET_MAC, targetMac);
    Bytes.put32(m, at + TARGET_ADDRESS, targetAddress);
    return LENGTH;
  }
}
