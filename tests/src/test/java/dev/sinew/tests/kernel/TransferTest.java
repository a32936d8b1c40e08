package dev.sinew.tests.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.Counter;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** curl against HTTP on the stack: what arrives is what was sent, by its SHA-256. */
@ExtendWith(KernelCases.class)
class TransferTest {
  private static final Map<Integer, String> HASHES = new ConcurrentHashMap<>();

  /** Shared by all cases: one file of each size. */
  @TempDir static Path folder;

  private static Lab open(String offload) throws Exception {
    return offload.equals("on") ? Lab.open() : Lab.openWithoutOffload();
  }

  @ParameterizedTest
  @CsvSource({
    "V4,1,on",
    "V6,1,on",
    "V4,1048576,on",
    "V6,1048576,on",
    "V4,1048576,off",
    "V6,1048576,off",
    "V4,1073741824,on",
    "V6,1073741824,on"
  })
  void curl_downloads(Version v, int size, String offload) throws Exception {
    Path file = file(size);
    try (Lab lab = open(offload).withHttp(folder)) {
      long start = System.nanoTime();
      MessageDigest digest = sha256();
      long bytes = 0;
      Process curl =
          lab.namespace.start(
              new ProcessBuilder("curl", "-sS", "-g", "--max-time", "120", url(v, file)));
      try (InputStream in = curl.getInputStream()) {
        byte[] buffer = new byte[1 << 17];
        for (int n; (n = in.read(buffer)) > 0; bytes += n) {
          digest.update(buffer, 0, n);
        }
        assertThat(curl.waitFor(10, TimeUnit.SECONDS)).isTrue();
      } finally {
        curl.destroyForcibly();
      }
      report(lab, v, "down", size, start);
      assertThat(curl.exitValue()).isZero();
      assertThat(bytes).isEqualTo(size);
      assertThat(hex(digest)).isEqualTo(HASHES.get(size));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "V4,1,on",
    "V6,1,on",
    "V4,1048576,on",
    "V6,1048576,on",
    "V4,1048576,off",
    "V6,1048576,off",
    "V4,1073741824,on",
    "V6,1073741824,on"
  })
  void curl_uploads(Version v, int size, String offload) throws Exception {
    Path file = file(size);
    Path target = Files.createDirectory(folder.resolve("up-" + v + size + offload));
    try (Lab lab = open(offload).withHttp(target)) {
      long start = System.nanoTime();
      Program.Result r =
          lab.run(
              "curl",
              "-sS",
              "-g",
              "--max-time",
              "120",
              "-w",
              "%{http_code}",
              "-T",
              file.toString(),
              url(v, Path.of("copy")));
      report(lab, v, "up", size, start);
      assertThat(r.text()).isEqualTo("201");
      assertThat(r.exitCode()).isZero();
      Path copy = target.resolve("copy");
      assertThat(Files.size(copy)).isEqualTo(size);
      assertThat(hash(copy)).isEqualTo(HASHES.get(size));
      Files.delete(copy);
    }
  }

  private static String url(Version v, Path file) {
    return "http://" + v.urlHost() + "/" + file.getFileName();
  }

  private static void report(Lab lab, Version v, String direction, int size, long start) {
    double seconds = (System.nanoTime() - start) / 1e9;
    if (size > 1 << 20) {
      System.out.printf(
          Locale.ROOT,
          "curl %s %s: %.2f Gbit/s in %.1f s, %d segments sent again%n",
          direction,
          v,
          size * 8e-9 / seconds,
          seconds,
          lab.counter(Counter.TcpRetransSegs));
    }
  }

  /** A file of that size whose bytes differ everywhere; made once. */
  private static Path file(int size) throws Exception {
    Path file = folder.resolve("file-" + size);
    if (!HASHES.containsKey(size)) {
      byte[] block = new byte[1 << 16];
      new java.util.Random(size).nextBytes(block);
      MessageDigest digest = sha256();
      try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file), 1 << 17)) {
        int n;
        for (int at = 0; at < size; at += n) {
          // The same block with its number in it: a lost or repeated block would be seen.
          for (int i = 0; i < 4; i++) {
            block[i] = (byte) (at >>> 16 >>> 8 * i);
          }
          n = Math.min(block.length, size - at);
          digest.update(block, 0, n);
          out.write(block, 0, n);
        }
      }
      HASHES.put(size, hex(digest));
    }
    return file;
  }

  private static String hash(Path file) throws Exception {
    MessageDigest digest = sha256();
    try (InputStream in = Files.newInputStream(file)) {
      byte[] buffer = new byte[1 << 17];
      for (int n; (n = in.read(buffer)) > 0; ) {
        digest.update(buffer, 0, n);
      }
    }
    return hex(digest);
  }

  private static MessageDigest sha256() throws Exception {
    return MessageDigest.getInstance("SHA-256");
  }

  private static String hex(MessageDigest digest) throws IOException {
    return HexFormat.of().formatHex(digest.digest());
  }
}
