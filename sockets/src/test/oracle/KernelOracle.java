import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;

/**
 * What the kernel's sockets throw where routes are missing and peers silent. KernelFailureTest runs it as a program of its own, in a network
 * namespace that it may spoil; it prints a line per case.
 */
class KernelOracle {
  private interface Call {
    void run() throws Exception;
  }

  private static String outcome(Call call) {
    try {
      call.run();
      return "nothing";
    } catch (Exception e) {
      return e.getClass().getName() + ": " + e.getMessage();
    }
  }

  private static void tell(String name, Call call) {
    String outcome = outcome(call);
    synchronized (KernelOracle.class) {
      System.out.println(name + " = " + outcome);
    }
  }

  private static void shell(String command) throws Exception {
    int code = new ProcessBuilder("sh", "-c", command).inheritIO().start().waitFor();
    if (code != 0) {
      throw new IOException("exit " + code + " of: " + command);
    }
  }

  private static void connect(String to) throws IOException {
    try (Socket s = new Socket()) {
      s.connect(new InetSocketAddress(InetAddress.ofLiteral(to), 80));
    }
  }

  private static void send(String to) throws IOException {
    try (DatagramSocket s = new DatagramSocket()) {
      s.setBroadcast(false);
      s.send(new DatagramPacket(new byte[1], 1, InetAddress.ofLiteral(to), 80));
    }
  }

  private static void associate(String to) throws IOException {
    try (DatagramSocket s = new DatagramSocket()) {
      s.connect(new InetSocketAddress(InetAddress.ofLiteral(to), 80));
    }
  }

  public static void main(String[] args) throws Exception {
    shell("echo 1 >/proc/sys/net/ipv4/tcp_syn_retries; echo 2 >/proc/sys/net/ipv4/tcp_retries2");
    shell("ip link add d0 type veth peer name d1");
    shell("ip addr add 10.77.0.1/24 dev d0; ip link set d0 up; ip link set d1 up");
    shell("ip route add unreachable 198.51.100.0/24; ip route add prohibit 203.0.113.0/24");
    // Nobody answers ARP there.
    Thread silent = Thread.ofPlatform().start(() -> tell("connect silent", () -> connect("10.77.0.99")));
    tell("connect no route v4", () -> connect("192.0.2.1"));
    tell("connect no route v6", () -> connect("2001:db8::1"));
    tell("send no route", () -> send("192.0.2.1"));
    tell("associate no route", () -> associate("192.0.2.1"));
    tell("connect unreachable", () -> connect("198.51.100.1"));
    tell("send unreachable", () -> send("198.51.100.1"));
    tell("connect prohibited", () -> connect("203.0.113.1"));
    tell("send broadcast", () -> send("10.77.0.255"));
    ServerSocket listener = new ServerSocket(0, 5, InetAddress.ofLiteral("127.0.0.1"));
    Socket reader = new Socket(listener.getInetAddress(), listener.getLocalPort());
    Socket writer = new Socket(listener.getInetAddress(), listener.getLocalPort());
    listener.accept();
    listener.accept();
    shell("ip link set lo down");
    InputStream in = reader.getInputStream();
    OutputStream out = reader.getOutputStream();
    out.write(1);
    Thread filling =
        Thread.ofPlatform()
            .start(() -> tell("write unacknowledged", () -> writer.getOutputStream().write(new byte[64 << 20])));
    tell("read unacknowledged", in::read);
    tell(
        "read again",
        () -> {
          if (in.read() != -1) {
            throw new IOException("not the end of the stream");
          }
        });
    tell("write afterwards", () -> out.write(1));
    filling.join();
    silent.join();
    System.exit(0);
  }
}
