/** What the segments of a capture or a simulation mean for the two ends of their connections. */
@NullMarked
package dev.sinew.capture.analysis;

import org.jspecify.annotations.NullMarked;
