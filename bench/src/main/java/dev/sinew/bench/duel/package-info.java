/**
 * Sinew's sender against the kernel's over the same impaired path in real time: who takes how long.
 */
@NullMarked
package dev.sinew.bench.duel;

import org.jspecify.annotations.NullMarked;
