/** What every layer uses: sequence numbers, states, errors, buffers, timers, profiles, limits, counters. */
@NullMarked
package dev.sinew.base;

import org.jspecify.annotations.NullMarked;
