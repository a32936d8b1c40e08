package dev.sinew.junit;

import dev.sinew.capture.CaptureWriter;
import dev.sinew.capture.LinkType;
import dev.sinew.sim.Fault;
import dev.sinew.sim.FaultSpec;
import dev.sinew.sim.SimHost;
import dev.sinew.sim.Simulation;
import dev.sinew.sim.SimulationException;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.opentest4j.AssertionFailedError;

/** Makes of a failure one that can be understood and repeated. */
final class FailureReport {
  private static final int LADDER_LINES = 20;
  private static final int CAPTURES = 8;

  private FailureReport() {}

  /**
   * The same failure, with a message that tells seed, replay, faults, files and the last packets.
   */
  static AssertionFailedError of(TestPlan plan, Simulation sim, WireLog log, Throwable t) {
    StringBuilder text = new StringBuilder(what(t));
    text.append("\n\n  seed ").append(sim.seed());
    text.append(String.format(Locale.ROOT, ", after %.6f s of virtual time", sim.now() / 1e9));
    text.append("\n  replay: ").append(plan.replay(sim.seed()));
    faults(sim, text);
    List<String> ladder = ladder(sim, log);
    write(plan, sim, log, ladder, text);
    if (!ladder.isEmpty()) {
      int from = Math.max(0, ladder.size() - LADDER_LINES);
      text.append(
          from == 0
              ? "\n  what happened:"
              : "\n  the last " + LADDER_LINES + " lines of what happened:");
      ladder.subList(from, ladder.size()).forEach(line -> text.append("\n    ").append(line));
    }
    boolean assertion = t instanceof AssertionError;
    AssertionFailedError result =
        t instanceof AssertionFailedError a && a.isExpectedDefined() && a.isActualDefined()
            ? new AssertionFailedError(
                text.toString(), a.getExpected(), a.getActual(), a.getCause())
            : new AssertionFailedError(text.toString(), assertion ? t.getCause() : t);
    result.setStackTrace(t.getStackTrace());
    for (Throwable suppressed : t.getSuppressed()) {
      result.addSuppressed(suppressed);
    }
    return result;
  }

  /** The same with the faults that are enough for it. */
  static Throwable withSmallest(Throwable t, @Nullable List<FaultSpec> faults) {
    String message = t.getMessage();
    if (faults == null || message == null || !(t instanceof AssertionFailedError failure)) {
      return t;
    }
    String enough =
        faults.isEmpty()
            ? "\n  it fails without any loss, too"
            : "\n  it fails with these faults alone:"
                + String.join("", faults.stream().map(f -> "\n    " + f).toList());
    int at = message.indexOf("\n  replay: ");
    String text = message.substring(0, at) + enough + message.substring(at);
    AssertionFailedError result =
        failure.isExpectedDefined() && failure.isActualDefined()
            ? new AssertionFailedError(
                text, failure.getExpected(), failure.getActual(), t.getCause())
            : new AssertionFailedError(text, t.getCause());
    result.setStackTrace(t.getStackTrace());
    for (Throwable suppressed : t.getSuppressed()) {
      result.addSuppressed(suppressed);
    }
    return result;
  }

  private static String what(Throwable t) {
    String message = t.getMessage();
    if (t instanceof SimulationException && message != null) {
      // Seed, time and packets follow in a better form.
      int more = message.indexOf("\n  seed ");
      return more < 0 ? message : message.substring(0, more);
    }
    return t instanceof AssertionError && message != null ? message : t.toString();
  }

  private static void faults(Simulation sim, StringBuilder text) {
    for (Fault f : sim.faults()) {
      text.append("\n  fault: ").append(f);
    }
  }

  /** Of the two hosts with the most to tell. */
  private static List<String> ladder(Simulation sim, WireLog log) {
    List<String> names =
        sim.hosts().stream()
            .map(SimHost::name)
            .sorted(Comparator.comparing((String n) -> changes(log, n) == 0))
            .limit(2)
            .toList();
    if (names.size() < 2 || log.packets().isEmpty()) {
      return List.of();
    }
    List<String> inOrder = sim.hosts().stream().map(SimHost::name).filter(names::contains).toList();
    return log.ladder(inOrder.get(0), inOrder.get(1));
  }

  private static long changes(WireLog log, String host) {
    return log.changes().stream().filter(c -> c.host().equals(host)).count();
  }

  // ---- files

  private static void write(
      TestPlan plan, Simulation sim, WireLog log, List<String> ladder, StringBuilder text) {
    List<String> files = new ArrayList<>();
    String name = (plan.name() + "-seed" + sim.seed()).replaceAll("[^\\w.-]", "_");
    try {
      Files.createDirectories(plan.output());
      if (!ladder.isEmpty()) {
        Path file = plan.output().resolve(name + ".ladder.txt");
        Files.write(file, ladder);
        files.add(file.toString());
      }
      for (SimHost h : sim.hosts().stream().limit(CAPTURES).toList()) {
        Path file = plan.output().resolve(name + "." + h.name() + ".pcapng");
        if (capture(log, h.name(), file)) {
          files.add(file.toString());
        }
      }
      if (!files.isEmpty()) {
        text.append("\n  written: ").append(String.join(", ", files));
      }
    } catch (IOException e) {
      text.append("\n  the files could not be written: ").append(e);
    }
  }

  /** One host's packets at a time: both ends in one file would look like retransmissions. */
  private static boolean capture(WireLog log, String host, Path file) throws IOException {
    record Seen(long timeNanos, WirePacket packet, CaptureWriter.Direction direction) {}
    List<Seen> seen = new ArrayList<>();
    for (WirePacket p : log.packets()) {
      if (p.from().equals(host)) {
        seen.add(new Seen(p.timeNanos(), p, CaptureWriter.Direction.OUT));
      } else if (p.to().equals(host) && p.arrivedCount() > 0) {
        seen.add(new Seen(p.arrivedNanos(), p, CaptureWriter.Direction.IN));
      }
    }
    if (seen.isEmpty()) {
      return false;
    }
    seen.sort(Comparator.comparingLong(Seen::timeNanos));
    try (CaptureWriter out =
        new CaptureWriter(new BufferedOutputStream(Files.newOutputStream(file)), false)) {
      int itf = out.addInterface(host, LinkType.RAW);
      for (Seen s : seen) {
        String lost = s.packet.lost();
        out.packet(
            itf,
            s.timeNanos,
            s.packet.kept(),
            s.packet.lengthBytes(),
            s.direction,
            lost.isEmpty() ? null : lost);
      }
    }
    return true;
  }
}
