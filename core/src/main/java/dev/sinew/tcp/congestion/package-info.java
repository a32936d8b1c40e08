/** Congestion controllers. */
@NullMarked
package dev.sinew.tcp.congestion;

import org.jspecify.annotations.NullMarked;
