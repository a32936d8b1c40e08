package dev.sinew.cli;

import dev.sinew.capture.CaptureWriter;
import dev.sinew.capture.FilterException;
import dev.sinew.capture.PacketFilter;
import dev.sinew.capture.PcapLink;
import dev.sinew.capture.TraceObserver;
import dev.sinew.link.Link;
import dev.sinew.stack.Stack;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** What looks on while a stack works: {@code --trace} and {@code --pcap}. */
final class Watch implements AutoCloseable {
  private static final int FILE_BUFFER = 64 * 1024;

  private final Console console;
  private final @Nullable PacketFilter filter;
  private final @Nullable LineWriter lines;
  private final @Nullable CaptureWriter capture;
  private @Nullable PcapLink link;

  private Watch(
      Console console,
      @Nullable PacketFilter filter,
      @Nullable LineWriter lines,
      @Nullable CaptureWriter capture) {
    this.console = console;
    this.filter = filter;
    this.lines = lines;
    this.capture = capture;
  }

  /** Reads the filter and opens the file. */
  static Watch open(DeviceOptions options, Console console) throws CliException {
    PacketFilter filter = null;
    LineWriter lines = null;
    String trace = options.trace();
    if (trace != null) {
      try {
        filter = PacketFilter.parse(trace);
      } catch (FilterException e) {
        throw CliException.usage("--trace: " + Failures.oneLine(e));
      }
      lines =
          new LineWriter(
              line -> console.out().println(line.startsWith(" ") ? console.bold(line) : line),
              console.out()::flush);
    }
    String file = options.pcap();
    return new Watch(console, filter, lines, file == null ? null : openCapture(file));
  }

  private static CaptureWriter openCapture(String file) throws CliException {
    try {
      if (file.equals("-")) { // whoever reads it follows, packet by packet
        return new CaptureWriter(new FileOutputStream(FileDescriptor.out), true);
      }
      OutputStream out = Files.newOutputStream(Path.of(file));
      return new CaptureWriter(new BufferedOutputStream(out, FILE_BUFFER), false);
    } catch (IOException e) {
      throw new CliException(
          ExitCode.INPUT, "the capture can't be written: " + Failures.oneLine(e));
    }
  }

  /** The link, recorded where that is wanted. */
  Link around(Link inner) throws IOException {
    CaptureWriter writer = capture;
    if (writer == null) {
      return inner;
    }
    PcapLink recording = new PcapLink(inner, writer, epochClock());
    link = recording;
    return recording;
  }

  /** The time of day, in nanoseconds since 1970, that never goes back. */
  private static LongSupplier epochClock() {
    long epoch = TimeUnit.MILLISECONDS.toNanos(System.currentTimeMillis()) - System.nanoTime();
    return () -> epoch + System.nanoTime();
  }

  /** Adds the observers; after {@link #around}. */
  void observe(Stack.Builder builder) {
    LineWriter to = lines;
    if (to != null) {
      Stack.Builder ignored = builder.observer(new TraceObserver(to::add, filter));
    }
    PcapLink recording = link;
    if (recording != null) {
      Stack.Builder ignored = builder.observer(recording.annotator());
    }
  }

  /** Writes what is left; after the stack has ended. */
  @Override
  public void close() {
    if (lines != null) {
      lines.close();
      if (lines.lost() > 0) {
        console.say("trace: " + lines.lost() + " lines were lost, because the output was too slow");
      }
    }
    if (capture != null) {
      IOException failure = link == null ? null : link.failure();
      try {
        capture.close();
      } catch (IOException e) {
        failure = failure == null ? e : failure;
      }
      if (failure != null) {
        console.say("capture: it ended early: " + Failures.oneLine(failure));
      }
    }
  }
}
