/** Benchmarks of the inner loops, run by hand. */
@NullMarked
package dev.sinew.bench;

import org.jspecify.annotations.NullMarked;
