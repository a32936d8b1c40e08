/**
 * Who is on the link: ARP (RFC 826) and IPv6 Neighbor Discovery (RFC 4861) with unreachability
 * detection for both, address conflict detection (RFC 5227) and duplicate address detection (RFC
 * 4862). Only links of Ethernet frames have it.
 */
@NullMarked
package dev.sinew.neighbor;

import org.jspecify.annotations.NullMarked;
