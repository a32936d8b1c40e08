package dev.sinew.demos;

import static dev.sinew.demos.Net.MS;
import static dev.sinew.demos.Net.S;

import dev.sinew.base.Profile;
import dev.sinew.base.SipHash;
import dev.sinew.ip.IpAddress;
import dev.sinew.sim.SimHost;
import dev.sinew.wire.TcpHeader;
import java.util.List;
import java.util.Locale;

/** Experiments on sequence numbers. */
final class Numbers {
  private static final long TICK = Profile.STANDARD.isnTickNanos();

  private Numbers() {}

  /**
   * When a connection of these two ends will begin with that number: the ISN is a clock plus a
   * constant, which one SYN of the past tells.
   */
  static long whenIsnIs(int wanted, Seg earlier) {
    long ticks = (wanted - earlier.seq) & 0xffff_ffffL;
    long at = earlier.sentNanos / TICK * TICK + ticks * TICK;
    return at - earlier.sentNanos < 200 * S ? at + (TICK << 32) : at;
  }

  /** One connection that shows which number it begins with, and is closed again. */
  private static Seg probe(Net net, SimHost from, SimHost to, int port, int localPort) {
    net.log.quiet(true);
    net.connect(from, to.address(), port, localPort).onConnected(End::close);
    net.runQuiet();
    net.log.quiet(false);
    return net.log.sent(from, Seg::syn).getLast();
  }

  static final class NotesNumbers implements Demo {
    private final Param bytes =
        Param.count("bytes", 1000, 1, 100_000, "bytes that A sends", "A 发送的字节数");

    @Override
    public List<Param> parameters() {
      return List.of(bytes);
    }

    @Override
    public void run(Run r) {
      int n = r.count(bytes);
      Net net = r.net().forging("number 900: ");
      SimHost a = net.host("A");
      SimHost b = net.host("B");
      var link = net.link(a, b, "delay 10ms");
      net.listen(b, 80).silent(true).onAccept(e -> e.onEof(End::close));
      net.listen(a, 80).silent(true).onAccept(e -> e.onEof(End::close));
      long first = whenIsnIs(1000, probe(net, a, b, 80, 5000));
      net.log.zero(first);
      End[] ends = new End[2];
      net.at(
          first,
          () -> ends[0] = net.connect(a, b.address(), 80, 5000).onConnected(e -> e.write(n)));
      net.at(
          first + 500 * MS,
          () ->
              link.forward()
                  .inject(
                      Packets.tcp(
                          a.address(),
                          5000,
                          b.address(),
                          80,
                          900,
                          net.log.sent(b, Seg::synAck).getLast().seq + 1,
                          TcpHeader.ACK,
                          1000,
                          new byte[1])));
      net.at(first + S, () -> ends[0].close());
      net.runQuiet();
      List<Seg> fromA = net.log.sent(a, s -> s.sentNanos >= first);
      List<Seg> fromB = net.log.sent(b, s -> s.sentNanos >= first);
      r.ladder(net);
      r.equal("A's ISN is 1000", "A 的 ISN 为 1000", 1000, fromA.getFirst().seq);
      r.equal("B expects 1001 then", "B 期望的下一个序号为 1001", 1001, fromB.getFirst().ack);
      Seg data = fromA.stream().filter(Seg::data).findFirst().orElseThrow();
      r.equal("the first byte has number 1001", "第一个数据字节编号为 1001", 1001, data.seq);
      r.check(
          "B acknowledges 2001: bytes 1001 to 2000, 1000 bytes, are safe",
          "B 确认 2001：1001～2000 共 1000 个字节已安全到达",
          fromB.stream().anyMatch(s -> s.ack == 2001 && s.pureAck()) && n == 1000);
      Seg answer =
          fromB.stream().filter(s -> s.sentNanos > first + 500 * MS).findFirst().orElseThrow();
      r.equal(
          "number 900 lies outside the window: B answers ACK 1001 + bytes, and takes nothing",
          "编号 900 落在窗口之外：B 只回送确认号 1001 + 字节数，不接收数据",
          1001 + n,
          answer.ack);

      net.log.quiet(true);
      long second = whenIsnIs(2000, probe(net, b, a, 80, 6000));
      net.at(
          second,
          () -> ends[1] = net.connect(b, a.address(), 80, 6000).onConnected(e -> e.write(2000)));
      net.at(second + S, () -> ends[1].close());
      net.finish();
      r.check(
          "the other way: ISN 2000, 2000 bytes, 4001 acknowledged: bytes 2001 to 4000",
          "反方向：ISN 为 2000，发送 2000 字节，确认号 4001：2001～4000 共 2000 个字节",
          net.log.sent(b, s -> s.sentNanos >= second).getFirst().seq == 2000
              && net.log.count(a, s -> s.sentNanos >= second && s.ack == 4001) > 0);
      r.table(
          r.t(
              "what is sent | number | bytes | next number | the peer's ack",
              "发送内容 | 序号 | 数据字节 | 下一个序号 | 对方的 ack"),
          "SYN | x | 0 | x+1 | x+1",
          r.t("data", "数据") + " | x+1 | 100 | x+101 | x+101",
          r.t("data", "数据") + " | x+101 | 100 | x+201 | x+201",
          "FIN | x+201 | 0 | x+202 | x+202",
          r.t("SYN with 100 bytes", "携带 100 字节的 SYN") + " | x | 100 | x+101 | x+101");
    }
  }

  static final class Isn implements Demo {
    private final Param hours = Param.count("hours", 12, 1, 48, "how long to look", "观察的小时数");

    @Override
    public List<Param> parameters() {
      return List.of(hours);
    }

    @Override
    public void run(Run r) {
      Net.Pair p = r.pair("delay 10ms");
      Net net = p.net();
      long step = 600 * S;
      int n = (int) (r.count(hours) * 3600L * S / step);
      // Nobody listens: each SYN is refused at once, and the ports are free again.
      for (int i = 0; i <= n; i++) {
        int other = 10_000 + i;
        net.at(
            i * step,
            () -> {
              net.connect(p.client(), p.server().address(), 80, 5000).silent = true;
              net.connect(p.client(), p.server().address(), 80, other).silent = true;
            });
      }
      net.finish();
      List<Seg> same = net.log.sent(p.client(), s -> s.syn() && s.sourcePort == 5000);
      List<Seg> others = net.log.sent(p.client(), s -> s.syn() && s.sourcePort != 5000);
      r.heading(
          "ISN of connections between the same two sockets, over time", "同一对插口的连接，其 ISN 随时间的变化");
      chart(r, same);
      r.gap();
      r.heading("each connection from another port", "每条连接换一个端口");
      chart(r, others);
      boolean clock = true;
      for (Seg s : same) {
        int ticks = (int) ((s.sentNanos - same.getFirst().sentNanos) / TICK);
        clock &= s.seq - same.getFirst().seq == ticks;
      }
      r.check(
          "between the same sockets it grows by 1 every 4 µs, to the tick",
          "同一对插口的 ISN 严格地每 4 微秒加 1",
          clock);
      int falls = 0;
      for (int i = 1; i < same.size(); i++) {
        falls += Integer.compareUnsigned(same.get(i).seq, same.get(i - 1).seq) < 0 ? 1 : 0;
      }
      long turn = TICK << 32;
      long span = same.getLast().sentNanos;
      r.between(
          "it comes round after 2^32 × 4 µs = 17,179.87 s = 4.772 h",
          "经过 2^32 × 4 µs = 17179.87 秒 = 4.772 小时绕回一圈",
          span / turn,
          span / turn + 1,
          falls);
      int inStep = 0;
      for (Seg s : others) {
        int ticks = (int) ((s.sentNanos - others.getFirst().sentNanos) / TICK);
        inStep += Math.abs(s.seq - others.getFirst().seq - ticks) < 1 << 24 ? 1 : 0;
      }
      r.check(
          "from other ports it can't be told from the first one",
          "换了端口，就无法由前一个 ISN 推算",
          inStep <= 1 + others.size() / 10);
      r.figure(
          "one turn with 4 µs, with 4 ms, with the 64 ns of Linux",
          "步长 4 µs、4 ms、64 ns（Linux）时绕回一圈所需时间",
          String.format(
              Locale.ROOT,
              "%.3f h, %.1f d, %.0f s",
              turn / 3.6e12,
              turn / 8.64e10,
              (64L << 32) / 1e9));
    }

    private static void chart(Run r, List<Seg> syns) {
      r.lines(
          Chart.points(
              syns.stream().map(s -> s.sentNanos).toList(),
              syns.stream().map(s -> Integer.toUnsignedLong(s.seq) / 1e9).toList(),
              9,
              "e9"));
    }
  }

  static final class IsnAttack implements Demo {
    /** All randomness of a host that has none. */
    private static final long KEY = 0x5eed;

    private final Param secret =
        Param.choice(
            "secret",
            List.of("known", "secret"),
            "whether the attacker knows the key of the server's ISN hash",
            "攻击者是否知道服务器 ISN 散列的密钥");
    private final Param tries = Param.count("tries", 20, 1, 200, "forged connections", "伪造的连接数");

    @Override
    public List<Param> parameters() {
      return List.of(secret, tries);
    }

    @Override
    public void run(Run r) {
      int weak = attack(r, r.choice(secret).equals("known"), true);
      int strong = attack(r, false, false);
      int n = r.count(tries);
      r.lines(
          Chart.bars(
              List.of(r.t("predictable ISN", "可预测的 ISN"), r.t("RFC 6528", "RFC 6528")),
              List.of(100.0 * weak / n, 100.0 * strong / n),
              100,
              " %"));
      r.equal(
          "where the number can be computed, every forged connection is accepted",
          "ISN 可以算出时，每条伪造的连接都被接受",
          n,
          weak);
      r.equal("where it can't, none is", "无法算出时，没有一条被接受", 0, strong);
    }

    /** How many connections in the name of a host that is silent the server accepts. */
    private int attack(Run r, boolean known, boolean shown) {
      Net net = r.net().forging("forged: ");
      SimHost attacker = net.host("attacker");
      SimHost server = known ? net.host("server", b -> b.entropy(() -> KEY)) : net.host("server");
      var link = net.link(attacker, server, "delay 10ms");
      // The trusted client is down: nobody resets what is done in its name.
      IpAddress victim = Packets.address("10.0.1.77");
      Server program = net.listen(server, 514).silent(true).onAccept(e -> e.onData(x -> {}));
      // An honest connection tells the clock and the attacker's own hash.
      End honest = net.connect(attacker, server.address(), 514, 1023).onConnected(End::close);
      net.runFor(S);
      Seg seen = net.log.sent(server, Seg::synAck).getFirst();
      SipHash guess = new SipHash(KEY, KEY);
      int own = (int) hash(guess, server, attacker.address(), 1023);
      for (int i = 0; i < r.count(tries); i++) {
        int port = 600 + i;
        long at = (2 + i) * S;
        net.at(
            at,
            () -> {
              link.forward()
                  .inject(segment(victim, port, server, 0, 0, TcpHeader.SYN, new byte[0]));
              long answered = at + 10 * MS;
              int ticks = (int) (answered / TICK) - (int) (seen.sentNanos / TICK);
              int isn = seen.seq - own + (int) hash(guess, server, victim, port) + ticks;
              net.after(
                  20 * MS,
                  () ->
                      link.forward()
                          .inject(
                              segment(
                                  victim,
                                  port,
                                  server,
                                  1,
                                  isn + 1,
                                  TcpHeader.ACK,
                                  "rm -rf /"
                                      .getBytes(java.nio.charset.StandardCharsets.US_ASCII))));
            });
      }
      net.runFor((3 + r.count(tries)) * S);
      int forged = 0;
      for (End e : program.accepted) {
        if (e.tcp.remoteAddress() != null && victim.equals(e.tcp.remoteAddress())) {
          forged += e.received == 8 ? 1 : 0;
          net.at(net.sim.now(), e::abort);
        } else {
          net.at(net.sim.now(), e::close);
        }
      }
      net.finish();
      if (shown) {
        r.ladder(net);
      }
      r.check("the attacker's own connection worked", "攻击者自己的连接正常", honest.connected);
      return forged;
    }

    private static byte[] segment(
        IpAddress from, int port, SimHost to, int seq, int ack, int flags, byte[] data) {
      return Packets.tcp(from, port, to.address(), 514, seq, ack, flags, 1000, data);
    }

    private static long hash(SipHash h, SimHost server, IpAddress remote, int port) {
      IpAddress local = server.address();
      return h.hash(
          local.high(), local.low(), remote.high(), remote.low(), (long) 514 << 16 | port);
    }
  }

  static final class SeqWrap implements Demo {
    private final Param before =
        Param.count(
            "before", 30_000, 0, 2_000_000_000, "numbers left before 2^32", "距 2^32 还剩的序号数");

    @Override
    public List<Param> parameters() {
      return List.of(before);
    }

    @Override
    public void run(Run r) {
      Net.Pair p = r.pair("delay 5ms loss 1%");
      Net net = p.net();
      p.link().forward().dropDataSegments(15, 30);
      Server server = net.listen(p.server(), 80).silent(true).onAccept(e -> e.onEof(End::close));
      long at = whenIsnIs(-r.count(before), probe(net, p.client(), p.server(), 80, 5000));
      net.log.zero(at);
      End[] end = new End[1];
      net.at(
          at,
          () ->
              end[0] =
                  net.connect(p.client(), p.server().address(), 80, 5000)
                      .onConnected(e -> {
                        e.write(100_000);
                        e.close();
                      }));
      net.finish();
      List<Seg> data = net.log.sent(p.client(), s -> s.data() && s.sentNanos >= at);
      r.ladder(net);
      Seg last = data.getFirst();
      for (Seg s : data) {
        if (Integer.compareUnsigned(s.seq, last.seq) < 0 && last.seq < 0 && s.seq >= 0) {
          r.figure(
              "numbers around the wrap",
              "回绕前后的序号",
              Integer.toUnsignedString(last.seq) + " → " + Integer.toUnsignedString(s.seq));
          break;
        }
        last = s;
      }
      r.check(
          "the numbers pass 2^32 in the middle of the transfer",
          "传输过程中序号越过 2^32",
          data.stream().anyMatch(s -> s.seq < 0) && data.stream().anyMatch(s -> s.seq >= 0));
      End got = server.accepted.getLast();
      r.equal("all bytes arrived", "数据全部到达", 100_000L, got.received);
      r.check("each in its place", "每个字节都在正确的位置", got.intact);
      r.check(
          "segments were lost before or after the wrap, and sent again",
          "回绕前后有报文段丢失并重传",
          p.client().stack().counters().get(dev.sinew.base.Counter.TcpRetransSegs) > 0);
    }
  }
}
