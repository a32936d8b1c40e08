package dev.sinew.demos;

import static dev.sinew.demos.Net.MS;
import static dev.sinew.demos.Net.S;

import dev.sinew.base.TcpError;
import dev.sinew.ip.IpAddress;
import dev.sinew.sim.Fault;
import dev.sinew.sim.PacketView;
import dev.sinew.wire.TcpHeader;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** More experiments on how connections begin. */
final class Opening2 {
  private Opening2() {}

  static final class Refused implements Demo {
    private final Param listening =
        Param.flag("listening", false, "whether somebody listens", "服务器是否在监听");

    @Override
    public List<Param> parameters() {
      return List.of(listening);
    }

    @Override
    public void run(Run r) {
      Net.Pair p = r.pair("delay 10ms");
      Net net = p.net();
      if (r.on(listening)) {
        net.listen(p.server(), 81);
      }
      End refused = net.connect(p.client(), p.server(), 81);
      Fault[] hole = new Fault[1];
      End[] lost = new End[1];
      net.at(
          2 * S,
          () -> {
            refused.closeNow();
            net.log.call(p.client(), "now a firewall drops SYNs silently");
            hole[0] = p.link().forward().dropAll("SYN", PacketView::isSyn);
            lost[0] = net.connect(p.client(), p.server(), 81);
          });
      net.finish();
      r.ladder(net);
      r.equal(
          "a closed port answers with RST",
          "关闭的端口以 RST 应答",
          1,
          net.log.count(p.server(), Seg::rst));
      r.equal("the connect is refused", "连接被拒绝", TcpError.REFUSED, refused.error);
      r.equal("after one round trip", "只用一个往返时间", 20 * MS, refused.errorNanos);
      r.check("the black hole took every SYN", "黑洞吞掉了所有 SYN", hole[0].firedCount() >= 8);
      r.equal("that connect times out", "这次连接超时", TcpError.TIMED_OUT, lost[0].error);
      r.equal("after 180 s", "耗时 180 秒", 180 * S, lost[0].errorNanos - 2 * S);
    }
  }

  static final class SynData implements Demo {
    private final Param bytes =
        Param.count("bytes", 5, 0, 100, "bytes that the SYN carries", "SYN 携带的字节数");

    @Override
    public List<Param> parameters() {
      return List.of(bytes);
    }

    @Override
    public void run(Run r) {
      int n = r.count(bytes);
      Net.Pair p = r.pair("delay 10ms");
      Net net = p.net();
      net.forging("by hand: ");
      Server server = net.listen(p.server(), 80).onAccept(e -> e.onEof(End::close));
      // A client of our own making, at an address that the host behind the link does not have.
      IpAddress us = Packets.address("10.0.1.77");
      byte[] data =
          "hello, server. this is data on a SYN"
              .repeat(3)
              .substring(0, n)
              .getBytes(StandardCharsets.US_ASCII);
      long[] early = {-1};
      net.at(
          0,
          () ->
              p.link()
                  .forward()
                  .inject(
                      Packets.tcp(
                          us, 5000, p.server().address(), 80, 1000, 0, TcpHeader.SYN, 1000, data)));
      net.at(15 * MS, () -> early[0] = server.accepted.size());
      net.at(
          100 * MS,
          () ->
              p.link()
                  .forward()
                  .inject(
                      Packets.tcp(
                          us,
                          5000,
                          p.server().address(),
                          80,
                          1001,
                          iss(net, p) + 1,
                          TcpHeader.ACK | TcpHeader.PSH,
                          1000,
                          data)));
      net.at(
          300 * MS,
          () ->
              p.link()
                  .forward()
                  .inject(
                      Packets.tcp(
                          us,
                          5000,
                          p.server().address(),
                          80,
                          1001 + n,
                          0,
                          TcpHeader.RST,
                          0,
                          new byte[0])));
      net.finish();
      r.ladder(net);
      Seg answer = net.log.sent(p.server(), Seg::synAck).getFirst();
      r.check("the SYN carried data", "SYN 携带了数据", n > 0);
      r.equal(
          "the server acknowledges the SYN alone, not its data",
          "服务器只确认 SYN 本身，不确认其中的数据",
          1001,
          answer.ack);
      r.equal(
          "nothing was delivered before the handshake was complete",
          "握手完成之前没有交付任何数据",
          0L,
          early[0]);
      r.equal(
          "sent again with the third segment, the data is delivered",
          "数据随第三个报文段再次发送后才交付",
          (long) n,
          server.accepted.isEmpty() ? -1L : server.first().received);
    }

    private static int iss(Net net, Net.Pair p) {
      return net.log.sent(p.server(), Seg::synAck).getFirst().seq;
    }
  }
}
