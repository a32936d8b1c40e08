/** Signatures of TCP segments: the MD5 option (RFC 2385) and TCP-AO (RFC 5925). */
@NullMarked
package dev.sinew.tcp.auth;

import org.jspecify.annotations.NullMarked;
