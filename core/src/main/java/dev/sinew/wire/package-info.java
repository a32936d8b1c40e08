/** Packet formats over native memory: headers, options, checksums, one-line text. */
@NullMarked
package dev.sinew.wire;

import org.jspecify.annotations.NullMarked;
