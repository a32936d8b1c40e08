package dev.sinew.bench.run;

import java.util.List;

/**
 * How the device between the two ends is set up, veth and TUN alike.
 *
 * @param offload super-segments may cross it; else each packet is one segment
 * @param mtu bytes
 */
record Config(boolean offload, int mtu) {
  static final Config USUAL = new Config(true, 1500);

  static final List<Config> ALL =
      List.of(USUAL, new Config(true, 9000), new Config(false, 1500), new Config(false, 9000));

  @Override
  public String toString() {
    return mtu + (offload ? " offload" : " plain");
  }
}
