package dev.sinew.bench.run;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * iperf3's client: against its own server on the kernel's side, against {@link IperfService} on
 * ours.
 */
record IperfLoad(boolean receive) implements Load {
  private static final Pattern RECEIVED =
      Pattern.compile("\"sum_received\":\\s*\\{[^}]*\"bits_per_second\":\\s*([0-9.e+]+)");
  private static final Pattern ERROR = Pattern.compile("\"error\":\\s*\"([^\"]*)\"");

  /** Why it can't be measured; empty when it can. */
  static String missing() {
    return Commands.has("iperf3") ? "" : "iperf3 is not installed (Debian: apt install iperf3)";
  }

  @Override
  public String name() {
    return receive ? "receive" : "send";
  }

  @Override
  public List<Metric> metrics() {
    return List.of(Metric.GBITS);
  }

  @Override
  public double[] run(ServerProcess server, Window window)
      throws IOException, InterruptedException {
    Place place = server.place();
    Process daemon = null;
    boolean own = place.server() != place.client();
    if (own) {
      daemon =
          place
              .server()
              .start(
                  new ProcessBuilder("timeout", "120", "iperf3", "-s", "-1")
                      .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                      .redirectError(ProcessBuilder.Redirect.DISCARD));
      Thread.sleep(300); // until it listens
    }
    try {
      if (!own) {
        window.begin();
      }
      String out = client(place, Math.max(1, Math.round(window.lengthNanos / 1e9)));
      if (!own) {
        window.end();
      }
      Matcher m = RECEIVED.matcher(out);
      if (!m.find()) {
        Matcher e = ERROR.matcher(out);
        throw new IOException("iperf3: " + (e.find() ? e.group(1) : "no result"));
      }
      return new double[] {Double.parseDouble(m.group(1)) / 1e9};
    } finally {
      if (daemon != null) {
        daemon.destroy();
        daemon.waitFor();
      }
    }
  }

  private String client(Place place, long seconds) throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of(
                "timeout",
                String.valueOf(seconds + 20),
                "iperf3",
                "-c",
                place.serverV4().getHostAddress(),
                "-t",
                String.format(Locale.ROOT, "%d", seconds),
                "-J"));
    if (!receive) {
      command.add("-R");
    }
    Process p = place.client().start(new ProcessBuilder(command).redirectErrorStream(true));
    String out = new String(p.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    int unused = p.waitFor();
    return out;
  }
}
