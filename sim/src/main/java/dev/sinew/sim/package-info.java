/** Hosts, links and time of a simulated network. */
@NullMarked
package dev.sinew.sim;

import org.jspecify.annotations.NullMarked;
