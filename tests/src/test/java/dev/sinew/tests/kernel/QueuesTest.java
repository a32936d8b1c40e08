package dev.sinew.tests.kernel;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.Endpoint;
import dev.sinew.base.TcpError;
import dev.sinew.ip.IpAddress;
import dev.sinew.sockets.EventHandler;
import dev.sinew.sockets.RealTimeRunner;
import dev.sinew.tcp.TcpEndpoint;
import dev.sinew.tcp.TcpListener;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Several connections that bring as much as they can, over a device with several queues: the
 * kernel's flows are spread, no byte is lost or changed by it, and one queue does again when little
 * comes.
 */
@ExtendWith(KernelCases.class)
class QueuesTest {
  private static final int CONNECTIONS = 8;
  private static final int PORT = 5000;

  /** Each sends so much at least, and goes on until it was seen that flows are spread. */
  private static final long LEAST_BYTES = 64L << 20;

  private static final long MOST_BYTES = 4L << 30;

  /** Every stream is this again and again. */
  private static final byte[] PATTERN = new byte[1 << 20];

  static {
    new Random(1).nextBytes(PATTERN);
  }

  private final AtomicReference<@Nullable String> wrong = new AtomicReference<>();
  private final AtomicBoolean spread = new AtomicBoolean();

  /** Looks at each byte, on the driver's threads, then says how many there were. */
  private final class Checking implements EventHandler {
    private final RealTimeRunner runner;
    private final Map<Endpoint, Long> positions = new HashMap<>();
    private final byte[] buffer = new byte[256 * 1024];

    Checking(RealTimeRunner runner) {
      this.runner = runner;
    }

    @Override
    public void onAccept(TcpListener listener) {
      runner.run(s -> {
        for (TcpEndpoint e = listener.accept(); e != null; e = listener.accept()) {
          positions.put(e, 0L);
          runner.handle(e, this);
        }
      });
    }

    @Override
    public void onReadable(Endpoint endpoint) {
      TcpEndpoint e = (TcpEndpoint) endpoint;
      runner.run(s -> {
        long position = Objects.requireNonNullElse(positions.get(e), 0L);
        int n = e.read(buffer, 0, buffer.length);
        for (; n > 0; n = e.read(buffer, 0, buffer.length)) {
          check(position, n);
          position += n;
        }
        positions.put(e, position);
        if (n == TcpError.END_OF_STREAM.code()) {
          byte[] answer = Long.toString(position).getBytes(ISO_8859_1);
          int written = e.write(answer, 0, answer.length);
          if (written != answer.length) {
            wrong.compareAndSet(null, "the answer could not be written: " + written);
          }
          e.close();
        }
      });
    }

    private void check(long position, int length) {
      for (int i = 0; i < length; ) {
        int from = (int) (position + i) & (PATTERN.length - 1);
        int n = Math.min(length - i, PATTERN.length - from);
        if (Arrays.mismatch(buffer, i, i + n, PATTERN, from, from + n) >= 0) {
          wrong.compareAndSet(null, "a byte from " + (position + i) + " on");
        }
        i += n;
      }
    }
  }

  private long send(Socket s) throws IOException {
    OutputStream out = s.getOutputStream();
    long position = 0;
    while (position < LEAST_BYTES || (!spread.get() && position < MOST_BYTES)) {
      out.write(PATTERN);
      position += PATTERN.length;
    }
    s.shutdownOutput();
    return position;
  }

  private static String device(Lab lab) throws Exception {
    return lab.must("ip", "-d", "link", "show", Lab.DEVICE);
  }

  @ParameterizedTest
  @EnumSource
  void many_flows_are_spread_and_no_byte_is_wrong(Version v) throws Exception {
    try (Lab lab = Lab.openWithQueues(2)) {
      lab.runner.run(stack -> {
        TcpListener listener =
            Objects.requireNonNull(
                stack.listen(IpAddress.parse(v.stack), PORT, CONNECTIONS, true, false));
        lab.runner.handle(listener, new Checking(lab.runner));
      });
      assertThat(device(lab)).contains("numqueues 1 numdisabled 1");
      List<Socket> sockets = new ArrayList<>();
      List<CompletableFuture<Long>> senders = new ArrayList<>();
      for (int i = 0; i < CONNECTIONS; i++) {
        sockets.add(lab.kernelSocket(v.stack(PORT)));
      }
      for (Socket s : sockets) {
        CompletableFuture<Long> sent = new CompletableFuture<>();
        Thread.ofPlatform()
            .daemon()
            .start(() -> {
              try {
                sent.complete(send(s));
              } catch (IOException e) {
                sent.completeExceptionally(e);
              }
            });
        senders.add(sent);
      }
      Waiting.until(
          "flows in both queues", 60, () -> device(lab), text -> text.contains("numqueues 2"));
      spread.set(true);
      for (int i = 0; i < CONNECTIONS; i++) {
        long sent = Waiting.get(senders.get(i), 60);
        assertThat(new String(sockets.get(i).getInputStream().readAllBytes(), ISO_8859_1))
            .isEqualTo(Long.toString(sent));
      }
      assertThat(wrong.get()).isNull();
      // What little comes now shows the stack that one thread is enough.
      Waiting.until(
          "one queue again",
          20,
          () -> {
            Thread.sleep(120);
            lab.kernelSocket(v.stack(PORT)).close();
            return device(lab);
          },
          text -> text.contains("numqueues 1"));
    }
  }
}
