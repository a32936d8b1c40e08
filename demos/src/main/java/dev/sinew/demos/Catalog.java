package dev.sinew.demos;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What experiments there are and what is said about them, read from resources: {@code index.txt}
 * names them all, {@code NAME.txt} explains one, {@code corrections.txt} tells what the source
 * notes got wrong.
 */
final class Catalog {
  /** A group of experiments. */
  record Group(String name, String english, String chinese, List<Entry> entries) {}

  /**
   * One experiment.
   *
   * @param corrections what it corrects, such as {@code C5}
   */
  record Entry(String name, String english, String chinese, List<String> corrections) {
    String title(Lang lang) {
      return lang.of(english, chinese);
    }
  }

  /** A sentence of the source notes that is wrong. */
  record Correction(
      String id,
      String saysEnglish,
      String saysChinese,
      String english,
      String chinese,
      String rfc) {
    /** Where it is written, in Chinese. */
    String rfcInChinese() {
      return rfc.replaceAll("section ([0-9.]+)", "第 $1 节")
          .replaceAll("figure ([0-9]+)", "图 $1")
          .replace(", ", "，");
    }
  }

  private Catalog() {}

  static List<Group> groups() {
    List<Group> groups = new ArrayList<>();
    for (String line : read("index.txt").split("\n")) {
      if (line.isBlank()) {
        continue;
      }
      String[] f = fields(line);
      if (line.startsWith("#")) {
        groups.add(new Group(f[0].substring(1).strip(), f[1], f[2], new ArrayList<>()));
      } else {
        List<String> corrections = f.length > 3 ? List.of(f[3].split(" ")) : List.of();
        groups.getLast().entries().add(new Entry(f[0], f[1], f[2], corrections));
      }
    }
    return groups;
  }

  static List<Entry> entries() {
    return groups().stream().flatMap(g -> g.entries().stream()).toList();
  }

  static Entry entry(String name) {
    List<String> names = new ArrayList<>();
    for (Entry e : entries()) {
      if (e.name().equals(name)) {
        return e;
      }
      names.add(e.name());
    }
    List<String> near =
        names.stream()
            .filter(n -> !name.isEmpty() && (n.contains(name) || name.contains(n)))
            .toList();
    throw new DemoException(
        "there is no demo '"
            + name
            + "'; "
            + (near.isEmpty()
                ? "there are: " + String.join(", ", names)
                : "did you mean " + String.join(" or ", near) + "?"));
  }

  static List<Correction> corrections() {
    List<Correction> result = new ArrayList<>();
    for (String line : read("corrections.txt").split("\n")) {
      if (!line.isBlank()) {
        String[] f = fields(line);
        result.add(new Correction(f[0], f[1], f[2], f[3], f[4], f[5]));
      }
    }
    return result;
  }

  /** The paragraphs that explain an experiment. */
  static List<String> explanation(String name, Lang lang) {
    String[] halves = read(name + ".txt").split("\n----\n");
    if (halves.length != 2) {
      throw new IllegalStateException(name + ".txt needs English, a line ----, and Chinese");
    }
    return List.of(lang.of(halves[0], halves[1]).strip().split("\n\n"));
  }

  private static String[] fields(String line) {
    String[] f = line.split("\\|");
    for (int i = 0; i < f.length; i++) {
      f[i] = f[i].strip();
    }
    return f;
  }

  private static String read(String resource) {
    try (InputStream in = Catalog.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IllegalStateException("the text " + resource + " is missing");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The experiment of that name; its class is loaded only now. Null when nobody wrote it. */
  static @Nullable Demo create(String name) {
    return switch (name) {
      case "handshake" -> new Handshake();
      case "lost-syn" -> new Opening.LostSyn();
      case "lost-synack" -> new Opening.LostSynAck();
      case "lost-third-ack" -> new Opening.LostThirdAck();
      case "lost-third-ack-data" -> new Opening.LostThirdAckData();
      case "third-ack-data" -> new Opening.ThirdAckData();
      case "simultaneous-open" -> new Opening.SimultaneousOpen();
      case "two-messages" -> new Ghost();
      case "refused" -> new Opening2.Refused();
      case "syn-data" -> new Opening2.SynData();
      case "notes-numbers" -> new Numbers.NotesNumbers();
      case "isn" -> new Numbers.Isn();
      case "isn-attack" -> new Numbers.IsnAttack();
      case "seq-wrap" -> new Numbers.SeqWrap();
      case "syn-backlog" -> new Queues.SynBacklog();
      case "accept-queue" -> new Queues.AcceptQueue();
      case "syn-flood" -> new Flood();
      case "syn-flood-existing" -> new Queues.FloodExisting();
      case "syn-cookies" -> new Queues.Cookies();
      case "close-4" -> new Closing.Four();
      case "close-3" -> new Closing.Three();
      case "close-simultaneous" -> new Closing.Simultaneous();
      case "half-close" -> new Closing.HalfClose();
      case "lost-fin" -> new Closing.LostFin();
      case "lost-last-ack" -> new Closing.LostLastAck();
      case "time-wait-zero" -> new TimeWait.Zero();
      case "time-wait-reuse" -> new TimeWait.Reuse();
      case "time-wait-server" -> new TimeWait.ServerSide();
      case "close-wait-leak" -> new TimeWait.Leak();
      case "rst-window" -> new Resets.Window();
      case "linger-0" -> new Resets.LingerZero();
      case "rst-unread" -> new Resets.Unread();
      case "lost-rst" -> new Resets.LostRst();
      case "ack-storm" -> new Resets.AckStorm();
      case "keepalive-dead" -> new KeepAlive.Dead();
      case "user-timeout" -> new KeepAlive.UserTimeout();
      case "mss" -> new Mtu.Mss();
      case "pmtud" -> new Mtu.Discovery();
      case "pmtu-black-hole" -> new Mtu.BlackHole();
      case "segmentation" -> new Delivery.Segmentation();
      case "out-of-order" -> new Delivery.OutOfOrder();
      case "duplicate" -> new Delivery.Duplicate();
      case "corrupt" -> new Delivery.Corrupt();
      case "checksum-collision" -> new Delivery.Collision();
      case "rto-backoff" -> new Losses.Backoff();
      case "karn" -> new Losses.Karn();
      case "fast-retransmit" -> new Losses.Fast();
      case "sack" -> new Losses.Sack();
      case "rack" -> new Losses.RackDemo();
      case "tail-loss" -> new Losses.TailLoss();
      case "sliding-window" -> new Windows.Sliding();
      case "zero-window" -> new Windows.Zero();
      case "lost-window-update" -> new Windows.LostUpdate();
      case "silly-window" -> new Windows.Silly();
      case "nagle-delack" -> new Windows.NagleDelayedAck();
      case "cork" -> new Windows.Cork();
      case "slow-start" -> new Congestion.SlowStart();
      case "cwnd" -> new Congestion.SawTooth();
      case "udp-slow-reader" -> new Udp.SlowReader();
      case "udp-big" -> new Udp.Big();
      case "udp-rcvbuf" -> new Udp.ReceiveBuffer();
      case "udp-burst" -> new Udp.Burst();
      case "udp-lan-wan" -> new Udp.LanWan();
      case "udp-not-listening" -> new Udp.NotListening();
      case "udp-largest" -> new Udp.Largest();
      case "udp-sndbuf" -> new UdpCures.SendBuffer();
      case "udp-cures" -> new UdpCures.Cures();
      case "half-open" -> new HalfOpen.Crash();
      case "keepalive-rebooted" -> new HalfOpen.Rebooted();
      case "keepalive-nat" -> new HalfOpen.Translated();
      case "fast-open" -> new Extras.FastOpenDemo();
      case "two-armies" -> new Extras.TwoArmies();
      case "ecn" -> new Extras.EcnDemo();
      default -> null;
    };
  }
}
