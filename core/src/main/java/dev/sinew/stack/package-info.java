/** The stack: demultiplexing, ports and the API of endpoints. */
@NullMarked
package dev.sinew.stack;

import org.jspecify.annotations.NullMarked;
