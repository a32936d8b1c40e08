package dev.sinew.cli.serve;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.time.Clock;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** One UDP service: for each datagram that comes, an answer or none. */
public final class UdpServer implements AutoCloseable {
  /** The largest datagram of either IP version. */
  private static final int MAX_DATAGRAM = 65_527;

  private final DatagramSocket socket;
  private final Answer answer;
  private final Traffic traffic;

  /** Makes the answer to a datagram. */
  @FunctionalInterface
  public interface Answer {
    /**
     * The answer's bytes, or null for none. {@code datagram} holds {@code length} bytes and may be
     * the answer itself, cut or not.
     */
    byte @Nullable [] to(byte[] datagram, int length);
  }

  public UdpServer(DatagramSocket socket, Answer answer, Traffic traffic) {
    this.socket = socket;
    this.answer = answer;
    this.traffic = traffic;
  }

  /** RFC 862. */
  public static Answer echo() {
    return (datagram, length) -> Arrays.copyOf(datagram, length);
  }

  /** RFC 863. */
  public static Answer discard() {
    return (datagram, length) -> null;
  }

  /** RFC 867. */
  public static Answer daytime(Clock clock) {
    return (datagram, length) -> SmallServices.daytimeLine(clock);
  }

  /** RFC 864: one line per datagram, each beginning one character further. */
  public static Answer chargen() {
    byte[] lines = SmallServices.chargenLines(95);
    int[] next = {0};
    return (datagram, length) -> {
      int at = next[0] * SmallServices.LINE;
      next[0] = (next[0] + 1) % 95;
      return Arrays.copyOfRange(lines, at, at + SmallServices.LINE);
    };
  }

  /** Begins to answer, on a thread of its own. */
  public UdpServer start(Threads threads) {
    threads.start(traffic.name(), this::run);
    return this;
  }

  private void run() {
    DatagramPacket packet = new DatagramPacket(new byte[MAX_DATAGRAM], MAX_DATAGRAM);
    while (!socket.isClosed()) {
      try {
        packet.setLength(MAX_DATAGRAM);
        socket.receive(packet);
        traffic.connection();
        traffic.in(packet.getLength());
        byte[] reply =
            isService(packet.getPort()) ? null : answer.to(packet.getData(), packet.getLength());
        if (reply != null) {
          socket.send(new DatagramPacket(reply, reply.length, packet.getSocketAddress()));
          traffic.out(reply.length);
        }
      } catch (IOException e) {
        // One datagram that could not be answered, or close(): the loop's condition tells.
      }
    }
  }

  /**
   * Two such services that answer each other would never stop: a forged source address is enough to
   * begin it.
   */
  static boolean isService(int port) {
    return port == 7 || port == 9 || port == 13 || port == 17 || port == 19 || port == 37;
  }

  @Override
  public void close() {
    socket.close();
  }
}
