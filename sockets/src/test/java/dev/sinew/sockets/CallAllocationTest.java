package dev.sinew.sockets;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.sinew.base.Endpoint;
import dev.sinew.ip.IpAddress;
import dev.sinew.tcp.TcpEndpoint;
import dev.sinew.tcp.TcpListener;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Calls that need not wait leave no garbage, and so do their segments. */
@Timeout(30)
class CallAllocationTest {
  private static final int CALLS = 2_000;
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  /** The body of a loop of which a reading is taken. */
  private interface Step {
    void run() throws Exception;
  }

  /** Bytes that the current thread allocates per step once it is warm. */
  private static double bytesPer(Step step) throws Exception {
    double least = Double.MAX_VALUE;
    // The first rounds also load classes; a compiled method may still allocate what the next,
    // better compiled one does not.
    for (int round = 0; round < 20 && least >= 1; round++) {
      long before = THREADS.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < CALLS; i++) {
        step.run();
      }
      long after = THREADS.getCurrentThreadAllocatedBytes();
      least = Math.min(least, (after - before) / (double) CALLS);
    }
    return least;
  }

  @Test
  void a_write_and_a_read_of_a_socket_allocate_nothing() throws Exception {
    try (RealTimeRunner r = RealTimeRunner.start(Stacks.loopback());
        ServerSocket server = StackSockets.of(r).serverSocketFactory().createServerSocket(7);
        Socket client =
            StackSockets.of(r).socketFactory().createSocket(Literal.of("127.0.0.1"), 7);
        Socket accepted = server.accept()) {
      client.setTcpNoDelay(true);
      OutputStream out = client.getOutputStream();
      InputStream in = accepted.getInputStream();
      byte[] data = new byte[100];
      assertThat(
              bytesPer(() -> {
                out.write(data, 0, 100);
                assertThat100(in.read(data, 0, 100));
              }))
          .isLessThan(1);
    }
  }

  @Test
  void a_write_and_a_read_of_an_endpoint_from_native_memory_allocate_nothing() throws Exception {
    try (RealTimeRunner r = RealTimeRunner.start(Stacks.loopback())) {
      TcpEndpoint[] ends = new TcpEndpoint[2];
      r.run(s -> {
        TcpListener l = Objects.requireNonNull(s.listen(IpAddress.ANY_V4, 7, 5, true, false));
        ends[0] = s.tcp();
        ends[0].setNoDelay(true);
        ends[0].connect(IpAddress.v4(0x7f00_0001), 7);
        s.flush(r.now());
        ends[1] = Objects.requireNonNull(l.accept());
      });
      MemorySegment memory = Arena.ofAuto().allocate(100);
      assertThat(
              bytesPer(() -> {
                r.enter();
                ends[0].write(memory, 0, 100);
                r.exit();
                r.enter();
                assertThat100(ends[1].read(memory, 0, 100));
                r.exit();
              }))
          .isLessThan(1);
    }
  }

  @Test
  void an_endpoint_is_looked_after_without_garbage_when_a_listener_hears_of_it() throws Exception {
    try (RealTimeRunner r = RealTimeRunner.start(Stacks.loopback())) {
      long[] heard = new long[1];
      TcpEndpoint[] ends = new TcpEndpoint[2];
      r.run(s -> {
        TcpListener l = Objects.requireNonNull(s.listen(IpAddress.ANY_V4, 7, 5, true, false));
        ends[0] = s.tcp();
        ends[0].setNoDelay(true);
        ends[0].connect(IpAddress.v4(0x7f00_0001), 7);
        s.flush(r.now());
        ends[1] = Objects.requireNonNull(l.accept());
        ends[1].attach((EndpointListener) (Endpoint _, int _) -> heard[0]++);
      });
      byte[] data = new byte[10];
      assertThat(
              bytesPer(() -> {
                r.enter();
                ends[0].write(data, 0, 10);
                r.exit();
                r.enter();
                ends[1].read(data, 0, 10);
                r.exit();
              }))
          .isLessThan(1);
      assertThat(heard[0]).isGreaterThanOrEqualTo(CALLS);
    }
  }

  /** Without an assertion library in the measured loop. */
  private static void assertThat100(int n) {
    if (n != 100) {
      throw new AssertionError("read " + n);
    }
  }
}
