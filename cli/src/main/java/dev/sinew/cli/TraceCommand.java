package dev.sinew.cli;

import dev.sinew.capture.CaptureFormatException;
import dev.sinew.capture.CaptureReader;
import dev.sinew.capture.CapturedPacket;
import dev.sinew.capture.FilterException;
import dev.sinew.capture.PacketFilter;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sinew trace}: the packets of a capture and what they mean. */
@Command(
    sortOptions = false,
    description = {
      "Prints the packets of a capture as tcpdump does and, below each, what it means for the two",
      "ends of its connection. Reads pcap, pcapng and pasted text of tcpdump -X. Needs no right."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  sinew trace -r redis.pcap                    every packet, states and all",
      "  sinew trace -r redis.pcapng -S 'port 6378'   one port, numbers as they are",
      "  tcpdump -r x.pcap -X | sinew trace -r -      what was pasted as text, too",
      "  sinew trace -r x.pcap --json                 one JSON object for each packet",
      "",
      "Nobody looked into the ends: states follow from the packets alone. The filter is that of",
      "--trace; it chooses what is shown, the rest is still read.",
      "A file that ends too early is read as far as it goes. Exit code 3: it is no capture.",
      "To see the packets of a running command, start it with --trace."
    })
final class TraceCommand extends SinewCommand {
  @Option(
      names = "-r",
      paramLabel = "FILE",
      description = "The capture: pcap, pcapng, or text of tcpdump -X; - is standard input.")
  private @Nullable String file;

  @Option(
      names = "-S",
      description =
          "Sequence numbers as they stand in the packets, not counted from the beginning.")
  private boolean absolute;

  @Option(names = "-n", description = "Numbers instead of names; they always are.")
  @SuppressWarnings("UnusedVariable") // as it always is
  private boolean numeric;

  @Option(names = "-c", paramLabel = "COUNT", description = "Show so many packets.")
  private long count = Long.MAX_VALUE;

  @Option(names = "-X", description = "The bytes of each packet, too.")
  private boolean bytes;

  @Option(names = "--json", description = "One JSON object for each packet and each connection.")
  private boolean json;

  @Parameters(paramLabel = "FILTER", arity = "0..*", description = "Which packets to show.")
  private List<String> filterWords = new ArrayList<>();

  @Override
  int run(Console console) throws CliException {
    String name = file;
    if (name == null) {
      throw CliException.usage(
          "-r FILE is missing; to see the packets of a running command, start it with --trace");
    }
    if (count < 1) {
      throw CliException.usage("-c must be at least 1");
    }
    PacketFilter filter;
    try {
      filter = PacketFilter.parse(String.join(" ", filterWords));
    } catch (FilterException e) {
      throw CliException.usage(Failures.oneLine(e));
    }
    TracePrinter printer = new TracePrinter(console, filter, absolute, bytes, json);
    try (InputStream in =
            name.equals("-")
                ? new FileInputStream(FileDescriptor.in)
                : Files.newInputStream(Path.of(name));
        CaptureReader reader = new CaptureReader(in)) {
      read(reader, printer);
      printer.end();
      if (reader.isTruncated()) {
        console.say("sinew trace: " + name + " ends within a packet; what is there was read");
      }
      return ExitCode.OK;
    } catch (CaptureFormatException e) {
      printer.end();
      throw new CliException(ExitCode.INPUT, name + ": " + Failures.oneLine(e));
    } catch (FileSystemException e) { // names the file
      throw new CliException(ExitCode.INPUT, Failures.oneLine(e));
    } catch (IOException e) {
      throw new CliException(ExitCode.INPUT, name + ": " + Failures.oneLine(e));
    }
  }

  private void read(CaptureReader reader, TracePrinter printer) throws IOException {
    while (printer.shown() < count) {
      CapturedPacket p = reader.next();
      if (p == null) {
        return;
      }
      printer.packet(p);
    }
  }
}
