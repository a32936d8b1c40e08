/**
 * What every protocol of the stack stands on: sequence arithmetic, states and errors, native
 * buffers, timers, profiles, limits, counters and the source of randomness. Nothing here knows a
 * packet.
 */
@NullMarked
package dev.sinew.base;

import org.jspecify.annotations.NullMarked;
