package dev.sinew.demos;

import static dev.sinew.demos.Net.MS;
import static dev.sinew.demos.Net.S;

import dev.sinew.base.Counter;
import dev.sinew.base.Limits;
import dev.sinew.base.Profile;
import dev.sinew.base.TcpState;
import dev.sinew.ip.IpAddress;
import dev.sinew.sim.SimHost;
import dev.sinew.sim.SimLink;
import dev.sinew.wire.TcpHeader;
import java.util.ArrayList;
import java.util.List;

/** Experiments on the two queues of a listener. */
final class Queues {
  private Queues() {}

  static long count(SimHost host, Counter c) {
    return host.stack().counters().get(c);
  }

  static void syn(SimLink link, SimHost server, IpAddress from, int port, int number) {
    link.forward()
        .inject(
            Packets.tcp(
                from, port, server.address(), 80, number, 0, TcpHeader.SYN, 1000, new byte[0]));
  }

  /** The n-th address of a network that is there for examples (RFC 5737). */
  static IpAddress nobody(int n) {
    return Packets.address("198.51." + (100 + n / 250 % 100) + "." + (1 + n % 250));
  }

  static final class SynBacklog implements Demo {
    private final Param backlog =
        Param.count("backlog", 4, 1, 1000, "length of the queue of half-open records", "半连接队列的长度");
    private final Param others =
        Param.count("others", 4, 0, 1000, "SYNs whose senders never answer", "永不应答的 SYN 个数");

    @Override
    public List<Param> parameters() {
      return List.of(backlog, others);
    }

    @Override
    public void run(Run r) {
      Net net = r.net();
      SimHost client = net.host("client");
      SimHost server =
          net.host(
              "server",
              Profile.STANDARD.with(v -> v.synCookies = false),
              Limits.DEFAULT.with(v -> v.synBacklog = r.count(backlog)));
      SimLink link = net.link(client, server, "delay 10ms");
      net.sim.defaultRoute(server, link, client);
      Server program = net.listen(server, 80).onAccept(e -> e.onEof(End::close));
      net.forging("nobody: ");
      for (int i = 0; i < r.count(others); i++) {
        syn(link, server, nobody(i), 1000 + i, 1);
      }
      End[] end = new End[1];
      net.at(100 * MS, () -> end[0] = net.connect(client, server, 80).onConnected(End::close));
      int[] depth = new int[1];
      net.at(100 * MS, () -> depth[0] = program.listener.synQueueLength());
      net.finish();
      r.ladder(net);
      r.figure("half-open records when the client comes", "客户端到来时的半连接数", depth[0]);
      r.figure(
          "SYNs dropped (ListenDrops)",
          "被丢弃的 SYN（ListenDrops）",
          count(server, Counter.TcpExtListenDrops));
      r.equal(
          "the queue is full when the client comes", "客户端到来时半连接队列已满", r.count(backlog), depth[0]);
      r.check(
          "its SYN is dropped without an answer, and sent again",
          "它的 SYN 被静默丢弃，只能重传",
          count(server, Counter.TcpExtListenDrops) > 0 && net.log.count(client, Seg::syn) > 1);
      r.check(
          "it gets in when the others have been given up, 63 s after they came",
          "63 秒后其他项被放弃，它才得以连接",
          end[0].connectedNanos > 60 * S);
    }
  }

  static final class AcceptQueue implements Demo {
    private final Param backlog =
        Param.count("backlog", 2, 1, 100, "length of the accept queue", "全连接队列的长度");
    private final Param clients =
        Param.count("clients", 3, 1, 100, "clients that connect", "发起连接的客户端数");

    @Override
    public List<Param> parameters() {
      return List.of(backlog, clients);
    }

    @Override
    public void run(Run r) {
      int n = r.count(clients);
      Net.Pair p = r.pair("delay 10ms");
      Net net = p.net();
      Server server =
          net.listen(p.server(), 80, r.count(backlog))
              .accepting(false)
              .onAccept(e -> e.onEof(End::close));
      List<End> ends = new ArrayList<>();
      for (int i = 0; i < n; i++) {
        net.at(i * 100L * MS, () -> ends.add(net.connect(p.client(), p.server(), 80)));
      }
      int[] depth = new int[1];
      net.at(
          4 * S,
          () -> {
            depth[0] = server.listener.acceptQueueLength();
            net.log.call(p.server(), "the program comes back and accepts");
            server.accepting(true);
          });
      net.at(20 * S, () -> ends.forEach(End::close));
      net.finish();
      r.ladder(net);
      long overflows = count(p.server(), Counter.TcpExtListenOverflows);
      r.figure("accept queue while the program is busy", "程序忙时的全连接队列长度", depth[0]);
      r.figure("ListenOverflows", "ListenOverflows", overflows);
      r.equal("the accept queue is full", "全连接队列已满", r.count(backlog), depth[0]);
      r.check("a SYN found it full and was dropped", "有 SYN 因队列满而被丢弃", overflows > 0);
      r.check(
          "the last client got in later, by a SYN that was sent again",
          "最后一个客户端靠重传的 SYN 才连接成功",
          ends.getLast().connectedNanos > 4 * S && net.log.count(p.client(), Seg::syn) > n);
      r.equal("in the end all were accepted", "最终全部被接受", n, server.accepted.size());
    }
  }

  static final class FloodExisting implements Demo {
    private final Param existing =
        Param.flag("existing", true, "whether hosts have the forged addresses", "伪造的地址上是否真有主机");

    @Override
    public List<Param> parameters() {
      return List.of(existing);
    }

    @Override
    public void run(Run r) {
      Net net = r.net();
      SimHost bystander = net.host("bystander");
      SimHost server = net.host("server", Profile.STANDARD.with(v -> v.synCookies = false));
      SimLink link = net.link(bystander, server, "delay 10ms");
      net.sim.defaultRoute(server, link, bystander);
      Server program = net.listen(server, 80);
      net.forging("forged: ");
      for (int i = 0; i < 5; i++) {
        IpAddress from = r.on(existing) ? bystander.address() : nobody(i);
        int port = 2000 + i;
        net.at(i * 100L * MS, () -> syn(link, server, from, port, 77));
      }
      int[] depth = new int[1];
      net.at(S, () -> depth[0] = program.listener.synQueueLength());
      net.runFor(2 * S);
      net.finish();
      r.ladder(net);
      r.equal(
          "the server answered every forged SYN",
          "服务器应答了每个伪造的 SYN",
          5,
          Math.min(5, net.log.count(server, Seg::synAck)));
      r.equal(
          "the innocent host answers each SYN-ACK with RST",
          "无辜的主机对每个 SYN-ACK 回送 RST",
          5,
          net.log.count(bystander, Seg::rst));
      r.equal("each RST frees a record: the queue is empty", "每个 RST 释放一项：队列为空", 0, depth[0]);
      r.check(
          "each record lived for one round trip only",
          "每一项只存活了一个往返时间",
          net.log.enteredAt(server, TcpState.CLOSED) == 30 * MS);
    }
  }

  static final class Cookies implements Demo {
    private final Param timestamps =
        Param.flag("timestamps", false, "whether the client offers timestamps", "客户端是否提供时间戳选项");

    @Override
    public List<Param> parameters() {
      return List.of(timestamps);
    }

    @Override
    public void run(Run r) {
      Net net = r.net();
      boolean ts = r.on(timestamps);
      SimHost client = net.host("client", Profile.STANDARD.with(v -> v.timestamps = ts));
      SimHost server =
          net.host("server", Profile.STANDARD, Limits.DEFAULT.with(v -> v.synBacklog = 1));
      SimLink link = net.link(client, server, "delay 10ms");
      net.sim.defaultRoute(server, link, client);
      Server program = net.listen(server, 80).onAccept(e -> e.onEof(End::close));
      net.forging("nobody: ");
      syn(link, server, nobody(1), 1000, 1);
      End[] end = new End[1];
      int[] depth = new int[1];
      net.at(100 * MS, () -> end[0] = net.connect(client, server, 80));
      net.at(115 * MS, () -> depth[0] = program.listener.synQueueLength());
      boolean[] agreed = new boolean[2];
      net.at(
          200 * MS,
          () -> {
            if (!program.accepted.isEmpty()) {
              agreed[0] = program.first().info().sack();
              agreed[1] = program.first().info().sendScale() > 0;
            }
            end[0].close();
          });
      net.finish();
      r.ladder(net);
      r.figure(
          "SyncookiesSent / Recv",
          "SyncookiesSent / Recv",
          count(server, Counter.TcpExtSyncookiesSent)
              + " / "
              + count(server, Counter.TcpExtSyncookiesRecv));
      r.equal("the queue holds nothing for the client", "队列中没有为客户端保留任何内容", 1, depth[0]);
      r.equal("it connects at once all the same", "它仍然立刻连接成功", 120 * MS, end[0].connectedNanos);
      r.equal(
          "the server rebuilt everything from the ACK number",
          "服务器由确认号恢复出全部所需信息",
          1L,
          count(server, Counter.TcpExtSyncookiesRecv));
      r.equal(
          "SACK is lost: the cookie has no room for it", "SACK 选项丢失：cookie 中放不下", false, agreed[0]);
      r.equal("and so is the window scale", "窗口扩大选项同样丢失", false, agreed[1]);
    }
  }
}
