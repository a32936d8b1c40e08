/**
 * What core's tests share: links and networks in memory, virtual time, packets built byte by byte.
 */
@NullMarked
package dev.sinew.testing;

import org.jspecify.annotations.NullMarked;
