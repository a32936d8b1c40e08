package dev.sinew.sim;

import dev.sinew.ip.IpAddress;
import dev.sinew.ip.Prefix;
import dev.sinew.wire.TcpHeader;
import java.util.function.Function;

/**
 * Puts packets on one direction of a link at a steady rate, without a stack and without state: a
 * flood of SYNs, a scan, background traffic. They take the direction's delay; its accidents and
 * faults don't touch them.
 */
public final class PacketGenerator {
  private final Simulation simulation;
  private final Direction direction;
  private final Function<NamedRandom, byte[]> maker;
  private final NamedRandom random;
  private final Fault counter;
  private long sentCount;

  PacketGenerator(
      Simulation simulation,
      Direction direction,
      String name,
      Function<NamedRandom, byte[]> maker) {
    this.simulation = simulation;
    this.direction = direction;
    this.maker = maker;
    this.random = simulation.random("generator/" + direction.name() + "/" + name);
    this.counter = simulation.declare(new Fault(direction.name() + ": " + name));
  }

  /**
   * SYNs for a port of {@code victim} from random addresses of {@code sources} (a prefix such as
   * {@code 198.51.100.0/24}), random ports and random sequence numbers.
   */
  static Function<NamedRandom, byte[]> syns(IpAddress victim, int port, String sources) {
    Prefix prefix = Prefix.parse(sources);
    if (prefix == null || prefix.address().isV4() != victim.isV4()) {
      throw new IllegalArgumentException(
          "\"" + sources + "\" is no prefix of the victim's IP version, such as 198.51.100.0/24");
    }
    int hostBits = (victim.isV4() ? 32 : 128) - prefix.length();
    long mask = hostBits >= 64 ? -1L : (1L << hostBits) - 1;
    return random -> {
      long low = prefix.address().low() & ~mask | random.nextLong() & mask;
      long r = random.nextLong();
      return RawPackets.tcp(
          new IpAddress(prefix.address().high(), low),
          1024 + (int) ((r >>> 32) % 60_000 + 60_000) % 60_000,
          victim,
          port,
          (int) r,
          0,
          TcpHeader.SYN,
          65_535);
    };
  }

  /**
   * Sends from {@code from} on, for {@code nanos}.
   *
   * @param perSecond packets a second
   */
  public PacketGenerator send(long perSecond, long from, long nanos) {
    if (perSecond < 1 || perSecond > 1_000_000_000L) {
      throw new IllegalArgumentException("1 to 1,000,000,000 packets a second, not " + perSecond);
    }
    next(1_000_000_000L / perSecond, from, from + nanos);
    return this;
  }

  private void next(long period, long time, long end) {
    if (time >= end) {
      return;
    }
    simulation.fault(
        time,
        () -> {
          sentCount++;
          counter.fired();
          direction.inject(maker.apply(random));
          next(period, time + period, end);
        });
  }

  /** Packets sent so far. */
  public long sentCount() {
    return sentCount;
  }
}
