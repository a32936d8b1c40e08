/** Benchmarks: compiled in each build, run by hand. */
@NullMarked
package dev.sinew.bench;

import org.jspecify.annotations.NullMarked;
