package dev.sinew.bench.run;

import com.sun.management.ThreadMXBean;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;

/**
 * The serving process: {@code ServerMain kernel|adaptive|block|spin offload|plain MTU}. Says {@code
 * ready}, answers the lines {@code figures} and {@code send ADDRESS PORT BYTES NANOS}, and ends
 * with its input.
 */
public final class ServerMain {
  static final int ECHO = 7;
  static final int ONE_BYTE = 8;
  static final int DISCARD = 9;
  static final int CHARGEN = 19;

  /** What the two kinds of server have in common. */
  interface Services extends AutoCloseable {
    long segments();

    long retransmissions();

    long datagrams();

    void sendDatagrams(String to, int port, int bytes, long nanos) throws IOException;

    @Override
    void close();
  }

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private ServerMain() {}

  public static void main(String[] args) throws Exception {
    try (Services services = open(args)) {
      System.out.println("ready");
      BufferedReader in =
          new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
      for (String line; (line = in.readLine()) != null; ) {
        String[] words = line.split(" ");
        if (words[0].equals("send")) {
          services.sendDatagrams(
              words[1],
              Integer.parseInt(words[2]),
              Integer.parseInt(words[3]),
              Long.parseLong(words[4]));
          System.out.println("sent");
        } else {
          System.out.println(figures(services).line());
        }
      }
    } catch (IOException e) {
      System.out.println(e.getMessage());
      System.exit(4);
    }
    System.exit(0);
  }

  private static Services open(String[] args) throws Exception {
    return args[0].equals("kernel")
        ? new KernelServices()
        : new StackServices(args[0], args[1].equals("offload"), Integer.parseInt(args[2]));
  }

  private static Figures figures(Services services) {
    long collections = 0;
    for (GarbageCollectorMXBean gc : ManagementFactory.getGarbageCollectorMXBeans()) {
      collections += Math.max(0, gc.getCollectionCount());
    }
    return new Figures(
        collections,
        THREADS.getTotalThreadAllocatedBytes(),
        services.segments(),
        services.retransmissions(),
        services.datagrams());
  }
}
