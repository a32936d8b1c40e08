/** TCP connections and listeners (RFC 9293). */
@NullMarked
package dev.sinew.tcp;

import org.jspecify.annotations.NullMarked;
