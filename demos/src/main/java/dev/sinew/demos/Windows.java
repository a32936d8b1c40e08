package dev.sinew.demos;

import static dev.sinew.demos.Net.MS;
import static dev.sinew.demos.Net.S;

import dev.sinew.base.Profile;
import dev.sinew.observe.SendCause;
import dev.sinew.sim.Fault;
import java.util.ArrayList;
import java.util.List;

/** Experiments on flow control. */
final class Windows {
  private Windows() {}

  private static final Profile FIXED =
      Profile.STANDARD.with(v -> {
        v.autoTuneReceive = false;
        v.windowScale = false;
      });

  static final class Sliding implements Demo {
    private final Param delay = Param.time("oneway", "25ms", "500ms", "one-way delay", "单程时延");

    @Override
    public List<Param> parameters() {
      return List.of(delay);
    }

    @Override
    public void run(Run r) {
      int[] sizes = {4096, 8192, 16_384, 32_768, 65_535};
      List<String> labels = new ArrayList<>();
      List<Double> rates = new ArrayList<>();
      double rtt = 2 * r.nanos(delay) / 1e9;
      boolean bounded = true;
      boolean near = true;
      for (int size : sizes) {
        Net net = r.net();
        Net.Pair p = net.pair("delay " + r.text(delay) + " rate 100mbit", FIXED, FIXED);
        Server server = net.listen(p.server(), 80);
        server.listener.setReceiveBuffer(size);
        End client = Delivery.transfer(p, server, 15L * size);
        net.finish();
        if (size == sizes[0]) {
          r.ladder(net);
        }
        double seconds = (server.first().doneNanos - client.connectedNanos) / 1e9;
        double rate = 15.0 * size / seconds;
        labels.add(size + r.t(" bytes", " 字节"));
        rates.add(Math.round(rate / 10) / 100.0);
        double most = rtt == 0 ? Double.MAX_VALUE : size / rtt;
        bounded &= rate <= most * 1.05;
        near &= rate >= most * 0.4;
      }
      r.heading("window, and what goes through (kB/s)", "窗口大小与吞吐量（kB/s）");
      r.lines(Chart.bars(labels, rates, rates.getLast(), " kB/s"));
      r.gap();
      r.check("no more than a window goes out in a round trip", "每个往返时间最多发送一个窗口", bounded);
      r.check("and nearly that much does", "实际也接近这个上限", near);
      r.check(
          "ten times the window, several times the speed",
          "窗口越大速度越快",
          rates.getLast() > 6 * rates.getFirst());
    }
  }

  static final class Zero implements Demo {
    private final Param busy =
        Param.time("busy", "20s", "10min", "how long the reader does not read", "读取方多久不读");

    @Override
    public List<Param> parameters() {
      return List.of(busy);
    }

    @Override
    public void run(Run r) {
      Net net = r.net();
      Net.Pair p = net.pair("delay 10ms", FIXED, FIXED);
      Server server = net.listen(p.server(), 80);
      server.listener.setReceiveBuffer(8192);
      End client = Delivery.transfer(p, server, 30_000);
      server.onAccept(e -> {
        e.pause().onEof(End::close);
        net.after(r.nanos(busy), e::resume);
      });
      net.finish();
      r.ladder(net);
      List<Seg> probes = net.log.sent(p.client(), s -> s.caused(SendCause.WINDOW_PROBE));
      List<Seg> closed = net.log.sent(p.server(), s -> s.window == 0 && !s.rst());
      r.figure("probes sent at (s)", "探测时刻（秒）", Opening.seconds(Opening.times(probes)));
      r.check("the window was closed", "窗口曾关闭为 0", !closed.isEmpty());
      r.check("the sender asked again and again", "发送方反复探测", probes.size() >= 3);
      boolean grows = true;
      for (int i = 2; i < probes.size(); i++) {
        grows &=
            probes.get(i).sentNanos - probes.get(i - 1).sentNanos
                >= probes.get(i - 1).sentNanos - probes.get(i - 2).sentNanos;
      }
      r.check("with growing intervals", "间隔逐渐加长", grows);
      r.check(
          "when the reader comes back, a window update opens it",
          "读取方恢复后，窗口更新使发送继续",
          net.log.sent(p.server(), s -> s.caused(SendCause.WINDOW_UPDATE)).stream()
              .anyMatch(s -> s.sentNanos >= r.nanos(busy)));
      r.equal("all bytes arrived", "数据全部到达", 30_000L, server.first().received);
      r.check("and nothing ended the connection meanwhile", "其间连接没有被终止", client.error == null);
    }
  }

  static final class LostUpdate implements Demo {
    private final Param lost =
        Param.count("lost", 1, 0, 1, "window updates that are lost", "丢失的窗口更新个数");

    @Override
    public List<Param> parameters() {
      return List.of(lost);
    }

    @Override
    public void run(Run r) {
      Net net = r.net();
      Net.Pair p = net.pair("delay 10ms", FIXED, FIXED);
      Server server = net.listen(p.server(), 80);
      server.listener.setReceiveBuffer(8192);
      Delivery.transfer(p, server, 30_000);
      boolean[] open = {false};
      Fault fault =
          p.link()
              .backward()
              .drop("the window update", r.count(lost), v -> open[0] && v.isPureAck());
      server.onAccept(e -> {
        e.pause().onEof(End::close);
        net.after(
            5 * S,
            () -> {
              open[0] = true;
              e.resume();
            });
      });
      net.finish();
      r.ladder(net);
      long back = 5 * S + 30 * MS;
      Seg next = net.log.sent(p.client(), s -> s.sentNanos >= back).getFirst();
      Seg data = net.log.sent(p.client(), s -> s.sentNanos >= back && s.data()).getFirst();
      r.equal("the window update was lost", "窗口更新丢失", 1L, fault.firedCount());
      r.check(
          "both ends wait: the reader for data, the writer for a window",
          "双方都在等：一方等数据，一方等窗口",
          next.sentNanos > back + 100 * MS);
      r.check(
          "a probe ends it",
          "由一次探测打破僵局",
          next.caused(SendCause.WINDOW_PROBE) && data.sentNanos > next.arrivedNanos);
      r.equal("all bytes arrived", "数据全部到达", 30_000L, server.first().received);
    }
  }

  static final class Silly implements Demo {
    private final Param read =
        Param.count("read", 50, 1, 8192, "bytes that the reader takes at a time", "读取方每次读取的字节数");

    @Override
    public List<Param> parameters() {
      return List.of(read);
    }

    @Override
    public void run(Run r) {
      int n = r.count(read);
      Net net = r.net();
      Net.Pair p = net.pair("delay 10ms", FIXED, FIXED);
      Server server = net.listen(p.server(), 80);
      server.listener.setReceiveBuffer(8192);
      Delivery.transfer(p, server, 30_000);
      int[] reads = new int[1];
      server
          .silent(true)
          .onAccept(e -> {
            e.pause();
            slowly(net, e, n, reads);
          });
      net.finish();
      r.ladder(net);
      List<Seg> acks = net.log.sent(p.server(), s -> !s.synAck() && !s.rst());
      long edge = 0;
      long least = Long.MAX_VALUE;
      int steps = 0;
      for (Seg a : acks) {
        long right = (a.ack & 0xffff_ffffL) + a.window;
        if (edge != 0 && right > edge) {
          steps++;
          least = Math.min(least, right - edge);
        }
        edge = Math.max(edge, right);
      }
      long small =
          net.log.count(
              p.client(),
              s -> s.data() && s.length < 1000 && !s.fin() && !s.caused(SendCause.WINDOW_PROBE));
      r.figure("calls of read", "read 调用次数", reads[0]);
      r.figure(
          "times that the window moved, and the least step",
          "窗口移动次数与最小步长",
          steps + ", " + (steps == 0 ? 0 : least));
      r.check("the reader took it in crumbs", "读取方一点一点地读", n < 1000 && reads[0] > 100);
      r.check("the window moved far less often", "窗口移动的次数少得多", steps < reads[0] / 5);
      r.check(
          "never by less than min(MSS, half the buffer)", "每次至少移动 min(MSS, 缓冲区的一半)", least >= 1400);
      r.between("nearly all segments were full", "几乎所有报文段都是满长的", 0, 2, small);
      r.equal("all bytes arrived", "数据全部到达", 30_000L, server.first().received);
    }

    private static void slowly(Net net, End e, int n, int[] reads) {
      net.after(
          2 * MS,
          () -> {
            if (e.received >= 30_000) {
              e.closeNow();
              return;
            }
            e.silent = true;
            if (e.read(n) > 0) {
              reads[0]++;
            }
            slowly(net, e, n, reads);
          });
    }
  }

  static final class NagleDelayedAck implements Demo {
    private final Param delayed =
        Param.time("delack", "40ms", "500ms", "how long the server may delay an ACK", "服务器延迟确认的时间");

    @Override
    public List<Param> parameters() {
      return List.of(delayed);
    }

    @Override
    public void run(Run r) {
      long nagle = request(r, false, false, true);
      long noDelay = request(r, true, false, false);
      long joined = request(r, false, true, false);
      r.table(
          r.t("how the request is written | answer after", "请求的写法 | 得到应答所需时间"),
          r.t("two writes, Nagle on", "两次写入，Nagle 开") + " | " + nagle / MS + " ms",
          r.t("two writes, TCP_NODELAY", "两次写入，TCP_NODELAY") + " | " + noDelay / MS + " ms",
          r.t("one write", "一次写入") + " | " + joined / MS + " ms");
      r.check(
          "two small writes wait for the delayed ACK",
          "两次小写入要等延迟的确认",
          nagle >= noDelay + r.nanos(delayed) && r.nanos(delayed) >= 10 * MS);
      r.equal("TCP_NODELAY takes one round trip", "TCP_NODELAY 只需一个往返", 20L, noDelay / MS);
      r.equal("so does one write", "一次写入同样如此", 20L, joined / MS);
    }

    private long request(Run r, boolean noDelay, boolean joined, boolean shown) {
      Net net = r.net();
      Profile lazy = Profile.STANDARD.with(v -> v.delayedAckNanos = r.nanos(delayed));
      Net.Pair p = net.pair("delay 10ms", Profile.STANDARD, lazy);
      net.listen(p.server(), 80)
          .onAccept(e ->
              e.onEof(End::close)
                  .onData(x -> {
                    if (x.received % 200 == 0) {
                      x.write(50);
                    }
                  }));
      End client = net.connect(p.client(), p.server(), 80);
      client.tcp.setNoDelay(noDelay);
      // One exchange before: the first one makes the window grow, which is told at once.
      net.log.quiet(true);
      net.at(500 * MS, () -> client.write(200));
      net.at(900 * MS, () -> net.log.quiet(false));
      net.at(
          S,
          () -> {
            client.write(joined ? 200 : 100);
          });
      if (!joined) {
        net.at(S + 10_000, () -> client.write(100));
      }
      net.at(2 * S, client::close);
      net.finish();
      if (shown) {
        r.ladder(net);
      }
      return client.doneNanos - S;
    }
  }

  static final class Cork implements Demo {
    private final Param cork =
        Param.flag("cork", true, "whether the socket is corked", "是否设置 TCP_CORK");

    @Override
    public List<Param> parameters() {
      return List.of(cork);
    }

    @Override
    public void run(Run r) {
      Net.Pair p = r.pair("delay 10ms");
      Net net = p.net();
      Server server = net.listen(p.server(), 80).onAccept(e -> e.onEof(End::close));
      End client = net.connect(p.client(), p.server(), 80);
      client.tcp.setNoDelay(true);
      net.at(100 * MS, () -> client.tcp.setCork(r.on(cork)));
      for (int i = 0; i < 5; i++) {
        net.at((100 + 5L * i) * MS, () -> client.write(100));
      }
      net.at(
          130 * MS,
          () -> {
            net.log.call(p.client(), "cork off");
            client.tcp.setCork(false);
          });
      net.at(
          S,
          () -> {
            client.tcp.setCork(r.on(cork));
            client.write(100);
          });
      net.at(2 * S, client::close);
      net.finish();
      r.ladder(net);
      List<Seg> data = net.log.sent(p.client(), Seg::data);
      r.equal(
          "five writes, one segment",
          "五次写入，一个报文段",
          1,
          (int) data.stream().filter(s -> s.sentNanos < S).count());
      r.equal("of 500 bytes", "共 500 字节", 500, data.getFirst().length);
      r.equal("sent when the cork was pulled", "拔掉“塞子”时发出", 130 * MS, data.getFirst().sentNanos);
      r.equal(
          "who forgets to pull it waits 200 ms",
          "忘记拔掉则要等 200 毫秒",
          S + 200 * MS,
          data.getLast().sentNanos);
      r.equal("all bytes arrived", "数据全部到达", 600L, server.first().received);
    }
  }
}
