/**
 * The internet layer of both versions: addresses, interfaces, routes, input checks, fragments, path
 * MTU and ICMP.
 */
@NullMarked
package dev.sinew.ip;

import org.jspecify.annotations.NullMarked;
