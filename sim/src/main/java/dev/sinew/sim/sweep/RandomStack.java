package dev.sinew.sim.sweep;

import dev.sinew.base.Limits;
import dev.sinew.base.Profile;
import org.jspecify.annotations.Nullable;

/** Random settings of a stack: every option on and off, buffers from tiny to large. */
final class RandomStack {
  private static final long MS = 1_000_000;

  private RandomStack() {}

  static Profile profile(Draws d, @Nullable Profile only) {
    Profile base = only != null ? only : d.pick(Profile.STANDARD, Profile.LINUX, Profile.FREEBSD);
    if (d.chance(0.3)) {
      return base;
    }
    return base.with(v -> {
      v.sack = d.chance(0.8);
      v.timestamps = d.chance(0.7);
      v.windowScale = d.chance(0.8);
      v.rack = d.chance(0.7);
      v.tailLossProbe = d.chance(0.7);
      v.prr = d.chance(0.7);
      v.dsack = d.chance(0.7);
      v.undo = d.chance(0.7);
      v.congestionControl = d.pick("reno", "cubic", "bbr");
      v.hyStart = d.chance(0.5);
      v.pacing = d.chance(0.5);
      v.ecn = d.pick(Profile.Ecn.OFF, Profile.Ecn.ANSWER, Profile.Ecn.REQUEST);
      v.accEcn = d.chance(0.5);
      v.mtuProbing =
          d.pick(Profile.MtuProbing.OFF, Profile.MtuProbing.BLACK_HOLE, Profile.MtuProbing.ALWAYS);
      v.autoTuneReceive = d.chance(0.5);
      v.autoTuneSend = d.chance(0.5);
      v.fastOpenServer = d.chance(0.3);
      v.initialWindowSegments = d.pick(1, 3, 10);
      v.delayedAckNanos = d.pick(0L, 40 * MS, 200 * MS, 500 * MS);
      v.synOptions = d.pick(Profile.SynOptions.LINUX, Profile.SynOptions.FREEBSD);
    });
  }

  /** Half of the stacks have odd buffers. */
  static Limits limits(Draws d, boolean fast) {
    if (d.chance(fast ? 0.7 : 0.5)) {
      return Limits.DEFAULT;
    }
    int most = fast ? 2_000_000 : 200_000;
    int sendBuffer = 2048 + d.size(most);
    int receiveBuffer = 2048 + d.size(most);
    return Limits.DEFAULT.with(v -> {
      v.sendBufferBytes = sendBuffer;
      v.receiveBufferBytes = receiveBuffer;
    });
  }
}
