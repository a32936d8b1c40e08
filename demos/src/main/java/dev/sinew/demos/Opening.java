package dev.sinew.demos;

import static dev.sinew.demos.Net.MS;
import static dev.sinew.demos.Net.S;

import dev.sinew.base.Profile;
import dev.sinew.base.TcpError;
import dev.sinew.base.TcpState;
import dev.sinew.observe.SendCause;
import dev.sinew.sim.Fault;
import dev.sinew.sim.PacketView;
import java.util.ArrayList;
import java.util.List;

/** Experiments on how connections begin. */
final class Opening {
  private Opening() {}

  static List<Long> times(List<Seg> segs) {
    return segs.stream().map(s -> s.sentNanos).toList();
  }

  static String seconds(List<Long> nanos) {
    return String.join(
        ", ", nanos.stream().map(n -> Chart.number(Math.round(n / 1e7) / 100.0)).toList());
  }

  /** A connection that carries so many bytes up and is closed by both. */
  static End shortTalk(Net.Pair p, Server server, long bytes) {
    server.onAccept(e -> e.onEof(End::close));
    return p.net()
        .connect(p.client(), p.server(), server.listener.localPort())
        .onConnected(e -> {
          e.write(bytes);
          e.close();
        });
  }

  static final class LostSyn implements Demo {
    private final Param times =
        Param.count("times", 3, 0, 7, "how many SYNs are lost", "丢失的 SYN 个数");

    @Override
    public List<Param> parameters() {
      return List.of(times);
    }

    @Override
    public void run(Run r) {
      int n = r.count(times);
      Net.Pair p = r.pair("delay 10ms");
      Fault lost = p.link().forward().drop("the SYN", n, PacketView::isSyn);
      Server server = p.net().listen(p.server(), 80);
      End client = shortTalk(p, server, 100);
      p.net().finish();
      r.ladder(p.net());
      List<Seg> syns = p.net().log.sent(p.client(), Seg::syn);
      r.figure("SYNs sent at (s)", "SYN 发送时刻（秒）", seconds(times(syns)));
      r.equal("that many SYNs were lost", "丢失的 SYN 个数与设定一致", (long) n, lost.firedCount());
      r.check("at least one SYN had to be sent again", "至少重传了一次 SYN", syns.size() > 1);
      List<Long> expected = new ArrayList<>();
      long at = 0;
      for (int i = 0; i <= n; i++) {
        expected.add(at);
        at += Math.min(1L << i, 60) * S;
      }
      r.equal(
          "they are 1, 2, 4, 8 … s apart, 60 s at most",
          "间隔依次为 1、2、4、8……秒，最多 60 秒",
          expected.subList(0, syns.size()),
          times(syns));
      r.check(
          "each was sent because the timer ran out",
          "每次重传都因为重传定时器到期",
          syns.stream().skip(1).allMatch(s -> s.caused(SendCause.RETRANSMIT_TIMEOUT)));
      r.check(
          "all have the same sequence number",
          "所有 SYN 的序号相同",
          syns.stream().allMatch(s -> s.seq == syns.getFirst().seq));
      r.equal(
          "the connection comes about with the first SYN that arrives",
          "第一个到达的 SYN 使连接建立",
          syns.getLast().sentNanos + 20 * MS,
          client.connectedNanos);
    }
  }

  static final class LostSynAck implements Demo {
    private final Param retries =
        Param.count("retries", 5, 0, 8, "repetitions before the server gives up", "服务器放弃前的重传次数");
    private final Param lost =
        Param.count("lost", 100, 0, 100, "SYN-ACKs that are lost", "丢失的 SYN-ACK 个数");

    @Override
    public List<Param> parameters() {
      return List.of(retries, lost);
    }

    @Override
    public void run(Run r) {
      int n = r.count(retries);
      Net.Pair p =
          r.net()
              .pair(
                  "delay 10ms", Profile.STANDARD, Profile.STANDARD.with(v -> v.synAckRetries = n));
      Net net = p.net();
      p.link().backward().drop("the SYN-ACK", r.count(lost), PacketView::isSynAck);
      // Its repetitions are lost too, so that the server's own timer is all there is.
      boolean[] first = {true};
      p.link()
          .forward()
          .dropAll(
              "later SYN",
              v -> {
                boolean later = v.isSyn() && !first[0];
                first[0] &= !v.isSyn();
                return later;
              });
      Server server = net.listen(p.server(), 80);
      End client = shortTalk(p, server, 100);
      int[] queue = new int[2];
      net.at(20 * MS, () -> queue[0] = server.listener.synQueueLength());
      net.at(((1L << n + 1) - 1) * S + 20 * MS, () -> queue[1] = server.listener.synQueueLength());
      net.finish();
      r.ladder(net);
      List<Seg> answers = net.log.sent(p.server(), Seg::synAck);
      r.figure("SYN-ACKs sent at (s)", "SYN-ACK 发送时刻（秒）", seconds(times(answers)));
      List<Long> expected = new ArrayList<>();
      for (int i = 0; i <= n; i++) {
        expected.add(((1L << i) - 1) * S + 10 * MS);
      }
      r.equal(
          "SYN-ACKs are repeated after 1, 2, 4, 8 … s",
          "SYN-ACK 按 1、2、4、8……秒的间隔重传",
          expected,
          times(answers));
      r.equal("meanwhile there is one half-open record", "其间半连接队列中有一项", 1, queue[0]);
      r.equal("then it is removed", "放弃后该项被删除", 0, queue[1]);
      r.equal("the server never accepts anything", "服务器始终没有接受连接", 0, server.accepted.size());
      r.equal("the client gives up after 180 s", "客户端 180 秒后放弃", TcpError.TIMED_OUT, client.error);
    }
  }

  static final class LostThirdAck implements Demo {
    private final Param times =
        Param.count("times", 1, 0, 5, "how many third ACKs are lost", "丢失的第三次握手 ACK 个数");

    @Override
    public List<Param> parameters() {
      return List.of(times);
    }

    @Override
    public void run(Run r) {
      Net.Pair p = r.pair("delay 10ms");
      Net net = p.net();
      p.link().forward().drop("the third ACK", r.count(times), PacketView::isPureAck);
      Server server = net.listen(p.server(), 80).onAccept(e -> e.onEof(End::close));
      End client = net.connect(p.client(), p.server(), 80);
      net.at(60 * S, client::close);
      net.finish();
      r.ladder(net);
      List<Seg> answers = net.log.sent(p.server(), Seg::synAck);
      r.check(
          "the server sends its SYN-ACK again, because its timer ran out",
          "服务器因定时器到期重传 SYN-ACK",
          answers.size() > 1
              && answers.stream().skip(1).allMatch(s -> s.caused(SendCause.RETRANSMIT_TIMEOUT)));
      r.check(
          "no ACK is sent by a timer: each answers something",
          "没有任何 ACK 由定时器触发：每个 ACK 都是对收到报文的应答",
          net.log.count(p.client(), s -> s.pureAck() && s.caused(SendCause.RETRANSMIT_TIMEOUT))
              == 0);
      r.check(
          "the client was ESTABLISHED all the time, the server from the second ACK on",
          "客户端早已 ESTABLISHED，服务器直到再次收到 ACK 才进入",
          client.connectedNanos == 20 * MS
              && net.log.enteredAt(p.server(), TcpState.ESTABLISHED) > S);
      r.equal("the server has accepted it", "服务器接受了连接", 1, server.accepted.size());
    }
  }

  static final class LostThirdAckData implements Demo {
    private final Param lost =
        Param.count("lost", 1, 0, 1, "third ACKs that are lost", "丢失的第三次握手 ACK 个数");

    @Override
    public List<Param> parameters() {
      return List.of(lost);
    }

    @Override
    public void run(Run r) {
      Net.Pair p = r.pair("delay 10ms");
      Net net = p.net();
      Fault fault = p.link().forward().drop("the third ACK", r.count(lost), PacketView::isPureAck);
      Server server = net.listen(p.server(), 80).onAccept(e -> e.onEof(End::close));
      End client = net.connect(p.client(), p.server(), 80);
      net.at(100 * MS, () -> client.write(1000));
      net.at(500 * MS, client::close);
      net.finish();
      r.ladder(net);
      r.equal("the third ACK was lost", "第三次握手的 ACK 丢失", 1L, fault.firedCount());
      r.equal(
          "the server became ESTABLISHED with the data",
          "服务器随数据报文段的到达进入 ESTABLISHED",
          110 * MS,
          net.log.enteredAt(p.server(), TcpState.ESTABLISHED));
      r.equal("no SYN-ACK was repeated", "没有重传 SYN-ACK", 1, net.log.count(p.server(), Seg::synAck));
      r.equal("all bytes arrived", "数据全部到达", 1000L, server.first().received);
    }
  }

  static final class ThirdAckData implements Demo {
    private final Param bytes =
        Param.count(
            "bytes", 500, 0, 1460, "bytes written before the SYN-ACK", "收到 SYN-ACK 之前写入的字节数");

    @Override
    public List<Param> parameters() {
      return List.of(bytes);
    }

    @Override
    public void run(Run r) {
      int n = r.count(bytes);
      Net.Pair p = r.pair("delay 10ms");
      Net net = p.net();
      Server server = net.listen(p.server(), 80).onAccept(e -> e.onEof(End::close));
      End client = net.connect(p.client(), p.server(), 80);
      client.writeEarly(n);
      net.at(200 * MS, client::close);
      net.finish();
      r.ladder(net);
      Seg third = net.log.sent(p.client(), s -> !s.syn()).getFirst();
      r.check("the third segment carries data", "第三个报文段携带数据", third.data());
      r.equal("all that was written", "携带了全部写入的数据", n, third.length);
      r.equal("it begins with number ISN + 1", "数据从 ISN + 1 开始编号", 1L, third.relative);
      r.equal("the server got it all", "服务器收到全部数据", (long) n, server.first().received);
      r.equal(
          "no ACK without data came before it",
          "此前没有单独的 ACK",
          0,
          net.log.count(p.client(), s -> s.pureAck() && s.sentNanos < 25 * MS));
    }
  }

  static final class SimultaneousOpen implements Demo {
    private final Param after =
        Param.time("after", "0ms", "1s", "how much later the right side opens", "右侧晚多久打开连接");

    @Override
    public List<Param> parameters() {
      return List.of(after);
    }

    @Override
    public void run(Run r) {
      Net net = r.net();
      var a = net.host("A");
      var b = net.host("B");
      net.link(a, b, "delay 10ms");
      End left = net.connect(a, b.address(), 6000, 5000);
      List<End> right = new ArrayList<>();
      net.at(r.nanos(after), () -> right.add(net.connect(b, a.address(), 5000, 6000)));
      net.at(2 * S, left::close);
      net.at(3 * S, () -> right.getFirst().close());
      net.finish();
      r.ladder(net);
      List<Seg> opening =
          net.log.sent(a, s -> s.sentNanos < S && !s.data() && !s.fin() && !s.pureAck());
      r.check(
          "both send a SYN, both answer the other's with a SYN-ACK: four segments",
          "双方各发一个 SYN，并各以 SYN-ACK 应答：共四个报文段",
          opening.size() == 2 && opening.get(0).syn() && opening.get(1).synAck());
      for (var host : List.of(a, b)) {
        r.equal(
            host.name() + " goes from SYN-SENT through SYN-RECEIVED to ESTABLISHED",
            host.name() + " 由 SYN-SENT 经 SYN-RECEIVED 进入 ESTABLISHED",
            List.of(
                TcpState.CLOSED, TcpState.SYN_SENT, TcpState.SYN_RECEIVED, TcpState.ESTABLISHED),
            net.log.states(host).subList(0, Math.min(4, net.log.states(host).size())));
      }
      r.equal("one connection came of it", "结果只有一条连接", 1, net.log.count(a, Seg::syn));
    }
  }
}
