/**
 * Congestion control: how much may be in flight. A controller owns its window; loss recovery asks
 * it.
 */
@NullMarked
package dev.sinew.tcp.congestion;

import org.jspecify.annotations.NullMarked;
