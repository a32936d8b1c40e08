/** Links to Linux through the foreign function interface. */
@NullMarked
package dev.sinew.linux;

import org.jspecify.annotations.NullMarked;
