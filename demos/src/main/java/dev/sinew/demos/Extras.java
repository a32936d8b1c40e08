package dev.sinew.demos;

import static dev.sinew.demos.Net.MS;
import static dev.sinew.demos.Net.S;

import dev.sinew.base.Counter;
import dev.sinew.base.Profile;
import dev.sinew.base.TcpState;
import dev.sinew.sim.SimHost;
import java.util.ArrayList;
import java.util.List;

/** Experiments beyond the source notes. */
final class Extras {
  private Extras() {}

  static final class FastOpenDemo implements Demo {
    private final Param server =
        Param.flag("server", true, "whether the server takes data on SYNs", "服务器是否接受 SYN 中的数据");

    @Override
    public List<Param> parameters() {
      return List.of(server);
    }

    @Override
    public void run(Run r) {
      Net.Pair p = r.pair("delay 20ms");
      Net net = p.net();
      Server program =
          net.listen(p.server(), 80).onAccept(e -> e.onEof(End::close).onData(x -> x.write(50)));
      program.listener.setFastOpen(r.on(server) ? 16 : 0);
      List<End> ends = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        net.at(i * S, () -> ends.add(net.connectWith(p.client(), p.server(), 80, 100)));
      }
      net.at(500 * MS, () -> ends.getFirst().close());
      TcpState[] state = new TcpState[1];
      net.at(
          S + 21 * MS,
          () -> {
            if (program.accepted.size() == 2) {
              state[0] = program.accepted.getLast().tcp.state();
            }
          });
      net.at(2 * S, () -> ends.getLast().close());
      net.finish();
      r.ladder(net);
      long first = ends.getFirst().doneNanos;
      long second = ends.getLast().doneNanos - S;
      r.table(
          r.t("connection | answer after", "连接 | 得到应答所需时间"),
          r.t("the first, which asks for a cookie", "第一条：索取 cookie") + " | " + first / MS + " ms",
          r.t("the second, with data on its SYN", "第二条：SYN 携带数据") + " | " + second / MS + " ms");
      r.equal("the first answer takes two round trips", "第一条用两个往返", 80L, first / MS);
      r.equal("the second takes one", "第二条只用一个往返", 40L, second / MS);
      r.check(
          "the SYN carried the request",
          "SYN 携带了请求",
          net.log.count(p.client(), s -> s.syn() && s.length == 100) == 1);
      r.equal(
          "the program had it before the handshake was complete",
          "握手完成之前程序就收到了它",
          TcpState.SYN_RECEIVED,
          state[0]);
    }
  }

  static final class TwoArmies implements Demo {
    private final Param most =
        Param.count("messages", 8, 2, 100, "how many messages to try", "最多尝试多少条消息");
    private final Param lost =
        Param.flag("lost", true, "whether the last message may be lost", "最后一条消息是否可能丢失");

    @Override
    public List<Param> parameters() {
      return List.of(most, lost);
    }

    @Override
    public void run(Run r) {
      boolean blind = true;
      boolean differs = true;
      List<String> rows = new ArrayList<>();
      rows.add(
          r.t(
              "messages agreed on | the last sender heard, if it arrives / is lost | the other heard",
              "约定的消息数 | 最后发送者收到（送达/丢失） | 另一方收到（送达/丢失）"));
      for (int k = 1; k <= r.count(most); k++) {
        int[] arrives = talk(r, k, false, k == 3);
        int[] loses = talk(r, k, r.on(lost), false);
        int sender = (k + 1) % 2;
        blind &= arrives[sender] == loses[sender];
        differs &= arrives[1 - sender] != loses[1 - sender];
        rows.add(
            k
                + " | "
                + arrives[sender]
                + " / "
                + loses[sender]
                + " | "
                + arrives[1 - sender]
                + " / "
                + loses[1 - sender]);
      }
      r.table(rows.toArray(String[]::new));
      r.check(
          "whoever speaks last sees the same, whether the message arrives or not",
          "无论送达与否，最后发言者看到的都一样",
          blind);
      r.check("the other one does not", "而另一方看到的不同", differs);
    }

    /** Two generals and k messages, each an answer to the one before: what each has heard. */
    private static int[] talk(Run r, int k, boolean lastIsLost, boolean shown) {
      Net net = r.net();
      SimHost a = net.host("A");
      SimHost b = net.host("B");
      var link = net.link(a, b, "delay 10ms");
      if (lastIsLost) {
        link.from(k % 2 == 1 ? a : b).dropPackets((k + 1) / 2);
      }
      int[] heard = new int[2];
      Dgram.Handler answer =
          (self, bytes, n, from, port) -> {
            heard[self.host == a ? 0 : 1]++;
            if (bytes[0] < k) {
              self.send(from, port, new byte[] {(byte) (bytes[0] + 1)});
            }
          };
      Dgram left = new Dgram(net, a, 5000).onDatagram(answer);
      Dgram right = new Dgram(net, b, 5000).onDatagram(answer);
      net.at(0, () -> left.send(b.address(), 5000, new byte[] {1}));
      net.runQuiet();
      if (shown) {
        r.ladder(net);
      }
      left.close();
      right.close();
      net.finish();
      return heard;
    }
  }

  static final class EcnDemo implements Demo {
    private final Param ecn =
        Param.flag("ecn", true, "whether the client asks for ECN", "客户端是否协商 ECN");

    @Override
    public List<Param> parameters() {
      return List.of(ecn);
    }

    @Override
    public void run(Run r) {
      long[] marked = transfer(r, r.on(ecn), true);
      long[] dropped = transfer(r, false, false);
      r.table(
          r.t("the same queue | marked | dropped | sent again", "同一队列 | 标记 | 丢弃 | 重传"),
          r.t("with ECN", "使用 ECN") + " | " + marked[0] + " | " + marked[1] + " | " + marked[2],
          r.t("without", "不使用") + " | " + dropped[0] + " | " + dropped[1] + " | " + dropped[2]);
      r.check("the queue marked packets instead of dropping them", "队列以标记代替丢弃", marked[0] > 0);
      r.equal("nothing was lost, nothing sent again", "没有丢失，也没有重传", 0L, marked[1] + marked[2]);
      r.check(
          "without ECN the queue must overflow to be heard", "不用 ECN 时队列只有溢出才能示警", dropped[1] > 0);
    }

    private static long[] transfer(Run r, boolean ecn, boolean shown) {
      Profile profile =
          Profile.STANDARD.with(v -> {
            v.congestionControl = "reno";
            v.hyStart = false;
            v.ecn = ecn ? Profile.Ecn.REQUEST : Profile.Ecn.OFF;
          });
      Net net = r.net();
      Net.Pair p = net.pair("delay 20ms rate 5mbit limit 60 ce_threshold 40ms", profile, profile);
      Server server = net.listen(p.server(), 80);
      Delivery.transfer(p, server, 1_000_000);
      net.finish();
      if (shown) {
        r.ladder(net);
      }
      r.check(
          shown ? "all bytes arrived with ECN" : "all bytes arrived without",
          shown ? "使用 ECN 时数据全部到达" : "不使用时数据全部到达",
          server.first().intact && server.first().received == 1_000_000);
      return new long[] {
        p.link().forward().markedCount(),
        p.link().forward().queueDropCount(),
        Delivery.counted(p.client(), Counter.TcpRetransSegs)
      };
    }
  }
}
