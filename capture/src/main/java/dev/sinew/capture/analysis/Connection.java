package dev.sinew.capture.analysis;

import dev.sinew.base.TcpState;
import dev.sinew.wire.IpPacket;
import dev.sinew.wire.Segment;
import dev.sinew.wire.TcpHeader;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A TCP connection as its segments show it. */
public final class Connection {
  private final int number;
  private final End[] ends;
  private final boolean absolute;
  private final boolean fromTheStart;
  private final Closing closing = new Closing();
  private final Opening opening = new Opening();

  /**
   * @param first sends the segment seen first
   * @param fromTheStart that segment is a SYN
   */
  Connection(
      int number,
      End first,
      End second,
      boolean fromTheStart,
      boolean clientFirst,
      boolean absolute) {
    this.number = number;
    this.ends = clientFirst ? new End[] {first, second} : new End[] {second, first};
    this.absolute = absolute;
    this.fromTheStart = fromTheStart;
    if (!fromTheStart) {
      client().state = TcpState.ESTABLISHED;
      server().state = TcpState.ESTABLISHED;
    }
  }

  /** From 1, in the order in which the connections were seen first. */
  public int number() {
    return number;
  }

  /** Who opened it; without a SYN, the end with the higher port. */
  public End client() {
    return ends[0];
  }

  public End server() {
    return ends[1];
  }

  End end(int index) {
    return ends[index];
  }

  /** Its beginning was seen. */
  public boolean fromTheStart() {
    return fromTheStart;
  }

  Opening opening() {
    return opening;
  }

  Closing closing() {
    return closing;
  }

  /** What is known of it in the end, a line each. */
  public List<String> summary() {
    return Summary.of(this);
  }

  /** A new connection between the same sockets begins with this SYN. */
  boolean isOver(Segment s, int sender) {
    End e = ends[sender];
    return s.has(TcpHeader.SYN)
        && !s.has(TcpHeader.ACK)
        && e.known()
        && (!e.synSeen || s.seq != e.base())
        && ends[1 - sender].ackSent > 0;
  }

  Reading read(long now, IpPacket ip, Segment s, int sender, int data, @Nullable Note checksum) {
    End e = ends[sender];
    End p = ends[1 - sender];
    List<Note> notes = new ArrayList<>();
    @Nullable TcpState[] before = {ends[0].state, ends[1].state};
    SegmentReader reader = new SegmentReader(this, e, p, notes, absolute);
    boolean damaged = checksum != null && checksum.finding() == Finding.BAD_CHECKSUM;
    if (checksum != null) {
      e.offload |= checksum.finding() == Finding.CHECKSUM_OFFLOAD;
      notes.add(checksum);
    }
    if (!fromTheStart && client().segmentCount + server().segmentCount == 0) {
      notes.add(new Note(Finding.REMARK, "the capture begins in the middle of the connection"));
    }
    long from = reader.read(now, ip, s, sender, data, damaged);
    e.segmentCount++;
    e.ttl = ip.ttl;
    e.lastIpId = ip.v4 ? ip.fragmentId : End.ABSENT;
    e.lastSequence = from;
    List<StateStep> steps = new ArrayList<>(2);
    for (int i : new int[] {sender, 1 - sender}) {
      TcpState after = ends[i].state;
      TcpState known = before[i];
      TcpState was = known == null ? States.before(i == 0) : known;
      if (after != null && after != was) {
        steps.add(new StateStep(i, was, after));
      }
    }
    return new Reading(this, sender, from, data, List.copyOf(notes), List.copyOf(steps));
  }

  @Override
  public String toString() {
    return "#" + number + " " + client() + " > " + server();
  }

  /** How it was opened. */
  static final class Opening {
    long synNanos = -1;
    long synAckNanos = -1;
    long ackNanos = -1;
    boolean refused;
  }

  /** How it was closed. */
  static final class Closing {
    /** Who sent the first FIN, or -1. */
    int first = -1;

    boolean second;

    /** The first FIN was acknowledged by a segment of its own. */
    boolean separateAck;

    boolean firstAcknowledged;
    boolean secondAcknowledged;
    int reset = -1;

    void fin(int sender) {
      if (first < 0) {
        first = sender;
      } else if (first != sender) {
        second = true;
      }
    }

    void finAcknowledged(int whose, boolean withFin) {
      if (whose == first) {
        firstAcknowledged = true;
        separateAck |= !withFin;
      } else {
        secondAcknowledged = true;
      }
    }

    boolean complete() {
      return firstAcknowledged && secondAcknowledged;
    }

    int segmentCount() {
      return separateAck ? 4 : 3;
    }
  }
}
