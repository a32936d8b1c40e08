package dev.sinew.cli;

import dev.sinew.base.TcpError;
import dev.sinew.base.TimerHeap;
import dev.sinew.ip.IcmpEndpoint;
import dev.sinew.ip.IpAddress;
import dev.sinew.sockets.EndpointListener;
import dev.sinew.sockets.RealTimeRunner;
import dev.sinew.sockets.Waiter;
import java.util.Locale;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sinew ping}: echo requests from the stack, by a raw ICMP endpoint. */
@Command(
    sortOptions = false,
    description =
        "Sends ICMP echo requests from a stack on a TUN device, to the kernel or to whatever the kernel forwards to.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  sudo sinew ping 10.77.1.1               the kernel's side of the device",
      "  sudo sinew ping -c 3 -i 0.2 fd77:1::1   three times over IPv6, 0.2 s apart",
      "  sudo sinew ping -c 1 -s 65000 10.77.1.1 a datagram in 44 fragments",
      "  unshare -Urn sinew ping -c 1 10.77.1.1  with no right, in a namespace",
      "",
      "Exit code 1: nothing answered."
    })
final class PingCommand extends SinewCommand {
  @Option(
      names = "-c",
      paramLabel = "COUNT",
      description = "Stop after so many requests. Default: ^C stops.")
  private long count = Long.MAX_VALUE;

  @Option(
      names = "-i",
      paramLabel = "TIME",
      converter = Values.DurationConverter.class,
      description = "Time between requests. Default: 1s.")
  private long interval = 1_000_000_000L;

  @Option(
      names = "-s",
      paramLabel = "BYTES",
      description = "Data in each request, 0 to 65507. Default: 56.")
  private int size = 56;

  @Option(
      names = "-W",
      paramLabel = "TIME",
      converter = Values.DurationConverter.class,
      description = "How long to wait for the last answers. Default: 2s.")
  private long wait = 2_000_000_000L;

  @Option(names = "-t", paramLabel = "TTL", description = "Time to live, 1 to 255. Default: 64.")
  private int ttl = 64;

  @Option(names = "-4", description = "IPv4 only.")
  private boolean v4;

  @Option(names = "-6", description = "IPv6 only.")
  private boolean v6;

  @Option(names = "-q", description = "Only the summary.")
  private boolean quiet;

  @Option(names = "--json", description = "One JSON object per answer, and one as the summary.")
  private boolean json;

  @Mixin private DeviceOptions device = new DeviceOptions();

  @Parameters(paramLabel = "HOST", description = "Address or name.")
  private String host = "";

  @Override
  int run(Console given) throws Exception {
    if (size < 0 || size > 65_507 || ttl < 1 || ttl > 255 || count < 1 || interval < 1_000_000L) {
      throw CliException.usage(
          "-s must be 0 to 65507, -t 1 to 255, -c at least 1, -i at least 1ms");
    }
    Console console = device.pcapToStdout() ? given.textToErr() : given;
    try (Device d = Device.openClient(device, console, "ping")) {
      IpAddress destination = d.resolve(host, v4 ? 4 : v6 ? 6 : 0);
      if (!destination.isV4() && size > 65_527 - 8) {
        throw CliException.usage("-s must be at most 65519 for IPv6");
      }
      return new Pinger(d.runner(), destination, console).run();
    }
  }

  /** The run: sends on a schedule, listens in between. Guarded by the runner's exclusion. */
  private final class Pinger {
    private final RealTimeRunner runner;
    private final IpAddress destination;
    private final Console console;
    private final PingMessages messages;
    private final PingStatistics statistics = new PingStatistics();
    private final Waiter waiter = new Waiter();
    private boolean stopped;

    Pinger(RealTimeRunner runner, IpAddress destination, Console console) {
      this.runner = runner;
      this.destination = destination;
      this.console = console;
      this.messages =
          new PingMessages(destination.isV4(), ThreadLocalRandom.current().nextInt(0x10000), size);
    }

    int run() throws InterruptedException {
      Signals.handle(code -> stop());
      if (!json) {
        console
            .out()
            .println("PING " + host + " (" + destination + ") " + size + " bytes of data.");
      }
      runner.enter();
      try {
        IcmpEndpoint endpoint = runner.stack().icmp(destination.isV4());
        endpoint.attach((EndpointListener) (e, readiness) -> runner.wake(waiter));
        try {
          exchange(endpoint);
        } finally {
          endpoint.close();
        }
      } finally {
        runner.exit();
      }
      summary();
      return statistics.received() > 0 ? ExitCode.OK : ExitCode.NEGATIVE;
    }

    private void exchange(IcmpEndpoint endpoint) throws InterruptedException {
      long next = runner.now();
      long last = TimerHeap.NEVER;
      // Who reads our lines may have gone, as head does: without SIGPIPE nothing else ends us.
      while (!stopped && !console.out().checkError()) {
        long now = runner.now();
        boolean done = statistics.sent() == count;
        if (done && (statistics.outstanding() == 0 || now >= last)) {
          return;
        }
        if (!done && now >= next) {
          send(endpoint, now);
          next = Math.max(next + interval, now);
          last = now + wait;
        }
        for (IcmpEndpoint.Message m = endpoint.receive(); m != null; m = endpoint.receive()) {
          hear(m);
        }
        boolean all = statistics.sent() == count;
        if (!all || statistics.outstanding() > 0) {
          boolean ignored = runner.await(waiter, all ? last : next);
        }
      }
    }

    private void send(IcmpEndpoint endpoint, long now) {
      int sequence = (int) (statistics.sent() + 1 & 0xffff);
      statistics.sent(sequence, now);
      int sent = endpoint.send(messages.request(sequence), destination, ttl);
      TcpError error = TcpError.of(sent);
      if (error != null) {
        statistics.failed(sequence);
        tell(sequence, "ping: " + error.text(), "error", error.text());
      }
    }

    private void hear(IcmpEndpoint.Message m) {
      PingMessages.Answer answer = messages.read(m.message());
      if (answer == null) {
        return;
      }
      if (answer.error() != null) {
        if (statistics.failed(answer.sequence())) {
          tell(
              answer.sequence(),
              "From " + m.source() + " icmp_seq=" + answer.sequence() + " " + answer.error(),
              "error",
              answer.error());
        }
        return;
      }
      long rtt = statistics.received(answer.sequence(), m.receivedNanos());
      if (rtt == PingStatistics.UNKNOWN || quiet) {
        return;
      }
      boolean duplicate = rtt == PingStatistics.DUPLICATE;
      if (json) {
        console
            .out()
            .println(
                Json.write(
                    Json.object(
                        "from",
                        m.source().toString(),
                        "bytes",
                        answer.length(),
                        "sequence",
                        answer.sequence(),
                        "ttl",
                        m.ttl(),
                        "rttNanos",
                        duplicate ? null : rtt,
                        "duplicate",
                        duplicate)));
      } else {
        console
            .out()
            .println(
                answer.length()
                    + " bytes from "
                    + m.source()
                    + ": icmp_seq="
                    + answer.sequence()
                    + " ttl="
                    + m.ttl()
                    + (duplicate ? " (DUP!)" : " time=" + PingStatistics.millis(rtt) + " ms")
                    + (answer.damaged() ? " (the data came back changed)" : ""));
      }
    }

    private void tell(int sequence, String text, String name, @Nullable String value) {
      if (json) {
        console.out().println(Json.write(Json.object("sequence", sequence, name, value)));
      } else if (!quiet) {
        console.out().println(text);
      }
    }

    private void stop() {
      runner.enter();
      try {
        stopped = true;
        runner.wake(waiter);
      } finally {
        runner.exit();
      }
    }

    private void summary() {
      if (json) {
        console.out().println(Json.write(statistics.json(destination.toString())));
        return;
      }
      console.out().println();
      console.out().println("--- " + host + " ping statistics ---");
      console
          .out()
          .println(
              String.format(
                  Locale.ROOT,
                  "%d packets transmitted, %d received%s%s, %s%% packet loss, time %dms",
                  statistics.sent(),
                  statistics.received(),
                  statistics.duplicates() > 0
                      ? ", +" + statistics.duplicates() + " duplicates"
                      : "",
                  statistics.errors() > 0 ? ", +" + statistics.errors() + " errors" : "",
                  statistics.lossPercent(),
                  statistics.spanNanos() / 1_000_000));
      if (statistics.received() > 0) {
        console.out().println("rtt min/avg/max/mdev = " + statistics.rttText() + " ms");
      }
    }
  }
}
