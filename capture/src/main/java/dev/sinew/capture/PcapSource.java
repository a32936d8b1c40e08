package dev.sinew.capture;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The older format: a file header, then packets with a time, the length captured and the length on
 * the link.
 */
final class PcapSource implements CaptureReader.PacketSource {
  private final CaptureReader.Input in;
  private final ByteOrder order;
  private final boolean nanos;
  private final int linkType;

  /** The magic number has been read. */
  PcapSource(CaptureReader.Input in, ByteOrder order, boolean nanos) throws IOException {
    this.in = in;
    this.order = order;
    this.nanos = nanos;
    ByteBuffer header = in.whole(20, order);
    if (header == null) {
      throw new CaptureFormatException("the pcap file ends within its header");
    }
    int major = header.getShort(0) & 0xffff;
    if (major != 2) {
      throw new CaptureFormatException("pcap version " + major + " is not known");
    }
    // The upper bits tell of frame check sequences.
    linkType = header.getInt(16) & 0xffff;
  }

  @Override
  public @Nullable CapturedPacket next() throws IOException {
    long at = in.position();
    ByteBuffer header = in.whole(16, order);
    if (header == null) {
      return null;
    }
    long seconds = header.getInt(0) & 0xffff_ffffL;
    long fraction = header.getInt(4) & 0xffff_ffffL;
    int captured = header.getInt(8);
    int length = header.getInt(12);
    if (captured < 0 || captured > CaptureReader.MAX_BLOCK || length < 0) {
      throw new CaptureFormatException(
          "damaged at byte "
              + at
              + ": a packet of "
              + Integer.toUnsignedString(captured)
              + " bytes");
    }
    byte[] bytes = in.part(captured, order).array();
    if (bytes.length == 0 && captured > 0) {
      return null;
    }
    long time = seconds * 1_000_000_000L + (nanos ? fraction : fraction * 1000);
    return new CapturedPacket("", linkType, time, bytes, Math.max(length, captured), List.of());
  }
}
