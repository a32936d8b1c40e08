/** A listener under a flood of SYNs from forged addresses: do honest clients get in? */
@NullMarked
package dev.sinew.bench.flood;

import org.jspecify.annotations.NullMarked;
