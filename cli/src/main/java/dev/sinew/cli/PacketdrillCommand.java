package dev.sinew.cli;

import dev.sinew.base.Profile;
import dev.sinew.packetdrill.Outcome;
import dev.sinew.packetdrill.PacketdrillRunner;
import dev.sinew.packetdrill.Settings;
import dev.sinew.packetdrill.Verdict;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sinew packetdrill}: scripts against a stack in virtual time. */
@Command(
    sortOptions = false,
    description =
        "Runs packetdrill scripts against a stack in virtual time: exact, without waiting, without"
            + " any right.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  sinew packetdrill conformance              every script below a folder",
      "  sinew packetdrill -v close.pkt             one, with each packet",
      "  sinew packetdrill --profile freebsd DIR    against a stack that answers as FreeBSD",
      "  sinew packetdrill -D RTT=100 script.pkt    $RTT in the script is 100",
      "  sinew packetdrill --json DIR > results.json",
      "",
      "Exit code 0: none failed. 1: one failed, or could not be understood."
    })
final class PacketdrillCommand extends SinewCommand {
  @Option(
      names = "--dialect",
      paramLabel = "NAME",
      description = "auto (by what a script says), google or freebsd. Default: auto.")
  private String dialect = "auto";

  @Option(
      names = "--profile",
      paramLabel = "NAME",
      description = "How the stack answers: linux, freebsd or standard. Default: the dialect's.")
  private @Nullable String profile;

  @Option(
      names = "-D",
      paramLabel = "NAME=VALUE",
      description = "Put VALUE where $NAME stands, and let #ifdef NAME hold; may be repeated.")
  private Map<String, String> definitions = new LinkedHashMap<>();

  @Option(
      names = {"--ip-version", "--ip_version"},
      paramLabel = "N",
      description = "4 or 6, whatever a script says; also ipv4, ipv6 or ipv4-mapped-ipv6.")
  private @Nullable String ipVersion;

  @Option(
      names = "--mtu",
      paramLabel = "BYTES",
      description = "MTU of the link, whatever a script says.")
  private int mtu;

  @Option(
      names = "--strict",
      description =
          "Also compare the timestamps that are echoed, and fail when packets are left over within"
              + " two retransmission timeouts of the last event, or belong to another connection.")
  private boolean strict;

  @Option(
      names = "--once",
      description =
          "Do not run scripts again with sequence numbers and timestamps near their wrap.")
  private boolean once;

  @Option(names = "--pcap", paramLabel = "DIR", description = "Write each run as pcapng.")
  private @Nullable Path pcap;

  @Option(names = "--json", description = "One JSON object with every result.")
  private boolean json;

  @Option(names = "--list", description = "Name the scripts, and run none.")
  private boolean list;

  @Option(
      names = {"-v", "--verbose"},
      description = "A line for scripts that pass, too.")
  private boolean verbose;

  @Parameters(paramLabel = "FILE|DIR", arity = "1..*", description = "Scripts, or folders of them.")
  private List<Path> paths = new ArrayList<>();

  @Override
  int run(Console console) throws CliException, InterruptedException {
    Settings settings = settings();
    List<Script> files = files();
    if (list) {
      files.forEach(f -> console.out().println(f.file));
      return ExitCode.OK;
    }
    Map<Verdict, Integer> counts = new EnumMap<>(Verdict.class);
    List<Object> results = new ArrayList<>();
    PacketdrillRunner runner = new PacketdrillRunner(settings);
    try (ExecutorService pool =
        Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors())) {
      List<Future<Outcome>> running = new ArrayList<>();
      for (Script f : files) {
        running.add(pool.submit(() -> runner.run(f.file, f.name)));
      }
      for (int i = 0; i < files.size(); i++) {
        Outcome o = result(running.get(i));
        counts.merge(o.verdict(), 1, Integer::sum);
        if (json) {
          results.add(
              Json.object(
                  "file", files.get(i).file.toString(),
                  "verdict", word(o.verdict()),
                  "reason", o.reason()));
        } else if (verbose || o.verdict() != Verdict.PASSED) {
          show(console, files.get(i).file, o);
        }
      }
    }
    if (json) {
      console.out().println(Json.write(Json.object("results", results)));
    } else {
      summary(console, counts, files.size());
    }
    boolean bad = counts.containsKey(Verdict.FAILED) || counts.containsKey(Verdict.ERROR);
    return bad ? ExitCode.NEGATIVE : ExitCode.OK;
  }

  private static Outcome result(Future<Outcome> future) throws InterruptedException {
    try {
      return future.get();
    } catch (java.util.concurrent.ExecutionException e) {
      return new Outcome(Verdict.ERROR, "the runner failed: " + e.getCause());
    }
  }

  private Settings settings() throws CliException {
    Settings.Dialect d;
    try {
      d = Settings.Dialect.valueOf(dialect.toUpperCase(Locale.ROOT));
    } catch (IllegalArgumentException e) {
      throw CliException.usage("--dialect is auto, google or freebsd, not '" + dialect + "'");
    }
    if (profile != null && Profile.named(profile) == null) {
      throw CliException.usage("--profile is linux, freebsd or standard, not '" + profile + "'");
    }
    if (mtu != 0 && (mtu < 68 || mtu > 65_535)) {
      throw CliException.usage("--mtu is 68 to 65535, not " + mtu);
    }
    return new Settings(d, profile, definitions, ipVersion(), mtu, pcap, strict, !once);
  }

  /** What a socket calls its addresses, mapped or not, is nothing that a packet shows. */
  private int ipVersion() throws CliException {
    return switch (ipVersion) {
      case null -> 0;
      case "4", "ipv4", "ipv4-mapped-ipv6" -> 4;
      case "6", "ipv6" -> 6;
      default -> throw CliException.usage("--ip-version is 4 or 6, not " + ipVersion);
    };
  }

  /** A script, and what its captures are called: the way from the folder that was named. */
  private record Script(Path file, String name) {}

  private List<Script> files() throws CliException {
    List<Script> files = new ArrayList<>();
    for (Path p : paths) {
      if (!Files.exists(p)) {
        throw new CliException(ExitCode.INPUT, "there is no " + p);
      }
      if (!Files.isDirectory(p)) {
        files.add(new Script(p, String.valueOf(p.getFileName())));
        continue;
      }
      try (Stream<Path> s = Files.walk(p)) {
        s.filter(f -> f.toString().endsWith(".pkt") && Files.isRegularFile(f))
            .sorted()
            .forEach(f -> files.add(new Script(f, p.relativize(f).toString())));
      } catch (IOException e) {
        throw unreadable(p, e);
      } catch (UncheckedIOException e) { // a folder below it, once the walk has begun
        throw unreadable(p, Objects.requireNonNull(e.getCause()));
      }
    }
    if (files.isEmpty()) {
      throw new CliException(ExitCode.INPUT, "no script (*.pkt) in " + paths.getFirst());
    }
    return files;
  }

  private static CliException unreadable(Path folder, IOException e) {
    return new CliException(ExitCode.INPUT, folder + " can't be read: " + Failures.oneLine(e));
  }

  private static String word(Verdict v) {
    return v.name().toLowerCase(Locale.ROOT);
  }

  private static void show(Console console, Path file, Outcome o) {
    console.out().printf("%-7s %s%n", word(o.verdict()), file);
    if (!o.reason().isEmpty()) {
      console.out().println("  " + o.reason().replace("\n", "\n  "));
    }
  }

  private static void summary(Console console, Map<Verdict, Integer> counts, int files) {
    console
        .out()
        .printf(
            "%d scripts: %d passed, %d failed, %d skipped, %d errors%n",
            files,
            counts.getOrDefault(Verdict.PASSED, 0),
            counts.getOrDefault(Verdict.FAILED, 0),
            counts.getOrDefault(Verdict.SKIPPED, 0),
            counts.getOrDefault(Verdict.ERROR, 0));
  }
}
