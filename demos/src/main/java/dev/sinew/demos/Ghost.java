package dev.sinew.demos;

import static dev.sinew.demos.Net.MS;
import static dev.sinew.demos.Net.S;

import dev.sinew.base.TcpState;
import dev.sinew.sim.Direction;
import dev.sinew.sim.PacketView;
import dev.sinew.sim.SimHost;
import dev.sinew.sim.SimObserver;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Why two messages do not make a connection: an old SYN comes after everything is over. Once to the
 * real protocol, once to a toy of two messages over UDP.
 */
final class Ghost implements Demo {
  private final Param late =
      Param.time(
          "late",
          "120s",
          "1h",
          "how late the first SYN arrives; 0 for never",
          "第一个 SYN 迟到多久，0 为永不到达");

  @Override
  public List<Param> parameters() {
    return List.of(late);
  }

  @Override
  public void run(Run r) {
    r.heading("three messages: TCP", "三次握手：TCP");
    real(r);
    r.heading("two messages: a toy protocol", "两次握手：一个玩具协议");
    toy(r);
  }

  private void real(Run r) {
    Net.Pair p = r.pair("delay 10ms");
    Net net = p.net();
    net.log.injected("the old SYN: ");
    byte[][] old = new byte[1][];
    net.sim.observe(
        new SimObserver() {
          @Override
          public void packetSent(long now, Direction d, long number, PacketView packet) {
            if (old[0] == null && packet.isSyn()) {
              old[0] = packet.bytes();
            }
          }
        });
    p.link().forward().drop("the first SYN, which stays on the way", 1, PacketView::isSyn);
    Server server = net.listen(p.server(), 80);
    Opening.shortTalk(p, server, 100);
    int[] queue = new int[1];
    if (r.nanos(late) > 0) {
      net.at(r.nanos(late), () -> p.link().forward().inject(old[0]));
      net.at(r.nanos(late) + 15 * MS, () -> queue[0] = server.listener.synQueueLength());
    }
    net.at(Math.max(r.nanos(late), 200 * S) + S, server::close);
    net.finish();
    r.ladder(net);
    List<Seg> after = net.log.sent(p.server(), s -> s.synAck() && s.sentNanos >= r.nanos(late));
    r.equal("the server answers the old SYN", "服务器应答了旧 SYN", 1, after.size());
    r.equal("it holds a half-open record for it", "半连接队列中为它占用一项", 1, queue[0]);
    List<Seg> resets = net.log.sent(p.client(), Seg::rst);
    r.check(
        "the client, which knows of no such request, answers with RST",
        "客户端并没有这样的请求，回送 RST",
        resets.size() == 1 && !after.isEmpty() && resets.getFirst().seq == after.getFirst().ack);
    r.check(
        "the server goes back to LISTEN; the application never hears of it",
        "服务器回到 LISTEN，应用程序毫不知情",
        server.accepted.size() == 1
            && net.log.states(p.server()).getLast() == TcpState.CLOSED
            && server.listener.synQueueLength() == 0);
  }

  /** CONNECT opens at the server, OK at the client; BYE closes. Numbers name requests. */
  private void toy(Run r) {
    Net net = r.net();
    SimHost client = net.host("client");
    SimHost server = net.host("server");
    net.link(client, server, "delay 10ms");
    List<String> open = new ArrayList<>();
    List<Long> held = new ArrayList<>();
    Dgram s =
        new Dgram(net, server, 9000)
            .onDatagram((self, bytes, n, from, port) -> {
              String text = new String(bytes, 0, n, StandardCharsets.US_ASCII);
              if (text.equals("CONNECT")) {
                open.add(from + ":" + port);
                net.log.call(server, "open: " + open.size() + " connection");
                self.send(from, port, "OK".getBytes(StandardCharsets.US_ASCII));
              } else if (text.equals("BYE")) {
                open.removeLast();
                net.log.call(server, "closed: " + open.size() + " connections");
              }
            });
    Dgram c = new Dgram(net, client, 5000);
    boolean[] wants = new boolean[1];
    c.onDatagram((self, bytes, n, from, port) ->
        net.log.call(client, wants[0] ? "connected" : "OK? I asked for nothing: ignored"));
    wants[0] = true;
    byte[] connect = "CONNECT".getBytes(StandardCharsets.US_ASCII);
    // The first CONNECT is delayed on the way: it is sent below, when it arrives.
    net.log.call(client, "CONNECT (is delayed on the way)");
    net.at(S, () -> c.send(server.address(), 9000, connect));
    net.at(
        2 * S,
        () -> {
          wants[0] = false;
          c.send(server.address(), 9000, "BYE".getBytes(StandardCharsets.US_ASCII));
        });
    long at = Math.max(r.nanos(late), 3 * S);
    if (r.nanos(late) > 0) {
      net.at(at, () -> c.send(server.address(), 9000, connect));
    }
    net.at(at + 3600 * S, () -> held.add((long) open.size()));
    net.runQuiet();
    c.close();
    s.close();
    net.finish();
    r.ladder(net);
    r.equal(
        "an hour later the server still holds a connection that no client has: a ghost",
        "一小时后服务器仍保留着一条客户端并不存在的连接：幽灵连接",
        List.of(1L),
        held);
  }
}
