package dev.sinew.junit;

import dev.sinew.sim.Direction;
import dev.sinew.sim.FaultPlan;
import dev.sinew.sim.FaultSpec;
import dev.sinew.sim.Impairments;
import dev.sinew.sim.LossModel;
import dev.sinew.sim.PacketKind;
import dev.sinew.sim.SimLink;
import dev.sinew.sim.Simulation;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What chance did to the packets of a run, as declared faults that do the same in a run without
 * chance: so it can be made shorter. Delays, reordering and damage keep their own random streams.
 */
final class Accidents {
  private static final String AT_RANDOM = "lost at random";

  private Accidents() {}

  /** The losses and duplicates of a run. */
  static List<FaultSpec> of(WireLog log) {
    Map<String, Long> sent = new HashMap<>();
    List<FaultSpec> faults = new ArrayList<>();
    for (WirePacket p : log.packets()) {
      String where = p.from() + ">" + p.to();
      long nth = sent.merge(where, 1L, Long::sum);
      if (p.lost().equals(AT_RANDOM)) {
        faults.add(fault(FaultSpec.PacketAction.DROP, where, nth));
      } else if (p.arrivedCount() > 1) {
        faults.add(fault(FaultSpec.PacketAction.DUPLICATE, where, nth));
      }
    }
    return faults;
  }

  private static FaultSpec fault(FaultSpec.PacketAction action, String where, long nth) {
    return new FaultSpec.Packets(
        0, action, where, new PacketKind("packet", 0), nth, 1, 0, FaultSpec.FOR_EVER);
  }

  /** These faults take the place of chance, from the beginning of a run on. */
  static void replace(Simulation sim, List<FaultSpec> faults) {
    for (SimLink l : sim.links()) {
      for (Direction d : List.of(l.forward(), l.backward())) {
        d.impair(withoutLossAndDuplicates(d.impairments()));
      }
    }
    sim.apply(new FaultPlan(faults));
  }

  private static Impairments withoutLossAndDuplicates(Impairments i) {
    return new Impairments(
        i.delayNanos(),
        i.jitterNanos(),
        i.delayCorrelation(),
        i.distribution(),
        LossModel.NONE,
        false,
        0,
        0,
        i.reorder(),
        i.reorderCorrelation(),
        i.reorderGap(),
        i.reorderNanos(),
        i.corrupt(),
        i.corruptCorrelation(),
        i.bitsPerSecond(),
        i.limitPackets(),
        i.limitBytes(),
        i.ceThreshold(),
        i.slot(),
        i.mtu());
  }
}
