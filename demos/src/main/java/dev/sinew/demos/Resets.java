package dev.sinew.demos;

import static dev.sinew.demos.Net.MS;
import static dev.sinew.demos.Net.S;

import dev.sinew.base.Profile;
import dev.sinew.base.TcpError;
import dev.sinew.base.TcpState;
import dev.sinew.observe.SendCause;
import dev.sinew.sim.Fault;
import dev.sinew.sim.PacketView;
import dev.sinew.wire.TcpHeader;
import java.util.List;

/** Experiments on RST, and on ACKs that nobody asked for. */
final class Resets {
  private Resets() {}

  /** A segment in the client's name, with numbers counted from both ISNs. */
  static void forge(Net.Pair p, End client, long seq, long ack, int flags, int bytes) {
    Net net = p.net();
    int isn = net.log.sent(p.client(), Seg::syn).getFirst().seq;
    int peer = net.log.sent(p.server(), Seg::synAck).getFirst().seq;
    p.link()
        .forward()
        .inject(
            Packets.tcp(
                p.client().address(),
                client.tcp.localPort(),
                p.server().address(),
                client.tcp.remotePort(),
                isn + (int) seq,
                (flags & TcpHeader.ACK) == 0 ? 0 : peer + (int) ack,
                flags,
                1000,
                new byte[bytes]));
  }

  private static final Profile NO_TIMESTAMPS = Profile.STANDARD.with(v -> v.timestamps = false);

  static final class Window implements Demo {
    private final Param off =
        Param.count(
            "off",
            1000,
            0,
            500_000,
            "how far the second RST is from RCV.NXT",
            "第二个 RST 偏离 RCV.NXT 的距离");

    @Override
    public List<Param> parameters() {
      return List.of(off);
    }

    @Override
    public void run(Run r) {
      Net net = r.net().forging("forged: ");
      Net.Pair p = net.pair("delay 10ms", NO_TIMESTAMPS, NO_TIMESTAMPS);
      Server server = net.listen(p.server(), 80);
      End client = net.connect(p.client(), p.server(), 80).onConnected(e -> e.write(99));
      // RCV.NXT is 100 now, the window is a megabyte.
      TcpState[] after = new TcpState[3];
      net.at(100 * MS, () -> forge(p, client, 3_000_000, 0, TcpHeader.RST, 0));
      net.at(150 * MS, () -> after[0] = server.first().tcp.state());
      net.at(200 * MS, () -> forge(p, client, 100L + r.count(off), 0, TcpHeader.RST, 0));
      net.at(250 * MS, () -> after[1] = server.first().tcp.state());
      net.at(300 * MS, () -> forge(p, client, 100, 0, TcpHeader.RST, 0));
      net.at(350 * MS, () -> after[2] = server.first().tcp.state());
      net.at(400 * MS, () -> client.write(10));
      net.finish();
      r.ladder(net);
      r.equal("outside the window: ignored", "窗口之外：忽略", TcpState.ESTABLISHED, after[0]);
      r.equal(
          "inside, but not exact: the connection lives",
          "窗口之内但不精确：连接存活",
          TcpState.ESTABLISHED,
          after[1]);
      r.equal(
          "and a challenge ACK asks the true peer",
          "并发出一个挑战 ACK 询问真正的对端",
          1,
          net.log.count(p.server(), s -> s.caused(SendCause.CHALLENGE_ACK)));
      r.equal(
          "exactly RCV.NXT: the connection is reset",
          "恰好等于 RCV.NXT：连接被复位",
          TcpState.CLOSED,
          after[2]);
      r.equal("the program is told", "应用程序得到通知", TcpError.RESET, server.first().error);
      r.equal(
          "no RST answered a RST: the server sent its only one later, to data",
          "没有任何 RST 是对 RST 的应答：服务器唯一的 RST 是后来对数据的",
          List.of(400L),
          net.log.sent(p.server(), Seg::rst).stream().map(s -> s.sentNanos / MS - 10).toList());
    }
  }

  static final class LingerZero implements Demo {
    private final Param linger =
        Param.choice("linger", List.of("0", "off"), "the client's SO_LINGER", "客户端的 SO_LINGER");

    @Override
    public List<Param> parameters() {
      return List.of(linger);
    }

    @Override
    public void run(Run r) {
      Net.Pair p = r.pair("delay 10ms");
      Net net = p.net();
      Server server = net.listen(p.server(), 80).onAccept(e -> e.onEof(End::close));
      End client = net.connect(p.client(), p.server(), 80).onConnected(e -> e.write(100));
      net.at(
          200 * MS,
          () -> {
            if (r.choice(linger).equals("0")) {
              client.tcp.setLinger(0);
            }
            client.close();
          });
      net.finish();
      r.ladder(net);
      r.equal("close() sends a RST", "close() 发出 RST", 1, net.log.count(p.client(), Seg::rst));
      r.equal("and no FIN", "而不是 FIN", 0, net.log.count(p.client(), Seg::fin));
      r.equal(
          "the server's program is told of a reset",
          "服务器程序得知连接被复位",
          TcpError.RESET,
          server.first().error);
      r.check(
          "nobody is in TIME-WAIT",
          "没有 TIME-WAIT",
          net.log.enteredAt(p.client(), TcpState.TIME_WAIT) < 0
              && net.log.enteredAt(p.server(), TcpState.TIME_WAIT) < 0);
    }
  }

  static final class Unread implements Demo {
    private final Param reads =
        Param.flag("reads", false, "whether the server reads before it closes", "服务器关闭前是否读取数据");

    @Override
    public List<Param> parameters() {
      return List.of(reads);
    }

    @Override
    public void run(Run r) {
      Net.Pair p = r.pair("delay 10ms");
      Net net = p.net();
      Server server =
          net.listen(p.server(), 80)
              .onAccept(e -> {
                if (!r.on(reads)) {
                  e.pause();
                }
                net.after(300 * MS, () -> e.write(200));
                net.after(400 * MS, e::closeNow);
              });
      End client =
          net.connect(p.client(), p.server(), 80).onConnected(e -> e.write(5000)).onEof(End::close);
      net.at(100 * MS, client::pause);
      long[] left = new long[1];
      net.at(425 * MS, () -> left[0] = client.tcp.available());
      net.at(600 * MS, client::resume);
      net.finish();
      r.ladder(net);
      r.equal(
          "close() with unread data sends a RST",
          "还有未读数据时 close() 发出 RST",
          1,
          net.log.count(p.server(), Seg::rst));
      r.equal("no FIN", "没有 FIN", 0, net.log.count(p.server(), Seg::fin));
      r.equal("the client is told that data was lost", "客户端得知数据丢失", TcpError.RESET, client.error);
      r.equal("the server read nothing", "服务器什么也没有读", 0L, server.first().received);
      r.figure(
          "of the answer, which had arrived, the client read",
          "应答早已到达，客户端读到的字节数",
          client.received + " / 200");
    }
  }

  static final class LostRst implements Demo {
    private final Param lost = Param.count("lost", 1, 0, 5, "how many RSTs are lost", "丢失的 RST 个数");

    @Override
    public List<Param> parameters() {
      return List.of(lost);
    }

    @Override
    public void run(Run r) {
      Net.Pair p = r.pair("delay 10ms");
      Net net = p.net();
      Fault fault = p.link().backward().drop("the RST", r.count(lost), PacketView::isRst);
      Server server = net.listen(p.server(), 80);
      End client = net.connect(p.client(), p.server(), 80);
      net.at(100 * MS, () -> server.first().abort());
      net.at(5 * S, () -> client.write(100));
      net.finish();
      r.ladder(net);
      r.check("the RST was lost", "RST 丢失", fault.firedCount() > 0);
      r.check(
          "for seconds the client believes in a connection that is gone",
          "数秒之内客户端以为连接还在",
          client.errorNanos > 5 * S);
      r.equal(
          "nobody repeats a RST by himself",
          "没有谁会主动重发 RST",
          0,
          net.log.count(p.server(), s -> s.rst() && s.sentNanos > S && s.sentNanos < 5 * S));
      r.check(
          "the client's next segment draws another one",
          "客户端的下一个报文段引出另一个 RST",
          net.log.count(p.server(), s -> s.rst() && s.sentNanos > 5 * S) > 0);
      r.equal("then it knows", "这时它才知道", TcpError.RESET, client.error);
    }
  }

  static final class AckStorm implements Demo {
    private final Param limit =
        Param.flag("limit", true, "whether challenge ACKs are limited", "是否限制挑战 ACK 的数量");
    private final Param inject =
        Param.count("inject", 10, 0, 100, "bytes injected into each direction", "向每个方向注入的字节数");

    @Override
    public List<Param> parameters() {
      return List.of(limit, inject);
    }

    @Override
    public void run(Run r) {
      int limited = storm(r, r.on(limit), true);
      int unlimited = storm(r, false, false);
      r.lines(
          Chart.bars(
              List.of(r.t("limited", "有限制"), r.t("without a limit", "无限制")),
              List.of((double) limited, (double) unlimited),
              Math.max(unlimited, 1),
              r.t(" ACKs in 10 s", " 个 ACK（10 秒）")));
      r.check(
          "without a limit, ACK answers ACK for ever", "没有限制时，ACK 永无休止地应答 ACK", unlimited > 200);
      r.between("with the limit it is a trickle", "有限制时只是细流", 0, 60, limited);
    }

    private int storm(Run r, boolean limit, boolean shown) {
      Profile profile =
          NO_TIMESTAMPS.with(v -> {
            if (!limit) {
              v.challengeAckIntervalNanos = 1;
              v.challengeAckBurst = 1_000_000;
            }
          });
      Net net = r.net().forging("injected: ");
      Net.Pair p = net.pair("delay 10ms", profile, profile);
      Server server = net.listen(p.server(), 80);
      End client = net.connect(p.client(), p.server(), 80);
      net.at(
          100 * MS,
          () -> {
            if (r.count(inject) == 0) {
              return;
            }
            forge(p, client, 1, 1, TcpHeader.ACK | TcpHeader.PSH, r.count(inject));
            int isn = net.log.sent(p.client(), Seg::syn).getFirst().seq;
            int peer = net.log.sent(p.server(), Seg::synAck).getFirst().seq;
            p.link()
                .backward()
                .inject(
                    Packets.tcp(
                        p.server().address(),
                        80,
                        p.client().address(),
                        client.tcp.localPort(),
                        peer + 1,
                        isn + 1,
                        TcpHeader.ACK | TcpHeader.PSH,
                        1000,
                        new byte[r.count(inject)]));
          });
      net.runFor(10 * S);
      int acks =
          net.log.count(p.client(), s -> s.pureAck() && s.sentNanos > 100 * MS)
              + net.log.count(p.server(), s -> s.pureAck() && s.sentNanos > 100 * MS);
      if (shown) {
        r.ladder(net);
      }
      net.log.quiet(true);
      net.at(
          10 * S,
          () -> {
            client.abort();
            server.accepted.forEach(End::abort);
          });
      net.finish();
      return acks;
    }
  }
}
