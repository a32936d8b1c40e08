package dev.sinew.bench.run;

import java.io.IOException;
import java.nio.channels.AsynchronousCloseException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Measures groups: round by round, the peers in turn, the order turned round every time. A server
 * stays up from round to round, warm, unless it spins. A figure that others disturbed is taken once
 * more.
 */
final class Rounds {
  /** Of a processor. */
  private static final double DISTURBED = 0.35;

  private static final long SECOND = 1_000_000_000L;

  /** What it takes to see that a machine is quiet. */
  private static final long QUIET_CHECK = 200_000_000L;

  private final Options options;
  private final Results results;
  private final Lab lab;

  /** What is left of the time for waiting and for measuring again: a busy machine stays busy. */
  private long patienceNanos = 240 * SECOND;

  Rounds(Options options, Results results, Lab lab) {
    this.options = options;
    this.results = results;
    this.lab = lab;
  }

  /** The group's rows that were asked for. */
  static Group chosen(Group g, List<String> patterns) {
    List<Load> loads = new ArrayList<>();
    List<Config> configs = new ArrayList<>();
    for (Config c : g.configs()) {
      for (Load l : g.loads()) {
        if (Group.matches(patterns, g.name(), g.cell(l, c))) {
          if (!configs.contains(c)) {
            configs.add(c);
          }
          if (!loads.contains(l)) {
            loads.add(l);
          }
        }
      }
    }
    return g.only(loads, configs);
  }

  void run(Group whole) throws IOException, InterruptedException {
    Group g = chosen(whole, options.only());
    for (Config config : g.configs()) {
      try (Idler idler = g.idler() ? Idler.start() : null) {
        run(whole, g, config, idler != null);
      }
    }
  }

  private void run(Group whole, Group g, Config config, boolean awake)
      throws IOException, InterruptedException {
    int rounds = g.rounds() > 0 ? g.rounds() : options.rounds();
    Map<Peer, ServerProcess> kept = new EnumMap<>(Peer.class);
    try {
      for (int round = 0; round < rounds; round++) {
        List<Peer> order = new ArrayList<>(g.peers());
        if (round % 2 == 1) {
          Collections.reverse(order);
        }
        for (Peer peer : order) {
          Progress.say(
              "%s %s, round %d of %d: %s", g.name(), config, round + 1, rounds, peer.label);
          ServerProcess server = kept.get(peer);
          try {
            if (server == null) {
              server = lab.start(peer, config, g.jvmOptions());
              kept.put(peer, server);
              warmUp(g, server);
            }
            for (Load load : g.loads()) {
              if (Group.matches(options.only(), g.name(), whole.cell(load, config))) {
                measure(whole, g, config, peer, load, server, awake);
              }
            }
          } catch (IOException e) {
            results.failed(g.name() + ", " + peer.label, e);
            close(kept.remove(peer));
            continue;
          }
          if (peer.spins()) {
            close(kept.remove(peer));
          }
        }
      }
    } finally {
      kept.values().forEach(Rounds::close);
    }
  }

  private static void close(@Nullable ServerProcess server) {
    if (server != null) {
      server.close();
    }
  }

  /** The compilers of both processes need some seconds; shared by the group's loads. */
  private void warmUp(Group g, ServerProcess server) throws IOException, InterruptedException {
    List<Load> loads = g.loads().stream().filter(Load::warmsUp).toList();
    if (loads.isEmpty()) {
      loads = g.loads();
    }
    double each =
        g.seconds() > 0 ? Math.min(5, g.seconds()) : options.warmUpSeconds() / loads.size();
    for (Load load : loads) {
      double[] unused = run(load, server, new Window(server, 0, (long) (each * SECOND)));
    }
  }

  private void measure(
      Group whole,
      Group g,
      Config config,
      Peer peer,
      Load load,
      ServerProcess server,
      boolean awake)
      throws IOException, InterruptedException {
    double seconds = g.seconds() > 0 ? g.seconds() : options.seconds();
    String cell = whole.cell(load, config);
    double[] values = {};
    Window window =
        new Window(server, (long) (options.rampSeconds() * SECOND), (long) (seconds * SECOND));
    boolean again = false;
    do {
      long begin = System.nanoTime();
      if (!options.quick() && !awake && !peer.spins() && patienceNanos > 0) {
        Cpu.awaitQuiet(5 * SECOND);
      }
      long waited = System.nanoTime() - begin;
      try {
        values = run(load, server, window);
      } catch (IOException e) {
        results.failed(g.name() + ", " + cell + ", " + peer.label, e);
        return;
      }
      patienceNanos -= again ? System.nanoTime() - begin : waited - QUIET_CHECK;
      again =
          !again
              && !options.quick()
              && !awake
              && patienceNanos > 0
              && window.usage().foreign() >= DISTURBED;
    } while (again);
    for (int i = 0; i < values.length; i++) {
      results.add(whole, config, cell, load.metrics().get(i), peer, values[i], window.usage());
    }
    Progress.say(
        "    %-32s %s %s", cell, Numbers.text(values[0]), load.metrics().getFirst().unit());
  }

  private static double[] run(Load load, ServerProcess server, Window window)
      throws IOException, InterruptedException {
    try {
      return server.place().client().call(() -> load.run(server, window));
    } catch (AsynchronousCloseException e) {
      throw new IOException(load.name() + ": nothing came for 10 s", e);
    } catch (IOException | InterruptedException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  /** How long that will take, about. */
  static double estimateSeconds(Group whole, Options options) {
    Group g = chosen(whole, options.only());
    int rounds = g.rounds() > 0 ? g.rounds() : options.rounds();
    double seconds = g.seconds() > 0 ? g.seconds() : options.seconds();
    double measurement = seconds + options.rampSeconds() + (options.quick() ? 0.15 : 0.5);
    double start = 1.5 + options.warmUpSeconds();
    double sum = 0;
    for (Config c : g.configs()) {
      long loads =
          g.loads().stream()
              .filter(l -> Group.matches(options.only(), g.name(), whole.cell(l, c)))
              .count();
      for (Peer p : g.peers()) {
        sum += loads * rounds * measurement + start * (p.spins() ? rounds : 1);
      }
    }
    return sum;
  }

  static String minutes(double seconds) {
    return seconds < 100
        ? String.format(Locale.ROOT, "%.0f s", seconds)
        : String.format(Locale.ROOT, "%.0f min", Math.ceil(seconds / 60));
  }
}
