package dev.sinew.cli;

import dev.sinew.base.Counter;
import dev.sinew.cli.serve.HttpServer;
import dev.sinew.cli.serve.Traffic;
import dev.sinew.ip.IpAddress;
import dev.sinew.ip.Prefix;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code sinew serve}: the small services on a TUN device. */
@Command(
    sortOptions = false,
    description =
        "Offers HTTP, echo, discard, daytime and chargen on a TUN device, to every program of this machine.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  sudo sinew serve --root .               then: curl http://10.77.0.2/",
      "  sudo sinew serve --trace='tcp port 80'  each segment, with what it did",
      "  sudo sinew serve --pcap - | wireshark -k -i -",
      "  sudo sinew serve --tun tun7 --host 192.168.7.1/24 --addr 192.168.7.2/24",
      "  unshare -Urn sinew serve                with no right, in a namespace",
      "",
      "HTTP on port 80: GET and HEAD with ranges, PUT to upload. Echo 7, discard 9,",
      "daytime 13, chargen 19: TCP and UDP. Ping is answered. ^C ends it (exit code",
      "130), SIGTERM too (0); the device is removed."
    })
final class ServeCommand extends SinewCommand {
  @Option(
      names = "--root",
      paramLabel = "DIR",
      description =
          "Folder whose files HTTP serves, and uploads go to. Default: a temporary folder.")
  private @Nullable Path root;

  @Option(
      names = "--bench",
      description =
          "Add TCP port 8, serve TCP 7, 8, 9 and 19 by event handlers instead of threads; no --trace, no --pcap.")
  private boolean bench;

  @Option(
      names = "--json",
      description = "Say as JSON on stdout what is served, and at the end what was done.")
  private boolean json;

  @Option(
      names = {"-v", "--verbose"},
      description = "A line for each HTTP request.")
  private boolean verbose;

  @Mixin private DeviceOptions options = new DeviceOptions();

  private final List<Traffic> traffic = new ArrayList<>();
  private volatile int endCode;

  @Override
  int run(Console given) throws Exception {
    if (bench && options.observed()) {
      throw CliException.usage("--bench measures: it can't go with --trace or --pcap");
    }
    Console console = options.pcapToStdout() ? given.textToErr() : given;
    Path folder = folder();
    CountDownLatch end = new CountDownLatch(1);
    Signals.handle(code -> {
      endCode = code;
      end.countDown();
    });
    try (HttpServer http = openHttp(folder, console);
        Device device = Device.openServer(options, console, "serve")) {
      startServices(device, http);
      announce(device, folder, console);
      end.await();
      summary(device, console);
    } finally {
      if (root == null) {
        removeFolder(folder);
      }
    }
    return endCode;
  }

  private HttpServer openHttp(Path folder, Console console) throws CliException {
    try {
      return new HttpServer(folder, Clock.systemUTC(), line -> logRequest(console, line));
    } catch (IOException e) {
      throw new CliException(ExitCode.INPUT, "the folder can't be read: " + Failures.oneLine(e));
    }
  }

  private void logRequest(Console console, String line) {
    if (verbose) {
      console.say("http: " + line);
    }
  }

  /**
   * The folder to serve: the user's, or a fresh one, because whatever else lies here is not meant
   * for everybody.
   */
  private Path folder() throws CliException {
    Path given = root;
    if (given != null) {
      if (!Files.exists(given)) {
        throw new CliException(ExitCode.INPUT, "the folder " + given + " does not exist");
      }
      if (!Files.isDirectory(given)) {
        throw new CliException(ExitCode.INPUT, given + " is not a folder");
      }
      return given;
    }
    try {
      Path fresh = Files.createTempDirectory("sinew-serve-");
      Files.writeString(
          fresh.resolve("hello.txt"),
          "Hello from a TCP/IP stack in Java.\n",
          StandardCharsets.UTF_8);
      return fresh;
    } catch (IOException e) {
      throw new CliException(
          ExitCode.ENVIRONMENT, "no temporary folder can be made: " + Failures.oneLine(e));
    }
  }

  private static void removeFolder(Path folder) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) { // does not follow links
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    }
  }

  // ---- services

  private void startServices(Device device, HttpServer http) throws IOException {
    Services.startTcp(device, 80, http, count("http"));
    Services.startSmall(device, bench, this::count);
    if (bench) {
      BenchServices.start(device.runner());
    }
  }

  private Traffic count(String name) {
    Traffic t = new Traffic(name);
    traffic.add(t);
    return t;
  }

  // ---- what is said

  private void announce(Device device, Path folder, Console console) {
    DeviceOptions.Choice choice = device.choice();
    if (json) {
      console
          .out()
          .println(
              Json.write(
                  Json.object(
                      "event",
                      "started",
                      options.networkInterface() == null ? "tun" : "interface",
                      choice.tun(),
                      "mtu",
                      device.mtu(),
                      "host",
                      texts(choice.hosts()),
                      "addr",
                      texts(choice.addresses()),
                      "root",
                      folder.toAbsolutePath().toString(),
                      "pid",
                      ProcessHandle.current().pid(),
                      "bench",
                      bench)));
      return;
    }
    console.say(
        "Serving on "
            + choice.tun()
            + ", MTU "
            + device.mtu()
            + ": "
            + (choice.hosts().isEmpty() ? "" : "the kernel is " + list(choice.hosts()) + ", ")
            + "the stack is "
            + list(choice.addresses())
            + ".");
    console.say(
        "  http 80                                        files of "
            + folder
            + (root == null ? " (removed at the end)" : ""));
    console.say(
        "  echo 7, discard 9, daytime 13, chargen 19      TCP and UDP"
            + (bench ? "; TCP port 8 for the benchmark" : ""));
    console.say("Try:");
    for (Prefix p : choice.addresses()) {
      console.say(
          "  curl "
              + (p.address().isV4() ? "" : "-g ")
              + "http://"
              + Values.host(p.address())
              + "/");
    }
    IpAddress one = choice.addresses().getFirst().address();
    console.say("  curl -T FILE http://" + Values.host(one) + "/FILE");
    console.say("  ping " + one + "        nc " + one + " 13        sinew ss -ti");
    console.say("^C ends it.");
  }

  private void summary(Device device, Console console) {
    long[] counters = new long[4];
    device
        .runner()
        .run(stack -> {
          counters[0] = stack.counters().get(Counter.IpInReceives);
          counters[1] = stack.counters().get(Counter.IpOutRequests);
          counters[2] = stack.counters().get(Counter.TcpPassiveOpens);
          counters[3] = stack.counters().get(Counter.TcpRetransSegs);
        });
    if (json) {
      List<Object> services = new ArrayList<>();
      for (Traffic t : traffic) {
        services.add(
            Json.object(
                "name",
                t.name(),
                "connections",
                t.connections(),
                "bytesIn",
                t.bytesIn(),
                "bytesOut",
                t.bytesOut()));
      }
      console
          .out()
          .println(
              Json.write(
                  Json.object(
                      "event",
                      "ended",
                      "packetsIn",
                      counters[0],
                      "packetsOut",
                      counters[1],
                      "connections",
                      counters[2],
                      "retransmissions",
                      counters[3],
                      "services",
                      services)));
      return;
    }
    console.say(
        String.format(
            Locale.ROOT,
            "Ended: %d packets in, %d out, %d TCP connections, %d segments sent again.",
            counters[0],
            counters[1],
            counters[2],
            counters[3]));
    for (Traffic t : traffic) {
      if (t.connections() > 0) {
        console.say(
            String.format(
                Locale.ROOT,
                "  %-12s %d served, %s in, %s out",
                t.name(),
                t.connections(),
                Values.bytes(t.bytesIn()),
                Values.bytes(t.bytesOut())));
      }
    }
  }

  private static List<String> texts(List<Prefix> prefixes) {
    return prefixes.stream().map(Prefix::toString).toList();
  }

  private static String list(List<Prefix> prefixes) {
    return String.join(" and ", prefixes.stream().map(p -> p.address().toString()).toList());
  }
}
