package dev.sinew.cli.serve;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.ZonedDateTime;

/**
 * The TCP services that every stack has been tried with since 1983: RFC 862 echo, RFC 863 discard,
 * RFC 867 daytime, RFC 864 chargen.
 */
public final class SmallServices {
  /** Bytes of a line of chargen, CRLF included. */
  static final int LINE = 74;

  private static final int FIRST_CHARACTER = 32;
  private static final int CHARACTERS = 95;

  private SmallServices() {}

  /** Sends back what comes, and its end. */
  public static void echo(Socket socket, Traffic traffic) throws IOException {
    InputStream in = socket.getInputStream();
    OutputStream out = socket.getOutputStream();
    byte[] buffer = new byte[64 * 1024];
    for (int n; (n = in.read(buffer)) > 0; ) {
      traffic.in(n);
      out.write(buffer, 0, n);
      traffic.out(n);
    }
  }

  /** Reads and forgets. */
  public static void discard(Socket socket, Traffic traffic) throws IOException {
    InputStream in = socket.getInputStream();
    byte[] buffer = new byte[64 * 1024];
    for (int n; (n = in.read(buffer)) > 0; ) {
      traffic.in(n);
    }
  }

  /** Sends the date and time as a line. */
  public static TcpService daytime(Clock clock) {
    return (socket, traffic) -> {
      byte[] line = daytimeLine(clock);
      socket.getOutputStream().write(line);
      traffic.out(line.length);
      socket.shutdownOutput();
      socket.setSoTimeout(5_000);
      discard(
          socket,
          traffic); // closing with unread input would reset the connection and could lose the line
    };
  }

  /** Sends lines of characters until the client closes, and forgets what comes. */
  public static TcpService chargen(Threads threads) {
    byte[] pattern = pattern();
    return (socket, traffic) -> {
      threads.start("chargen-input", () -> discardUntilEnd(socket, traffic));
      OutputStream out = socket.getOutputStream();
      while (true) {
        out.write(pattern);
        traffic.out(pattern.length);
      }
    };
  }

  private static void discardUntilEnd(Socket socket, Traffic traffic) {
    try (socket) {
      discard(socket, traffic);
    } catch (IOException e) {
      // The other direction hears of it too.
    }
  }

  static byte[] daytimeLine(Clock clock) {
    return (Dates.daytime(ZonedDateTime.now(clock)) + "\r\n").getBytes(StandardCharsets.US_ASCII);
  }

  /** Lines of chargen in bulk; followed by itself it goes on rightly. */
  public static byte[] pattern() {
    return chargenLines(CHARACTERS * 9);
  }

  /**
   * The first so many lines of RFC 864's pattern: 72 printing characters, each line beginning one
   * further. It repeats after 95.
   */
  static byte[] chargenLines(int count) {
    byte[] lines = new byte[count * LINE];
    for (int i = 0; i < count; i++) {
      int at = i * LINE;
      for (int column = 0; column < LINE - 2; column++) {
        lines[at + column] = (byte) (FIRST_CHARACTER + (i + column) % CHARACTERS);
      }
      lines[at + LINE - 2] = '\r';
      lines[at + LINE - 1] = '\n';
    }
    return lines;
  }
}
