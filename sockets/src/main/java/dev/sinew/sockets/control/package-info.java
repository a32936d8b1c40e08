/**
 * How another process looks into a running stack: a Unix domain socket that answers with JSON
 * lines.
 */
@NullMarked
package dev.sinew.sockets.control;

import org.jspecify.annotations.NullMarked;
