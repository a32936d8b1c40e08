/** Loss detection and recovery. */
@NullMarked
package dev.sinew.tcp.recovery;

import org.jspecify.annotations.NullMarked;
