package orders;

import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import javax.net.SocketFactory;

/** Places orders; when no answer comes in time it connects anew and tries again. */
public class OrderClient {
  private static final int ATTEMPTS = 20;
  private static final int TIMEOUT_MILLIS = 150;

  private final SocketFactory sockets;
  private final InetSocketAddress server;
  private final String name;
  private int orders;

  public OrderClient(SocketFactory sockets, InetSocketAddress server, String name) {
    this.sockets = sockets;
    this.server = server;
    this.name = name;
  }

  /** Places an order. Returns when it is booked. */
  public void order(int amount) throws IOException {
    String id = nextId();
    IOException last = null;
    for (int attempt = 1; attempt <= ATTEMPTS; attempt++) {
      try {
        place(id, amount);
        return;
      } catch (IOException e) {
        last = e;
      }
    }
    throw last;
  }

  protected final String nextId() {
    return name + "-" + ++orders;
  }

  /** One attempt. */
  protected final void place(String id, int amount) throws IOException {
    try (Socket s = sockets.createSocket()) {
      s.setSoTimeout(TIMEOUT_MILLIS);
      s.connect(server, 60_000);
      s.getOutputStream().write(("ORDER " + id + " " + amount + "\n").getBytes(StandardCharsets.US_ASCII));
      var in = new BufferedReader(new InputStreamReader(s.getInputStream(), StandardCharsets.US_ASCII));
      String answer = in.readLine();
      if (answer == null) {
        throw new EOFException("no answer to " + id);
      }
      if (!answer.equals("BOOKED " + id)) {
        throw new IOException("unexpected answer: " + answer);
      }
    }
  }
}
