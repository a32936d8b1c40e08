package dev.sinew.capture;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Writes a pcapng file (draft-ietf-opsawg-pcapng): one section, an interface description per link,
 * an Enhanced Packet Block per packet with nanoseconds, direction and a comment. Each block leaves
 * in one write, so a reader of a pipe never waits for half a packet. Not thread-safe; for several
 * links that different threads run, one writer each.
 */
public final class CaptureWriter implements Closeable {
  /** The way of a packet, seen from the stack. */
  public enum Direction {
    IN(1),
    OUT(2),
    UNKNOWN(0);

    private final int bits;

    Direction(int bits) {
      this.bits = bits;
    }
  }

  private static final int SECTION_HEADER = 0x0a0d0d0a;
  private static final int BYTE_ORDER_MAGIC = 0x1a2b3c4d;
  private static final int INTERFACE_DESCRIPTION = 1;
  private static final int ENHANCED_PACKET = 6;
  private static final int OPT_END = 0;
  private static final int OPT_COMMENT = 1;
  private static final int SHB_USERAPPL = 4;
  private static final int IF_NAME = 2;
  private static final int IF_TSRESOL = 9;
  private static final int EPB_FLAGS = 2;
  private static final int MAX_COMMENT = 4096;

  private final OutputStream out;
  private final boolean flushEach;
  private ByteBuffer buffer = ByteBuffer.allocate(2048).order(ByteOrder.LITTLE_ENDIAN);
  private int interfaceCount;
  private long packetCount;

  /**
   * Begins a file.
   *
   * @param out receives it; {@link #close} closes it
   * @param flushEach flush after each packet, for a reader that follows; without it the caller
   *     buffers as it likes
   */
  public CaptureWriter(OutputStream out, boolean flushEach) throws IOException {
    this.out = out;
    this.flushEach = flushEach;
    begin(SECTION_HEADER, 64);
    buffer.putInt(BYTE_ORDER_MAGIC).putShort((short) 1).putShort((short) 0).putLong(-1);
    option(SHB_USERAPPL, "Sinew".getBytes(StandardCharsets.UTF_8));
    end();
  }

  /**
   * Describes a link and returns its number.
   *
   * @param linkType a constant of {@link LinkType}
   */
  public int addInterface(String name, int linkType) throws IOException {
    byte[] text = utf8(name);
    begin(INTERFACE_DESCRIPTION, 40 + text.length);
    buffer.putShort((short) linkType).putShort((short) 0).putInt(0);
    option(IF_NAME, text);
    option(IF_TSRESOL, new byte[] {9});
    end();
    return interfaceCount++;
  }

  /**
   * Writes one packet.
   *
   * @param interfaceNumber from {@link #addInterface}
   * @param timeNanos since the epoch of 1970, or of a simulation
   * @param captured bytes at {@code offset}
   * @param length bytes that the packet had on the link, not below {@code captured}
   * @param comment shown by Wireshark, or null; cut at 4096 bytes
   */
  public void packet(
      int interfaceNumber,
      long timeNanos,
      MemorySegment packet,
      long offset,
      int captured,
      int length,
      Direction direction,
      @Nullable String comment)
      throws IOException {
    byte[] text = comment == null ? new byte[0] : utf8(comment);
    beginPacket(interfaceNumber, timeNanos, captured, length, text.length);
    MemorySegment.copy(
        packet, ValueLayout.JAVA_BYTE, offset, buffer.array(), buffer.position(), captured);
    endPacket(captured, direction, text);
  }

  /** Writes one packet out of an array. Arguments as in the other method. */
  public void packet(
      int interfaceNumber,
      long timeNanos,
      byte[] packet,
      int length,
      Direction direction,
      @Nullable String comment)
      throws IOException {
    byte[] text = comment == null ? new byte[0] : utf8(comment);
    beginPacket(interfaceNumber, timeNanos, packet.length, length, text.length);
    System.arraycopy(packet, 0, buffer.array(), buffer.position(), packet.length);
    endPacket(packet.length, direction, text);
  }

  private void beginPacket(int interfaceNumber, long time, int captured, int length, int text) {
    if (interfaceNumber < 0 || interfaceNumber >= interfaceCount) {
      throw new IllegalArgumentException("no interface " + interfaceNumber);
    }
    begin(ENHANCED_PACKET, 64 + captured + text);
    buffer.putInt(interfaceNumber).putInt((int) (time >>> 32)).putInt((int) time);
    buffer.putInt(captured).putInt(length);
  }

  private void endPacket(int captured, Direction direction, byte[] text) throws IOException {
    buffer.position(buffer.position() + captured);
    pad();
    if (text.length > 0) {
      option(OPT_COMMENT, text);
    }
    if (direction != Direction.UNKNOWN) {
      option(EPB_FLAGS, new byte[] {(byte) direction.bits, 0, 0, 0});
    }
    end();
    packetCount++;
    if (flushEach) {
      out.flush();
    }
  }

  /** Packets written so far. */
  public long packetCount() {
    return packetCount;
  }

  public void flush() throws IOException {
    out.flush();
  }

  @Override
  public void close() throws IOException {
    out.close();
  }

  private static byte[] utf8(String s) {
    byte[] b = s.getBytes(StandardCharsets.UTF_8);
    if (b.length <= MAX_COMMENT) {
      return b;
    }
    int end = MAX_COMMENT;
    while ((b[end] & 0xc0) == 0x80) {
      end--;
    }
    return java.util.Arrays.copyOf(b, end);
  }

  private void begin(int type, int capacity) {
    if (buffer.capacity() < capacity) {
      buffer = ByteBuffer.allocate(capacity * 2).order(ByteOrder.LITTLE_ENDIAN);
    }
    buffer.clear();
    buffer.putInt(type).putInt(0);
  }

  private void option(int code, byte[] value) {
    buffer.putShort((short) code).putShort((short) value.length).put(value);
    pad();
  }

  private void pad() {
    while ((buffer.position() & 3) != 0) {
      buffer.put((byte) 0);
    }
  }

  /** Ends the options and the block, and writes it. */
  private void end() throws IOException {
    buffer.putShort((short) OPT_END).putShort((short) 0);
    int total = buffer.position() + 4;
    buffer.putInt(total).putInt(4, total);
    out.write(buffer.array(), 0, total);
  }
}
