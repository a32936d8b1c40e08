package dev.sinew.linux;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Reads the messages of one netlink datagram, one after the other. Lengths are the sender's word
 * and are checked against the datagram.
 */
final class NetlinkReply {
  private static final int NLM_F_CAPPED = 0x100;
  private static final int NLM_F_ACK_TLVS = 0x200;
  private static final int NLMSGERR_ATTR_MSG = 1;
  private static final int NESTED_AND_ORDER = 0xc000; // two flag bits share the type's field

  private final ByteBuffer buffer;
  private int start;
  private int end;

  NetlinkReply(byte[] datagram) {
    buffer = ByteBuffer.wrap(datagram).order(ByteOrder.nativeOrder());
  }

  /** Goes to the next message; false after the last whole one. */
  boolean next() {
    start = NetlinkMessage.aligned(end);
    if (start + NetlinkMessage.HEADER > buffer.capacity()) {
      return false;
    }
    int length = buffer.getInt(start);
    if (length < NetlinkMessage.HEADER || length > buffer.capacity() - start) {
      return false;
    }
    end = start + length;
    return true;
  }

  int type() {
    return buffer.getShort(start + 4) & 0xffff;
  }

  int sequence() {
    return buffer.getInt(start + 8);
  }

  /** The int at {@code at} of the message's fixed part, or 0 when the message is shorter. */
  int int32(int at) {
    int where = start + NetlinkMessage.HEADER + at;
    return where + 4 <= end ? buffer.getInt(where) : 0;
  }

  /** The byte at {@code at} of the message's fixed part, or 0. */
  int uint8(int at) {
    int where = start + NetlinkMessage.HEADER + at;
    return where < end ? buffer.get(where) & 0xff : 0;
  }

  /** Of an NLMSG_ERROR: the error number, 0 for an acknowledgement. */
  int errno() {
    return -int32(0);
  }

  /** Of an NLMSG_ERROR: the kernel's own words, when it has some. */
  @Nullable String errorText() {
    int flags = buffer.getShort(start + 6);
    if ((flags & NLM_F_ACK_TLVS) == 0) {
      return null;
    }
    // After the number comes the request that failed: whole, or its header alone when capped.
    int request = (flags & NLM_F_CAPPED) != 0 ? NetlinkMessage.HEADER : int32(4);
    byte[] text = attribute(4 + NetlinkMessage.aligned(request), NLMSGERR_ATTR_MSG);
    if (text == null) {
      return null;
    }
    int zero = 0;
    while (zero < text.length && text[zero] != 0) {
      zero++;
    }
    return new String(text, 0, zero, StandardCharsets.UTF_8);
  }

  /** The value of the first attribute of that type after a fixed part of {@code fixed} bytes. */
  byte @Nullable [] attribute(int fixed, int type) {
    long at = (long) start + NetlinkMessage.HEADER + fixed;
    while (at >= start && at + 4 <= end) {
      int length = buffer.getShort((int) at) & 0xffff;
      if (length < 4 || at + length > end) {
        return null;
      }
      if ((buffer.getShort((int) at + 2) & 0xffff & ~NESTED_AND_ORDER) == type) {
        return Arrays.copyOfRange(buffer.array(), (int) at + 4, (int) at + length);
      }
      at += NetlinkMessage.aligned(length);
    }
    return null;
  }

  /**
   * The attributes within the attribute of that type, as a message without a fixed part; empty when
   * there is no such attribute.
   */
  NetlinkReply nested(int fixed, int type) {
    byte[] value = attribute(fixed, type);
    int length = NetlinkMessage.HEADER + (value == null ? 0 : value.length);
    ByteBuffer message = ByteBuffer.allocate(length).order(ByteOrder.nativeOrder());
    message.putInt(0, length);
    if (value != null) {
      message.put(NetlinkMessage.HEADER, value);
    }
    NetlinkReply reply = new NetlinkReply(message.array());
    boolean unused = reply.next();
    return reply;
  }

  /** An attribute of 4 bytes in the machine's order, or 0. */
  int int32Attribute(int fixed, int type) {
    byte[] value = attribute(fixed, type);
    return value == null || value.length < 4
        ? 0
        : ByteBuffer.wrap(value).order(ByteOrder.nativeOrder()).getInt();
  }
}
