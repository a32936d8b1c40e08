package dev.sinew.demos;

import static dev.sinew.demos.Net.MS;
import static dev.sinew.demos.Net.S;

import dev.sinew.base.Profile;
import dev.sinew.base.TcpError;
import dev.sinew.observe.SendCause;
import dev.sinew.sim.Direction;
import java.util.List;

/** Experiments on long silences and on giving up. */
final class KeepAlive {
  private KeepAlive() {}

  static final class Dead implements Demo {
    private final Param idle =
        Param.time("idle", "2h", "24h", "silence before the first probe", "首次探测前的空闲时间");
    private final Param interval =
        Param.time("interval", "75s", "1h", "time between probes", "探测间隔");
    private final Param count =
        Param.count("count", 10, 1, 100, "probes that may stay unanswered", "允许无应答的探测次数");
    private final Param dead = Param.flag("dead", true, "whether the server dies", "服务器是否失联");

    @Override
    public List<Param> parameters() {
      return List.of(idle, interval, count, dead);
    }

    @Override
    public void run(Run r) {
      Profile profile =
          Profile.STANDARD.with(v -> {
            v.keepAliveIdleNanos = Math.max(S, r.nanos(idle));
            v.keepAliveIntervalNanos = Math.max(S, r.nanos(interval));
            v.keepAliveCount = r.count(count);
          });
      Net net = r.net();
      Net.Pair p = net.pair("delay 10ms", profile, Profile.STANDARD);
      Server server = net.listen(p.server(), 80).onAccept(e -> e.onEof(End::close));
      End client = net.connect(p.client(), p.server(), 80).onConnected(e -> e.write(100));
      client.tcp.setKeepAlive(true);
      net.at(
          S,
          () -> {
            if (r.on(dead)) {
              net.log.call(p.server(), "the cable is cut");
              p.link().partition(Direction.InFlight.DROP);
            }
          });
      long limit =
          Math.max(S, r.nanos(idle)) + (r.count(count) + 1) * Math.max(S, r.nanos(interval));
      net.at(
          limit + 10 * S,
          () -> {
            // Nobody tells the server: its end must be ended by hand.
            server.accepted.forEach(End::abort);
            if (client.error == null) {
              client.abort();
            }
          });
      net.finish();
      r.ladder(net);
      List<Seg> probes = net.log.sent(p.client(), s -> s.caused(SendCause.KEEPALIVE));
      long last = net.log.sent(p.client(), Seg::data).getFirst().arrivedNanos + 10 * MS;
      r.figure("probes", "探测次数", probes.size());
      r.figure(
          "found dead after (s)",
          "发现失联所用时间（秒）",
          client.error == null ? "-" : Chart.number((client.errorNanos - last) / S));
      r.equal("that many probes were sent", "探测次数与设定一致", r.count(count), probes.size());
      r.check(
          "the first after the idle time, the others an interval apart",
          "首次在空闲时间之后，其余按间隔发送",
          !probes.isEmpty()
              && Math.abs(probes.getFirst().sentNanos - last - r.nanos(idle)) < S
              && probes.getLast().sentNanos - probes.getFirst().sentNanos
                  == (probes.size() - 1) * r.nanos(interval));
      r.check(
          "each has the last number already acknowledged, and no data",
          "每个探测使用已确认的最后一个序号，不带数据",
          probes.stream().allMatch(s -> s.relative == 100 && s.length == 0));
      r.equal("then the connection has timed out", "随后连接超时", TcpError.TIMED_OUT, client.error);
      r.check(
          "after idle + count × interval",
          "总时间为 空闲 + 次数 × 间隔",
          client.error != null
              && Math.abs(
                      client.errorNanos - last - r.nanos(idle) - r.count(count) * r.nanos(interval))
                  < S);
    }
  }

  static final class UserTimeout implements Demo {
    private final Param timeout =
        Param.time(
            "timeout", "30s", "1h", "the program's own limit, 0 for none", "应用程序自己的时限，0 为不设");

    private final Param cut = Param.flag("cut", true, "whether the cable is cut", "是否切断链路");

    @Override
    public List<Param> parameters() {
      return List.of(timeout, cut);
    }

    @Override
    public void run(Run r) {
      Net.Pair p = r.pair("delay 10ms");
      Net net = p.net();
      Server server = net.listen(p.server(), 80);
      End own = net.connect(p.client(), p.server(), 80);
      own.tcp.setUserTimeout(r.nanos(timeout));
      End usual = net.connect(p.client(), p.server(), 80);
      usual.silent = true;
      net.at(
          S,
          () -> {
            if (r.on(cut)) {
              net.log.call(p.server(), "the cable is cut");
              p.link().partition(Direction.InFlight.DROP);
            }
            own.write(100);
            usual.write(100);
          });
      net.runFor(2 * 3600 * S);
      net.at(
          2 * 3600 * S,
          () -> {
            server.accepted.forEach(End::abort);
            own.abort();
            usual.abort();
          });
      net.finish();
      r.ladder(net);
      List<Seg> data =
          net.log.sent(
              p.client(),
              s ->
                  s.data() && s.cause != SendCause.LOSS_PROBE && s.sourcePort == usualPort(net, p));
      r.figure(
          "sent again, without a limit of its own (s)",
          "未设时限时的重传时刻（秒）",
          Opening.seconds(Opening.times(data)));
      r.equal("with a user timeout it ends then", "设置了用户超时则到时结束", TcpError.TIMED_OUT, own.error);
      r.between(
          "after 30 s, to the second",
          "恰在设定的时间",
          r.nanos(timeout) / 1e9 - 1,
          r.nanos(timeout) / 1e9 + 1,
          own.error == null ? -1 : (own.errorNanos - S) / 1e9);
      r.equal("without one it ends too, by R2", "不设时由 R2 结束", TcpError.TIMED_OUT, usual.error);
      r.check("after 100 s at least", "至少 100 秒", usual.errorNanos - S >= 100 * S);
      r.equal("having sent 1 + 15 times", "共发送 1 + 15 次", 16, data.size());
    }

    private static int usualPort(Net net, Net.Pair p) {
      return net.log.sent(p.client(), Seg::syn).getLast().sourcePort;
    }
  }
}
