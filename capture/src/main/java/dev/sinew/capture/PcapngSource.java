package dev.sinew.capture;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * pcapng: blocks of many types; sections may differ in byte order, and each has its own interfaces.
 * Unknown blocks and options are skipped.
 */
final class PcapngSource implements CaptureReader.PacketSource {
  private static final int BYTE_ORDER_MAGIC = 0x1a2b3c4d;
  private static final int INTERFACE_DESCRIPTION = 1;
  private static final int SIMPLE_PACKET = 3;
  private static final int ENHANCED_PACKET = 6;
  private static final int OPT_COMMENT = 1;
  private static final int IF_NAME = 2;
  private static final int IF_TSRESOL = 9;
  private static final int IF_TSOFFSET = 14;

  /**
   * @param units time stamps per second
   * @param offset seconds to add to time stamps
   */
  private record Interface(
      String name, int linkType, int snapLength, BigInteger units, long offset) {}

  private record Option(int code, byte[] value) {}

  private static final BigInteger BILLION = BigInteger.valueOf(1_000_000_000L);

  private final CaptureReader.Input in;
  private final List<Interface> interfaces = new ArrayList<>();
  private ByteOrder order = ByteOrder.LITTLE_ENDIAN;

  /** The first block's type has been read. */
  PcapngSource(CaptureReader.Input in) throws IOException {
    this.in = in;
    if (!section()) {
      throw new CaptureFormatException("the pcapng file ends within its section header");
    }
  }

  @Override
  public @Nullable CapturedPacket next() throws IOException {
    while (true) {
      long at = in.position();
      ByteBuffer head = in.whole(4, order);
      if (head == null) {
        return null;
      }
      int type = head.getInt(0);
      // The same four bytes in either order.
      if (type == CaptureReader.SECTION_HEADER) {
        if (!section()) {
          return null;
        }
        continue;
      }
      ByteBuffer lengthField = in.whole(4, order);
      if (lengthField == null) {
        in.truncated();
        return null;
      }
      int length = blockLength(lengthField.getInt(0), at);
      ByteBuffer body = in.part(length - 12, order);
      boolean whole = body.capacity() == length - 12;
      if (whole) {
        checkTrailer(length, at);
      }
      switch (type) {
        case INTERFACE_DESCRIPTION -> {
          if (whole) {
            interfaces.add(describe(body, at));
          }
        }
        case ENHANCED_PACKET, SIMPLE_PACKET -> {
          CapturedPacket p =
              type == ENHANCED_PACKET ? enhanced(body, whole, at) : simple(body, whole, at);
          if (p != null) {
            return p;
          }
        }
        default -> {}
      }
      if (!whole) {
        return null;
      }
    }
  }

  private static int blockLength(int length, long at) throws CaptureFormatException {
    if (length < 12 || length > CaptureReader.MAX_BLOCK || (length & 3) != 0) {
      throw new CaptureFormatException(
          "damaged at byte " + at + ": a block of " + Integer.toUnsignedString(length) + " bytes");
    }
    return length;
  }

  private void checkTrailer(int length, long at) throws IOException {
    ByteBuffer trailer = in.part(4, order);
    if (trailer.capacity() == 4 && trailer.getInt(0) != length) {
      throw new CaptureFormatException(
          "damaged at byte " + at + ": the block's two lengths are not the same");
    }
  }

  /** Reads a section header after its type. False at the file's end. */
  private boolean section() throws IOException {
    long at = in.position() - 4;
    ByteBuffer head = in.whole(8, ByteOrder.BIG_ENDIAN);
    if (head == null) {
      in.truncated();
      return false;
    }
    int magic = head.getInt(4);
    if (magic == BYTE_ORDER_MAGIC) {
      order = ByteOrder.BIG_ENDIAN;
    } else if (magic == Integer.reverseBytes(BYTE_ORDER_MAGIC)) {
      order = ByteOrder.LITTLE_ENDIAN;
    } else {
      throw new CaptureFormatException("damaged at byte " + at + ": no byte-order magic");
    }
    int length = blockLength(head.order(order).getInt(0), at);
    if (length < 28) {
      throw new CaptureFormatException("damaged at byte " + at + ": section header too short");
    }
    ByteBuffer body = in.whole(length - 16, order);
    if (body == null) {
      in.truncated();
      return false;
    }
    int major = body.getShort(0);
    if (major != 1) {
      throw new CaptureFormatException("pcapng version " + major + " is not known");
    }
    checkTrailer(length, at);
    interfaces.clear();
    return true;
  }

  private Interface describe(ByteBuffer body, long at) throws CaptureFormatException {
    if (body.capacity() < 8) {
      throw new CaptureFormatException("damaged at byte " + at + ": interface block too short");
    }
    int linkType = body.getShort(0) & 0xffff;
    int snapLength = body.getInt(4);
    String name = "";
    BigInteger units = BigInteger.valueOf(1_000_000);
    long offset = 0;
    for (Option o : options(body, 8)) {
      if (o.code == IF_NAME) {
        name = new String(o.value, StandardCharsets.UTF_8);
      } else if (o.code == IF_TSRESOL && o.value.length == 1) {
        int exponent = o.value[0] & 0x7f;
        units = o.value[0] < 0 ? BigInteger.ONE.shiftLeft(exponent) : BigInteger.TEN.pow(exponent);
      } else if (o.code == IF_TSOFFSET && o.value.length == 8) {
        offset = ByteBuffer.wrap(o.value).order(order).getLong();
      }
    }
    return new Interface(name, linkType, snapLength, units, offset);
  }

  private @Nullable CapturedPacket enhanced(ByteBuffer body, boolean whole, long at)
      throws CaptureFormatException {
    if (body.capacity() < 20) {
      return tooShort(whole, at);
    }
    Interface itf = interfaceOf(body.getInt(0), at);
    long stamp = (long) body.getInt(4) << 32 | body.getInt(8) & 0xffff_ffffL;
    int captured = body.getInt(12);
    int length = body.getInt(16);
    int there = body.capacity() - 20;
    if (captured < 0 || length < 0 || whole && captured > there) {
      throw new CaptureFormatException("damaged at byte " + at + ": packet longer than its block");
    }
    byte[] bytes = new byte[Math.min(captured, there)];
    if (bytes.length == 0 && captured > 0) {
      return null;
    }
    body.get(20, bytes);
    List<String> comments = new ArrayList<>();
    if (whole) {
      for (Option o : options(body, 20 + (captured + 3 & ~3))) {
        if (o.code == OPT_COMMENT) {
          comments.add(new String(o.value, StandardCharsets.UTF_8));
        }
      }
    }
    return new CapturedPacket(
        itf.name, itf.linkType, nanos(itf, stamp), bytes, Math.max(length, captured), comments);
  }

  private @Nullable CapturedPacket simple(ByteBuffer body, boolean whole, long at)
      throws CaptureFormatException {
    if (body.capacity() < 4) {
      return tooShort(whole, at);
    }
    Interface itf = interfaceOf(0, at);
    int length = body.getInt(0);
    if (length < 0) {
      throw new CaptureFormatException("damaged at byte " + at + ": packet longer than its block");
    }
    int captured = Math.min(length, body.capacity() - 4);
    if (itf.snapLength > 0) {
      captured = Math.min(captured, itf.snapLength);
    }
    byte[] bytes = new byte[captured];
    body.get(4, bytes);
    return new CapturedPacket(itf.name, itf.linkType, 0, bytes, length, List.of());
  }

  private static @Nullable CapturedPacket tooShort(boolean whole, long at)
      throws CaptureFormatException {
    if (whole) {
      throw new CaptureFormatException("damaged at byte " + at + ": packet block too short");
    }
    return null;
  }

  private Interface interfaceOf(int number, long at) throws CaptureFormatException {
    if (number < 0 || number >= interfaces.size()) {
      throw new CaptureFormatException(
          "damaged at byte "
              + at
              + ": interface "
              + Integer.toUnsignedString(number)
              + " is not described");
    }
    return interfaces.get(number);
  }

  /** Time stamps come in any power of ten or two. */
  private static long nanos(Interface itf, long stamp) {
    return new BigInteger(Long.toUnsignedString(stamp))
        .multiply(BILLION)
        .divide(itf.units)
        .add(BigInteger.valueOf(itf.offset).multiply(BILLION))
        .longValue();
  }

  /** The options from {@code from}; a damaged list ends where the damage begins. */
  private static List<Option> options(ByteBuffer body, int from) {
    List<Option> list = new ArrayList<>();
    int at = from;
    while (at + 4 <= body.capacity()) {
      int code = body.getShort(at) & 0xffff;
      int length = body.getShort(at + 2) & 0xffff;
      at += 4;
      if (code == 0 || at + length > body.capacity()) {
        break;
      }
      byte[] value = new byte[length];
      body.get(at, value);
      list.add(new Option(code, value));
      at += length + 3 & ~3;
    }
    return list;
  }
}
