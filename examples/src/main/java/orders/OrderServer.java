package orders;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Executor;
import javax.net.ServerSocketFactory;

/**
 * Takes orders, a line each: {@code ORDER id amount}, answered with {@code BOOKED id}. An order that
 * comes again under the same id is answered again and booked once.
 */
public final class OrderServer implements Runnable {
  private final ServerSocketFactory sockets;
  private final int port;
  private final Executor connections;
  private final Map<String, Integer> booked = new LinkedHashMap<>();

  public OrderServer(ServerSocketFactory sockets, int port, Executor connections) {
    this.sockets = sockets;
    this.port = port;
    this.connections = connections;
  }

  /** Accepts connections until the socket fails. */
  @Override
  public void run() {
    try (ServerSocket listener = sockets.createServerSocket(port)) {
      while (true) {
        Socket client = listener.accept();
        connections.execute(() -> serve(client));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void serve(Socket client) {
    try (client) {
      var in =
          new BufferedReader(new InputStreamReader(client.getInputStream(), StandardCharsets.US_ASCII));
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        String[] words = line.split(" ");
        synchronized (booked) {
          booked.putIfAbsent(words[1], Integer.parseInt(words[2]));
        }
        client.getOutputStream().write(("BOOKED " + words[1] + "\n").getBytes(StandardCharsets.US_ASCII));
      }
    } catch (IOException e) {
      // The client has gone; what it ordered is booked.
    }
  }

  /** What was booked: amounts by order id. */
  public Map<String, Integer> booked() {
    synchronized (booked) {
      return Map.copyOf(booked);
    }
  }
}
