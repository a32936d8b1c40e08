package dev.sinew.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The kernel's side of the ring is played here: what it writes is what comes out, or a count. */
class ReceiveRingTest {
  private static final int USER = 1;
  private static final int COPY = 2;
  private static final int LOSING = 4;
  private static final int CSUMNOTREADY = 8;
  private static final int CSUM_VALID = 0x80;
  private static final int TIMESTAMP = 1 << 29;

  /** As the kernel places an Ethernet header behind a virtio-net header. */
  private static final int MAC = 76;

  private final RingGeometry geometry = RingGeometry.of(1604, 512 << 10);
  private final MemorySegment memory = Arena.ofAuto().allocate(geometry.totalBytes(), 64);
  private final ReceiveRing ring = new ReceiveRing(memory, geometry);

  private void put(int frame, int status, int length, int captured, int mac) {
    long at = geometry.offset(frame);
    memory.set(JAVA_INT, at + 4, length);
    memory.set(JAVA_INT, at + 8, captured);
    memory.set(JAVA_SHORT, at + 12, (short) mac);
    memory.set(JAVA_INT, at, status);
  }

  private int status(int frame) {
    return memory.get(JAVA_INT, geometry.offset(frame));
  }

  @Test
  void anEmptyRingHasNothing() {
    assertThat(ring.look()).isEqualTo(ReceiveRing.NONE);
  }

  @Test
  void aFrameIsTheKernelsAgainOnlyWhenItIsGivenBack() {
    put(0, USER, 60, 60, MAC);
    memory.set(JAVA_BYTE, MAC, (byte) 0x42);
    assertThat(ring.look()).isEqualTo(ReceiveRing.WHOLE);
    assertThat(ring.look()).isEqualTo(ReceiveRing.WHOLE);
    assertThat(ring.length()).isEqualTo(60);
    assertThat(ring.memory().get(JAVA_BYTE, ring.start())).isEqualTo((byte) 0x42);
    assertThat(status(0)).isEqualTo(USER);
    ring.giveBack();
    assertThat(status(0)).isZero();
    assertThat(ring.look()).isEqualTo(ReceiveRing.NONE);
  }

  /** One processor may finish a frame before another has finished the one before it. */
  @Test
  void aFrameWaitsForTheOneBefore() {
    put(1, USER, 61, 61, MAC);
    assertThat(ring.look()).isEqualTo(ReceiveRing.NONE);
    put(0, USER, 60, 60, MAC);
    assertThat(ring.look()).isEqualTo(ReceiveRing.WHOLE);
    assertThat(ring.length()).isEqualTo(60);
    ring.giveBack();
    assertThat(ring.look()).isEqualTo(ReceiveRing.WHOLE);
    assertThat(ring.length()).isEqualTo(61);
  }

  @Test
  void allFramesComeInOrderRoundAfterRound() {
    for (int round = 0; round < 3; round++) {
      for (int i = 0; i < geometry.frameCount(); i++) {
        put(i, USER, 100 + i, 100 + i, MAC);
      }
      for (int i = 0; i < geometry.frameCount(); i++) {
        assertThat(ring.look()).isEqualTo(ReceiveRing.WHOLE);
        assertThat(ring.start()).isEqualTo(geometry.offset(i) + MAC);
        assertThat(ring.length()).isEqualTo(100 + i);
        ring.giveBack();
      }
      assertThat(ring.look()).isEqualTo(ReceiveRing.NONE);
    }
  }

  /** Losses are counted elsewhere, checksums judged by the virtio-net header. */
  @ParameterizedTest
  @ValueSource(ints = {LOSING, CSUMNOTREADY, CSUM_VALID, TIMESTAMP, LOSING | CSUMNOTREADY})
  void whatElseAStatusSaysChangesNothing(int more) {
    put(0, more, 60, 60, MAC);
    assertThat(ring.look()).isEqualTo(ReceiveRing.NONE);
    put(0, USER | more, 60, 60, MAC);
    assertThat(ring.look()).isEqualTo(ReceiveRing.WHOLE);
  }

  @Test
  void aFrameThatIsTooLongIsInTheSocketOrCut() {
    put(0, USER | COPY, 60_000, 1588, MAC);
    put(1, USER | LOSING, 60_000, 1588, MAC);
    assertThat(ring.look()).isEqualTo(ReceiveRing.IN_SOCKET);
    ring.giveBack();
    assertThat(ring.look()).isEqualTo(ReceiveRing.CUT);
  }

  /** Nobody but the kernel writes there; still nothing outside of a frame is touched. */
  @ParameterizedTest
  @CsvSource({
    "76, 1588, 1",
    "76, 1589, 3",
    "52, 1612, 1",
    "51, 60, 3",
    "0, 60, 3",
    "65535, 1, 3",
    "1664, 0, 1",
    "1665, 0, 3",
    "76, -1, 3",
    "76, 2147483647, 3"
  })
  void aFrameEndsWhereItsPlaceEnds(int mac, int length, int expected) {
    assertThat(geometry.frameBytes()).isEqualTo(1664);
    put(0, USER, length, length, mac);
    assertThat(ring.look()).isEqualTo(expected);
  }
}
