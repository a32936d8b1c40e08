/**
 * What {@code bench/run} is made of: the kernel's TCP over veth and Sinew on TUN under the same
 * client, in turn.
 */
@NullMarked
package dev.sinew.bench.run;

import org.jspecify.annotations.NullMarked;
