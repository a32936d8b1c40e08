/** IPv4 and IPv6: addresses, routes, fragments, path MTU, ICMP. */
@NullMarked
package dev.sinew.ip;

import org.jspecify.annotations.NullMarked;
