/** Random networks under random faults, a seed each: the search for what breaks the stack. */
@NullMarked
package dev.sinew.sim.sweep;

import org.jspecify.annotations.NullMarked;
