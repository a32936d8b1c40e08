/** The User Datagram Protocol (RFC 768, RFC 1122 section 4.1, RFC 8200 section 8.1). */
@NullMarked
package dev.sinew.udp;

import org.jspecify.annotations.NullMarked;
