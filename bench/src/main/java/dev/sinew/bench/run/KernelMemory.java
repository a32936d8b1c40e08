package dev.sinew.bench.run;

import dev.sinew.linux.NetworkNamespace;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What an idle TCP connection's end weighs in the kernel: growth of its slabs per socket, both ends
 * on loopback. Whatever else the machine does meanwhile is counted, too.
 */
final class KernelMemory {
  private static final int CONNECTIONS = 3000; // six thousand descriptors

  private KernelMemory() {}

  static void measure(Options options, Results results, Programs group)
      throws IOException, InterruptedException {
    try (NetworkNamespace n = NetworkNamespace.create("bench-memory")) {
      for (int i = 0; i < options.rounds(); i++) {
        double each = n.call(KernelMemory::bytesEach);
        group.add(results, Programs.ESTABLISHED, Programs.BYTES, Peer.KERNEL.label, each);
      }
    } catch (IOException | InterruptedException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private static double bytesEach() throws IOException {
    List<SocketChannel> ends = new ArrayList<>();
    try (ServerSocketChannel listener =
        ServerSocketChannel.open()
            .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))) {
      open(listener, 100, ends); // what the first ones bring with them
      long before = slabBytes();
      open(listener, CONNECTIONS, ends);
      return (slabBytes() - before) / (2.0 * CONNECTIONS);
    } finally {
      for (SocketChannel s : ends) {
        s.close();
      }
    }
  }

  private static void open(ServerSocketChannel listener, int count, List<SocketChannel> ends)
      throws IOException {
    for (int i = 0; i < count; i++) {
      ends.add(SocketChannel.open(listener.getLocalAddress()));
      ends.add(listener.accept());
    }
  }

  private static long slabBytes() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/meminfo"))) {
      if (line.startsWith("Slab:")) {
        return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
      }
    }
    throw new IOException("/proc/meminfo has no line Slab");
  }
}
