package dev.sinew.capture;

import dev.sinew.base.Block;
import dev.sinew.base.TcpState;
import dev.sinew.link.Link;
import dev.sinew.link.LinkProperties;
import dev.sinew.link.PacketSink;
import dev.sinew.link.TxPacket;
import dev.sinew.observe.DropReason;
import dev.sinew.observe.Observer;
import dev.sinew.wire.EthernetHeader;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A link that records each packet, both ways, in a capture file. What the stack did with a packet
 * (a state change, the reason why it was dropped) becomes the packet's comment when {@link
 * #annotator()} is among the stack's observers.
 *
 * <p>A disk that is full or a pipe whose reader has gone ends the recording and nothing else: see
 * {@link #failure()}. Thread rule of {@link Link}.
 */
public final class PcapLink implements Link {
  private final Link inner;
  private final CaptureWriter writer;
  private final LongSupplier epochNanos;
  private final int interfaceNumber;

  /** Bytes of the link header before each packet, which are recorded too. */
  private final int linkBytes;

  private final MemorySegment received = Arena.ofAuto().allocate(MAX_PACKET);
  private final MemorySegment sent = Arena.ofAuto().allocate(MAX_PACKET);
  private final StringBuilder notes = new StringBuilder();
  private volatile @Nullable IOException failure;

  private static final int MAX_PACKET = 65535 + 40 + EthernetHeader.LENGTH;

  /** How many characters of notes one packet gets. */
  private static final int MAX_NOTES = 1000;

  /**
   * @param writer gets an interface with the link's name; it is not closed with this link
   * @param epochNanos the time for the file, in nanoseconds
   */
  public PcapLink(Link inner, CaptureWriter writer, LongSupplier epochNanos) throws IOException {
    this.inner = inner;
    this.writer = writer;
    this.epochNanos = epochNanos;
    this.interfaceNumber =
        writer.addInterface(
            inner.properties().name(),
            inner.properties().ethernet() ? LinkType.ETHERNET : LinkType.RAW);
    this.linkBytes = inner.properties().ethernet() ? EthernetHeader.LENGTH : 0;
  }

  /** Why the recording ended, or null while it goes on. May be called by any thread. */
  public @Nullable IOException failure() {
    return failure;
  }

  /** Collects what the stack says for the comments of this link's packets. */
  public Observer annotator() {
    return new Observer() {
      @Override
      public void packetDropped(long now, DropReason reason) {
        note("dropped: " + reason.text());
      }

      @Override
      public void stateChanged(
          long now, long connection, int localPort, int remotePort, TcpState from, TcpState to) {
        note(localPort + ": " + from.rfcName() + " -> " + to.rfcName());
      }
    };
  }

  /**
   * Adds to the comment of the packet that is being received, else of the next packet that is sent.
   */
  private void note(String text) {
    if (notes.length() + text.length() > MAX_NOTES) {
      return;
    }
    notes.append(notes.isEmpty() ? "" : "\n").append(text);
  }

  @Override
  public LinkProperties properties() {
    return inner.properties();
  }

  @Override
  public int receive(PacketSink sink, int max) {
    if (failure != null) {
      return inner.receive(sink, max);
    }
    return inner.receive(new Recording(sink), max);
  }

  /** Stands before a sink. */
  private final class Recording implements PacketSink {
    private final PacketSink sink;

    Recording(PacketSink sink) {
      this.sink = sink;
    }

    @Override
    public @Nullable Block offer() {
      return sink.offer();
    }

    @Override
    public void packet(MemorySegment memory, long offset, int length, int flags) {
      // Copied before the stack sees it: a forwarded packet is changed in place.
      int all = linkBytes + length;
      int kept = Math.min(all, MAX_PACKET);
      long time = epochNanos.getAsLong();
      MemorySegment.copy(memory, offset - linkBytes, received, 0, kept);
      String unsent = takeNotes();
      try {
        sink.packet(memory, offset, length, flags);
      } finally {
        String comment = takeNotes();
        notes.append(unsent);
        record(time, received, kept, all, CaptureWriter.Direction.IN, comment);
      }
    }
  }

  @Override
  public int transmit(TxPacket packet) {
    int result = inner.transmit(packet);
    if (result == Link.SENT && failure == null) {
      MemorySegment.copy(packet.header(), packet.headerOffset() - linkBytes, sent, 0, linkBytes);
      int length = linkBytes + packet.copyTo(sent, linkBytes);
      String comment = takeNotes();
      long time = epochNanos.getAsLong();
      record(time, sent, length, length, CaptureWriter.Direction.OUT, comment);
    }
    return result;
  }

  private String takeNotes() {
    String s = notes.toString();
    notes.setLength(0);
    return s;
  }

  private void record(
      long time,
      MemorySegment packet,
      int captured,
      int length,
      CaptureWriter.Direction direction,
      String comment) {
    try {
      writer.packet(
          interfaceNumber,
          time,
          packet,
          0,
          captured,
          length,
          direction,
          comment.isEmpty() ? null : comment);
    } catch (IOException e) {
      failure = e;
    }
  }

  @Override
  public int endTransmit() {
    return inner.endTransmit();
  }

  @Override
  public void await(long timeoutNanos) {
    inner.await(timeoutNanos);
  }

  @Override
  public void wakeup() {
    inner.wakeup();
  }

  @Override
  public long receiveErrorCount() {
    return inner.receiveErrorCount();
  }

  @Override
  public void close() {
    inner.close();
  }
}
