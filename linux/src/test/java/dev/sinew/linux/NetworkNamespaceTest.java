package dev.sinew.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class NetworkNamespaceTest {
  private static final Path OWN = Path.of("/proc/thread-self/ns/net");

  @Test
  void workRunsInsideAndTheCallerStaysOutside() throws Exception {
    Path before = Files.readSymbolicLink(OWN);
    try (NetworkNamespace ns = Lab.namespaceOrSkip("inside")) {
      Path inside = ns.call(() -> Files.readSymbolicLink(OWN));
      assertThat(inside).isNotEqualTo(before);
      assertThat(ns.call(() -> Files.readSymbolicLink(OWN))).isEqualTo(inside);
      assertThat(Files.readSymbolicLink(OWN)).isEqualTo(before);
    }
  }

  @Test
  void aThreadStartedInsideIsInsideToo() throws Exception {
    try (NetworkNamespace ns = Lab.namespaceOrSkip("threads")) {
      Path[] child = new Path[1];
      Path inside =
          ns.call(() -> {
            Thread t =
                Thread.ofPlatform()
                    .start(() -> {
                      try {
                        child[0] = Files.readSymbolicLink(OWN);
                      } catch (IOException e) {
                        throw new java.io.UncheckedIOException(e);
                      }
                    });
            t.join();
            return Files.readSymbolicLink(OWN);
          });
      assertThat(child[0]).isEqualTo(inside);
    }
  }

  @Test
  void portsAreFreeInsideAndLoopbackIsUp() throws Exception {
    try (NetworkNamespace ns = Lab.namespaceOrSkip("ports");
        ServerSocket outside = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        ServerSocket inside =
            ns.call(() ->
                new ServerSocket(outside.getLocalPort(), 1, InetAddress.getLoopbackAddress()))) {
      assertThat(inside.getLocalPort()).isEqualTo(outside.getLocalPort());
      assertThat(Lab.run(ns, "ping", "-c", "1", "-w", "20", "127.0.0.1")).endsWith("exit 0");
    }
  }

  @Test
  void programsStartInside() throws Exception {
    try (NetworkNamespace ns = Lab.namespaceOrSkip("programs")) {
      String out = Lab.run(ns, "readlink", "/proc/self/ns/net");
      assertThat(out)
          .startsWith(ns.call(() -> Files.readSymbolicLink(OWN)).toString())
          .endsWith("exit 0");
      assertThatThrownBy(() -> ns.start(new ProcessBuilder("/no/such/program")))
          .isInstanceOf(IOException.class);
    }
  }

  @Test
  void whatTheWorkThrowsComesOutUnchanged() throws Exception {
    try (NetworkNamespace ns = Lab.namespaceOrSkip("throws")) {
      IOException planned = new IOException("planned");
      assertThatThrownBy(() ->
              ns.call(() -> {
                throw planned;
              }))
          .isSameAs(planned);
      assertThatThrownBy(() ->
              ns.call(() -> {
                throw new StackOverflowError("planned");
              }))
          .isInstanceOf(StackOverflowError.class);
    }
  }

  @Test
  void anInterruptOfTheCallerReachesTheWorkAndIsKept() throws Exception {
    try (NetworkNamespace ns = Lab.namespaceOrSkip("interrupt")) {
      Thread.currentThread().interrupt();
      String result =
          ns.call(() -> {
            try {
              new CountDownLatch(1).await();
              return "not interrupted";
            } catch (InterruptedException e) {
              return "interrupted";
            }
          });
      assertThat(Thread.interrupted()).isTrue();
      assertThat(result).isEqualTo("interrupted");
    }
  }

  @Test
  void aNamedNamespaceIsOpenedByNameAndAnyByPath() throws Exception {
    Lab.namespaceOrSkip("named").close();
    String name = "sw-linux-" + ProcessHandle.current().pid();
    assertThat(new ProcessBuilder("ip", "netns", "add", name).start().waitFor()).isZero();
    try (NetworkNamespace named = NetworkNamespace.open(name);
        NetworkNamespace path = NetworkNamespace.open("/proc/self/ns/net")) {
      assertThat(path.call(() -> Files.readSymbolicLink(OWN)))
          .isEqualTo(Files.readSymbolicLink(OWN));
      assertThat(named.call(() -> Files.readSymbolicLink(OWN)))
          .isNotEqualTo(Files.readSymbolicLink(OWN));
    } finally {
      new ProcessBuilder("ip", "netns", "del", name).start().waitFor();
    }
  }

  @Test
  void aFileThatIsNoNamespaceIsRefused() throws Exception {
    Lab.namespaceOrSkip("no-file").close();
    try (NetworkNamespace wrong = NetworkNamespace.open("/etc/hostname")) {
      assertThatThrownBy(() -> wrong.call(() -> 0))
          .isInstanceOf(LinkException.class)
          .hasMessageContaining("no network namespace");
    }
  }

  @Test
  void aClosedNamespaceIsNotEntered() throws Exception {
    NetworkNamespace ns = Lab.namespaceOrSkip("closed");
    ns.close();
    ns.close();
    assertThatThrownBy(() -> ns.call(() -> 0))
        .isInstanceOf(LinkException.class)
        .hasMessageContaining("closed");
  }

  @Test
  void aVirtualThreadDoesNotMoveItsCarrier() throws Exception {
    try (NetworkNamespace ns = Lab.namespaceOrSkip("virtual")) {
      Throwable[] thrown = new Throwable[1];
      Thread.ofVirtual()
          .start(() -> {
            try {
              ns.enter();
            } catch (Throwable t) {
              thrown[0] = t;
            }
          })
          .join();
      assertThat(thrown[0]).isInstanceOf(IllegalStateException.class);
      // But it may use the namespace like everybody.
      Path[] seen = new Path[1];
      Thread.ofVirtual()
          .start(() -> {
            try {
              seen[0] = ns.call(() -> Files.readSymbolicLink(OWN));
            } catch (Exception e) {
              thrown[0] = e;
            }
          })
          .join();
      assertThat(seen[0]).isEqualTo(ns.call(() -> Files.readSymbolicLink(OWN)));
    }
  }
}
