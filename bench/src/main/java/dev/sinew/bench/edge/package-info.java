/** What calls cost at the application's edge, and what connections weigh. */
@NullMarked
package dev.sinew.bench.edge;

import org.jspecify.annotations.NullMarked;
