package dev.sinew.sim.sweep;

import dev.sinew.base.Limits;
import dev.sinew.base.Profile;
import dev.sinew.sim.Direction;
import dev.sinew.sim.Fault;
import dev.sinew.sim.FaultPlan;
import dev.sinew.sim.FaultSpec;
import dev.sinew.sim.SimHost;
import dev.sinew.sim.SimLink;
import dev.sinew.sim.SimMemory;
import dev.sinew.sim.Simulation;
import dev.sinew.sim.SimulationException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A network, programs and faults that follow from a seed: a client and a server, directly or
 * through a router, bad links, stacks with random options and buffers, one to four connections with
 * every way to end. The faults can be replaced, which is how a failing list of them is shrunk; all
 * else stays as it was.
 */
public final class RandomNetwork {
  private static final Pattern WITHOUT_DAMAGE = Pattern.compile(" corrupt [0-9.]+%");

  private static final long S = 1_000_000_000L;

  /** I5: so long after the network is whole everything has ended. */
  private static final long LONGEST_NANOS = 7200 * S;

  /** What a run did. */
  public record Result(
      long packetCount,
      long segmentCount,
      long virtualNanos,
      long traceHash,
      long firedFaults,
      List<Fault> unfiredFaults) {}

  private final long seed;
  private final boolean bulk;
  private final boolean v4;
  private final boolean routed;
  private final int mtu;
  private final int narrowMtu;
  private final String forward;
  private final String backward;
  private final Profile clientProfile;
  private final Profile serverProfile;
  private final Limits clientLimits;
  private final Limits serverLimits;
  private final boolean clientOffload;
  private final boolean serverOffload;
  private final FaultPlan faults;

  private RandomNetwork(long seed, @Nullable Profile only) {
    this.seed = seed;
    Draws d = new Draws(seed, "network");
    bulk = d.chance(0.6);
    v4 = d.chance(0.5);
    routed = d.chance(bulk ? 0.1 : 0.3);
    mtu = d.chance(bulk ? 0.1 : 0.3) ? d.between(v4 ? 576 : 1280, 9000) : 1500;
    narrowMtu = d.between(v4 ? 576 : 1280, 2000);
    forward = RandomWords.link(d, bulk);
    backward = RandomWords.link(d, bulk);
    clientProfile = RandomStack.profile(d, only);
    serverProfile = RandomStack.profile(d, only);
    clientLimits = RandomStack.limits(d, bulk);
    serverLimits = RandomStack.limits(d, bulk);
    Draws offload = new Draws(seed, "offload");
    clientOffload = offload.chance(0.5);
    serverOffload = offload.chance(0.5);
    List<String> links =
        routed ? List.of("client-router", "router-server") : List.of("client-server");
    List<String> directions =
        routed
            ? List.of("client>router", "router>client", "router>server", "server>router")
            : List.of("client>server", "server>client");
    faults = RandomWords.faults(new Draws(seed, "faults"), links, directions);
  }

  /**
   * The network of a seed.
   *
   * @param only the profile that every host starts from; null for any
   */
  public static RandomNetwork of(long seed, @Nullable Profile only) {
    return new RandomNetwork(seed, only);
  }

  /** The network of a seed, with any profile. */
  public static RandomNetwork of(long seed) {
    return of(seed, null);
  }

  public long seed() {
    return seed;
  }

  /** Its own faults. */
  public FaultPlan faults() {
    return faults;
  }

  /** What it is, in a few lines. */
  public String description() {
    return (bulk ? "bulk transfers" : "blocking programs")
        + (v4 ? " over IPv4, MTU " : " over IPv6, MTU ")
        + mtu
        + (routed ? ", through a router, then MTU " + narrowMtu : "")
        + "\n  to the server: "
        + forward
        + "\n  back: "
        + backward
        + "\n  client "
        + clientProfile.name()
        + (clientOffload ? " with offload" : "")
        + ", server "
        + serverProfile.name()
        + (serverOffload ? " with offload" : "");
  }

  /** Runs it with its own faults and memory. */
  public Result run() {
    return run(faults, new SimMemory(), "");
  }

  /**
   * Runs it.
   *
   * @param replay the command that repeats the run, for the message of a violation
   * @throws SimulationException when an invariant is violated or a program fails
   */
  public Result run(FaultPlan with, SimMemory memory, String replay) {
    try (Simulation sim = Simulation.of(seed, memory)) {
      sim.replayWith(replay);
      sim.mustEndWithin(LONGEST_NANOS);
      SimHost client = sim.host("client", b -> b.profile(clientProfile).limits(clientLimits));
      SimHost server = sim.host("server", b -> b.profile(serverProfile).limits(serverLimits));
      if (clientOffload) {
        client.offload();
      }
      if (serverOffload) {
        server.offload();
      }
      build(sim, client, server);
      List<Fault> declared = sim.apply(with);
      boolean mayHang = with.faults().stream().anyMatch(f -> f instanceof FaultSpec.Crash);
      if (bulk) {
        new BulkTraffic(sim, client, server, v4).run(LONGEST_NANOS, mayHang);
      } else {
        new Conversations(sim, client, server, v4).run();
      }
      sim.finish();
      long fired = declared.stream().mapToLong(Fault::firedCount).sum();
      return new Result(
          sim.packetCount(),
          segments(sim, client, server),
          sim.now(),
          sim.traceHash(),
          fired,
          new ArrayList<>(sim.unfiredFaults()));
    }
  }

  private void build(Simulation sim, SimHost client, SimHost server) {
    String size = " mtu " + mtu;
    if (!routed) {
      sim.link(client, server, forward + size).backward().impair(backward + size);
      return;
    }
    SimHost router = sim.router("router");
    SimLink left = sim.link(client, router, forward + size);
    // Two flipped bits may cancel each other in the checksum, and TCP can't know: one hop damages.
    String words =
        forward.contains(" corrupt ") ? WITHOUT_DAMAGE.matcher(backward).replaceAll("") : backward;
    // It may be narrower than both ends know: path MTU discovery has to find out.
    SimLink right = sim.link(router, server, words + " mtu " + narrowMtu);
    sim.defaultRoute(client, left, router);
    sim.defaultRoute(server, right, router);
  }

  /** Packets that the ends put on links; what a router passes on is not counted again. */
  private static long segments(Simulation sim, SimHost client, SimHost server) {
    long sum = 0;
    for (SimLink l : sim.links()) {
      for (Direction d : List.of(l.forward(), l.backward())) {
        if (d.from() == client || d.from() == server) {
          sum += d.sentCount();
        }
      }
    }
    return sum;
  }
}
