package dev.sinew.demos;

import static dev.sinew.demos.Net.MS;
import static dev.sinew.demos.Net.S;

import dev.sinew.base.TcpState;
import java.util.List;

/** Opening in three segments, data in both directions, closing in four. */
final class Handshake implements Demo {
  private static final int QUESTION = 10;
  private static final int ANSWER = 9;

  @Override
  public void run(Run r) {
    Net.Pair p = r.pair("delay 10ms");
    Net net = p.net();
    Server server =
        net.listen(p.server(), 8080)
            .onAccept(
                e -> e.onData(x -> x.write(ANSWER)).onEof(x -> net.after(100 * MS, x::close)));
    End client =
        net.connect(p.client(), p.server(), 8080)
            .onConnected(e -> net.after(50 * MS, () -> e.write(QUESTION)))
            .onData(e -> net.after(50 * MS, e::shut))
            .onEof(End::close);
    net.finish();
    r.ladder(net);

    r.equal(
        "the server received what the client wrote",
        "服务器收到了客户端写入的全部字节",
        (long) QUESTION,
        server.first().received);
    r.equal(
        "the client received what the server wrote",
        "客户端收到了服务器写入的全部字节",
        (long) ANSWER,
        client.received);
    List<Seg> up = net.log.sent(p.client(), s -> true);
    List<Seg> down = net.log.sent(p.server(), s -> true);
    boolean opened = up.get(0).syn() && down.get(0).synAck() && up.get(1).pureAck();
    r.check("SYN, SYN-ACK, ACK open the connection", "SYN、SYN-ACK、ACK 三个报文段建立连接", opened);
    r.equal(
        "the server acknowledges the client's ISN + 1",
        "服务器的确认号等于客户端 ISN + 1",
        up.get(0).seq + 1,
        down.get(0).ack);
    r.equal(
        "the client acknowledges the server's ISN + 1",
        "客户端的确认号等于服务器 ISN + 1",
        down.get(0).seq + 1,
        up.get(1).ack);
    r.check(
        "the client is ESTABLISHED one way's delay before the server",
        "客户端先于服务器进入 ESTABLISHED，相差一个单程时延",
        net.log.enteredAt(p.server(), TcpState.ESTABLISHED)
            > net.log.enteredAt(p.client(), TcpState.ESTABLISHED));
    Seg finUp = up.get(up.size() - 2);
    Seg finDown = down.getLast();
    boolean closed =
        finUp.is(0x11)
            && down.get(down.size() - 2).pureAck()
            && finDown.is(0x11)
            && up.getLast().pureAck();
    r.check("FIN, ACK, FIN, ACK close it", "FIN、ACK、FIN、ACK 四个报文段释放连接", closed);
    r.equal(
        "each FIN counts as one number: it is acknowledged with its number + 1",
        "每个 FIN 消耗一个序号：确认号等于 FIN 的序号 + 1",
        List.of(finUp.seq + 1, finDown.seq + 1),
        List.of(down.get(down.size() - 2).ack, up.getLast().ack));
    r.equal(
        "the client's states are those of an active open and an active close",
        "客户端依次经历主动打开与主动关闭的各状态",
        List.of(
            TcpState.CLOSED,
            TcpState.SYN_SENT,
            TcpState.ESTABLISHED,
            TcpState.FIN_WAIT_1,
            TcpState.FIN_WAIT_2,
            TcpState.TIME_WAIT,
            TcpState.CLOSED),
        net.log.states(p.client()));
    r.equal(
        "the server's states are those of a passive open and a passive close",
        "服务器依次经历被动打开与被动关闭的各状态",
        List.of(
            TcpState.LISTEN,
            TcpState.SYN_RECEIVED,
            TcpState.ESTABLISHED,
            TcpState.CLOSE_WAIT,
            TcpState.LAST_ACK,
            TcpState.CLOSED),
        net.log.states(p.server()));
    r.equal(
        "TIME-WAIT lasts 60 s",
        "TIME-WAIT 持续 60 秒",
        60 * S,
        net.log.enteredAt(p.client(), TcpState.CLOSED)
            - net.log.enteredAt(p.client(), TcpState.TIME_WAIT));
    r.equal(
        "nothing was sent twice",
        "没有任何字节被重复发送",
        QUESTION + ANSWER,
        up.stream().mapToInt(s -> s.length).sum() + down.stream().mapToInt(s -> s.length).sum());
  }
}
