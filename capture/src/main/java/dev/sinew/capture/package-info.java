/** pcapng files, packet text and ladders. */
@NullMarked
package dev.sinew.capture;

import org.jspecify.annotations.NullMarked;
