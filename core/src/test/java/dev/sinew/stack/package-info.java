/** Tests of the stack as a whole. */
@NullMarked
package dev.sinew.stack;

import org.jspecify.annotations.NullMarked;
