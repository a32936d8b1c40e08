package dev.sinew.bench.run;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * As much of an iperf3 server as its client needs for TCP in one direction: a control connection
 * with one byte for each step, and JSON behind its length; data connections that begin with the
 * same cookie.
 */
final class IperfService {
  static final int PORT = 5201;

  private static final int COOKIE = 37;
  private static final int TEST_START = 1;
  private static final int TEST_RUNNING = 2;
  private static final int TEST_END = 4;
  private static final int PARAM_EXCHANGE = 9;
  private static final int CREATE_STREAMS = 10;
  private static final int EXCHANGE_RESULTS = 13;
  private static final int DISPLAY_RESULTS = 14;

  private static final int BLOCK = 128 << 10;
  private static final int MAX_JSON = 1 << 20;
  private static final Pattern PARALLEL = Pattern.compile("\"parallel\":\\s*(\\d+)");
  private static final Pattern REVERSE = Pattern.compile("\"reverse\":\\s*(true|1)");

  private final ServerSocket listener;

  private IperfService(ServerSocket listener) {
    this.listener = listener;
  }

  /** Serves one test after the other, on a thread of its own. */
  static void start(ServerSocket listener) {
    Thread unused =
        Thread.ofPlatform().daemon().name("iperf3").start(new IperfService(listener)::run);
  }

  private void run() {
    while (!listener.isClosed()) {
      try (Socket control = listener.accept()) {
        test(control);
      } catch (IOException e) {
        // The client went away: the next one may come.
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  private void test(Socket control) throws IOException, InterruptedException {
    control.setTcpNoDelay(true);
    control.setSoTimeout(120_000);
    DataInputStream in = new DataInputStream(control.getInputStream());
    DataOutputStream out = new DataOutputStream(control.getOutputStream());
    in.readFully(new byte[COOKIE]);
    out.write(PARAM_EXCHANGE);
    String parameters = readJson(in);
    Matcher m = PARALLEL.matcher(parameters);
    int count = m.find() ? Integer.parseInt(m.group(1)) : 1;
    boolean sends = REVERSE.matcher(parameters).find();
    out.write(CREATE_STREAMS);
    List<Socket> streams = new ArrayList<>();
    List<AtomicLong> bytes = new ArrayList<>();
    List<Thread> threads = new ArrayList<>();
    try {
      for (int i = 0; i < count; i++) {
        Socket s = listener.accept();
        streams.add(s);
        new DataInputStream(s.getInputStream()).readFully(new byte[COOKIE]);
      }
      out.write(TEST_START);
      out.write(TEST_RUNNING);
      for (Socket s : streams) {
        AtomicLong counter = new AtomicLong();
        bytes.add(counter);
        threads.add(Thread.ofPlatform().daemon().start(() -> move(s, counter, sends)));
      }
      int end = in.read();
      if (end != TEST_END) {
        throw new IOException("iperf3 ended the test with " + end);
      }
      out.write(EXCHANGE_RESULTS);
      String unused = readJson(in);
      writeJson(out, results(bytes));
      out.write(DISPLAY_RESULTS);
      int unusedState = in.read();
    } finally {
      for (Socket s : streams) {
        s.close();
      }
      for (Thread t : threads) {
        t.join();
      }
    }
  }

  private static void move(Socket s, AtomicLong bytes, boolean sends) {
    byte[] block = new byte[BLOCK];
    try {
      if (sends) {
        while (true) {
          s.getOutputStream().write(block);
          bytes.addAndGet(BLOCK);
        }
      }
      for (int n; (n = s.getInputStream().read(block)) >= 0; ) {
        bytes.addAndGet(n);
      }
    } catch (IOException e) {
      // The test is over.
    }
  }

  private static String readJson(DataInputStream in) throws IOException {
    int length = in.readInt();
    if (length < 0 || length > MAX_JSON) {
      throw new IOException("a text of " + length + " bytes");
    }
    return new String(in.readNBytes(length), StandardCharsets.UTF_8);
  }

  private static void writeJson(DataOutputStream out, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    out.writeInt(bytes.length);
    out.write(bytes);
    out.flush();
  }

  /** iperf3 numbers its streams 1, 3, 4, 5 and so on. */
  private static String results(List<AtomicLong> bytes) {
    StringBuilder json =
        new StringBuilder(
            "{\"cpu_util_total\":0,\"cpu_util_user\":0,\"cpu_util_system\":0,"
                + "\"sender_has_retransmits\":0,\"streams\":[");
    for (int i = 0; i < bytes.size(); i++) {
      json.append(i == 0 ? "" : ",")
          .append("{\"id\":")
          .append(i == 0 ? 1 : i + 2)
          .append(",\"bytes\":")
          .append(bytes.get(i).get())
          .append(
              ",\"retransmits\":0,\"jitter\":0,\"errors\":0,\"packets\":0,"
                  + "\"start_time\":0,\"end_time\":1}");
    }
    return json.append("]}").toString();
  }
}
