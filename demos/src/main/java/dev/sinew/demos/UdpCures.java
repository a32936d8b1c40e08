package dev.sinew.demos;

import static dev.sinew.demos.Net.MS;

import dev.sinew.base.Limits;
import dev.sinew.base.Profile;
import dev.sinew.base.TcpError;
import dev.sinew.sim.SimHost;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/** What to do about lost datagrams. */
final class UdpCures {
  private UdpCures() {}

  static final class SendBuffer implements Demo {
    private final Param burst =
        Param.count("burst", 100, 1, 1000, "datagrams that are sent at once", "一次发送的数据报个数");

    @Override
    public List<Param> parameters() {
      return List.of(burst);
    }

    @Override
    public void run(Run r) {
      long[] told = send(r, false);
      long[] waits = send(r, true);
      int n = r.count(burst);
      r.table(
          r.t(
                  "what the program does when send fails | refused | received of ",
                  "send 失败时程序的做法 | 被拒绝 | 收到（共 ")
              + n
              + r.t("", "）"),
          r.t("goes on with the next", "继续发送下一个") + " | " + told[0] + " | " + told[1],
          r.t("waits and sends it again", "等待后重新发送") + " | " + waits[0] + " | " + waits[1]);
      r.check(
          "the host's own queue was full: send() told so", "主机自己的发送队列已满：send() 如实报告", told[0] > 0);
      r.equal("who ignores it loses exactly those", "不予理会则恰好丢失这些", (long) n, told[0] + told[1]);
      r.equal("who waits loses none", "等待则一个不丢", (long) n, waits[1]);
    }

    private long[] send(Run r, boolean wait) {
      Net net = r.net();
      SimHost client =
          net.host("client", Profile.STANDARD, Limits.DEFAULT.with(v -> v.txQueuePackets = 32));
      SimHost server = net.host("server");
      net.link(client, server, "delay 5ms rate 100mbit");
      Dgram reader = new Dgram(net, server, 5000);
      Dgram sender = new Dgram(net, client, 0);
      long[] result = new long[2];
      client.at(0, () -> some(net, server, sender, r.count(burst), wait, result));
      net.runQuiet();
      if (!wait) {
        r.ladder(net);
      }
      sender.close();
      reader.close();
      net.finish();
      result[1] = reader.receivedCount;
      return result;
    }

    private static void some(
        Net net, SimHost server, Dgram sender, int left, boolean wait, long[] result) {
      int todo = left;
      while (todo > 0) {
        int n = sender.send(server, 5000, 1400);
        if (n == TcpError.WOULD_BLOCK.code()) {
          result[0]++;
          if (wait) {
            int rest = todo;
            sender.host.at(net.sim.now() + MS, () -> some(net, server, sender, rest, true, result));
            return;
          }
        }
        todo--;
      }
    }
  }

  static final class Cures implements Demo {
    private static final int COUNT = 400;
    private static final int SIZE = 1200;

    private final Param loss = Param.share("pathloss", "2%", "loss of the path", "路径的丢包率");

    @Override
    public List<Param> parameters() {
      return List.of(loss);
    }

    private record Result(double share, long nanos, long packets) {}

    @Override
    public void run(Run r) {
      Result fast = udp(r, 0);
      Result slow = udp(r, 6 * MS);
      Result tcp = tcp(r);
      Result arq = arq(r);
      List<Result> all = List.of(fast, slow, tcp, arq);
      List<String> names =
          List.of(
              r.t("UDP as fast as it can", "UDP 尽快发送"),
              r.t("1. UDP, less rate", "1. UDP 降低速率"),
              "2. TCP",
              r.t("3. UDP, own retransmission", "3. UDP 自行重传"));
      String[] rows = new String[5];
      rows[0] = r.t("on the same path | arrived | after | packets sent", "同一路径 | 到达 | 用时 | 发送分组数");
      for (int i = 0; i < 4; i++) {
        Result x = all.get(i);
        rows[i + 1] =
            names.get(i)
                + " | "
                + Udp.percent(x.share)
                + " | "
                + x.nanos / MS
                + " ms | "
                + x.packets;
      }
      r.table(rows);
      r.check("as fast as it can, most are lost", "尽快发送则大部分丢失", fast.share < 0.5);
      r.check(
          "with less rate the queue no longer overflows; the path still loses",
          "降低速率后队列不再溢出，但路径仍会丢包",
          slow.share > 0.9 && slow.share < 1);
      r.equal("TCP delivers everything", "TCP 全部送达", 1.0, tcp.share);
      r.equal("so does retransmission over UDP", "UDP 上自行重传同样全部送达", 1.0, arq.share);
      r.check("which sends little more than is lost", "额外发送的与丢失的相当", arq.packets < COUNT * 1.25);
    }

    private String path(Run r) {
      return "delay 20ms loss " + r.text(loss) + " rate 2mbit limit 30";
    }

    private Result udp(Run r, long gap) {
      Net net = r.net();
      Net.Pair p = net.pair(path(r));
      net.log.quiet(true);
      Dgram reader = new Dgram(net, p.server(), 5000);
      Dgram sender = new Dgram(net, p.client(), 0);
      for (int i = 0; i < COUNT; i++) {
        p.client().at(i * gap, () -> sender.send(p.server(), 5000, SIZE));
      }
      net.runQuiet();
      sender.close();
      reader.close();
      net.finish();
      return new Result(
          reader.receivedCount / (double) COUNT, reader.lastNanos, p.link().forward().sentCount());
    }

    private Result tcp(Run r) {
      Net net = r.net();
      Net.Pair p = net.pair(path(r));
      net.log.quiet(true);
      Server server = net.listen(p.server(), 80);
      Delivery.transfer(p, server, (long) COUNT * SIZE);
      net.finish();
      return new Result(
          server.first().received / (double) (COUNT * SIZE),
          server.first().doneNanos,
          p.link().forward().sentCount());
    }

    /** Each datagram has a number; the receiver tells which came, the sender repeats the others. */
    private Result arq(Run r) {
      Net net = r.net();
      Net.Pair p = net.pair(path(r));
      net.log.quiet(true);
      BitSet came = new BitSet();
      BitSet known = new BitSet();
      long[] last = new long[1];
      Dgram reader =
          new Dgram(net, p.server(), 5000)
              .onDatagram((self, bytes, n, from, port) -> {
                int k = (bytes[0] & 0xff) << 8 | bytes[1] & 0xff;
                came.set(k);
                last[0] = net.sim.now();
                self.send(from, port, new byte[] {bytes[0], bytes[1]});
              });
      Dgram sender =
          new Dgram(net, p.client(), 0)
              .onDatagram((self, bytes, n, from, port) ->
                  known.set((bytes[0] & 0xff) << 8 | bytes[1] & 0xff));
      List<Integer> todo = new ArrayList<>();
      for (int i = 0; i < COUNT; i++) {
        todo.add(i);
      }
      round(net, p, sender, known, todo);
      net.runQuiet();
      sender.close();
      reader.close();
      net.finish();
      return new Result(
          came.cardinality() / (double) COUNT, last[0], p.link().forward().sentCount());
    }

    /** Sends these one by one, waits for the answers, and begins again with what is missing. */
    private static void round(Net net, Net.Pair p, Dgram sender, BitSet known, List<Integer> todo) {
      long at = net.sim.now();
      for (int k : todo) {
        byte[] bytes = new byte[SIZE];
        bytes[0] = (byte) (k >> 8);
        bytes[1] = (byte) k;
        p.client().at(at, () -> sender.send(p.server().address(), 5000, bytes));
        at += 5 * MS;
      }
      p.client()
          .at(
              at + 100 * MS,
              () -> {
                List<Integer> missing = todo.stream().filter(k -> !known.get(k)).toList();
                if (!missing.isEmpty()) {
                  round(net, p, sender, known, missing);
                }
              });
    }
  }
}
