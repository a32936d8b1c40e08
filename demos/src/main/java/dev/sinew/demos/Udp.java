package dev.sinew.demos;

import static dev.sinew.demos.Net.MS;
import static dev.sinew.demos.Net.S;

import dev.sinew.base.Counter;
import dev.sinew.base.TcpError;
import dev.sinew.sim.SimHost;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Experiments on UDP: where datagrams get lost. */
final class Udp {
  private Udp() {}

  static String percent(double share) {
    return String.format(Locale.ROOT, "%.1f %%", 100 * share);
  }

  static final class SlowReader implements Demo {
    private final Param work =
        Param.time("work", "5ms", "1s", "what the reader does between two receives", "两次接收之间的处理时间");
    private final Param gap =
        Param.time("gap", "1ms", "1s", "time between two datagrams", "两个数据报的发送间隔");

    @Override
    public List<Param> parameters() {
      return List.of(work, gap);
    }

    @Override
    public void run(Run r) {
      long direct = run(r, false);
      long queued = run(r, true);
      r.table(
          r.t("reader | received of 1000", "接收方 | 收到（共 1000）"),
          r.t("works between two receives", "两次接收之间处理数据") + " | " + direct,
          r.t("one thread receives, another works", "一个线程只收，另一个处理") + " | " + queued);
      r.check("the slow reader lost datagrams", "慢读取方丢失了数据报", direct < 1000);
      r.check(
          "they arrived at the host, and found the queue full",
          "它们到达了主机，却遇上队列已满",
          full > 0 && full == 1000 - direct);
      r.equal("a reader that comes back at once lost none", "立刻回来接收则一个不丢", 1000L, queued);
    }

    private long full;

    private long run(Run r, boolean queue) {
      Net net = r.net();
      Net.Pair p = net.pair("delay 5ms");
      net.log.quiet(net.run.nets().size() > 1);
      Dgram reader = new Dgram(net, p.server(), 5000);
      reader.udp.setReceiveBuffer(64 * 1024);
      if (!queue) {
        reader.pause();
        poll(net, reader, Math.max(r.nanos(work), 1000));
      }
      Dgram sender = new Dgram(net, p.client(), 0);
      for (int i = 0; i < 1000; i++) {
        p.client().at(i * r.nanos(gap), () -> sender.send(p.server(), 5000, 1000));
      }
      net.runFor(1000 * (r.nanos(gap) + r.nanos(work)) + S);
      if (!queue) {
        full = p.server().stack().counters().get(Counter.UdpRcvbufErrors);
        r.ladder(net);
      }
      sender.close();
      reader.close();
      net.runQuiet();
      net.finish();
      return reader.receivedCount;
    }

    private static void poll(Net net, Dgram reader, long work) {
      if (reader.closed()) {
        return;
      }
      boolean got = reader.take();
      reader.host.at(net.sim.now() + (got ? work : MS), () -> poll(net, reader, work));
    }
  }

  static final class Big implements Demo {
    private final Param size =
        Param.size("size", "50000", "1", "65507", "bytes of a datagram", "数据报的字节数");
    private final Param loss = Param.share("rate", "1%", "loss of each packet", "每个分组的丢失率");

    @Override
    public List<Param> parameters() {
      return List.of(size, loss);
    }

    @Override
    public void run(Run r) {
      int n = r.bytes(size);
      int fragments = (n + 8 + 1479) / 1480;
      double expected = 1 - Math.pow(1 - r.share(loss), fragments);
      double large = lost(r, n, 200, true);
      double small = lost(r, 1472, 30 * fragments, false);
      r.table(
          r.t(
              "datagrams of | packets for each | lost, computed | lost, measured",
              "数据报大小 | 各需分组数 | 计算丢失率 | 实测丢失率"),
          n + " B | " + fragments + " | " + percent(expected) + " | " + percent(large),
          "1472 B | 1 | " + percent(r.share(loss)) + " | " + percent(small));
      r.check("one datagram needs many packets", "一个数据报需要多个分组", fragments > 1);
      r.between(
          "one lost fragment loses the whole: 1 − (1 − p)^n",
          "丢失一片则整个作废：1 − (1 − p)^n",
          expected * 0.6,
          expected * 1.4,
          large);
      r.check(
          "so large ones die much more often than small ones",
          "因此大数据报的丢失率远高于小的",
          large > 5 * small);
      r.check("what remains is given up after 15 s", "残余的分片 15 秒后被放弃", timeouts > 0);
    }

    private long timeouts;

    private double lost(Run r, int bytes, int count, boolean shown) {
      Net net = r.net();
      Net.Pair p = net.pair("delay 5ms loss " + r.text(loss));
      if (!shown) {
        net.log.off();
      }
      Dgram reader = new Dgram(net, p.server(), 5000);
      Dgram sender = new Dgram(net, p.client(), 0);
      for (int i = 0; i < count; i++) {
        boolean first = shown && i == 0;
        p.client()
            .at(
                i * 2L * MS + (i > 0 ? 20 * MS : 0),
                () -> {
                  net.log.quiet(!first || !shown);
                  sender.send(p.server(), 5000, bytes);
                });
      }
      net.runQuiet();
      if (shown) {
        r.ladder(net);
        timeouts = p.server().stack().counters().get(Counter.IpReasmTimeout);
      }
      sender.close();
      reader.close();
      net.finish();
      return 1 - (double) reader.receivedCount / count;
    }
  }

  static final class ReceiveBuffer implements Demo {
    private final Param count =
        Param.count(
            "count", 8, 1, 200, "datagrams of 8 kB, one after the other", "连续发送的 8 kB 数据报个数");

    @Override
    public List<Param> parameters() {
      return List.of(count);
    }

    @Override
    public void run(Run r) {
      int[] buffers = {8192, 16_384, 32_768, 65_536, 131_072};
      List<String> labels = new ArrayList<>();
      List<Double> got = new ArrayList<>();
      for (int b : buffers) {
        labels.add(Param.sizeText(b));
        got.add((double) burst(r, b, b == buffers[0]));
      }
      r.heading(
          "datagrams kept while the reader is busy, by receive buffer", "读取方忙时保留下来的数据报数（按接收缓冲区大小）");
      r.lines(Chart.bars(labels, got, r.count(count), ""));
      r.gap();
      r.check(
          "a small buffer drops most of the burst",
          "小缓冲区丢掉大部分",
          got.getFirst() < r.count(count) / 2.0);
      r.check(
          "an empty queue takes at least one, however large", "队列为空时至少收下一个", got.getFirst() >= 1);
      boolean grows = true;
      for (int i = 1; i < got.size(); i++) {
        grows &= got.get(i) >= got.get(i - 1);
      }
      r.check("a larger one takes more", "缓冲区越大收下越多", grows && got.getLast() > got.getFirst());
      r.equal("128 kB take all of it", "128 kB 全部收下", (double) r.count(count), got.getLast());
    }

    private long burst(Run r, int buffer, boolean shown) {
      Net net = r.net();
      Net.Pair p = net.pair("delay 5ms rate 100mbit");
      Dgram reader = new Dgram(net, p.server(), 5000).pause();
      reader.udp.setReceiveBuffer(buffer);
      Dgram sender = new Dgram(net, p.client(), 0);
      net.at(
          0,
          () -> {
            for (int i = 0; i < r.count(count); i++) {
              sender.send(p.server(), 5000, 8192);
            }
          });
      net.at(
          S,
          () -> {
            while (reader.take()) {
              // What was kept.
            }
            net.log.call(p.server(), "read " + reader.receivedCount + " datagrams");
          });
      net.runQuiet();
      if (shown) {
        r.ladder(net);
      }
      sender.close();
      reader.close();
      net.finish();
      return reader.receivedCount;
    }
  }

  static final class Burst implements Demo {
    private final Param count =
        Param.count("count", 60, 2, 1000, "datagrams of 1400 bytes", "1400 字节的数据报个数");
    private final Param queue =
        Param.count(
            "queue", 20, 1, 10_000, "packets that the bottleneck's queue takes", "瓶颈队列长度（分组数）");

    @Override
    public List<Param> parameters() {
      return List.of(count, queue);
    }

    @Override
    public void run(Run r) {
      int n = r.count(count);
      long burst = send(r, 0, true);
      long gap = 1428L * 8 * S / 10_000_000;
      long paced = send(r, gap, false);
      r.table(
          r.t("how they are sent | received of ", "发送方式 | 收到（共 ") + n + r.t("", "）"),
          r.t("back to back", "背靠背连续发送") + " | " + burst,
          r.t("paced at the bottleneck's rate", "按瓶颈速率均匀发送") + " | " + paced);
      r.check("the burst overflows the queue", "突发使队列溢出", burst < n);
      r.between(
          "what fits is the queue, and a little that left meanwhile",
          "能通过的约为队列长度",
          r.count(queue),
          r.count(queue) * 1.5 + 2,
          burst);
      r.equal("paced, all arrive", "均匀发送则全部到达", (long) n, paced);
    }

    private long send(Run r, long gap, boolean shown) {
      Net net = r.net();
      SimHost client = net.host("client");
      SimHost server = net.host("server");
      SimHost router = net.router("router");
      var near = net.link(client, router, "delay 1ms rate 1gbit");
      var far = net.link(router, server, "delay 10ms rate 10mbit limit " + r.count(queue));
      net.sim.defaultRoute(client, near, router);
      net.sim.defaultRoute(server, far, router);
      Dgram reader = new Dgram(net, server, 5000);
      Dgram sender = new Dgram(net, client, 0);
      for (int i = 0; i < r.count(count); i++) {
        client.at(i * gap, () -> sender.send(server, 5000, 1400));
      }
      net.runQuiet();
      if (shown) {
        r.ladder(net);
      }
      sender.close();
      reader.close();
      net.finish();
      return reader.receivedCount;
    }
  }

  static final class LanWan implements Demo {
    private final Param loss =
        Param.share("internet", "2%", "loss on the Internet path", "公网路径的丢包率");
    private final Param queue =
        Param.count(
            "queue", 50, 1, 10_000, "packets that its bottleneck's queue takes", "公网瓶颈的队列长度");

    @Override
    public List<Param> parameters() {
      return List.of(loss, queue);
    }

    @Override
    public void run(Run r) {
      double lan = send(r, "delay 100us rate 1gbit", 0);
      String path = "delay 40ms 10ms loss " + r.text(loss) + " rate 5mbit limit " + r.count(queue);
      double wan = send(r, path, 0);
      double slow = send(r, path, 4 * MS);
      r.heading(
          "the same program, 500 datagrams of 1200 bytes: received",
          "同一程序发送 500 个 1200 字节的数据报，收到的比例");
      r.lines(
          Chart.bars(
              List.of(
                  r.t("LAN, as fast as it can", "局域网，尽快发送"),
                  r.t("Internet, as fast as it can", "公网，尽快发送"),
                  r.t("Internet, one each 4 ms", "公网，每 4 毫秒一个")),
              List.of(100 * lan, 100 * wan, 100 * slow),
              100,
              " %"));
      r.gap();
      r.equal("nothing is lost on the LAN", "局域网内一个不丢", 1.0, lan);
      r.check("on the Internet most of the burst is", "公网上突发的大部分丢失", wan < 0.5);
      r.between(
          "slower, only the path's own loss remains",
          "放慢之后只剩路径本身的丢失",
          1 - 2.5 * r.share(loss) - 0.001,
          1 - r.share(loss) / 4,
          slow);
    }

    private static double send(Run r, String words, long gap) {
      Net net = r.net();
      Net.Pair p = net.pair(words);
      net.log.quiet(true);
      Dgram reader = new Dgram(net, p.server(), 5000);
      reader.udp.setReceiveBuffer(1 << 20);
      Dgram sender = new Dgram(net, p.client(), 0);
      for (int i = 0; i < 500; i++) {
        p.client().at(i * gap, () -> sender.send(p.server(), 5000, 1200));
      }
      net.runQuiet();
      sender.close();
      reader.close();
      net.finish();
      return reader.receivedCount / 500.0;
    }
  }

  static final class NotListening implements Demo {
    private final Param listens =
        Param.flag("listens", false, "whether the receiver listens in time", "接收方是否及时开始接收");

    @Override
    public List<Param> parameters() {
      return List.of(listens);
    }

    @Override
    public void run(Run r) {
      Net.Pair p = r.pair("delay 10ms");
      Net net = p.net();
      Dgram connected = new Dgram(net, p.client(), 0);
      Dgram[] reader = new Dgram[1];
      net.at(r.on(listens) ? 0 : 100 * MS, () -> reader[0] = new Dgram(net, p.server(), 5000));
      int[] results = new int[2];
      net.at(
          MS,
          () -> {
            connected.udp.connect(p.server().address(), 5000);
            net.log.call(p.client(), "send()");
            results[0] = connected.udp.send(new byte[100], 0, 100, null, 0);
          });
      @Nullable TcpError[] told = new TcpError[1];
      net.at(
          50 * MS,
          () -> {
            told[0] = connected.error;
            TcpError e = told[0];
            net.log.call(p.client(), "receive(): " + (e == null ? "nothing" : e.text()));
          });
      net.at(
          200 * MS,
          () -> {
            net.log.call(p.client(), "send()");
            results[1] = connected.udp.send(new byte[100], 0, 100, null, 0);
          });
      net.runQuiet();
      r.ladder(net);
      r.equal("send() succeeds: the datagram has left", "send() 成功：数据报已经发出", 100, results[0]);
      r.equal(
          "the host answers that nobody is at that port",
          "对方主机通知该端口无人接收",
          TcpError.PORT_UNREACHABLE,
          told[0]);
      r.equal("which a connected socket is told", "已连接的套接字得知此事", 1L, reader[0].receivedCount);
      connected.close();
      reader[0].close();
      net.finish();
    }
  }

  static final class Largest implements Demo {
    private final Param size =
        Param.count("size", 65_507, 1, 70_000, "bytes of the datagram", "数据报的字节数");

    @Override
    public List<Param> parameters() {
      return List.of(size);
    }

    @Override
    public void run(Run r) {
      Net.Pair p = r.pair("delay 10ms");
      Net net = p.net();
      Dgram reader = new Dgram(net, p.server(), 5000);
      Dgram sender = new Dgram(net, p.client(), 0);
      int[] sent = new int[3];
      net.at(0, () -> sent[0] = sender.send(p.server(), 5000, 1472));
      net.at(
          100 * MS,
          () -> {
            net.log.call(p.client(), "send(" + r.count(size) + ")");
            sent[1] = sender.send(p.server(), 5000, r.count(size));
          });
      net.at(
          200 * MS,
          () -> {
            net.log.call(p.client(), "send(" + (r.count(size) + 1) + ")");
            sent[2] = sender.send(p.server(), 5000, r.count(size) + 1);
            net.log.call(p.client(), sent[2] < 0 ? "error: " + sender.error : "sent");
          });
      net.runQuiet();
      r.ladder(net);
      long packets = net.log.count(p.client(), s -> s.sentNanos >= 100 * MS);
      r.equal(
          "1472 bytes are one packet: 1500 − 20 − 8",
          "1472 字节是一个分组：1500 − 20 − 8",
          1,
          net.log.count(p.client(), s -> s.sentNanos < 100 * MS));
      r.equal(
          "65,507 bytes are the most: 65,535 − 20 − 8",
          "65507 字节是上限：65535 − 20 − 8",
          65_507,
          sent[1]);
      r.equal("they travel as 45 fragments", "以 45 个分片传送", 45L, packets);
      r.equal("and arrive as one datagram", "到达时是一个数据报", 2L, reader.receivedCount);
      r.equal(
          "one byte more is refused at once", "多一个字节当场被拒绝", TcpError.MESSAGE_SIZE.code(), sent[2]);
      sender.close();
      reader.close();
      net.finish();
    }
  }
}
