package dev.sinew.demos;

import dev.sinew.sim.LadderRecorder;
import dev.sinew.sim.PcapRecorder;
import dev.sinew.sim.SimHost;
import dev.sinew.sim.SimLink;
import dev.sinew.sim.Simulation;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** One run of a demo: its network, what was recorded, and what was found when it was checked. */
final class DemoRun implements AutoCloseable {
  /** Something that the demo expects. */
  record Check(String what, boolean held) {}

  final Simulation sim;
  final SimHost client;
  final SimHost server;
  final SimLink link;
  final LadderRecorder ladder;
  private final @Nullable PcapRecorder pcap;
  private final List<Check> checks = new ArrayList<>();

  /** A client and a server with a link of 10 ms between them, over IPv4. */
  DemoRun(DemoOptions options) throws IOException {
    sim = Simulation.of(options.seed());
    client = sim.host("client");
    server = sim.host("server");
    link = sim.link(client, server, "delay 10ms");
    ladder = new LadderRecorder(sim, client, server);
    pcap =
        options.pcap() == null
            ? null
            : new PcapRecorder(
                sim, client, new BufferedOutputStream(Files.newOutputStream(options.pcap())));
  }

  /** Notes what a program does. */
  void call(SimHost host, String text) {
    ladder.call(host, text);
  }

  /** The demo expects this. */
  void check(String what, boolean held) {
    checks.add(new Check(what, held));
  }

  /** The demo expects these to be equal. */
  void checkEqual(String what, Object expected, Object actual) {
    boolean equal = Objects.equals(expected, actual);
    check(equal ? what : what + ": expected " + expected + ", but it was " + actual, equal);
  }

  List<Check> checks() {
    return checks;
  }

  boolean succeeded() {
    return !checks.isEmpty() && checks.stream().allMatch(Check::held);
  }

  @Override
  public void close() throws IOException {
    sim.close();
    if (pcap != null) {
      pcap.close();
    }
  }
}
