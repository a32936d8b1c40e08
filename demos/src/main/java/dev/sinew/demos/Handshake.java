package dev.sinew.demos;

import dev.sinew.base.TcpState;
import dev.sinew.sim.Direction;
import dev.sinew.sim.PacketView;
import dev.sinew.sim.SimObserver;
import dev.sinew.wire.Segment;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Opening in three segments, data in both directions, closing in four. */
final class Handshake implements Demo {
  private static final String QUESTION = "GET /time\n";
  private static final String ANSWER = "12:00:00\n";
  private static final int PORT = 8080;

  @Override
  public String name() {
    return "handshake";
  }

  @Override
  public String title() {
    return "A connection from its first segment to its last: three to open, data, four to close";
  }

  @Override
  public String explanation() {
    return """
    Opening. Each end chooses a number at which the numbering of its bytes begins (its ISN), tells it in a SYN, and hears it acknowledged: four \
    messages, of which the middle two travel as one. So both ends have agreed on two origins, and that is all a connection is (RFC 9293 section \
    3.5). The SYN counts as one number, which is why the first byte of data has number 1 here; the ladder counts from each end's ISN.

    The client is ESTABLISHED when the SYN-ACK arrives, the server only when the third segment does: not before then can it know that the \
    client has heard its ISN.

    Data. An acknowledgment names the next byte that is expected. It travels with data where there is some to send.

    Closing. Each direction is closed by itself: FIN, which counts as one number too, and its ACK. Here the server goes on for a while after the \
    client's FIN (half-close), so the close takes four segments; a server that has nothing more to say joins its ACK and its FIN, and then it takes \
    three. The end that closes first stays in TIME-WAIT for twice the maximum segment lifetime, 60 s here, to acknowledge the FIN again should its \
    last ACK be lost, and to let old segments die (section 3.6.1 and figure 5).\
    """;
  }

  /** A segment that was sent. */
  private record Sent(boolean byClient, int flags, int seq, int ack, int length) {
    boolean is(boolean client, int wanted) {
      return byClient == client && (flags & 0x17) == wanted;
    }
  }

  @Override
  public void run(DemoRun run) throws Exception {
    List<Sent> sent = new ArrayList<>();
    run.sim.observe(
        new SimObserver() {
          @Override
          public void packetSent(long now, Direction direction, long number, PacketView packet) {
            if (packet.isTcp()) {
              Segment s = packet.tcp();
              sent.add(
                  new Sent(direction.from() == run.client, s.flags, s.seq, s.ack, s.dataLength));
            }
          }
        });
    String[] heard = new String[2];
    run.server.start("server", () -> serve(run, heard));
    run.client.start("client", () -> talk(run, heard));
    run.sim.run();
    run.sim.finish();

    run.checkEqual("the server received what the client wrote", QUESTION, heard[0]);
    run.checkEqual("the client received what the server wrote", ANSWER, heard[1]);
    checkSegments(run, sent);
    run.checkEqual(
        "the client's states are those of an active open and an active close",
        List.of(
            TcpState.CLOSED,
            TcpState.SYN_SENT,
            TcpState.ESTABLISHED,
            TcpState.FIN_WAIT_1,
            TcpState.FIN_WAIT_2,
            TcpState.TIME_WAIT,
            TcpState.CLOSED),
        run.ladder.states(run.client));
    run.checkEqual(
        "the server's states are those of a passive open and a passive close",
        List.of(
            TcpState.LISTEN,
            TcpState.SYN_RECEIVED,
            TcpState.ESTABLISHED,
            TcpState.CLOSE_WAIT,
            TcpState.LAST_ACK,
            TcpState.CLOSED),
        run.ladder.states(run.server));
    long timeWait =
        run.ladder.enteredAt(run.client, TcpState.CLOSED)
            - run.ladder.enteredAt(run.client, TcpState.TIME_WAIT);
    run.checkEqual("TIME-WAIT lasts 60 s", 60_000_000_000L, timeWait);
  }

  private static void serve(DemoRun run, String[] heard) throws Exception {
    try (ServerSocket listener =
            run.server.sockets().serverSocketFactory().createServerSocket(PORT);
        Socket s = listener.accept()) {
      run.call(run.server, "accept()");
      heard[0] =
          new String(s.getInputStream().readNBytes(QUESTION.length()), StandardCharsets.US_ASCII);
      run.call(run.server, "write(" + ANSWER.length() + ")");
      s.getOutputStream().write(ANSWER.getBytes(StandardCharsets.US_ASCII));
      int end = s.getInputStream().read();
      run.call(run.server, "read() = " + end);
      run.server.runner().sleep(100_000_000);
      run.call(run.server, "close()");
    }
  }

  private static void talk(DemoRun run, String[] heard) throws Exception {
    try (Socket s = run.client.sockets().socket()) {
      run.call(run.client, "connect()");
      s.connect(
          new InetSocketAddress(InetAddress.getByAddress(run.server.address().bytes()), PORT));
      run.client.runner().sleep(50_000_000);
      run.call(run.client, "write(" + QUESTION.length() + ")");
      s.getOutputStream().write(QUESTION.getBytes(StandardCharsets.US_ASCII));
      heard[1] =
          new String(s.getInputStream().readNBytes(ANSWER.length()), StandardCharsets.US_ASCII);
      run.client.runner().sleep(50_000_000);
      run.call(run.client, "shutdownOutput()");
      s.shutdownOutput();
      int end = s.getInputStream().read();
      run.call(run.client, "read() = " + end);
      run.call(run.client, "close()");
    }
  }

  private static void checkSegments(DemoRun run, List<Sent> sent) {
    boolean opened =
        sent.size() >= 3
            && sent.get(0).is(true, 0x02)
            && sent.get(1).is(false, 0x12)
            && sent.get(2).is(true, 0x10);
    run.check("SYN, SYN-ACK, ACK open the connection", opened);
    if (opened) {
      run.checkEqual(
          "the server acknowledges the client's ISN + 1", sent.get(0).seq + 1, sent.get(1).ack);
      run.checkEqual(
          "the client acknowledges the server's ISN + 1", sent.get(1).seq + 1, sent.get(2).ack);
    }
    int n = sent.size();
    boolean closed =
        n >= 7
            && sent.get(n - 4).is(true, 0x11)
            && sent.get(n - 3).is(false, 0x10)
            && sent.get(n - 2).is(false, 0x11)
            && sent.get(n - 1).is(true, 0x10);
    run.check("FIN, ACK, FIN, ACK close it", closed);
    if (closed) {
      run.checkEqual(
          "the server acknowledges the client's FIN", sent.get(n - 4).seq + 1, sent.get(n - 3).ack);
      run.checkEqual(
          "the client acknowledges the server's FIN", sent.get(n - 2).seq + 1, sent.get(n - 1).ack);
    }
    run.checkEqual(
        "nothing was sent twice",
        QUESTION.length() + ANSWER.length(),
        sent.stream().mapToInt(Sent::length).sum());
  }
}
