/** The experiments that the command shows. */
@NullMarked
package dev.sinew.demos;

import org.jspecify.annotations.NullMarked;
