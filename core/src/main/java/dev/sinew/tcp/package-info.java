/**
 * The Transmission Control Protocol (RFC 9293): connections, listeners, half-open and TIME-WAIT
 * records, and what applications call.
 */
@NullMarked
package dev.sinew.tcp;

import org.jspecify.annotations.NullMarked;
