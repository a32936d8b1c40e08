/** What drives a stack in real time, and java.net sockets over it. */
@NullMarked
package dev.sinew.sockets;

import org.jspecify.annotations.NullMarked;
