/** What a stack is connected to: interfaces only. */
@NullMarked
package dev.sinew.link;

import org.jspecify.annotations.NullMarked;
