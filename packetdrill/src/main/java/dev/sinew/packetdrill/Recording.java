package dev.sinew.packetdrill;

import dev.sinew.capture.CaptureWriter;
import dev.sinew.capture.LinkType;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The packets of a run: into a capture if one is wanted. */
final class Recording implements AutoCloseable {
  private @Nullable Integer timestamp;
  private final @Nullable CaptureWriter writer;

  /**
   * @param name of the capture, without its ending; may have folders of its own
   * @param folder where the capture goes, or null for none
   */
  Recording(String name, @Nullable Path folder) throws IOException {
    if (folder == null) {
      writer = null;
      return;
    }
    Path file = folder.resolve(name + ".pcapng");
    Files.createDirectories(file.toAbsolutePath().getParent());
    writer = new CaptureWriter(new BufferedOutputStream(Files.newOutputStream(file)), false);
    int unused = writer.addInterface("tun0", LinkType.RAW);
  }

  /** The stack's first timestamp, or null when it sent none. */
  @Nullable Integer timestamp() {
    return timestamp;
  }

  void packet(boolean outbound, long time, LivePacket p) {
    if (outbound && timestamp == null && p.protocol == LivePacket.TCP) {
      for (byte[] o : OptionBytes.split(p.options())) {
        if (o[0] == 8 && o.length == 10) {
          timestamp = ByteBuffer.wrap(o).getInt(2);
        }
      }
    }
    if (writer == null) {
      return;
    }
    try {
      writer.packet(
          0,
          time,
          p.bytes,
          p.bytes.length,
          outbound ? CaptureWriter.Direction.OUT : CaptureWriter.Direction.IN,
          null);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() throws IOException {
    if (writer != null) {
      writer.close();
    }
  }
}
