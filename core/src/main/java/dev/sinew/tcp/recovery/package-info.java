/** What was sent and is not yet acknowledged, how long that takes, and what must be sent again. */
@NullMarked
package dev.sinew.tcp.recovery;

import org.jspecify.annotations.NullMarked;
