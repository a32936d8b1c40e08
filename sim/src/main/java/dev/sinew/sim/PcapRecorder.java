package dev.sinew.sim;

import dev.sinew.capture.CaptureWriter;
import dev.sinew.capture.LinkType;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;

/**
 * Writes what a host sends and receives to a pcapng stream, as a capture on that host would. Times
 * count from the simulation's start.
 */
public final class PcapRecorder implements SimObserver, Closeable {
  private final CaptureWriter writer;
  private final SimHost host;
  private final int itf;

  /** Begins to record; {@link #close} ends the stream. */
  public PcapRecorder(Simulation simulation, SimHost host, OutputStream out) throws IOException {
    this.writer = new CaptureWriter(out, false);
    this.host = host;
    this.itf = writer.addInterface(host.name(), LinkType.RAW);
    simulation.observe(this);
  }

  @Override
  public void packetSent(long now, Direction direction, long number, PacketView packet) {
    if (direction.from() == host) {
      write(now, packet, CaptureWriter.Direction.OUT);
    }
  }

  @Override
  public void packetDelivered(long now, Direction direction, long number, PacketView packet) {
    if (direction.to() == host) {
      write(now, packet, CaptureWriter.Direction.IN);
    }
  }

  private void write(long now, PacketView packet, CaptureWriter.Direction direction) {
    try {
      writer.packet(
          itf,
          now,
          packet.memory(),
          packet.offset(),
          packet.length(),
          packet.length(),
          direction,
          null);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() throws IOException {
    writer.close();
  }
}
