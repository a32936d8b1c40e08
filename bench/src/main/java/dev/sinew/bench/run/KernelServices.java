package dev.sinew.bench.run;

import dev.sinew.cli.serve.SmallServices;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/** The services on the kernel's sockets: a platform thread for each connection, direct buffers. */
final class KernelServices implements ServerMain.Services {
  private static final int BLOCK = 128 << 10;
  private static final int BACKLOG = 1024;

  private volatile long datagramCount;

  /** Serves one connection to its end. */
  @FunctionalInterface
  private interface Service {
    void serve(SocketChannel s, ByteBuffer block) throws IOException;
  }

  KernelServices() throws IOException {
    listen(ServerMain.ECHO, KernelServices::echo, true);
    listen(ServerMain.ONE_BYTE, KernelServices::oneByte, false);
    listen(ServerMain.DISCARD, KernelServices::discard, true);
    listen(ServerMain.CHARGEN, KernelServices::chargen, true);
    DatagramChannel d = DatagramChannel.open().bind(new InetSocketAddress(ServerMain.DISCARD));
    Thread unused = Thread.ofPlatform().daemon().name("udp").start(() -> count(d));
  }

  private static void listen(int port, Service service, boolean threads) throws IOException {
    ServerSocketChannel listener = ServerSocketChannel.open();
    listener.bind(new InetSocketAddress(port), BACKLOG);
    Thread unused =
        Thread.ofPlatform()
            .daemon()
            .name("port " + port)
            .start(() -> accept(listener, service, threads));
  }

  /** Connections that last have threads; those of one byte are served one after the other. */
  private static void accept(ServerSocketChannel listener, Service service, boolean threads) {
    ByteBuffer block = ByteBuffer.allocateDirect(1);
    while (true) {
      try {
        SocketChannel s = listener.accept();
        s.setOption(StandardSocketOptions.TCP_NODELAY, true);
        if (threads) {
          Thread unused =
              Thread.ofPlatform()
                  .daemon()
                  .start(() -> serve(s, service, ByteBuffer.allocateDirect(BLOCK)));
        } else {
          serve(s, service, block);
        }
      } catch (IOException e) {
        if (!listener.isOpen()) {
          return;
        }
      }
    }
  }

  private static void serve(SocketChannel s, Service service, ByteBuffer block) {
    try (s) {
      service.serve(s, block);
    } catch (IOException e) {
      // The client ends its connections with a RST.
    }
  }

  private static void echo(SocketChannel s, ByteBuffer block) throws IOException {
    while (s.read(block) >= 0) {
      block.flip();
      while (block.hasRemaining()) {
        s.write(block);
      }
      block.clear();
    }
  }

  private static void oneByte(SocketChannel s, ByteBuffer block) throws IOException {
    block.clear();
    s.read(block);
    block.flip();
    s.write(block);
    discard(s, block);
  }

  private static void discard(SocketChannel s, ByteBuffer block) throws IOException {
    block.clear();
    while (s.read(block) >= 0) {
      block.clear();
    }
  }

  private static void chargen(SocketChannel s, ByteBuffer block) throws IOException {
    byte[] lines = SmallServices.pattern();
    while (block.remaining() >= lines.length) {
      block.put(lines);
    }
    block.flip();
    while (s.write(block) >= 0) {
      if (!block.hasRemaining()) {
        block.rewind();
      }
    }
  }

  private void count(DatagramChannel d) {
    ByteBuffer data = ByteBuffer.allocateDirect(2048);
    long count = 0;
    try {
      while (d.receive(data) != null) {
        datagramCount = ++count;
        data.clear();
      }
    } catch (IOException e) {
      // The process ends.
    }
  }

  @Override
  public long segments() {
    return 0;
  }

  @Override
  public long retransmissions() {
    return 0;
  }

  @Override
  public long datagrams() {
    return datagramCount;
  }

  @Override
  public void sendDatagrams(String to, int port, int bytes, long nanos) throws IOException {
    try (DatagramChannel d = DatagramChannel.open()) {
      d.connect(new InetSocketAddress(InetAddress.ofLiteral(to), port));
      ByteBuffer data = ByteBuffer.allocateDirect(bytes);
      for (long begin = System.nanoTime(); System.nanoTime() - begin < nanos; ) {
        for (int i = 0; i < 16; i++) {
          data.clear();
          int unused = d.write(data);
        }
      }
    }
  }

  @Override
  public void close() {
    // Everything ends with the process.
  }
}
