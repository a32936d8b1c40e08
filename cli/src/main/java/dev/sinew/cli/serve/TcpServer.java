package dev.sinew.cli.serve;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.LockSupport;

/**
 * Accepts the connections of one port and gives each a thread. When as many are open as are
 * allowed, further ones wait in the accept queue of the stack.
 */
public final class TcpServer implements AutoCloseable {
  private static final int MAX_CONNECTIONS = 10_000;

  private final ServerSocket listener;
  private final TcpService service;
  private final Traffic traffic;
  private final Threads threads;
  private final Semaphore permits = new Semaphore(MAX_CONNECTIONS);

  /**
   * @param listener bound already; closed with this server
   * @param threads starts a thread of that name
   */
  public TcpServer(ServerSocket listener, TcpService service, Traffic traffic, Threads threads) {
    this.listener = listener;
    this.service = service;
    this.traffic = traffic;
    this.threads = threads;
  }

  /** Begins to accept. */
  public TcpServer start() {
    threads.start(traffic.name() + "-accept", this::acceptAll);
    return this;
  }

  private void acceptAll() {
    while (!listener.isClosed()) {
      try {
        permits.acquire();
        boolean handedOver = false;
        try {
          Socket socket = listener.accept();
          threads.start(traffic.name(), () -> serve(socket));
          handedOver = true;
        } finally {
          if (!handedOver) {
            permits.release();
          }
        }
      } catch (InterruptedException e) {
        return;
      } catch (IOException e) {
        // One connection that broke before it was accepted, or close(): the loop's condition tells.
        LockSupport.parkNanos(
            1_000_000); // should the stack be short of something, it is not asked without pause
      }
    }
  }

  private void serve(Socket socket) {
    traffic.connection();
    try (socket) {
      service.serve(socket, traffic);
    } catch (IOException e) {
      // The client went away, or the stack is closing.
    } finally {
      permits.release();
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
  }
}
