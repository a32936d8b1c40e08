package dev.sinew.neighbor;

import dev.sinew.link.TxPacket;
import dev.sinew.link.TxQueue;
import dev.sinew.wire.ArpPacket;
import dev.sinew.wire.EthernetHeader;
import dev.sinew.wire.Ipv4Header;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** The Address Resolution Protocol (RFC 826), with the rules of RFC 5227 for own addresses. */
final class Arp {
  private final Neighborhood home;
  private final OwnAddresses own;
  private final TxQueue queue;

  Arp(Neighborhood home, OwnAddresses own) {
    this.home = home;
    this.own = own;
    this.queue = home.with.queue();
  }

  /**
   * An ARP packet came in.
   *
   * @param toUs the frame was sent to this station alone
   */
  void input(MemorySegment m, long at, int length, boolean toUs, long now) {
    if (!ArpPacket.isValid(m, at, length)) {
      home.malformed(now);
      return;
    }
    long mac = ArpPacket.senderMac(m, at);
    if (mac == 0 || mac == home.with.hardwareAddress()) {
      return;
    }
    boolean request = ArpPacket.operation(m, at) == ArpPacket.REQUEST;
    long sender = mapped(ArpPacket.senderAddress(m, at));
    long target = mapped(ArpPacket.targetAddress(m, at));
    boolean forUs = own.isUsable(0, target);
    // The sender is looked at before the operation (RFC 826, packet reception).
    if (own.isOurs(0, sender)) {
      own.conflict(0, sender, mac, now);
    } else if (sender == Ipv4Header.MAPPED) {
      // A probe: somebody wants the address for himself (RFC 5227 section 2.1.1).
      if (request) {
        own.probed(0, target, mac, now);
      }
    } else if (own.isOnLink(0, sender)) {
      if (!request && toUs && home.isAsked(0, sender)) {
        home.advertised(0, sender, mac, true, true, now);
      } else {
        home.heardOf(0, sender, mac, request && forUs, now);
      }
    }
    if (request && forUs) {
      // Probes too (RFC 5227 section 2.5).
      send(mac, ArpPacket.REPLY, target, mac, sender);
    }
  }

  /** Asks for a neighbour: everybody, or only itself whether it is still there. */
  void ask(Neighbor n, @Nullable OwnAddress source, boolean toAll) {
    long from = source == null ? Ipv4Header.MAPPED : source.low;
    send(toAll ? EthernetHeader.BROADCAST : n.mac, ArpPacket.REQUEST, from, 0, n.low);
  }

  /** RFC 5227 section 2.1.1: does somebody have this address? */
  void probe(OwnAddress a) {
    send(EthernetHeader.BROADCAST, ArpPacket.REQUEST, Ipv4Header.MAPPED, 0, a.low);
  }

  /** RFC 5227 section 2.3: this address is ours. */
  void announce(OwnAddress a) {
    send(EthernetHeader.BROADCAST, ArpPacket.REQUEST, a.low, 0, a.low);
  }

  private void send(long to, int operation, long sender, long targetMac, long target) {
    TxPacket p = queue.reserve();
    if (p == null) {
      return; // what matters is asked again
    }
    p.headerLength(
        ArpPacket.write(
            p.header(),
            p.headerOffset(),
            operation,
            home.with.hardwareAddress(),
            (int) sender,
            targetMac,
            (int) target));
    home.writeHeader(p, to, EthernetHeader.TYPE_ARP);
    queue.commit();
  }

  private static long mapped(int address) {
    return Ipv4Header.MAPPED | (address & 0xffff_ffffL);
  }
}
