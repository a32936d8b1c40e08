package dev.sinew.demos;

import static dev.sinew.demos.Net.MS;
import static dev.sinew.demos.Net.S;

import dev.sinew.base.Counter;
import dev.sinew.base.Profile;
import java.util.ArrayList;
import java.util.List;

/** Experiments on congestion control. */
final class Congestion {
  private Congestion() {}

  private static final Profile RENO =
      Profile.STANDARD.with(v -> {
        v.congestionControl = "reno";
        v.hyStart = false;
      });

  static void sample(Net net, End e, long step, long until, List<Long> times, List<Long> values) {
    for (long t = 0; t < until; t += step) {
      net.at(
          t,
          () -> {
            if (e.connected && e.unfinished()) {
              times.add(net.sim.now());
              values.add(e.info().cwnd() / 1448);
            }
          });
    }
  }

  static final class SlowStart implements Demo {
    private final Param window =
        Param.count("initial", 10, 1, 100, "segments of the initial window", "初始窗口的报文段数");

    @Override
    public List<Param> parameters() {
      return List.of(window);
    }

    @Override
    public void run(Run r) {
      int n = r.count(window);
      Profile profile = RENO.with(v -> v.initialWindowSegments = n);
      Net net = r.net();
      Net.Pair p = net.pair("delay 50ms rate 1gbit", profile, profile);
      Server server = net.listen(p.server(), 80);
      End client = Delivery.transfer(p, server, 15L * n * 1448);
      net.finish();
      r.ladder(net);
      int[] perRound = new int[6];
      for (Seg s : net.log.sent(p.client(), Seg::data)) {
        int round = (int) ((s.sentNanos - client.connectedNanos + 5 * MS) / (100 * MS));
        perRound[Math.min(round, 5)]++;
      }
      List<String> labels = new ArrayList<>();
      List<Double> values = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        labels.add(r.t("round trip ", "第 ") + (i + 1) + r.t("", " 个往返"));
        values.add((double) perRound[i]);
      }
      r.heading("segments sent in each round trip", "每个往返时间内发送的报文段数");
      r.lines(Chart.bars(labels, values, 8.0 * n, ""));
      r.gap();
      r.equal("ten at first", "首先发送 10 个", 10, perRound[0]);
      for (int i = 1; i < 4; i++) {
        r.between(
            "twice as many in round trip " + (i + 1),
            "第 " + (i + 1) + " 个往返翻倍",
            1.8 * perRound[i - 1],
            2.05 * perRound[i - 1],
            perRound[i]);
      }
      r.equal("all bytes arrived", "数据全部到达", 15L * n * 1448, server.first().received);
    }
  }

  static final class SawTooth implements Demo {
    private final Param rate = Param.rate("rate", "5mbit", "the bottleneck", "瓶颈带宽");
    private final Param limit =
        Param.count("limit", 20, 1, 10_000, "packets that its queue takes", "瓶颈队列的长度（报文数）");

    @Override
    public List<Param> parameters() {
      return List.of(rate, limit);
    }

    @Override
    public void run(Run r) {
      Net net = r.net();
      Net.Pair p =
          net.pair("delay 25ms rate " + r.text(rate) + " limit " + r.count(limit), RENO, RENO);
      Server server = net.listen(p.server(), 80);
      long bytes = 3_000_000;
      End client = Delivery.transfer(p, server, bytes);
      List<Long> times = new ArrayList<>();
      List<Long> cwnd = new ArrayList<>();
      sample(net, client, 20 * MS, 30 * S, times, cwnd);
      net.finish();
      r.heading("congestion window over time, in segments", "拥塞窗口随时间的变化（报文段）");
      r.lines(Chart.points(times, cwnd, 12, "segs"));
      r.gap();
      r.ladder(net);
      long drops = p.link().forward().queueDropCount();
      int halvings = 0;
      for (int i = 1; i < cwnd.size(); i++) {
        halvings += cwnd.get(i) <= cwnd.get(i - 1) * 0.75 ? 1 : 0;
      }
      double seconds = (server.first().doneNanos - client.connectedNanos) / 1e9;
      double used = bytes * 8 / seconds / r.rate(rate);
      r.figure("segments that the full queue dropped", "队列满而丢弃的报文段数", drops);
      r.figure("of the bottleneck's rate were used", "瓶颈带宽利用率", Math.round(used * 100) + " %");
      r.check("the queue overflowed", "队列溢出", drops > 0);
      r.check("each time the window is cut", "每次溢出后窗口减小", halvings >= 2);
      r.between("the teeth are few: growth is slow afterwards", "锯齿不多：此后增长缓慢", 2, 40, halvings);
      r.between("most of the rate is used all the same", "带宽仍大部分得到利用", 0.6, 1, used);
      r.check(
          "all bytes arrived", "数据全部到达", server.first().intact && server.first().received == bytes);
      r.check(
          "timeouts were rare",
          "很少超时",
          Delivery.counted(p.client(), Counter.TcpExtTCPTimeouts) <= 3);
    }
  }
}
