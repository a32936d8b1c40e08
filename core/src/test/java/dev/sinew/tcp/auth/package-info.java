@NullMarked
package dev.sinew.tcp.auth;

import org.jspecify.annotations.NullMarked;
