package dev.sinew.cli;

import dev.sinew.ip.NetworkInterface;
import dev.sinew.ip.Prefix;
import dev.sinew.neighbor.AddressState;
import dev.sinew.neighbor.Neighborhood;
import dev.sinew.sockets.RealTimeRunner;
import dev.sinew.wire.EthernetHeader;
import java.util.ArrayList;
import java.util.List;

/** Waits until a stack on an interface knows that its addresses are nobody else's. */
final class OwnAddresses {
  private static final long LOOK_AGAIN_MILLIS = 20;
  private static final long WORTH_A_WORD_MILLIS = 300;

  private OwnAddresses() {}

  /**
   * Returns when all addresses may be used.
   *
   * @throws CliException when one is somebody else's
   */
  static void await(RealTimeRunner runner, NetworkInterface itf, Console console, String name)
      throws CliException {
    long begin = System.nanoTime();
    boolean said = false;
    while (true) {
      List<Prefix> open = new ArrayList<>();
      List<String> taken = new ArrayList<>();
      runner.run(stack -> look(itf, open, taken));
      if (!taken.isEmpty()) {
        throw new CliException(
            ExitCode.ENVIRONMENT,
            String.join(" and ", taken) + ": choose another --addr, or end the other");
      }
      if (open.isEmpty()) {
        return;
      }
      if (!said && System.nanoTime() - begin > WORTH_A_WORD_MILLIS * 1_000_000) {
        said = true;
        console.say(
            "sinew "
                + name
                + ": asking whether somebody has the addresses, up to 7 s (--conflict-check off does not)");
      }
      try {
        Thread.sleep(LOOK_AGAIN_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  private static void look(NetworkInterface itf, List<Prefix> open, List<String> taken) {
    for (Prefix p : itf.configuredAddresses()) {
      AddressState state = itf.addressState(p.address());
      Neighborhood n = itf.neighborhood();
      if (state == AddressState.TENTATIVE) {
        open.add(p);
      } else if (state == AddressState.DUPLICATE && n != null) {
        taken.add(
            p.address()
                + " is in use by "
                + EthernetHeader.text(n.rival(p.address().high(), p.address().low())));
      }
    }
  }
}
