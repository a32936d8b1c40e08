/** The edge of the stack: what a device must offer, and the queue of packets that wait for it. */
@NullMarked
package dev.sinew.link;

import org.jspecify.annotations.NullMarked;
