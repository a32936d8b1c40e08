package dev.sinew.demos;

import static dev.sinew.demos.Net.MS;
import static dev.sinew.demos.Net.S;

import dev.sinew.base.TcpState;
import dev.sinew.ip.IpAddress;
import dev.sinew.observe.SendCause;
import dev.sinew.sim.Fault;
import dev.sinew.sim.PacketView;
import dev.sinew.sim.SimHost;
import dev.sinew.sim.SimLink;
import dev.sinew.wire.TcpHeader;
import java.util.List;

/** Experiments on how connections end in order. */
final class Closing {
  private Closing() {}

  static List<TcpState> closing(Net net, SimHost host) {
    List<TcpState> all = net.log.states(host);
    int from = all.indexOf(TcpState.ESTABLISHED);
    return from < 0 ? List.of() : all.subList(from, all.size());
  }

  /** The closing segments of both, in the order of sending. */
  static String shape(Net net, SimHost a, SimHost b) {
    StringBuilder s = new StringBuilder();
    List<Seg> all = new java.util.ArrayList<>(net.log.sent(a, x -> x.tcp));
    all.addAll(net.log.sent(b, x -> x.tcp));
    all.sort((x, y) -> Long.compare(x.sentNanos, y.sentNanos));
    long first = all.stream().filter(Seg::fin).mapToLong(x -> x.sentNanos).min().orElse(0);
    for (Seg x : all) {
      if (x.sentNanos >= first && !x.data()) {
        s.append(s.isEmpty() ? "" : ", ").append(x.fin() ? "FIN" : x.rst() ? "RST" : "ACK");
      }
    }
    return s.toString();
  }

  static final class Four implements Demo {
    private final Param later =
        Param.time("later", "100ms", "30s", "how much later the server closes", "服务器晚多久关闭");

    @Override
    public List<Param> parameters() {
      return List.of(later);
    }

    @Override
    public void run(Run r) {
      Net.Pair p = r.pair("delay 10ms");
      Net net = p.net();
      net.listen(p.server(), 80).onAccept(e -> e.onEof(x -> net.after(r.nanos(later), x::close)));
      End client = net.connect(p.client(), p.server(), 80).onConnected(e -> e.write(100));
      net.at(200 * MS, client::close);
      int[] seen = new int[2];
      net.at(200 * MS + 20 * MS + r.nanos(later) / 2, () -> seen[0] = client.tcp.state().ordinal());
      net.finish();
      r.ladder(net);
      Seg fin1 = net.log.sent(p.client(), Seg::fin).getFirst();
      Seg fin2 = net.log.sent(p.server(), Seg::fin).getFirst();
      r.figure("u, the number of the first FIN", "u：第一个 FIN 的序号", fin1.relative);
      r.figure("w, the number of the second FIN", "w：第二个 FIN 的序号", fin2.relative);
      r.equal(
          "FIN, ACK, FIN, ACK: four segments",
          "FIN、ACK、FIN、ACK：四次挥手",
          "FIN, ACK, FIN, ACK",
          shape(net, p.client(), p.server()));
      r.check(
          "the first ACK is u + 1, the second w + 1",
          "第一个 ACK 的确认号为 u + 1，第二个为 w + 1",
          net.log.sent(p.server(), s -> s.ack == fin1.seq + 1).getFirst().pureAck()
              && net.log.sent(p.client(), s -> s.ack == fin2.seq + 1).getFirst().pureAck());
      r.equal(
          "between the two, the client is in FIN-WAIT-2",
          "两次之间，客户端处于 FIN-WAIT-2",
          TcpState.FIN_WAIT_2.ordinal(),
          seen[0]);
      r.equal(
          "the client: FIN-WAIT-1, FIN-WAIT-2, TIME-WAIT, CLOSED",
          "客户端依次为 FIN-WAIT-1、FIN-WAIT-2、TIME-WAIT、CLOSED",
          List.of(
              TcpState.ESTABLISHED,
              TcpState.FIN_WAIT_1,
              TcpState.FIN_WAIT_2,
              TcpState.TIME_WAIT,
              TcpState.CLOSED),
          closing(net, p.client()));
      r.equal(
          "the server: CLOSE-WAIT, LAST-ACK, CLOSED",
          "服务器依次为 CLOSE-WAIT、LAST-ACK、CLOSED",
          List.of(TcpState.ESTABLISHED, TcpState.CLOSE_WAIT, TcpState.LAST_ACK, TcpState.CLOSED),
          closing(net, p.server()));
      r.check(
          "the server is CLOSED long before the client",
          "服务器远早于客户端进入 CLOSED",
          net.log.enteredAt(p.server(), TcpState.CLOSED) + 59 * S
              < net.log.enteredAt(p.client(), TcpState.CLOSED));
    }
  }

  /** The redis session of the notes: the server closes, and its peer joins ACK and FIN. */
  static final class Three implements Demo {
    private final Param joined =
        Param.flag("joined", true, "whether the peer joins ACK and FIN", "对方是否把 ACK 与 FIN 合并");

    @Override
    public List<Param> parameters() {
      return List.of(joined);
    }

    @Override
    public void run(Run r) {
      Net net = r.net().forging("telnet: ");
      SimHost telnet = net.host("telnet");
      SimHost redis = net.host("redis");
      SimLink link = net.link(telnet, redis, "delay 100us");
      IpAddress us = Packets.address("10.0.1.11");
      net.listen(redis, 6378).onAccept(e -> net.at(200 * MS, e::close));
      int x = 1000;
      send(net, link, 0, us, redis, x, 0, TcpHeader.SYN);
      send(net, link, MS, us, redis, x + 1, 1, TcpHeader.ACK);
      // The peer acknowledges what came before, then closes too: its FIN acknowledges ours.
      send(net, link, 200 * MS + 300_000, us, redis, x + 1, r.on(joined) ? 1 : 2, TcpHeader.ACK);
      send(net, link, 200 * MS + 500_000, us, redis, x + 1, 2, TcpHeader.ACK | TcpHeader.FIN);
      net.finish();
      r.ladder(net);
      r.check(
          "redis goes from FIN-WAIT-1 to TIME-WAIT in one moment: FIN-WAIT-2 lasts no time",
          "redis 由 FIN-WAIT-1 一步进入 TIME-WAIT：FIN-WAIT-2 没有持续任何时间",
          net.log.enteredAt(redis, TcpState.TIME_WAIT) > 0
              && net.log.enteredAt(redis, TcpState.TIME_WAIT)
                  == net.log.enteredAt(redis, TcpState.FIN_WAIT_2));
      Seg fin = net.log.sent(redis, Seg::fin).getFirst();
      r.equal("redis sent one FIN", "redis 只发送了一个 FIN", 1, net.log.count(redis, Seg::fin));
      r.equal(
          "and one ACK after it",
          "此后只发送了一个 ACK",
          1,
          net.log.count(redis, s -> s.pureAck() && s.sentNanos > fin.sentNanos));
      r.check(
          "TIME-WAIT is on the server's side, which closed first",
          "TIME-WAIT 出现在服务器一侧，因为是它先关闭",
          net.log.enteredAt(redis, TcpState.TIME_WAIT) > 0);
    }

    /** A segment of the peer, with {@code ack} counted from our ISN. */
    private static void send(
        Net net, SimLink link, long at, IpAddress us, SimHost redis, int seq, int ack, int flags) {
      net.at(
          at,
          () -> {
            List<Seg> synAck = net.log.sent(redis, Seg::synAck);
            int iss = synAck.isEmpty() ? 0 : synAck.getFirst().seq;
            link.forward()
                .inject(
                    Packets.tcp(
                        us,
                        33_964,
                        redis.address(),
                        6378,
                        seq,
                        iss + ack,
                        flags,
                        29_200,
                        new byte[0]));
          });
    }
  }

  static final class Simultaneous implements Demo {
    private final Param apart =
        Param.time("apart", "0ms", "1s", "how much later the server closes", "服务器晚多久关闭");

    @Override
    public List<Param> parameters() {
      return List.of(apart);
    }

    @Override
    public void run(Run r) {
      Net.Pair p = r.pair("delay 10ms");
      Net net = p.net();
      Server server = net.listen(p.server(), 80);
      End client = net.connect(p.client(), p.server(), 80);
      net.at(100 * MS, client::close);
      net.at(100 * MS + r.nanos(apart), () -> server.first().close());
      net.finish();
      r.ladder(net);
      List<TcpState> expected =
          List.of(
              TcpState.ESTABLISHED,
              TcpState.FIN_WAIT_1,
              TcpState.CLOSING,
              TcpState.TIME_WAIT,
              TcpState.CLOSED);
      r.equal(
          "the client goes through CLOSING", "客户端经过 CLOSING", expected, closing(net, p.client()));
      r.equal("and so does the server", "服务器也经过 CLOSING", expected, closing(net, p.server()));
      r.equal(
          "FIN, FIN, ACK, ACK",
          "FIN、FIN、ACK、ACK",
          "FIN, FIN, ACK, ACK",
          shape(net, p.client(), p.server()));
    }
  }

  static final class HalfClose implements Demo {
    private final Param bytes =
        Param.count(
            "bytes", 10_000, 0, 1_000_000, "bytes that the server still sends", "服务器继续发送的字节数");

    @Override
    public List<Param> parameters() {
      return List.of(bytes);
    }

    @Override
    public void run(Run r) {
      int n = r.count(bytes);
      Net.Pair p = r.pair("delay 10ms");
      Net net = p.net();
      Server server =
          net.listen(p.server(), 80)
              .onAccept(e ->
                  e.onEof(x -> {
                    net.after(50 * MS, () -> x.write(n));
                    net.after(300 * MS, x::close);
                  }));
      End client =
          net.connect(p.client(), p.server(), 80)
              .onConnected(e -> {
                e.write(100);
                e.shut();
              })
              .onEof(End::close);
      TcpState[] state = new TcpState[2];
      net.at(
          200 * MS,
          () -> {
            state[0] = client.tcp.state();
            state[1] = server.first().tcp.state();
          });
      net.finish();
      r.ladder(net);
      long fin = net.log.sent(p.client(), Seg::fin).getFirst().sentNanos;
      r.check(
          "data went to the client after its FIN",
          "客户端发送 FIN 之后仍收到数据",
          net.log.count(p.server(), s -> s.data() && s.sentNanos > fin) > 0);
      r.equal("all of it arrived", "数据全部到达", (long) n, client.received);
      r.check(
          "and was acknowledged by an end that had closed",
          "已关闭发送方向的一端照常确认",
          net.log.count(p.client(), s -> s.pureAck() && s.sentNanos > fin) > 1);
      r.equal(
          "meanwhile: FIN-WAIT-2 and CLOSE-WAIT",
          "其间双方为 FIN-WAIT-2 与 CLOSE-WAIT",
          List.of(TcpState.FIN_WAIT_2, TcpState.CLOSE_WAIT),
          List.of(state));
    }
  }

  static final class LostFin implements Demo {
    private final Param times =
        Param.count("times", 2, 0, 5, "how many FINs are lost", "丢失的 FIN 个数");

    @Override
    public List<Param> parameters() {
      return List.of(times);
    }

    @Override
    public void run(Run r) {
      Net.Pair p = r.pair("delay 10ms");
      Net net = p.net();
      Fault lost = p.link().forward().drop("the FIN", r.count(times), PacketView::isFin);
      Server server = net.listen(p.server(), 80).onAccept(e -> e.onEof(End::close));
      End client = net.connect(p.client(), p.server(), 80).onConnected(e -> e.write(100));
      net.at(200 * MS, client::close);
      net.finish();
      r.ladder(net);
      List<Seg> fins = net.log.sent(p.client(), Seg::fin);
      r.figure("FINs sent at (s)", "FIN 发送时刻（秒）", Opening.seconds(Opening.times(fins)));
      r.check("the FIN was lost", "FIN 丢失", lost.firedCount() > 0);
      r.check(
          "it was sent again because its timer ran out, like data",
          "与数据一样，因定时器到期而重传",
          fins.size() == r.count(times) + 1
              && fins.stream()
                  .skip(1)
                  .allMatch(s ->
                      s.caused(SendCause.RETRANSMIT_TIMEOUT) || s.caused(SendCause.LOSS_PROBE)));
      r.check(
          "with the same number",
          "序号不变",
          fins.stream().allMatch(s -> s.seq == fins.getFirst().seq));
      r.check("the server saw the end of the stream", "服务器读到了流的结束", server.first().eof);
    }
  }

  static final class LostLastAck implements Demo {
    private final Param times =
        Param.count("times", 1, 0, 100, "how many last ACKs are lost", "丢失的最后一个 ACK 个数");

    @Override
    public List<Param> parameters() {
      return List.of(times);
    }

    @Override
    public void run(Run r) {
      Net.Pair p = r.pair("delay 10ms");
      Net net = p.net();
      boolean[] closed = {false};
      p.link()
          .backward()
          .drop(
              "nothing",
              1,
              v -> {
                closed[0] |= v.isFin();
                return false;
              });
      Fault lost =
          p.link().forward().drop("the last ACK", r.count(times), v -> closed[0] && v.isPureAck());
      net.listen(p.server(), 80).onAccept(e -> e.onEof(End::close));
      End client = net.connect(p.client(), p.server(), 80);
      net.at(100 * MS, client::close);
      net.finish();
      r.ladder(net);
      List<Seg> fins = net.log.sent(p.server(), Seg::fin);
      List<Seg> acks =
          net.log.sent(p.client(), s -> s.pureAck() && s.sentNanos > fins.getFirst().sentNanos);
      r.check("the last ACK was lost", "最后一个 ACK 丢失", lost.firedCount() > 0);
      r.check(
          "the server, in LAST-ACK, sends its FIN again",
          "处于 LAST-ACK 的服务器重传 FIN",
          fins.size() > 1 && fins.stream().skip(1).allMatch(s -> !s.caused(SendCause.NEW)));
      r.check(
          "the client, in TIME-WAIT, acknowledges each",
          "处于 TIME-WAIT 的客户端逐一确认",
          acks.size() == fins.size() && acks.getLast().caused(SendCause.REPEATED_REQUEST));
      r.equal(
          "and begins its 60 s anew: TIME-WAIT ends 60 s after the last FIN came",
          "并重新开始计时：最后一个 FIN 到达 60 秒后 TIME-WAIT 才结束",
          acks.getLast().sentNanos + 60 * S,
          net.log.enteredAt(p.client(), TcpState.CLOSED));
      r.check(
          "so both ends are closed, in order",
          "双方都正常关闭",
          net.log.enteredAt(p.server(), TcpState.CLOSED) == acks.getLast().arrivedNanos
              || r.count(times) > 8);
    }
  }
}
