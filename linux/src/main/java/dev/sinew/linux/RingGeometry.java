package dev.sinew.linux;

/**
 * Where the frames of a packet socket's ring lie: {@code struct tpacket_req} (linux/if_packet.h).
 * The kernel allocates it block by block, and no frame crosses the end of one: what is left of each
 * block is unused.
 *
 * @param blockBytes a power of two, and whole pages
 * @param frameBytes of each frame with its headers: whole cache lines, at most a block
 */
record RingGeometry(int blockBytes, int blockCount, int frameBytes) {
  private static final int CACHE_LINE = 64;

  /** Whole pages wherever Java runs; small enough for the kernel to find it in one piece. */
  private static final int BLOCK_BYTES = 256 << 10;

  /**
   * @param leastBytes what has to fit into a frame, the kernel's header included; at most a block
   * @param totalBytes of the ring, in whole blocks
   */
  static RingGeometry of(int leastBytes, int totalBytes) {
    int frameBytes = (leastBytes + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE;
    return new RingGeometry(BLOCK_BYTES, totalBytes / BLOCK_BYTES, frameBytes);
  }

  int framesPerBlock() {
    return blockBytes / frameBytes;
  }

  int frameCount() {
    return framesPerBlock() * blockCount;
  }

  long totalBytes() {
    return (long) blockBytes * blockCount;
  }

  /** Where frame {@code i} begins. */
  long offset(int i) {
    int perBlock = framesPerBlock();
    return (long) (i / perBlock) * blockBytes + (long) (i % perBlock) * frameBytes;
  }

  /** The frame after {@code i}: behind the last the first. */
  int next(int i) {
    return i + 1 == frameCount() ? 0 : i + 1;
  }
}
