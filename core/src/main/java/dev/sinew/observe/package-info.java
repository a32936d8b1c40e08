/** Callbacks that tell what a stack does: segments, drops, state changes, timers, recovery. */
@NullMarked
package dev.sinew.observe;

import org.jspecify.annotations.NullMarked;
