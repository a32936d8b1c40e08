package dev.sinew.capture;

import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.SequenceInputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Reads captures: pcap and pcapng files of either byte order, and the text that {@code tcpdump -X}
 * prints. A file that ends within a packet, as one of a crashed or still running capture does,
 * gives what is there: see {@link #isTruncated()}. Not thread-safe.
 */
public final class CaptureReader implements Closeable {
  static final int SECTION_HEADER = 0x0a0d0d0a;
  private static final int PCAP_MICROS = 0xa1b2c3d4;
  private static final int PCAP_NANOS = 0xa1b23c4d;

  /**
   * No honest packet or block is larger; a length beyond it is damage, not a reason to reserve
   * memory.
   */
  static final int MAX_BLOCK = 16 << 20;

  private final Input in;
  private final PacketSource source;

  /** What the two formats have in common. */
  interface PacketSource {
    @Nullable CapturedPacket next() throws IOException;
  }

  /**
   * Begins to read; the first bytes tell the format.
   *
   * @throws CaptureFormatException when it is none; for what could be text, {@link #next} says it
   */
  public CaptureReader(InputStream stream) throws IOException {
    in = new Input(stream);
    byte[] magic = in.read(4);
    if (magic.length < 4) {
      throw new CaptureFormatException("not a capture file: only " + magic.length + " bytes");
    }
    int big = ByteBuffer.wrap(magic).getInt();
    int little = Integer.reverseBytes(big);
    if (big == SECTION_HEADER) {
      source = new PcapngSource(in);
    } else if (big == PCAP_MICROS || big == PCAP_NANOS) {
      source = new PcapSource(in, ByteOrder.BIG_ENDIAN, big == PCAP_NANOS);
    } else if (little == PCAP_MICROS || little == PCAP_NANOS) {
      source = new PcapSource(in, ByteOrder.LITTLE_ENDIAN, little == PCAP_NANOS);
    } else if (HexTextSource.mayBegin(magic)) {
      source = new HexTextSource(in.text(magic));
    } else {
      throw new CaptureFormatException(
          "not a capture file: it begins with " + java.util.HexFormat.of().formatHex(magic));
    }
  }

  /** The next packet, or null at the end. */
  public @Nullable CapturedPacket next() throws IOException {
    return source.next();
  }

  /**
   * True when the end was reached within a packet or block; its part that is there was still
   * returned if it holds any bytes of a packet.
   */
  public boolean isTruncated() {
    return in.truncated;
  }

  @Override
  public void close() throws IOException {
    in.stream.close();
  }

  /** Counts, so that messages can say where, and remembers an early end. */
  static final class Input {
    private final InputStream stream;
    private long position;
    private boolean truncated;

    Input(InputStream stream) {
      this.stream = new BufferedInputStream(stream, 1 << 16);
    }

    /** Up to {@code n} bytes; fewer at the file's end. */
    byte[] read(int n) throws IOException {
      byte[] b = stream.readNBytes(n);
      position += b.length;
      return b;
    }

    /** Exactly {@code n} bytes, or null at the end, which is an early one when some were there. */
    @Nullable ByteBuffer whole(int n, ByteOrder order) throws IOException {
      byte[] b = read(n);
      if (b.length < n) {
        truncated |= b.length > 0;
        return null;
      }
      return ByteBuffer.wrap(b).order(order);
    }

    /** Up to {@code n} bytes, with a note when some are missing. */
    ByteBuffer part(int n, ByteOrder order) throws IOException {
      byte[] b = read(n);
      truncated |= b.length < n;
      return ByteBuffer.wrap(b).order(order);
    }

    long position() {
      return position;
    }

    /** The rest as text, with the bytes that have been read already before it. */
    BufferedReader text(byte[] before) {
      return new BufferedReader(
          new InputStreamReader(
              new SequenceInputStream(new ByteArrayInputStream(before), stream),
              StandardCharsets.UTF_8));
    }

    void truncated() {
      truncated = true;
    }
  }
}
