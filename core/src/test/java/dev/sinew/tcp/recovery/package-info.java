/** Tests, see the package. */
@NullMarked
package dev.sinew.tcp.recovery;

import org.jspecify.annotations.NullMarked;
