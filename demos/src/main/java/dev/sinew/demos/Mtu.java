package dev.sinew.demos;

import static dev.sinew.demos.Net.MS;
import static dev.sinew.demos.Net.S;

import dev.sinew.base.Profile;
import dev.sinew.ip.IpAddress;
import dev.sinew.sim.SimHost;
import dev.sinew.sim.SimLink;
import dev.sinew.wire.IpProtocol;
import dev.sinew.wire.TcpHeader;
import java.util.List;

/** Experiments on how large a segment may be. */
final class Mtu {
  private Mtu() {}

  static final class Mss implements Demo {
    private final Param mtu =
        Param.count("mtu", 1400, 576, 9000, "MTU of the second server's link", "第二台服务器链路的 MTU");

    @Override
    public List<Param> parameters() {
      return List.of(mtu);
    }

    @Override
    public void run(Run r) {
      Net net = r.net().forging("no option: ");
      SimHost client = net.host("client");
      SimHost server = net.host("server");
      SimHost far = net.host("far");
      SimHost router = net.router("router");
      SimLink wide = net.link(client, server, "delay 10ms");
      SimLink toRouter = net.link(client, router, "delay 5ms");
      SimLink narrow = net.link(router, far, "delay 5ms mtu " + r.count(mtu));
      net.sim.defaultRoute(client, toRouter, router);
      net.sim.defaultRoute(far, narrow, router);
      net.listen(server, 80).onAccept(e -> e.onEof(End::close));
      net.listen(far, 80).silent(true).onAccept(e -> e.onEof(End::close));
      for (SimHost to : List.of(server, far)) {
        net.connect(client, to, 80)
            .onConnected(e -> {
              e.write(4000);
              e.close();
            });
      }
      // A peer without the option: what is sent to it must not pass 536 bytes.
      net.listen(client, 90).silent(true).onAccept(e -> e.write(4000));
      IpAddress old = Packets.address("10.0.1.77");
      net.at(
          S,
          () ->
              wide.backward()
                  .inject(
                      Packets.tcp(
                          old,
                          5000,
                          client.address(),
                          90,
                          1,
                          0,
                          TcpHeader.SYN,
                          8000,
                          new byte[0])));
      net.at(
          S + 100 * MS,
          () ->
              wide.backward()
                  .inject(
                      Packets.tcp(
                          old,
                          5000,
                          client.address(),
                          90,
                          2,
                          net.log.sent(client, Seg::synAck).getFirst().seq + 1,
                          TcpHeader.ACK,
                          8000,
                          new byte[0])));
      net.at(
          2 * S,
          () ->
              wide.backward()
                  .inject(
                      Packets.tcp(
                          old, 5000, client.address(), 90, 2, 0, TcpHeader.RST, 0, new byte[0])));
      net.finish();
      r.ladder(net);
      int toServer = largest(net, client);
      List<Seg> all = net.log.sent(client, Seg::data);
      List<Seg> syns = net.log.sent(client, Seg::syn);
      int farPort = syns.getLast().sourcePort;
      int toFar =
          all.stream().filter(s -> s.sourcePort == farPort).mapToInt(s -> s.length).max().orElse(0);
      int toOld =
          all.stream().filter(s -> s.sourcePort == 90).mapToInt(s -> s.length).max().orElse(0);
      r.table(
          r.t("the peer announces | the largest segment sent to it", "对方通告的 MSS | 发给它的最大报文段"),
          "1460 (MTU 1500) | " + toServer,
          r.count(mtu) - 40 + " (MTU " + r.count(mtu) + ") | " + toFar,
          r.t("nothing", "未通告") + " | " + toOld);
      r.equal(
          "1500 − 20 − 20 − 12 bytes of timestamps = 1448",
          "1500 − 20 − 20 − 12（时间戳）= 1448",
          1448,
          toServer);
      r.equal(
          "towards the small MTU what the peer announced counts, less 12",
          "对小 MTU 的一方，以其通告值减 12 为限",
          Math.min(1460, r.count(mtu) - 40) - 12,
          toFar);
      r.check("which is less than the own", "小于自己的值", toFar < toServer);
      r.equal("without the option: 536", "没有该选项时：536", 536, toOld);
    }

    private static int largest(Net net, SimHost from) {
      int port = net.log.sent(from, Seg::syn).getFirst().sourcePort;
      return net.log.sent(from, s -> s.data() && s.sourcePort == port).stream()
          .mapToInt(s -> s.length)
          .max()
          .orElse(0);
    }
  }

  /** client - r1 - r2 - server, with the narrow link between the routers. */
  record Path(Net net, SimHost client, SimHost server, SimLink first, SimLink middle) {}

  static Path path(Net net, int mtu, Profile profile) {
    SimHost client = net.host("client", profile);
    SimHost server = net.host("server", profile);
    SimHost r1 = net.router("r1");
    SimHost r2 = net.router("r2");
    SimLink first = net.link(client, r1, "delay 5ms");
    SimLink middle = net.link(r1, r2, "delay 5ms mtu " + mtu);
    SimLink last = net.link(r2, server, "delay 5ms");
    net.sim.defaultRoute(client, first, r1);
    net.sim.defaultRoute(r1, middle, r2);
    net.sim.defaultRoute(r2, middle, r1);
    net.sim.defaultRoute(server, last, r2);
    return new Path(net, client, server, first, middle);
  }

  static final class Discovery implements Demo {
    private final Param mtu =
        Param.count("mtu", 1400, 576, 1500, "MTU of the link in the middle", "中间链路的 MTU");

    @Override
    public List<Param> parameters() {
      return List.of(mtu);
    }

    @Override
    public void run(Run r) {
      Net net = r.net();
      Path p = path(net, r.count(mtu), Profile.STANDARD);
      Server server = net.listen(p.server(), 80).onAccept(e -> e.onEof(End::close));
      net.connect(p.client(), p.server(), 80)
          .onConnected(e -> {
            e.write(20_000);
            e.close();
          });
      net.finish();
      r.ladder(net);
      List<Seg> data = net.log.sent(p.client(), Seg::data);
      int want = r.count(mtu) - 52;
      r.figure(
          "first and later segments (bytes)",
          "最初与其后的报文段长度（字节）",
          data.getFirst().length + " → " + want);
      long told =
          net.sim.hosts().get(2).stack().counters().get(dev.sinew.base.Counter.IcmpOutDestUnreachs);
      r.check("the router tells what fits", "路由器通知可通过的大小", told > 0);
      r.equal("the first segments were too large", "最初的报文段太大", 1448, data.getFirst().length);
      r.check(
          "the others fit the path",
          "其后的报文段都适合该路径",
          data.stream()
              .skip(10)
              .filter(s -> s.sentNanos > 50 * MS)
              .allMatch(s -> s.length <= want));
      r.equal("all bytes arrived", "数据全部到达", 20_000L, server.first().received);
      r.check(
          "before a timer could have run out",
          "早在定时器到期之前",
          data.getLast().arrivedNanos < 30 * MS + 200 * MS);
    }
  }

  static final class BlackHole implements Demo {
    private final Param mtu =
        Param.count("mtu", 1400, 576, 1500, "MTU of the link in the middle", "中间链路的 MTU");
    private final Param probing =
        Param.flag("probing", true, "whether the sender suspects a black hole", "发送方是否检测黑洞");

    @Override
    public List<Param> parameters() {
      return List.of(mtu, probing);
    }

    @Override
    public void run(Run r) {
      Net net = r.net();
      Profile profile =
          Profile.STANDARD.with(v ->
              v.mtuProbing =
                  r.on(probing) ? Profile.MtuProbing.BLACK_HOLE : Profile.MtuProbing.OFF);
      Path p = path(net, r.count(mtu), profile);
      var hole =
          p.first().backward().dropAll("ICMP", v -> v.isIp() && v.ip().protocol == IpProtocol.ICMP);
      Server server = net.listen(p.server(), 80).onAccept(e -> e.onEof(End::close));
      End client =
          net.connect(p.client(), p.server(), 80).onConnected(e -> e.write(200)).onEof(End::close);
      net.at(S, () -> client.write(20_000).shut());
      net.runFor(120 * S);
      net.at(
          net.sim.now(),
          () -> {
            if (client.error == null) {
              client.abort();
            }
            server.accepted.forEach(End::abort);
          });
      net.finish();
      r.ladder(net);
      End got = server.first();
      r.figure("bytes that arrived within 2 min", "2 分钟内到达的字节数", got.received);
      r.check("a firewall swallowed the router's messages", "防火墙吞掉了路由器的通知", hole.firedCount() > 0);
      r.check(
          "small segments passed, full ones vanished",
          "小报文段能通过，满长报文段消失",
          net.log.count(p.client(), s -> s.length > r.count(mtu) - 52) > 1);
      r.check(
          "the sender lowered its segments by itself",
          "发送方自行减小了报文段",
          net.log.count(p.client(), s -> s.length > 500 && s.length <= r.count(mtu) - 52) > 0);
      r.equal("and all bytes arrived", "数据全部到达", 20_200L, got.received);
      r.between("in seconds (s)", "只用了数秒", 0, 30, got.doneNanos / 1e9);
    }
  }
}
