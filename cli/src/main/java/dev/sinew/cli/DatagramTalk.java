package dev.sinew.cli;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * nc over UDP: each read from standard input is a datagram. A socket that is not connected talks
 * with whoever writes to it first.
 */
final class DatagramTalk {
  private static final int MAX_DATAGRAM = 65_527;

  /** As much as nc reads at once. */
  private static final int MAX_SENT = 16_384;

  private final DatagramSocket socket;
  private final Consumer<String> say;
  private final CountDownLatch hasPeer = new CountDownLatch(1);
  private volatile @Nullable SocketAddress peer;

  private DatagramTalk(DatagramSocket socket, Consumer<String> say) {
    this.socket = socket;
    this.say = say;
    if (socket.isConnected()) {
      peer(socket.getRemoteSocketAddress());
    }
  }

  /**
   * @param timeoutMillis end when nothing comes for so long; 0 for never
   * @return an exit code
   */
  static int run(DatagramSocket socket, int timeoutMillis, Consumer<String> say)
      throws IOException {
    DatagramTalk talk = new DatagramTalk(socket, say);
    Thread.ofPlatform().daemon().name("stdin").start(talk::send);
    return talk.receive(timeoutMillis);
  }

  private int receive(int timeoutMillis) throws IOException {
    OutputStream out = new FileOutputStream(FileDescriptor.out);
    DatagramPacket packet = new DatagramPacket(new byte[MAX_DATAGRAM], MAX_DATAGRAM);
    socket.setSoTimeout(timeoutMillis);
    boolean any = false;
    while (true) {
      packet.setLength(MAX_DATAGRAM);
      try {
        socket.receive(packet);
      } catch (SocketTimeoutException e) {
        return any ? ExitCode.OK : ExitCode.NEGATIVE;
      } catch (PortUnreachableException e) {
        throw new IOException("nobody listens there: " + Failures.oneLine(e), e);
      }
      any = true;
      if (peer == null) {
        say.accept("talking with " + PortScan.text((InetSocketAddress) packet.getSocketAddress()));
        peer(packet.getSocketAddress());
      }
      out.write(packet.getData(), 0, packet.getLength());
    }
  }

  private void peer(SocketAddress address) {
    peer = address;
    hasPeer.countDown();
  }

  private void send() {
    byte[] buffer = new byte[MAX_SENT];
    try {
      hasPeer.await();
      InputStream in = new FileInputStream(FileDescriptor.in);
      for (int n; (n = in.read(buffer)) >= 0; ) {
        socket.send(new DatagramPacket(buffer, n, peer));
      }
    } catch (IOException e) {
      say.accept("sending ended: " + Failures.oneLine(e));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
