/** Tests, see the package. */
@NullMarked
package dev.sinew.tcp.congestion;

import org.jspecify.annotations.NullMarked;
