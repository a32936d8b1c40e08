package dev.sinew.demos;

import static dev.sinew.demos.Net.MS;
import static dev.sinew.demos.Net.S;

import dev.sinew.base.TcpError;
import dev.sinew.base.TcpState;
import dev.sinew.observe.SendCause;
import dev.sinew.sim.SimHost;
import dev.sinew.sim.SimLink;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Experiments on connections of which one end knows nothing any more. */
final class HalfOpen {
  private HalfOpen() {}

  static final class Crash implements Demo {
    private final Param crash = Param.flag("crash", true, "whether the server crashes", "服务器是否崩溃");

    @Override
    public List<Param> parameters() {
      return List.of(crash);
    }

    @Override
    public void run(Run r) {
      Net.Pair p = r.pair("delay 10ms");
      Net net = p.net();
      net.listen(p.server(), 80);
      End sends = net.connect(p.client(), p.server(), 80);
      sends.onConnected(e -> e.write(100));
      End waits = net.connect(p.client(), p.server(), 80);
      waits.silent = true;
      TcpState[] before = new TcpState[1];
      if (r.on(crash)) {
        net.sim.at(
            5 * S,
            () -> {
              net.log.call(p.server(), "power fails");
              p.server().crash();
            });
        net.sim.at(
            30 * S,
            () -> {
              net.log.call(p.server(), "boots again");
              p.server().reboot();
            });
      }
      net.at(
          60 * S,
          () -> {
            before[0] = sends.tcp.state();
            sends.write(200);
          });
      TcpState[] after = new TcpState[1];
      net.at(3599 * S, () -> after[0] = waits.tcp.state());
      net.at(
          3600 * S,
          () -> {
            net.log.call(p.client(), "the other one still waits to read, and is ended by hand");
            waits.abort();
            if (sends.error == null) {
              sends.abort();
            }
          });
      net.finish();
      r.ladder(net);
      r.equal(
          "for a minute the client believed in the connection: it is half-open",
          "一分钟里客户端一直以为连接还在：这就是半开连接",
          TcpState.ESTABLISHED,
          before[0]);
      r.check(
          "the server sent no word when it lost everything",
          "服务器失去一切时没有发出任何报文",
          net.log.count(p.server(), s -> s.sentNanos > 5 * S && s.sentNanos < 59 * S) == 0);
      List<Seg> resets = net.log.sent(p.server(), s -> s.rst() && s.sentNanos < 100 * S);
      r.equal("the first data draws a RST", "第一个数据报文段引出 RST", 1, resets.size());
      r.equal("so the client learns of it", "客户端由此得知", TcpError.RESET, sends.error);
      r.check(
          "the connection that only reads never learns of it: an hour later it is ESTABLISHED",
          "只读的那条连接永远不会知道：一小时后仍是 ESTABLISHED",
          after[0] == TcpState.ESTABLISHED && sends.error != null);
    }
  }

  static final class Rebooted implements Demo {
    private final Param reboots =
        Param.flag("reboots", true, "whether the server reboots", "服务器是否重启");

    @Override
    public List<Param> parameters() {
      return List.of(reboots);
    }

    @Override
    public void run(Run r) {
      Net.Pair p = r.pair("delay 10ms");
      Net net = p.net();
      Server server = net.listen(p.server(), 80);
      End client = net.connect(p.client(), p.server(), 80).onConnected(e -> e.write(100));
      client.tcp.setKeepAlive(true);
      if (r.on(reboots)) {
        net.sim.at(
            3600 * S,
            () -> {
              net.log.call(p.server(), "reboots");
              p.server().reboot();
            });
      }
      net.at(
          5 * 3600 * S,
          () -> {
            if (client.error == null) {
              client.abort();
            }
          });
      net.runFor(5 * 3600 * S + S);
      if (!r.on(reboots)) {
        net.at(net.sim.now(), () -> server.accepted.forEach(End::abort));
      }
      net.finish();
      r.ladder(net);
      List<Seg> probes = net.log.sent(p.client(), s -> s.caused(SendCause.KEEPALIVE));
      r.equal("one probe is enough", "一次探测就够了", 1, probes.size());
      r.equal(
          "the rebooted host answers with RST",
          "重启过的主机回送 RST",
          1,
          net.log.count(p.server(), Seg::rst));
      r.equal(
          "the connection is reset, not timed out", "连接被复位，而不是超时", TcpError.RESET, client.error);
      r.between("after 7200 s", "在 7200 秒时", 7200, 7201, client.errorNanos / 1e9);
    }
  }

  static final class Translated implements Demo {
    private final Param idle =
        Param.time("nat", "10min", "24h", "how long the translator remembers", "NAT 记忆映射的时长");
    private final Param keepAlive =
        Param.time(
            "keepalive",
            "0s",
            "24h",
            "the client's keepalive interval, 0 for none",
            "客户端的保活间隔，0 为不用");

    @Override
    public List<Param> parameters() {
      return List.of(idle, keepAlive);
    }

    @Override
    public void run(Run r) {
      Result without = talk(r, r.nanos(keepAlive), true);
      Result with = talk(r, 5 * 60 * S, false);
      r.table(
          r.t("keepalive | after an hour of silence", "保活 | 沉默一小时之后"),
          r.t("none", "无") + " | " + without.words(r),
          r.t("each 5 min", "每 5 分钟") + " | " + with.words(r));
      r.check(
          "an hour later the client's request gets nowhere", "一小时后客户端的请求石沉大海", without.answer == 0);
      r.equal(
          "the translator made another mapping: to the server it is no connection, and gets a RST",
          "NAT 新建了另一个映射：对服务器来说这不是任何连接，回以 RST",
          TcpError.RESET,
          without.error);
      r.equal(
          "what the server sends is dropped without a word, until it gives up",
          "服务器发来的数据被悄悄丢弃，直到它放弃",
          TcpError.TIMED_OUT,
          without.serverError);
      r.equal(
          "with keepalive below the translator's limit all is well",
          "保活间隔小于 NAT 时限则一切正常",
          50L,
          with.answer);
    }

    private record Result(long answer, @Nullable TcpError error, @Nullable TcpError serverError) {
      String words(Run r) {
        return answer > 0
            ? r.t("answered", "得到应答")
            : error == null ? "?" : r.t("error: ", "出错：") + error.text();
      }
    }

    private Result talk(Run r, long keepAlive, boolean shown) {
      Net net = r.net();
      SimHost client = net.host("client");
      SimHost server = net.host("server");
      SimHost router = net.router("nat");
      SimLink inside = net.link(client, router, "delay 2ms");
      SimLink outside = net.link(router, server, "delay 10ms");
      net.sim.defaultRoute(client, inside, router);
      net.sim.nat(router, outside).idle(Math.max(S, r.nanos(idle)), 60 * S);
      Server program =
          net.listen(server, 80).onAccept(e -> e.onEof(End::close).onData(x -> x.write(50)));
      End end = net.connect(client, server, 80).onConnected(e -> e.write(100));
      if (keepAlive > 0) {
        end.tcp.setKeepAlive(true);
        end.tcp.setKeepAliveTimes(keepAlive, 75 * S, 10);
      }
      end.tcp.setUserTimeout(60 * S);
      net.at(3600 * S, () -> end.write(100));
      net.at(
          3610 * S,
          () -> {
            program.first().tcp.setUserTimeout(60 * S);
            program.first().write(50);
          });
      long[] answer = new long[1];
      net.at(3605 * S, () -> answer[0] = end.received - 50);
      net.runFor(3700 * S);
      if (shown) {
        r.ladder(net);
      }
      net.at(
          net.sim.now() + MS,
          () -> {
            end.abort();
            program.accepted.forEach(End::abort);
          });
      net.finish();
      return new Result(answer[0], end.error, program.first().error);
    }
  }
}
