package dev.sinew.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.link.TxPacket;
import dev.sinew.link.TxQueue;
import dev.sinew.wire.Bytes;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The kernel is played here, with its own place in the ring, as {@code tpacket_snd} has it. */
class TransmitRingTest {
  private static final int AVAILABLE = 0;
  private static final int SEND_REQUEST = 1;
  private static final int SENDING = 2;
  private static final int ENOBUFS = 105;
  private static final int ENETDOWN = 100;
  private static final int PREFIX = 24;
  private static final int PACKET = 20;

  private final RingGeometry geometry = RingGeometry.of(32 + PREFIX + 1500, 512 << 10);
  private final MemorySegment memory = Arena.ofAuto().allocate(geometry.totalBytes(), 64);
  private final TransmitRing ring = new TransmitRing(memory, geometry, PREFIX, this::kernel);
  private final TxQueue queue = new TxQueue(8);

  // The kernel.
  private int head;
  private int room = Integer.MAX_VALUE;
  private int error = Errno.EAGAIN;
  private int leaves = AVAILABLE;
  private boolean down;
  private int calls;
  private final List<Integer> sent = new ArrayList<>();

  /** A frame whose headers are longer than it is skipped; one with no room stays, with an error. */
  private long kernel() {
    calls++;
    if (down) {
      return -ENETDOWN;
    }
    while (status(head) == SEND_REQUEST) {
      long at = geometry.offset(head);
      int length = memory.get(JAVA_INT, at + 4) - VirtioNetHeader.BYTES;
      if ((memory.get(JAVA_SHORT_UNALIGNED, at + 32 + 2) & 0xffff) > length) {
        memory.set(JAVA_INT, at, AVAILABLE);
      } else {
        if (room == 0) {
          return -error;
        }
        room--;
        assertThat(length).isEqualTo(PREFIX - VirtioNetHeader.BYTES + PACKET);
        sent.add(Bytes.i32(memory, at + 32 + PREFIX));
        memory.set(JAVA_INT, at, leaves);
      }
      head = geometry.next(head);
    }
    return 0;
  }

  private int status(int frame) {
    return memory.get(JAVA_INT, geometry.offset(frame));
  }

  private void put(int number) {
    assertThat(ring.hasRoom()).isTrue();
    TxPacket p = Objects.requireNonNull(queue.reserve());
    p.header().asSlice(p.headerOffset() - PREFIX, PREFIX).fill((byte) 0);
    Bytes.put32(p.header(), p.headerOffset(), number);
    p.headerLength(PACKET);
    ring.put(p);
    queue.cancel();
  }

  private void put(int first, int count) {
    for (int i = 0; i < count; i++) {
      put(first + i);
    }
  }

  @Test
  void oneCallSendsAllThatWaitsInOrder() {
    put(0, 5);
    assertThat(sent).isEmpty();
    assertThat(ring.isWaiting()).isTrue();
    assertThat(ring.send()).isZero();
    assertThat(sent).containsExactly(0, 1, 2, 3, 4);
    assertThat(calls).isOne();
    assertThat(ring.isWaiting()).isFalse();
    assertThat(ring.send()).isZero();
    assertThat(calls).isOne();
  }

  @Test
  void theRingGoesRound() {
    int n = 2 * geometry.frameCount() + 7;
    for (int i = 0; i < n; i++) {
      put(i);
      if (i % 5 == 4) {
        assertThat(ring.send()).isZero();
      }
    }
    assertThat(ring.send()).isZero();
    assertThat(sent).hasSize(n).isSorted();
  }

  /** What the card still reads from is not overwritten. */
  @Test
  void aFrameIsFreeWhenItHasLeft() {
    leaves = SENDING;
    put(0, geometry.frameCount());
    assertThat(ring.hasRoom()).isFalse();
    assertThat(ring.send()).isZero();
    assertThat(ring.hasRoom()).isFalse();
    memory.set(JAVA_INT, geometry.offset(0), AVAILABLE | 1 << 29);
    assertThat(ring.hasRoom()).isTrue();
    put(77);
    assertThat(ring.hasRoom()).isFalse();
  }

  @Test
  void whatTheSocketHasNoRoomForWaits() {
    room = 2;
    put(0, 5);
    assertThat(ring.send()).isEqualTo(-Errno.EAGAIN);
    assertThat(ring.isWaiting()).isTrue();
    room = 100;
    put(5, 2);
    assertThat(ring.send()).isZero();
    assertThat(sent).containsExactly(0, 1, 2, 3, 4, 5, 6);
    assertThat(ring.takeRefusedCount()).isZero();
  }

  /** The kernel would offer the same frame to the device for ever. */
  @Test
  void aFrameThatTheDeviceRefusesIsDroppedAndTheNextGetTheirTurn() {
    room = 2;
    error = ENOBUFS;
    put(0, 4);
    assertThat(ring.send()).isEqualTo(-ENOBUFS);
    assertThat(ring.isWaiting()).isFalse();
    assertThat(ring.takeRefusedCount()).isEqualTo(2);
    assertThat(ring.takeRefusedCount()).isZero();
    room = 100;
    put(4, 2);
    assertThat(ring.send()).isZero();
    assertThat(sent).containsExactly(0, 1, 4, 5);
  }

  /** Frames of long ago must not leave when the interface is up again. */
  @Test
  void whatWasToLeaveByAnInterfaceThatIsDownNeverLeaves() {
    down = true;
    put(0, 3);
    assertThat(ring.send()).isEqualTo(-ENETDOWN);
    assertThat(ring.takeRefusedCount()).isEqualTo(3);
    put(3, 2);
    assertThat(ring.send()).isEqualTo(-ENETDOWN);
    assertThat(ring.takeRefusedCount()).isEqualTo(2);
    down = false;
    put(5, 1);
    assertThat(ring.send()).isZero();
    assertThat(sent).containsExactly(5);
    assertThat(ring.takeRefusedCount()).isZero();
  }

  /** A whole ring of refused frames has no room, and gets it when the kernel looks again. */
  @Test
  void aRingThatIsFullOfRefusedFramesIsEmptiedOnce() {
    down = true;
    put(0, geometry.frameCount());
    assertThat(ring.send()).isEqualTo(-ENETDOWN);
    assertThat(ring.hasRoom()).isFalse();
    down = false;
    assertThat(ring.send()).isZero();
    assertThat(ring.hasRoom()).isTrue();
    put(1);
    assertThat(ring.send()).isZero();
    assertThat(sent).containsExactly(1);
  }

  @ParameterizedTest
  @ValueSource(ints = {20, 1500})
  void aPacketOfTheMtuFits(int length) {
    assertThat(ring.fits(length)).isTrue();
  }

  @Test
  void aLongerOneDoesNot() {
    int most = geometry.frameBytes() - 32 - PREFIX;
    assertThat(ring.fits(most)).isTrue();
    assertThat(ring.fits(most + 1)).isFalse();
  }
}
