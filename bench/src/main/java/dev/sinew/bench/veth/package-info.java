/** A bulk transfer over a veth cable: the kernel at both ends, and a packet socket at one. */
@NullMarked
package dev.sinew.bench.veth;

import org.jspecify.annotations.NullMarked;
