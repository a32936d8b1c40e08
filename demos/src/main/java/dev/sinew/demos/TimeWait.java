package dev.sinew.demos;

import static dev.sinew.demos.Net.MS;
import static dev.sinew.demos.Net.S;

import dev.sinew.base.Counter;
import dev.sinew.base.Profile;
import dev.sinew.base.TcpError;
import dev.sinew.base.TcpState;
import dev.sinew.ip.IpAddress;
import dev.sinew.sim.PacketView;
import dev.sinew.sim.SimHost;
import java.util.ArrayList;
import java.util.List;

/** Experiments on TIME-WAIT and on ends that are forgotten. */
final class TimeWait {
  private TimeWait() {}

  static int in(Net net, SimHost host, TcpState state) {
    return (int) net.sim.sockets(host).stream().filter(s -> s.state() == state).count();
  }

  static final class Zero implements Demo {
    private final Param wait =
        Param.time("timewait", "0s", "4min", "TIME-WAIT of both hosts", "双方的 TIME-WAIT 时长");

    @Override
    public List<Param> parameters() {
      return List.of(wait);
    }

    @Override
    public void run(Run r) {
      r.heading("the last ACK is lost, and nobody is left to repeat it", "最后的 ACK 丢失，已无人重发");
      reset(r);
      r.heading("an old segment in a new connection of the same sockets", "旧报文段混入同一对插口的新连接");
      mixUp(r);
    }

    private Profile profile(Run r) {
      return Profile.STANDARD.with(v -> {
        v.timeWaitNanos = Math.max(1, r.nanos(wait));
        v.timestamps = false;
      });
    }

    private void reset(Run r) {
      Net net = r.net();
      Net.Pair p = net.pair("delay 10ms", profile(r), profile(r));
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
      p.link().forward().drop("the last ACK", 1, v -> closed[0] && v.isPureAck());
      net.listen(p.server(), 80).onAccept(e -> e.onEof(End::close));
      End client = net.connect(p.client(), p.server(), 80);
      net.at(100 * MS, client::close);
      net.finish();
      r.ladder(net);
      r.check(
          "the repeated FIN is answered with RST: the server can't tell that all is well",
          "重传的 FIN 得到的是 RST：服务器无法知道其实一切正常",
          net.log.count(p.client(), Seg::rst) == 1);
    }

    private void mixUp(Run r) {
      Net net = r.net().forging("old segment: ");
      Net.Pair p = net.pair("delay 2ms rate 100mbit", profile(r), profile(r));
      net.log.quiet(true);
      byte[][] old = new byte[1][];
      // One data segment stays on the way; a repetition of it arrives in time.
      p.link()
          .forward()
          .drop(
              "a segment that stays on the way",
              1,
              v -> {
                if (old[0] == null && v.isData() && ++seen == 200) {
                  old[0] = v.bytes();
                  return true;
                }
                return false;
              });
      Server server =
          net.listen(p.server(), 80).silent(true).onAccept(e -> e.onEof(End::close).write(400_000));
      net.connect(p.client(), p.server().address(), 80, 5000)
          .onConnected(e -> {
            e.write(400_000);
            e.shut();
          })
          .onEof(End::close);
      net.runFor(150 * MS);
      End[] second = new End[1];
      net.log.quiet(false);
      net.at(
          150 * MS,
          () -> {
            second[0] = new End(net, p.client(), p.client().stack().tcp(), true);
            int bound = second[0].tcp.bind(IpAddress.ANY_V4, 5000);
            if (bound < 0) {
              second[0].result(bound);
              return;
            }
            second[0].result(second[0].tcp.connect(p.server().address(), 80));
            second[0].onConnected(e -> e.write(1000));
          });
      net.at(250 * MS, () -> p.link().forward().inject(old[0]));
      net.at(
          300 * MS,
          () -> {
            if (second[0].connected) {
              second[0].onEof(End::close).write(300_000);
              second[0].shut();
            } else {
              second[0].closeNow();
            }
          });
      net.finish();
      r.ladder(net);
      End got = server.accepted.getLast();
      int isn = net.log.sent(p.client(), Seg::syn).getLast().seq;
      net.log.sent(p.client(), Seg::syn);
      int place = java.nio.ByteBuffer.wrap(old[0]).getInt(24) - isn - 1;
      r.figure("the old segment's place in the new stream", "旧报文段在新数据流中的位置", place);
      r.figure("bytes that the second connection read", "第二条连接读到的字节数", got.received);
      r.equal(
          "a second connection of the same sockets began at once",
          "同一对插口立刻又建立了连接",
          2,
          server.accepted.size());
      r.check(
          "it delivered bytes of the first one: the data is wrong, and nobody notices",
          "它交付了第一条连接的字节：数据已错，却无人察觉",
          server.accepted.size() == 2 && !got.intact);
    }

    private int seen;
  }

  static final class Reuse implements Demo {
    private final Param newer =
        Param.choice(
            "client",
            List.of("newer", "older"),
            "whether the second SYN has a newer number and timestamp",
            "第二个 SYN 的序号与时间戳是否更新");

    @Override
    public List<Param> parameters() {
      return List.of(newer);
    }

    @Override
    public void run(Run r) {
      Net.Pair p = r.pair("delay 10ms");
      Net net = p.net();
      Server server = net.listen(p.server(), 80).onAccept(e -> net.after(100 * MS, e::close));
      byte[][] old = new byte[1][];
      net.sim.observe(
          new dev.sinew.sim.SimObserver() {
            @Override
            public void packetSent(
                long now, dev.sinew.sim.Direction d, long number, PacketView packet) {
              if (packet.isSyn() && old[0] == null) {
                old[0] = packet.bytes();
              }
            }
          });
      net.connect(p.client(), p.server().address(), 80, 5000).onEof(End::close);
      TcpState[] before = new TcpState[1];
      net.at(
          S,
          () ->
              before[0] =
                  net.sim.sockets(p.server()).stream()
                      .map(s -> s.state())
                      .filter(s -> s == TcpState.TIME_WAIT)
                      .findFirst()
                      .orElse(TcpState.CLOSED));
      End[] second = new End[2];
      net.at(
          2 * S,
          () -> {
            if (r.choice(newer).equals("newer")) {
              second[0] = net.connect(p.client(), p.server().address(), 80, 5000).onEof(End::close);
            } else {
              net.log.injected("the old SYN: ");
              p.link().forward().inject(old[0]);
            }
          });
      // The other way: this time the client closes first, and wants its port again.
      net.at(
          4 * S,
          () -> net.connect(p.client(), p.server().address(), 80, 6000).onConnected(End::close));
      net.at(
          6 * S,
          () -> {
            End e = new End(net, p.client(), p.client().stack().tcp(), true);
            net.log.call(p.client(), "bind(6000)");
            e.result(e.tcp.bind(IpAddress.ANY_V4, 6000));
            second[1] = e;
          });
      net.finish();
      r.ladder(net);
      r.equal("the server is in TIME-WAIT", "服务器处于 TIME-WAIT", TcpState.TIME_WAIT, before[0]);
      r.check(
          "a SYN with a newer timestamp opens a connection of the same sockets",
          "时间戳更新的 SYN 可以为同一对插口打开新连接",
          second[0] != null && second[0].connectedNanos == 2 * S + 20 * MS);
      r.check(
          "the old one's TIME-WAIT ended with it",
          "旧连接的 TIME-WAIT 随之结束",
          server.accepted.size() >= 2);
      r.equal(
          "where the own side is in TIME-WAIT, the port is refused",
          "自己一侧处于 TIME-WAIT 时，再次绑定该端口被拒绝",
          TcpError.ADDRESS_IN_USE,
          second[1].error);
    }
  }

  static final class ServerSide implements Demo {
    private final Param first =
        Param.choice("first", List.of("server", "client"), "who closes first", "谁先关闭");

    private final Param connections = Param.count("connections", 20, 1, 500, "connections", "连接数");

    @Override
    public List<Param> parameters() {
      return List.of(first, connections);
    }

    @Override
    public void run(Run r) {
      int n = r.count(connections);
      boolean server = r.choice(first).equals("server");
      Net.Pair p = r.pair("delay 5ms");
      Net net = p.net();
      net.listen(p.server(), 6378)
          .onAccept(e -> {
            e.onEof(End::close).onData(x -> x.write(x.received));
            if (server) {
              net.after(100 * MS, e::close);
            }
          });
      for (int i = 0; i < n; i++) {
        net.at(
            i * 50L * MS,
            () -> {
              End e = net.connect(p.client(), p.server(), 6378).onConnected(x -> x.write(20));
              e.onEof(End::close);
              if (!server) {
                net.after(100 * MS, e::close);
              }
            });
      }
      int[] waits = new int[2];
      net.at(
          n * 50L * MS + S,
          () -> {
            waits[0] = in(net, p.client(), TcpState.TIME_WAIT);
            waits[1] = in(net, p.server(), TcpState.TIME_WAIT);
          });
      net.finish();
      r.ladder(net);
      r.table(
          r.t("host | connections in TIME-WAIT", "主机 | 处于 TIME-WAIT 的连接数"),
          "client | " + waits[0],
          "server | " + waits[1]);
      r.equal("every TIME-WAIT is on the server", "所有 TIME-WAIT 都在服务器一侧", n, waits[1]);
      r.equal("the client has none", "客户端一个也没有", 0, waits[0]);
    }
  }

  static final class Leak implements Demo {
    private final Param clients =
        Param.count("clients", 5, 1, 200, "clients that come and go", "来了又走的客户端数");
    private final Param forgets =
        Param.flag("forgets", true, "whether the server forgets to close", "服务器是否忘记关闭");

    @Override
    public List<Param> parameters() {
      return List.of(clients, forgets);
    }

    @Override
    public void run(Run r) {
      int n = r.count(clients);
      Net.Pair p = r.pair("delay 10ms");
      Net net = p.net();
      Server server =
          net.listen(p.server(), 80)
              .onAccept(e -> {
                if (!r.on(forgets)) {
                  e.onEof(End::close);
                }
              });
      for (int i = 0; i < n; i++) {
        net.at(
            i * 10L * S,
            () ->
                net.connect(p.client(), p.server(), 80)
                    .onConnected(e -> {
                      e.write(100);
                      e.close();
                    }));
      }
      List<String> rows = new ArrayList<>();
      rows.add(
          r.t(
              "time | server CLOSE-WAIT | client FIN-WAIT-2",
              "时刻 | 服务器 CLOSE-WAIT | 客户端 FIN-WAIT-2"));
      int[][] seen = new int[3][2];
      long[] when = {(n - 1) * 10L * S + S, (n - 1) * 10L * S + 61 * S, 3600 * S};
      for (int i = 0; i < when.length; i++) {
        int k = i;
        net.at(
            when[i],
            () -> {
              seen[k][0] = in(net, p.server(), TcpState.CLOSE_WAIT);
              seen[k][1] = in(net, p.client(), TcpState.FIN_WAIT_2);
              rows.add(when[k] / S + " s | " + seen[k][0] + " | " + seen[k][1]);
            });
      }
      net.at(
          3601 * S,
          () -> {
            net.log.call(p.server(), "the program ends: its sockets are closed");
            server.accepted.forEach(e -> e.closeNow());
          });
      net.finish();
      r.ladder(net);
      r.table(rows.toArray(String[]::new));
      r.equal(
          "each forgotten connection stays in CLOSE-WAIT", "每条被遗忘的连接都停在 CLOSE-WAIT", n, seen[0][0]);
      r.equal("an hour later it still does", "一小时后依然如此", n, seen[2][0]);
      r.equal(
          "the clients' ends, whose programs have closed them, leave FIN-WAIT-2 after 60 s",
          "客户端一侧已被程序关闭，60 秒后离开 FIN-WAIT-2",
          0,
          seen[1][1]);
      r.equal(
          "so the late FINs are answered with RST",
          "因此迟到的 FIN 得到的是 RST",
          n,
          net.log.count(p.client(), Seg::rst));
      r.check(
          "TIME-WAIT was never reached",
          "从未进入 TIME-WAIT",
          net.log.enteredAt(p.client(), TcpState.TIME_WAIT) < 0
              && p.client().stack().counters().get(Counter.TcpExtTW) == 0);
    }
  }
}
