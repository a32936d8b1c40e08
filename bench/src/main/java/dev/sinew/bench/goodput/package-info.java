/**
 * What share of a path a transfer gets, in simulation: by congestion controller, rate, round-trip
 * time, loss, reordering and queue.
 */
@NullMarked
package dev.sinew.bench.goodput;

import org.jspecify.annotations.NullMarked;
