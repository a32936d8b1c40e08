package dev.sinew.packetdrill;

import org.jspecify.annotations.Nullable;

/**
 * Something that answers in the stack's place, to see that a script notices. The stack gets every
 * packet and every call as ever; only what it sends goes nowhere.
 */
@FunctionalInterface
interface Impostor {
  /** What is sent at once in answer to an IP packet of the script, or null for nothing. */
  byte @Nullable [] answer(byte[] packet);
}
