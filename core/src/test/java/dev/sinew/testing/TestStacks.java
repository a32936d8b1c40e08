package dev.sinew.testing;

import dev.sinew.base.BufferPool;
import dev.sinew.base.Limits;
import dev.sinew.stack.Stack;

/** Stacks as tests want them. */
public final class TestStacks {
  private TestStacks() {}

  /** A builder with repeatable randomness and a small pool. */
  public static Stack.Builder builder(long seed) {
    return Stack.builder().entropy(new TestEntropy(seed)).pool(new BufferPool(64L << 20));
  }

  /** A plain stack. */
  public static Stack stack(long seed) {
    return builder(seed).build();
  }

  /** A plain stack with other limits. */
  public static Stack stack(long seed, Limits limits) {
    return builder(seed).limits(limits).build();
  }
}
