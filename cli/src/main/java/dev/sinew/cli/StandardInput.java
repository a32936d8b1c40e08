package dev.sinew.cli;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Sends this process's standard input to one connection after another, from a thread that may block
 * in it for ever.
 */
final class StandardInput {
  private final boolean halfClose;
  private final Consumer<String> say;
  private final CountDownLatch ended = new CountDownLatch(1);
  private @Nullable Socket target;
  private @Nullable Thread reader;

  /**
   * @param halfClose at its end the connection's output is shut
   * @param say is told what goes wrong
   */
  StandardInput(boolean halfClose, Consumer<String> say) {
    this.halfClose = halfClose;
    this.say = say;
  }

  /** What is read from now on goes to this connection. */
  synchronized void sendTo(Socket socket) {
    target = socket;
    notifyAll();
    if (reader == null) {
      reader = Thread.ofPlatform().daemon().name("stdin").start(this::run);
    } else if (ended.getCount() == 0) {
      finish(socket);
    }
  }

  /** Waits until its end has been read and sent. */
  void awaitEnd() throws InterruptedException {
    ended.await();
  }

  private void run() {
    byte[] buffer = new byte[64 * 1024];
    try (InputStream in = new FileInputStream(FileDescriptor.in)) {
      for (int n; (n = in.read(buffer)) >= 0; ) {
        send(buffer, n);
      }
    } catch (IOException e) {
      say.accept("standard input: " + Failures.oneLine(e));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    synchronized (this) {
      ended.countDown();
      if (target != null) {
        finish(target);
      }
    }
  }

  private void send(byte[] bytes, int length) throws InterruptedException {
    Socket socket;
    synchronized (this) {
      while (target == null) {
        wait();
      }
      socket = target;
    }
    try {
      socket.getOutputStream().write(bytes, 0, length);
    } catch (IOException e) {
      synchronized (this) {
        if (target == socket) {
          target = null; // what follows is for the next connection
        }
      }
      if (!socket.isClosed()) {
        say.accept("sending ended: " + Failures.oneLine(e));
      }
    }
  }

  private void finish(Socket socket) {
    if (halfClose && !socket.isClosed()) {
      try {
        socket.shutdownOutput();
      } catch (IOException e) {
        say.accept("sending ended: " + Failures.oneLine(e));
      }
    }
  }
}
