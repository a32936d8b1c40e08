/**
 * The small services of {@code sinew serve}: HTTP, echo, discard, daytime and chargen, as ordinary
 * blocking code over {@code java.net} sockets, one virtual thread for each connection.
 */
@NullMarked
package dev.sinew.cli.serve;

import org.jspecify.annotations.NullMarked;
