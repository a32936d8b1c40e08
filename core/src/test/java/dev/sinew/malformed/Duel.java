package dev.sinew.malformed;

import dev.sinew.base.Endpoint;
import dev.sinew.base.TcpError;
import dev.sinew.base.TcpState;
import dev.sinew.base.TimerHeap;
import dev.sinew.ip.IpAddress;
import dev.sinew.tcp.TcpEndpoint;
import dev.sinew.testing.Packets;
import dev.sinew.udp.Datagram;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Two stacks that talk while programs on both sides do whatever comes to their minds and the
 * network does its worst: by one seed. An honest network loses, doubles, delays and damages, which
 * checksums find out: then every byte arrives as it was written (I1, I5). A forger repairs the
 * checksums: then nothing may break, and no more is asked.
 */
final class Duel {
  private static final int MOST_CONNECTIONS = 4;

  private final long seed;
  private final boolean forger;
  private final SplittableRandom random;
  private final Host.Ground[] grounds = {new Host.Ground(), new Host.Ground()};
  private final Host[] hosts = new Host[2];
  private final List<ArrayDeque<byte[]>> flying = List.of(new ArrayDeque<>(), new ArrayDeque<>());
  private final List<List<TcpEndpoint>> endpoints = List.of(new ArrayList<>(), new ArrayList<>());
  private final Map<TcpEndpoint, int[]> positions = new HashMap<>();
  private final RawPacket raw = new RawPacket();
  private final StringBuilder last = new StringBuilder();
  private int opened;
  long packets;
  long damaged;
  long moves;

  Duel(long seed, boolean forger) {
    this.seed = seed;
    this.forger = forger;
    random = new SplittableRandom(seed);
    boolean v4 = random.nextBoolean();
    for (int i = 0; i < 2; i++) {
      Host h = new Host(grounds[i], v4, Host.limits(), i + 1, seed * 2 + i);
      ArrayDeque<byte[]> out = flying.get(1 - i);
      h.wire = out::add;
      h.referee.datagrams = true;
      h.mostEvents = 50_000;
      hosts[i] = h;
    }
    hosts[0].listen();
  }

  /** All of it: {@code steps} steps, peace, and the end. */
  void run(int steps) {
    try {
      connect();
      for (int i = 0; i < steps; i++) {
        step();
        check();
      }
      if (!forger) {
        peace();
      }
      end();
    } catch (RuntimeException | Error e) {
      throw new AssertionError(
          "seed "
              + seed
              + (forger ? " forger" : " honest")
              + " after "
              + last
              + ": "
              + e.getMessage(),
          e);
    }
  }

  private void check() {
    for (Host h : hosts) {
      String wrong = h.objection();
      if (wrong != null) {
        throw new AssertionError("host " + h.referee.self + ": " + wrong);
      }
      if (h.referee.replies > 64) {
        throw new AssertionError(h.referee.replies + " replies at once");
      }
      h.referee.reset();
      moves += h.watch.changes.size();
      h.watch.reset();
    }
  }

  private void step() {
    int side = random.nextInt(2);
    Host h = hosts[side];
    int dice = random.nextInt(100);
    if (dice < 55) {
      deliver(side);
    } else if (dice < 75) {
      time();
    } else if (dice < 95 || !forger) {
      program(side);
    } else {
      forge(side);
    }
    while (h.stack.takeReady() != null) {
      // Nobody waits: programs look when they like.
    }
  }

  private void note(String what) {
    if (last.length() > 400) {
      last.setLength(0);
    }
    last.append(what).append("; ");
  }

  // ---- the network

  private void deliver(int side) {
    ArrayDeque<byte[]> queue = flying.get(side);
    byte[] p = queue.poll();
    if (p == null) {
      return;
    }
    packets++;
    int fate = random.nextInt(100);
    if (fate < 8) {
      note("lost");
    } else if (fate < 14) {
      queue.add(p); // Overtaken by all others.
    } else if (fate < 18) {
      feed(side, p);
      feed(side, p);
    } else if (fate < 34) {
      feed(side, damage(p));
    } else {
      feed(side, p);
    }
  }

  private void feed(int side, byte[] p) {
    note(
        "to "
            + (side + 1)
            + " "
            + (p.length > 80 ? p.length + " bytes" : HexFormat.of().formatHex(p)));
    hosts[side].feed(p);
  }

  /** One bit, or the tail is missing; a forger does more and repairs it. */
  private byte[] damage(byte[] p) {
    damaged++;
    byte[] d = p.clone();
    if (!forger) {
      if (random.nextInt(4) == 0) {
        return java.util.Arrays.copyOf(d, random.nextInt(d.length));
      }
      // Where a checksum covers it.
      int bit = random.nextInt(d.length * 8);
      if (RawPacket.uncovered(p).get(bit)) {
        return d;
      }
      d[bit / 8] ^= (byte) (0x80 >> bit % 8);
      return d;
    }
    if (random.nextInt(5) == 0) {
      d = java.util.Arrays.copyOf(d, random.nextInt(d.length));
      RawPacket.repairLengths(d, d.length, random.nextBoolean());
    }
    for (int k = random.nextInt(1, 4); k > 0 && d.length > 0; k--) {
      // Headers are where the damage is.
      int at = random.nextInt(Math.min(d.length, 80));
      d[at] =
          random.nextBoolean() ? (byte) (d[at] ^ 1 << random.nextInt(8)) : (byte) random.nextInt();
    }
    raw.repair(d, d.length);
    return d;
  }

  /**
   * A segment with the right ends and numbers near the right ones, flags and the rest at random; or
   * an ICMP error about what is flying.
   */
  private void forge(int side) {
    byte[] flyingTo = flying.get(side).peek();
    byte[] other = flying.get(1 - side).peek();
    boolean v4 = hosts[side].v4;
    if (other != null && random.nextInt(3) == 0) {
      int[][] kinds =
          v4
              ? new int[][] {{3, 1, 0}, {3, 3, 0}, {3, 4, 600}, {11, 0, 0}}
              : new int[][] {{1, 0, 0}, {1, 4, 0}, {2, 0, 1280}, {4, 1, 6}};
      int[] k = kinds[random.nextInt(kinds.length)];
      byte[] quoted = java.util.Arrays.copyOf(other, Math.min(other.length, 68));
      byte[] icmp =
          RawPacket.repaired(
              RawPacket.ip(
                  v4,
                  side == 0,
                  v4 ? RawPacket.ICMP : RawPacket.ICMPV6,
                  RawPacket.icmp(k[0], k[1], k[2], quoted)));
      feed(side, icmp);
      return;
    }
    if (flyingTo == null || !raw.read(flyingTo, flyingTo.length) || raw.protocol != RawPacket.TCP) {
      return;
    }
    byte[] d = flyingTo.clone();
    int t = raw.transport;
    int near = random.nextInt(4) == 0 ? random.nextInt() : random.nextInt(-20, 2000);
    RawPacket.put32(d, t + 4, raw.seq() + near);
    d[t + 13] = (byte) random.nextInt(64);
    if (random.nextBoolean()) {
      RawPacket.put16(d, t + 14, random.nextInt(4) == 0 ? 0 : random.nextInt(65_536));
    }
    raw.repair(d, d.length);
    feed(side, d);
  }

  private void time() {
    long most = random.nextInt(20) == 0 ? 2 * Host.S : 50 * Host.MS;
    pass(random.nextLong(most));
  }

  private void pass(long nanos) {
    long end = hosts[0].now + nanos;
    for (Host h : hosts) {
      h.runTo(end, 10_000);
    }
  }

  // ---- the programs

  private void connect() {
    TcpEndpoint e = hosts[1].stack.tcp();
    if (opened++ == 0) {
      e.bind(hosts[1].v4 ? IpAddress.ANY_V4 : IpAddress.ANY_V6, Host.PEER_PORT);
    }
    IpAddress to = Packets.address(hosts[1].v4 ? "10.0.0.1" : "fd00::1");
    if (e.connect(to, Host.LOCAL_PORT) == TcpError.IN_PROGRESS.code()) {
      keep(1, e);
    }
    hosts[1].flush();
  }

  private void keep(int side, TcpEndpoint e) {
    endpoints.get(side).add(e);
    positions.put(e, new int[2]);
  }

  private void program(int side) {
    Host h = hosts[side];
    if (side == 0 && h.listener != null) {
      TcpEndpoint accepted = h.listener.accept();
      if (accepted != null) {
        keep(0, accepted);
      }
    }
    List<TcpEndpoint> mine = endpoints.get(side);
    if (mine.isEmpty()) {
      if (side == 1 && opened < 10) {
        connect();
      }
      return;
    }
    TcpEndpoint e = mine.get(random.nextInt(mine.size()));
    int what = random.nextInt(forger ? 23 : 18);
    note("program " + what);
    switch (what) {
      case 0, 1, 2, 3 -> write(e, random.nextInt(1, 3000));
      case 4 -> write(e, random.nextInt(1, 60_000));
      case 5, 6, 7, 8, 9, 10 -> read(e, random.nextInt(1, 20_000));
      case 11 -> e.setNoDelay(random.nextBoolean());
      case 12 -> e.setCork(random.nextInt(4) == 0);
      case 13 -> {
        e.setKeepAliveTimes(
            random.nextLong(Host.S / 4, 3 * Host.S),
            random.nextLong(Host.S / 4, Host.S),
            forger ? 3 : 1000);
        e.setKeepAlive(random.nextBoolean());
      }
      case 14 -> e.setReceiveBuffer(random.nextInt(2048, 100_000));
      case 15 -> e.setSendBuffer(random.nextInt(2048, 100_000));
      case 16 -> datagram(side);
      case 17 -> {
        if (side == 1 && mine.size() < MOST_CONNECTIONS) {
          connect();
        }
      }
      case 18, 19 -> e.shutdownOutput();
      case 20 -> e.shutdownInput();
      case 21 -> {
        int[] p = positions.get(e);
        p[0] += Math.max(0, e.writeUrgent(Host.pattern(p[0])));
      }
      case 22 -> leave(mine, e, random.nextInt(4) == 0);
      default -> throw new AssertionError(what);
    }
    h.flush();
  }

  private void leave(List<TcpEndpoint> mine, TcpEndpoint e, boolean abort) {
    mine.remove(e);
    if (abort) {
      e.abort();
    } else {
      e.close();
    }
  }

  private void write(TcpEndpoint e, int length) {
    int[] p = positions.get(e);
    int n = e.write(Host.patternBytes(p[0], length), 0, length);
    p[0] += Math.max(0, n);
  }

  private int read(TcpEndpoint e, int length) {
    byte[] to = grounds[0].read;
    int n = e.read(to, 0, length);
    int[] p = positions.get(e);
    for (int i = 0; i < n; i++) {
      if (!forger && to[i] != Host.pattern(p[1] + i)) {
        throw new AssertionError("I1: byte " + (p[1] + i) + " is " + to[i]);
      }
    }
    p[1] += Math.max(0, n);
    return n;
  }

  private void datagram(int side) {
    IpAddress to = Packets.address(hosts[side].v4 ? "10.0.0." + (2 - side) : "fd00::" + (2 - side));
    int length = random.nextInt(forger ? 5000 : 1400);
    hosts[side].udp.send(Host.patternBytes(0, length), 0, length, to, Host.UDP_PORT);
    Datagram d = hosts[side].udp.receive(grounds[side].read, 0, 8000);
    for (int i = 0; d != null && !forger && i < d.length(); i++) {
      if (grounds[side].read[i] != Host.pattern(i)) {
        throw new AssertionError("a damaged datagram was delivered");
      }
    }
    while (hosts[side].icmp.receive() != null) {
      // A ping program that does not care.
    }
  }

  // ---- the end

  /** I5: the network heals, and in bounded time everything that was written is read. */
  private void peace() {
    for (List<TcpEndpoint> side : endpoints) {
      side.forEach(e -> e.setCork(false));
    }
    long limit = hosts[0].now + 600 * Host.S;
    while (hosts[0].now < limit) {
      boolean any = exchange();
      if (!any && finished()) {
        return;
      }
      if (!any) {
        long next = Math.min(hosts[0].stack.nextDeadline(), hosts[1].stack.nextDeadline());
        if (next == TimerHeap.NEVER) {
          break;
        }
        pass(Math.max(1, next - hosts[0].now));
        check();
      }
    }
    throw new AssertionError("I5: not everything arrived: " + missing());
  }

  /** Delivers what flies, reads what can be read. True when anything happened. */
  private boolean exchange() {
    boolean any = false;
    for (int side = 0; side < 2; side++) {
      for (byte[] p = flying.get(side).poll(); p != null; p = flying.get(side).poll()) {
        hosts[side].feed(p);
        any = true;
      }
      if (side == 0) {
        for (TcpEndpoint e = hosts[0].listener.accept();
            e != null;
            e = hosts[0].listener.accept()) {
          keep(0, e);
          any = true;
        }
      }
      for (TcpEndpoint e : endpoints.get(side)) {
        while (read(e, 50_000) > 0) {
          any = true;
        }
      }
      hosts[side].flush();
    }
    check();
    return any;
  }

  private boolean finished() {
    return missing() == null;
  }

  private @Nullable String missing() {
    for (TcpEndpoint client : endpoints.get(1)) {
      TcpEndpoint server = null;
      for (TcpEndpoint e : endpoints.get(0)) {
        if (e.remotePort() == client.localPort()) {
          server = e;
        }
      }
      if (server == null
          || client.state() != TcpState.ESTABLISHED
          || server.state() != TcpState.ESTABLISHED) {
        return "no connection: "
            + client.state()
            + " "
            + client.error()
            + ", "
            + (server == null ? "none" : server.state());
      }
      int[] c = positions.get(client);
      int[] s = positions.get(server);
      if (c[0] != s[1] || s[0] != c[1]) {
        return c[0] + " written, " + s[1] + " read; back " + s[0] + " written, " + c[1] + " read";
      }
    }
    return null;
  }

  private void end() {
    for (int side = 0; side < 2; side++) {
      for (TcpEndpoint e : endpoints.get(side)) {
        if (random.nextBoolean()) {
          e.close();
        } else {
          e.abort();
        }
      }
      String wrong = hosts[side].end(random.nextBoolean());
      if (wrong != null) {
        throw new AssertionError("host " + (side + 1) + ": " + wrong);
      }
      for (TcpEndpoint e : positions.keySet()) {
        if (endpoints.get(side).contains(e) && e.state() != TcpState.CLOSED) {
          throw new AssertionError("an endpoint is left in " + e.state());
        }
      }
    }
    Endpoint left = hosts[0].stack.takeReady();
    while (left != null) {
      left = hosts[0].stack.takeReady();
    }
  }
}
