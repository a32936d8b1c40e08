package dev.sinew.demos;

import static dev.sinew.demos.Net.MS;
import static dev.sinew.demos.Net.S;

import dev.sinew.base.Limits;
import dev.sinew.base.Profile;
import dev.sinew.base.ProfileValues;
import dev.sinew.ip.IpAddress;
import dev.sinew.sim.SimHost;
import dev.sinew.sim.SimLink;
import dev.sinew.wire.TcpHeader;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** A flood of forged SYNs, and what each defence is worth to honest clients. */
final class Flood implements Demo {
  private static final int HONEST = 30;
  private static final long PATIENCE = 10 * S;

  private final Param rate =
      Param.count("rate", 100, 0, 2000, "forged SYNs in a second", "每秒伪造的 SYN 数");
  private final Param backlog =
      Param.count("backlog", 128, 1, 100_000, "half-open records of the server", "服务器的半连接队列长度");

  @Override
  public List<Param> parameters() {
    return List.of(rate, backlog);
  }

  @Override
  public void run(Run r) {
    int n = r.count(backlog);
    List<String> labels = new ArrayList<>();
    List<Double> shares = new ArrayList<>();
    double none = row(r, labels, shares, "no defence", "没有防御", v -> v.synCookies = false, n, false);
    double timeout =
        row(
            r,
            labels,
            shares,
            "SYN timeout 3 s instead of 63 s",
            "缩短 SYN 超时（63 秒 → 3 秒）",
            v -> {
              v.synCookies = false;
              v.synAckRetries = 1;
            },
            n,
            false);
    double larger =
        row(
            r,
            labels,
            shares,
            "backlog 64 times as large",
            "半连接队列扩大到 64 倍",
            v -> v.synCookies = false,
            64 * n,
            false);
    double filter =
        row(r, labels, shares, "filter at the gateway", "网关过滤", v -> v.synCookies = false, n, true);
    double cookies = row(r, labels, shares, "SYN cookies", "SYN cookies", v -> {}, n, false);
    r.heading(
        "honest clients that connect within 10 s, while the flood lasts",
        "洪泛期间在 10 秒内连接成功的正常客户端比例");
    r.lines(Chart.bars(labels, shares, 100, " %"));
    r.gap();
    r.between("without a defence hardly anybody gets in", "没有防御时几乎无人能连接", 0, 35, none);
    r.check(
        "a shorter timeout helps, but not all",
        "缩短超时有所改善，但救不了所有人",
        timeout > none && timeout < 100);
    r.check("a larger backlog helps as long as it lasts", "扩大队列在填满之前有效", larger > none);
    r.equal("with a filter everybody gets in", "有网关过滤时全部成功", 100.0, filter);
    r.equal("with cookies everybody gets in", "使用 SYN cookies 时全部成功", 100.0, cookies);
  }

  private double row(
      Run r,
      List<String> labels,
      List<Double> shares,
      String english,
      String chinese,
      Consumer<ProfileValues> change,
      int records,
      boolean filter) {
    double share = flood(r, Profile.STANDARD.with(change), records, filter);
    labels.add(r.t(english, chinese));
    shares.add(share);
    return share;
  }

  /** The share of honest clients that got in, in percent. */
  private double flood(Run r, Profile profile, int records, boolean filter) {
    Net net = r.net();
    net.forging("");
    SimHost client = net.host("client");
    SimHost server = net.host("server", profile, Limits.DEFAULT.with(v -> v.synBacklog = records));
    SimHost gateway = net.router("gateway");
    SimLink inside = net.link(gateway, server, "delay 1ms rate 100mbit");
    SimLink outside = net.link(client, gateway, "delay 20ms rate 100mbit");
    net.sim.defaultRoute(server, inside, gateway);
    net.sim.defaultRoute(client, outside, gateway);
    // Nobody is at the forged addresses: what goes there is lost.
    IpAddress mine = client.address();
    inside
        .from(server)
        .dropAll("answer to nobody", v -> v.isIp() && v.ip().destinationLow != mine.low());
    if (filter) {
      inside
          .from(gateway)
          .dropAll("forged source (RFC 2827)", v -> v.isIp() && v.ip().sourceLow != mine.low());
    }
    net.log.off();
    net.listen(server, 80, 1000).silent(true).onAccept(e -> e.onEof(End::close));
    var random = net.sim.random("flood");
    long flood = 23 * S;
    int gap = r.count(rate) == 0 ? 0 : (int) (S / r.count(rate));
    if (gap > 0) {
      long at = 0;
      for (int i = 0; at < flood; i++) {
        int k = i;
        server.at(at, () -> forge(outside, server, k, (int) random.nextLong()));
        at += gap / 2 + random.nextInt(gap);
      }
    }
    List<End> honest = new ArrayList<>();
    for (int i = 0; i < HONEST; i++) {
      client.at(
          5 * S + i * 250L * MS,
          () -> {
            End e = net.connect(client, server, 80);
            e.silent = true;
            honest.add(e.onConnected(End::close));
          });
    }
    net.finish();
    long in = 0;
    for (int i = 0; i < HONEST; i++) {
      End e = honest.get(i);
      in += e.connected && e.connectedNanos - (5 * S + i * 250L * MS) <= PATIENCE ? 1 : 0;
    }
    return 100.0 * in / HONEST;
  }

  private static void forge(SimLink outside, SimHost server, int n, int number) {
    outside
        .forward()
        .inject(
            Packets.tcp(
                Queues.nobody(n),
                1024 + n % 60_000,
                server.address(),
                80,
                number,
                0,
                TcpHeader.SYN,
                1000,
                new byte[0]));
  }
}
