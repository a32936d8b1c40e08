package dev.sinew.packetdrill;

import dev.sinew.base.Limits;
import dev.sinew.base.Profile;
import dev.sinew.packetdrill.script.Script;
import dev.sinew.packetdrill.script.ScriptException;
import dev.sinew.packetdrill.script.ScriptParser;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Runs scripts, each against a fresh stack in virtual time. A script that passes is run again with
 * sequence numbers, and with timestamps, that wrap on the way. Safe for use by several threads.
 */
public final class PacketdrillRunner {
  private static final long US = 1_000L;
  private static final long MS = 1_000_000L;

  /** One step of the clock behind the stack's timestamps, microseconds. */
  private static final long STACK_TICK = 1000;

  /** How far before its wrap a counter starts in the further passes. */
  private static final int BEFORE_WRAP = 1500;

  private static final Set<String> IGNORED_OPTIONS =
      Set.of(
          "verbose",
          "dry_run",
          "speed",
          "non_fatal",
          "no_cleanup",
          "init_scripts",
          "code_command",
          "code_format",
          "code_sockopt",
          "local_ip",
          "remote_ip",
          "gateway_ip",
          "netmask_ip",
          "local_linklocal_ip",
          "remote_prefix",
          "local_ipv4",
          "remote_ipv4",
          "bind_port",
          "connect_port",
          "send_omit_free",
          "define",
          "debug",
          "tun_dev",
          "persistent_tun_dev",
          "tcp_ts_ecr_scaled");

  private final Settings settings;
  private final @Nullable Impostor impostor;

  public PacketdrillRunner(Settings settings) {
    this(settings, null);
  }

  /**
   * @param impostor answers in the stack's place, or null
   */
  PacketdrillRunner(Settings settings, @Nullable Impostor impostor) {
    this.settings = settings;
    this.impostor = impostor;
  }

  /** Reads and runs one script. */
  public Outcome run(Path file) {
    return run(file, String.valueOf(file.getFileName()));
  }

  /**
   * Reads and runs one script.
   *
   * @param name of its captures below the folder of captures, with or without {@code .pkt}; it may
   *     have folders of its own
   */
  public Outcome run(Path file, String name) {
    String text;
    try {
      text = Files.readString(file, StandardCharsets.UTF_8);
    } catch (CharacterCodingException e) {
      return new Outcome(Verdict.ERROR, "no script: it is not text in UTF-8");
    } catch (IOException e) {
      return new Outcome(Verdict.ERROR, "can't read the file: " + e.getMessage());
    }
    return run(name, text, file.toAbsolutePath().getParent());
  }

  /**
   * Runs a script's text.
   *
   * @param folder where the files lie that it names, or null
   */
  public Outcome run(String name, String text, @Nullable Path folder) {
    boolean freebsd = freebsd(text);
    try {
      return run(name, parse(text, freebsd), folder, freebsd);
    } catch (ScriptException e) {
      String unsupported = ScriptParser.unsupported(e);
      return unsupported != null
          ? new Outcome(Verdict.SKIPPED, unsupported)
          : new Outcome(Verdict.ERROR, e.place() + ": " + e.getMessage());
    }
  }

  /** Runs a script that was read before. */
  Outcome run(String name, Script script, @Nullable Path folder, boolean freebsd) {
    try {
      return passes(name, script, folder, freebsd);
    } catch (IllegalStateException e) {
      return new Outcome(
          Verdict.ERROR, "the runner failed: " + e.getCause() + " " + e.getMessage());
    }
  }

  boolean freebsd(String text) {
    return switch (settings.dialect()) {
      case GOOGLE -> false;
      case FREEBSD -> true;
      case AUTO ->
          text.contains("net.inet.")
              || text.contains("kern.ipc.")
              || text.contains("sockstat")
              || "freebsd".equals(settings.profile()) && !text.contains("net.ipv4.")
              || text.contains("--ip_version")
                  && text.matches("(?s).*<mss [^>]*,nop,wscale \\d+,sackOK,TS.*");
    };
  }

  Script parse(String text, boolean freebsd) throws ScriptException {
    return ScriptParser.parse(
        text,
        freebsd
            ? settings.definitions()
            : SuiteNames.with(
                settings.definitions(),
                settings.ipVersion() == 6 || text.contains("--ip_version=ipv6")),
        Set.of(freebsd ? "FreeBSD" : "Linux", "linux"));
  }

  // ---- passes

  /** The numbers of one pass. */
  private record Pass(String name, long clockAhead, int remoteShift, int remoteTimestampShift) {
    /** What the pass adds to the name of its capture. */
    String suffix() {
      return name.isEmpty() ? "" : remoteShift != 0 ? ".sequence-wrap" : ".timestamp-wrap";
    }
  }

  private Outcome passes(String name, Script script, @Nullable Path folder, boolean freebsd) {
    List<Pass> passes = new ArrayList<>();
    passes.add(new Pass("", 0, 0, 0));
    Outcome first = Outcome.PASSED;
    for (int i = 0; i < passes.size(); i++) {
      Pass pass = passes.get(i);
      Play play = new Play(name, script, folder, freebsd, pass);
      Outcome outcome = play.outcome();
      if (outcome.verdict() != Verdict.PASSED) {
        return pass.name.isEmpty()
            ? outcome
            : new Outcome(outcome.verdict(), pass.name + ": " + outcome.reason());
      }
      if (i == 0) {
        first = outcome;
        if (settings.wrapPasses()) {
          passes.addAll(play.further());
        }
      }
    }
    return first;
  }

  /** One pass of one script. */
  private final class Play {
    private final Profile profile;
    private final Outcome outcome;
    private int isn;
    private @Nullable Integer timestamp;

    Play(String name, Script script, @Nullable Path folder, boolean freebsd, Pass pass) {
      String profileName =
          settings.profile() != null ? settings.profile() : freebsd ? "freebsd" : "linux";
      Profile named = Profile.named(profileName);
      profile = named != null ? named : Profile.STANDARD;
      Sysctls sysctls = new Sysctls(profile, limits(freebsd, profileName));
      FileCalls files = new FileCalls();
      Shell shell = new Shell(sysctls, folder, files);
      Map<String, String> options = new HashMap<>();
      ScriptRun run = null;
      Outcome o;
      String capture = name.replaceAll("\\.pkt$", "") + pass.suffix();
      try (Recording recording = new Recording(capture, settings.pcapFolder())) {
        RunPlan plan = plan(script, options, freebsd, pass, recording);
        if (script.init() != null) {
          shell.run(script.init().place(), script.init().text(), null);
        }
        beforeSockets(script, shell);
        run = new ScriptRun(plan, script, shell, sysctls, files);
        run.run();
        isn = run.liveIsn();
        timestamp = recording.timestamp();
        o = new Outcome(Verdict.PASSED, run.note());
      } catch (IOException e) {
        o = new Outcome(Verdict.ERROR, "can't write a capture: " + e.getMessage());
      } catch (StopException e) {
        String history = run == null ? "" : run.history();
        o =
            new Outcome(
                e.verdict(),
                e.getMessage()
                    + (e.verdict() == Verdict.FAILED && !history.isEmpty()
                        ? "\n  last packets:\n    " + history.replace("\n", "\n    ")
                        : ""));
      }
      outcome = o;
    }

    Outcome outcome() {
      return outcome;
    }

    /** The same with counters that wrap. */
    List<Pass> further() {
      List<Pass> list = new ArrayList<>();
      long steps = Integer.toUnsignedLong(-BEFORE_WRAP - isn);
      list.add(
          new Pass(
              "with sequence numbers near their wrap",
              steps * profile.isnTickNanos(),
              -BEFORE_WRAP,
              0));
      Integer ts = timestamp;
      if (ts != null) {
        list.add(
            new Pass(
                "with timestamps near their wrap",
                Integer.toUnsignedLong(-BEFORE_WRAP / 4 - ts) * MS,
                0,
                -BEFORE_WRAP));
      }
      return list;
    }
  }

  private static Limits limits(boolean freebsd, String profile) {
    return Limits.DEFAULT.with(v -> {
      v.receiveBufferBytes = freebsd ? 65_536 : 131_072;
      v.sendBufferBytes = freebsd ? 32_768 : 262_144;
      if (freebsd) {
        v.maxReceiveBufferBytes = Profile.FREEBSD.scaledWindowBytes();
      } else if (profile.equals("linux")) {
        // What the suites' defaults.sh sets; the few scripts without it expect no less.
        v.maxReceiveBufferBytes = 15 << 20;
      }
    });
  }

  /** Commands at time zero set kernel variables before any socket exists. */
  private static void beforeSockets(Script script, Shell shell) throws StopException {
    for (Script.Event e : script.events()) {
      if (!(e.action() instanceof dev.sinew.packetdrill.script.Action.Shell s)) {
        return;
      }
      shell.run(e.place(), s.text(), null);
    }
  }

  private RunPlan plan(
      Script script, Map<String, String> options, boolean freebsd, Pass pass, Recording recording)
      throws StopException {
    for (Script.Option o : script.options()) {
      if (o.name().equals("udp_encaps") || o.name().equals("udp_encapsulation")) {
        throw StopException.skipped("TCP in UDP");
      }
      options.put(o.name(), o.value());
    }
    boolean v6 =
        settings.ipVersion() != 0
            ? settings.ipVersion() == 6
            : options.getOrDefault("ip_version", "ipv4").equals("ipv6");
    int mtu = settings.mtu();
    long tolerance = 4000;
    double percent = freebsd ? 5 : 12.5;
    int mss = 0;
    int fragment = 0;
    boolean join = !freebsd;
    boolean strict = settings.strict();
    long tick = strict ? STACK_TICK : 0;
    for (Script.Option o : script.options()) {
      switch (o.name()) {
        case "tolerance_usecs" -> tolerance = number(o);
        case "tolerance_percent" -> percent = number(o);
        case "mtu" -> mtu = mtu == 0 ? (int) number(o) : mtu;
        case "mss" -> mss = (int) number(o);
        case "fragment_bytes" -> {
          fragment = (int) number(o);
          if (fragment < 8 || fragment % 8 != 0) {
            throw StopException.error(o.place(), "--fragment_bytes takes a multiple of 8");
          }
        }
        case "strict_segments" -> join = false;
        case "tcp_ts_tick_usecs" -> tick = number(o);
        case "ip_version" -> {
          // Taken above.
        }
        default -> {
          if (!IGNORED_OPTIONS.contains(o.name())) {
            throw StopException.error(o.place(), "unknown option --" + o.name());
          }
        }
      }
    }
    return new RunPlan(
        !v6,
        mtu > 0 ? mtu : v6 && !freebsd ? 1520 : 1500,
        mss,
        fragment,
        tolerance * US,
        percent,
        join,
        strict,
        freebsd,
        ticks(tick, tolerance, pass.clockAhead()),
        pass.clockAhead(),
        pass.remoteShift(),
        pass.remoteTimestampShift(),
        recording,
        impostor);
  }

  /**
   * By how many ticks a timestamp may be off. The clock's phase is the script's only as long as the
   * stack's clock is not moved by a part of a tick.
   */
  private static long ticks(long tick, long tolerance, long clockAhead) {
    boolean comparable = tick > 0 && (tolerance >= tick || clockAhead % MS == 0);
    return comparable ? tolerance / tick : -1;
  }

  private static long number(Script.Option o) throws StopException {
    try {
      return Math.round(Double.parseDouble(o.value()));
    } catch (NumberFormatException e) {
      throw StopException.error(o.place(), "--" + o.name() + " takes a number, not " + o.value());
    }
  }
}
