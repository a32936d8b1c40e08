/**
 * The formats on the wire: headers and options read and written in native memory, checksums, and
 * packets as text.
 */
@NullMarked
package dev.sinew.wire;

import org.jspecify.annotations.NullMarked;
