/** UDP endpoints (RFC 768). */
@NullMarked
package dev.sinew.udp;

import org.jspecify.annotations.NullMarked;
